#include "parquet/body_inner.h"

#include "parquet/codec_inner.h"

#include "base/banned.h"

#define PEEK_BYTES 32u

uint64_t weir_body_area_bytes(uint32_t codec_id, uint64_t window_bytes) {
    const struct weir_codec *codec = weir_codec_find(codec_id);
    return codec == NULL ? 0 : codec->area_bytes(window_bytes);
}

uint64_t weir_body_slice_bytes(uint32_t codec_id) {
    const struct weir_codec *codec = weir_codec_find(codec_id);
    if (codec == NULL || codec->history_bytes > 0) {
        return 0;
    }
    return weir_codec_round_64(WEIR_BODY_KEEP + WEIR_OUTPUT_SLICE_BYTES + WEIR_CODEC_SLOP);
}

/*
 * Whether a page that fits behind the decoder may be streamed there: not where a later part of the
 * page can ask for more than its first bytes say (zstd, which takes such pages as a whole).
 */
static bool streams_into_area(const struct weir_codec *codec) {
    return codec->history_bytes > 0 || codec->whole == NULL || codec->window_bytes == NULL;
}

/* Area of a codec in which every page of up to held_bytes can be held; see choose_mode. */
static uint64_t held_area_bytes(uint32_t codec_id, uint64_t window_bytes, uint64_t held_bytes) {
    WEIR_ASSERT(held_bytes > 0 && held_bytes <= UINT64_C(1) << 48);
    const struct weir_codec *codec = weir_codec_find(codec_id);
    uint64_t page_bytes = held_bytes + WEIR_CODEC_SLOP + 63;
    if (codec == NULL) {
        return codec_id == WEIR_CODEC_UNCOMPRESSED ? weir_codec_round_64(page_bytes) : 0;
    }
    if (codec->history_bytes > 0) {
        return weir_codec_round_64(WEIR_LZ_STATE_BYTES + page_bytes);
    }
    if (streams_into_area(codec)) {
        return weir_codec_round_64(codec->area_bytes(window_bytes) + page_bytes);
    }
    return weir_codec_round_64(codec->whole_area_bytes() + page_bytes +
                               weir_body_raw_bound(held_bytes));
}

void weir_body_sizes(uint32_t codecs, uint64_t window_bytes, uint64_t held_bytes,
                     uint64_t *area_bytes_ret, uint64_t *slice_bytes_ret) {
    *area_bytes_ret = 0;
    *slice_bytes_ret = 0;
    for (uint32_t codec = 0; codec < 32; codec++) {
        if ((codecs >> codec & 1) == 0) {
            continue;
        }
        uint64_t area = weir_body_area_bytes(codec, window_bytes);
        if (held_bytes > 0) {
            area = weir_max_u64(area, held_area_bytes(codec, window_bytes, held_bytes));
        }
        *area_bytes_ret = weir_max_u64(*area_bytes_ret, area);
        *slice_bytes_ret = weir_max_u64(*slice_bytes_ret, weir_body_slice_bytes(codec));
    }
}

/* Whether `parts` of the area hold it all; 0 for parts that are absent. */
static bool area_holds(const struct weir_body *body, uint64_t decoder_bytes, uint64_t page_bytes,
                       uint64_t raw_bytes) {
    uint64_t sum = 0;
    return weir_add_u64(page_bytes, decoder_bytes, &sum) &&
           weir_add_u64(sum, WEIR_CODEC_SLOP + 63, &sum) && weir_add_u64(sum, raw_bytes, &sum) &&
           sum <= body->memory->area_bytes;
}

/* The window that the page asks for: 0 for codecs without windows of their own. */
static enum weir_status peek_window(struct weir_body *body, uint64_t page_bytes,
                                    uint64_t *window_bytes_ret) {
    const struct weir_codec *codec = body->codec;
    *window_bytes_ret = 0;
    if (codec->window_bytes == NULL) {
        return WEIR_OK;
    }
    size_t want = (size_t)weir_min_u64(PEEK_BYTES, body->raw_left_bytes);
    size_t held = weir_window_fill(body->window, want);
    if (held < want) {
        return weir_body_fail_window(body);
    }
    held = (size_t)weir_min_u64(held, body->raw_left_bytes);
    *window_bytes_ret = codec->window_bytes(body->window->at, held, page_bytes);
    return WEIR_OK;
}

/* A stream: in the area if the page fits there, or if its history lies there anyway. */
static enum weir_status choose_stream(struct weir_body *body, uint64_t page_bytes) {
    const struct weir_codec *codec = body->codec;
    const struct weir_body_memory *memory = body->memory;
    uint64_t window_bytes = 0;
    WEIR_TRY(peek_window(body, page_bytes, &window_bytes));
    uint64_t stream_bytes = codec->area_bytes(window_bytes);
    body->decoder_bytes = codec->history_bytes > 0 ? WEIR_LZ_STATE_BYTES : stream_bytes;
    bool fits = streams_into_area(codec) && area_holds(body, body->decoder_bytes, page_bytes, 0);
    if (!fits && stream_bytes > memory->area_bytes) {
        return weir_body_fail_numbers(body, WEIR_E_LIMIT,
                                      "a page needs a larger codec area than planned", stream_bytes,
                                      memory->area_bytes);
    }
    if (fits || codec->history_bytes > 0) {
        body->mode = WEIR_BODY_SLIDE;
        body->out_base = memory->area + body->decoder_bytes;
        body->out_limit = memory->area + memory->area_bytes - WEIR_CODEC_SLOP;
    } else {
        body->mode = WEIR_BODY_SLICE;
        WEIR_ASSERT(memory->slice_bytes > WEIR_BODY_KEEP + WEIR_CODEC_SLOP);
        body->decoder_bytes = memory->area_bytes;
        body->out_base = memory->slice + WEIR_BODY_KEEP;
        body->out_limit = memory->slice + memory->slice_bytes - WEIR_CODEC_SLOP;
    }
    body->at = body->out_base;
    body->end = body->out_base;
    return WEIR_OK;
}

enum weir_status weir_body_choose_mode(struct weir_body *body, uint64_t page_bytes) {
    const struct weir_codec *codec = body->codec;
    const struct weir_body_memory *memory = body->memory;
    WEIR_ASSERT(memory->area != NULL && (uintptr_t)memory->area % 64 == 0);
    uint64_t copied =
        body->raw_left_bytes > body->window->capacity_bytes ? body->raw_left_bytes : 0;
    if (codec->whole != NULL && area_holds(body, codec->whole_area_bytes(), page_bytes, copied)) {
        body->mode = WEIR_BODY_WHOLE;
        return WEIR_OK;
    }
    return choose_stream(body, page_bytes);
}
