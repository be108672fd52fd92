#include "parquet/codec.h"

#include "parquet/body.h"
#include "parquet/codec_inner.h"

#include "base/banned.h"

const struct weir_codec *weir_codec_find(uint32_t id) {
    switch (id) {
    case WEIR_CODEC_SNAPPY: return &weir_codec_snappy;
    case WEIR_CODEC_LZ4: return &weir_codec_lz4_hadoop;
    case WEIR_CODEC_LZ4_RAW: return &weir_codec_lz4_raw;
#if WEIR_HAVE_BROTLI
    case WEIR_CODEC_BROTLI: return &weir_codec_brotli;
#endif
#if WEIR_HAVE_ZSTD
    case WEIR_CODEC_ZSTD: return &weir_codec_zstd;
#endif
#if WEIR_HAVE_ZLIB
    case WEIR_CODEC_GZIP: return &weir_codec_gzip;
#endif
    default: return NULL;
    }
}

const char *weir_codec_unsupported(uint32_t id) {
    static const char *const names[] = {"codec UNCOMPRESSED", "codec SNAPPY", "codec GZIP",
                                        "codec LZO",          "codec BROTLI", "codec LZ4",
                                        "codec ZSTD",         "codec LZ4_RAW"};
    if (id == WEIR_CODEC_UNCOMPRESSED || weir_codec_find(id) != NULL) {
        return NULL;
    }
    return id < sizeof names / sizeof names[0] ? names[id] : "an unknown codec";
}

uint64_t weir_lz_area_bytes(uint64_t window_bytes) {
    WEIR_ASSERT(window_bytes <= UINT64_C(1) << 62);
    return weir_codec_round_64(WEIR_LZ_STATE_BYTES +
                               weir_max_u64(window_bytes, WEIR_LZ_HISTORY_BYTES) +
                               WEIR_OUTPUT_SLICE_BYTES + WEIR_CODEC_SLOP);
}

uint64_t weir_lz_window_for(uint64_t offset, uint64_t page_bytes) {
    WEIR_ASSERT(offset <= UINT64_C(1) << 62);
    uint64_t window = WEIR_LZ_FAR_BYTES;
    while (window < offset) {
        window *= 2;
    }
    return weir_min_u64(window, page_bytes);
}

enum weir_status weir_lz_check_offset(const struct weir_lz *lz, const struct weir_codec_io *io,
                                      struct weir_error *error) {
    WEIR_ASSERT(lz->left_bytes <= lz->page_bytes);
    uint64_t produced = lz->page_bytes - lz->left_bytes;
    uint64_t kept = (uint64_t)(io->out - io->out_base);
    if (lz->offset == 0) {
        return weir_fail(error, WEIR_E_CORRUPT, "a copy in compressed data has offset 0");
    }
    if (lz->offset > produced) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "a copy in compressed data starts before the page", produced,
                                 lz->offset);
    }
    if (lz->offset > kept) {
        return weir_fail_numbers(error, WEIR_E_LIMIT,
                                 "a copy in compressed data refers further back than the history "
                                 "that is kept",
                                 weir_lz_window_for(lz->offset, lz->page_bytes), kept);
    }
    return WEIR_OK;
}
