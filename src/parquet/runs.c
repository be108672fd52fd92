#include "parquet/runs.h"

#include "base/bits.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A run starts with a varint: even is RLE (count in the upper bits, one value in
 *   ceil(width / 8) bytes), odd is bit-packed (groups of eight in the upper bits).
 * - The last packed run is padded to whole groups; DuckDB pads it further (256 slots for 14
 *   values). Slots behind the last value are ignored, and the section may end before them.
 * - Runs of no values occur (some writers end a page with one) and are skipped; each takes at
 *   least one byte, so the loop ends.
 * - A repeated value with bits above the width is refused.
 * - BIT_PACKED, which old writers used for levels, fills bytes from the most significant bit down
 *   and puts the most significant bit of a value first. Its length follows from the number of
 *   values.
 */

#define VARINT_BYTES_MAX 10u

void weir_runs_init(struct weir_runs *runs, struct weir_body *body, uint64_t bytes, uint32_t width,
                    uint64_t values, struct weir_error *error) {
    WEIR_ASSERT(width <= 32);
    WEIR_ASSERT(bytes <= weir_body_left(body));
    memset(runs, 0, sizeof *runs);
    runs->body = body;
    runs->error = error;
    runs->bytes_left = bytes;
    runs->values_left = values;
    runs->width = width;
}

void weir_runs_init_packed(struct weir_runs *runs, struct weir_body *body, uint32_t width,
                           uint64_t values, struct weir_error *error) {
    WEIR_ASSERT(width <= 32 && values <= UINT64_MAX / 64);
    memset(runs, 0, sizeof *runs);
    runs->body = body;
    runs->error = error;
    runs->bytes_left = values / 8 * width + (values % 8 * width + 7) / 8;
    runs->values_left = values;
    runs->width = width;
    runs->big_endian = true;
}

static enum weir_status corrupt(struct weir_runs *runs, const char *message) {
    return weir_fail(runs->error, WEIR_E_CORRUPT, message);
}

/* Makes min(want, bytes left in the section) contiguous bytes available. */
static enum weir_status need(struct weir_runs *runs, size_t want, size_t *held_ret) {
    want = (size_t)weir_min_u64(want, runs->bytes_left);
    if ((size_t)(runs->body->end - runs->body->at) < want) {
        enum weir_status status = weir_body_need(runs->body, want);
        if (status < 0) {
            return status;
        }
        if (status == WEIR_END) {
            return corrupt(runs, "a page ends in the middle of its levels or indices");
        }
    }
    size_t held = (size_t)(runs->body->end - runs->body->at);
    *held_ret = (size_t)weir_min_u64(held, runs->bytes_left);
    return WEIR_OK;
}

static void take(struct weir_runs *runs, size_t bytes) {
    runs->body->at += bytes;
    runs->bytes_left -= bytes;
}

static enum weir_status read_header(struct weir_runs *runs, uint64_t *header_ret) {
    size_t held = 0;
    uint64_t value = 0;
    WEIR_TRY(need(runs, VARINT_BYTES_MAX, &held));
    const uint8_t *at = runs->body->at;
    for (uint32_t i = 0; i < held && i < VARINT_BYTES_MAX; i++) {
        if (i == 9 && at[i] > 1) {
            break;
        }
        value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80) {
            take(runs, i + 1);
            *header_ret = value;
            return WEIR_OK;
        }
    }
    if (held == 0) {
        return corrupt(runs, "fewer levels or indices than values");
    }
    return corrupt(runs, "malformed run header in levels or indices");
}

static enum weir_status read_repeated(struct weir_runs *runs, uint64_t count,
                                      struct weir_run *run) {
    size_t bytes = (runs->width + 7) / 8;
    size_t held = 0;
    uint32_t value = 0;
    WEIR_TRY(need(runs, bytes, &held));
    if (held < bytes) {
        return corrupt(runs, "a page ends in the middle of its levels or indices");
    }
    memcpy(&value, runs->body->at, bytes);
    take(runs, bytes);
    if (weir_bit_width(value) > runs->width) {
        return corrupt(runs, "a repeated level or index has more bits than its width");
    }
    run->is_packed = false;
    run->value = value;
    run->count = weir_min_u64(count, runs->values_left);
    run->packed = NULL;
    runs->values_left -= run->count;
    return WEIR_OK;
}

/* Some whole groups of the current packed run, as many as lie contiguous. */
static enum weir_status read_packed(struct weir_runs *runs, struct weir_run *run) {
    size_t group = runs->width; /* bytes of eight values */
    size_t held = 0;
    WEIR_TRY(need(runs, group, &held));
    uint64_t groups = weir_min_u64(runs->packed_left / 8, WEIR_RUN_PACKED_MAX / 8);
    groups = weir_min_u64(groups, (runs->values_left + 7) / 8);
    run->is_packed = true;
    if (group > 0 && held < group) {
        /* The section ends inside this group: legal when the values that count are there. */
        uint64_t wanted = weir_min_u64(runs->values_left, 8);
        if ((uint64_t)held * 8 < wanted * runs->width) {
            return corrupt(runs, "fewer levels or indices than values");
        }
        memset(runs->copy, 0, sizeof runs->copy);
        memcpy(runs->copy, runs->body->at, held);
        take(runs, held);
        run->packed = runs->copy;
        run->readable_bytes = sizeof runs->copy;
        groups = 1;
    } else {
        groups = group == 0 ? groups : weir_min_u64(groups, held / group);
        run->packed = runs->body->at;
        run->readable_bytes = (size_t)(runs->body->end - runs->body->at);
        take(runs, (size_t)groups * group);
    }
    WEIR_ASSERT(groups > 0);
    run->count_packed = (uint32_t)groups * 8;
    run->count = weir_min_u64(groups * 8, runs->values_left);
    runs->packed_left -= groups * 8;
    runs->values_left -= run->count;
    return WEIR_OK;
}

/* Values whose most significant bit comes first, in bytes filled from above, the other way round;
 * whole groups of eight. */
static void turn_round(const uint8_t *in, uint32_t width, uint64_t groups, uint8_t *out) {
    uint64_t mask = (UINT64_C(1) << width) - 1;
    uint64_t read = 0;
    uint32_t read_bits = 0;
    uint64_t written = 0;
    uint32_t written_bits = 0;
    for (uint64_t i = 0; i < groups * 8; i++) {
        for (; read_bits < width; read_bits += 8) {
            read = read << 8 | *in++;
        }
        read_bits -= width;
        written |= (read >> read_bits & mask) << written_bits;
        for (written_bits += width; written_bits >= 8; written_bits -= 8) {
            *out++ = (uint8_t)written;
            written >>= 8;
        }
    }
    WEIR_ASSERT(read_bits == 0 && written_bits == 0);
}

/* Some groups of BIT_PACKED values, turned round. */
static enum weir_status read_big_endian(struct weir_runs *runs, struct weir_run *run) {
    size_t group = runs->width; /* bytes of eight values */
    uint8_t padded[sizeof runs->copy];
    size_t held = 0;
    run->is_packed = group > 0;
    run->value = 0;
    run->count = runs->values_left;
    run->packed = NULL;
    if (group > 0) {
        uint64_t groups = weir_min_u64((runs->values_left + 7) / 8, sizeof padded / group);
        size_t bytes = (size_t)weir_min_u64(groups * group, runs->bytes_left);
        WEIR_TRY(need(runs, bytes, &held));
        const uint8_t *in = runs->body->at;
        if (bytes < groups * group) {
            memset(padded, 0, sizeof padded);
            memcpy(padded, in, bytes);
            in = padded;
        }
        turn_round(in, runs->width, groups, runs->copy);
        take(runs, bytes);
        run->packed = runs->copy;
        run->readable_bytes = sizeof runs->copy;
        run->count_packed = (uint32_t)groups * 8;
        run->count = weir_min_u64(groups * 8, runs->values_left);
    }
    runs->values_left -= run->count;
    return WEIR_OK;
}

enum weir_status weir_runs_next(struct weir_runs *runs, struct weir_run *run_ret) {
    if (runs->values_left == 0) {
        return WEIR_END;
    }
    if (runs->big_endian) {
        return read_big_endian(runs, run_ret);
    }
    while (runs->packed_left == 0) {
        uint64_t header = 0;
        WEIR_TRY(read_header(runs, &header));
        uint64_t count = header >> 1;
        if ((header & 1) == 0) {
            WEIR_TRY(read_repeated(runs, count, run_ret));
            if (run_ret->count > 0) {
                return WEIR_OK;
            }
            continue;
        }
        if (count > UINT64_MAX / 8) {
            return corrupt(runs, "malformed run header in levels or indices");
        }
        runs->packed_left = count * 8;
    }
    return read_packed(runs, run_ret);
}

/* Bytes that a step of count_in_place reads without asking: a header of two bytes and eight more.
 */
#define STEP_BYTES 10

/*
 * Runs that lie whole in the body's span, and well in front of its end: runs of levels are short,
 * so what each costs counts. Stops at everything that is unusual, wrong or last, for
 * weir_runs_next.
 */
static uint64_t count_in_place(struct weir_runs *runs) {
    const uint8_t *at = runs->body->at;
    uint64_t held = weir_min_u64((uint64_t)(runs->body->end - at), runs->bytes_left);
    const uint8_t *end = at + held;
    uint64_t values_left = runs->values_left;
    uint64_t ones = 0;
    while (end - at >= STEP_BYTES && values_left > 0) {
        uint32_t header = at[0];
        const uint8_t *behind = at + 1;
        if (header >= 0x80) {
            header = (header & 0x7f) | (uint32_t)at[1] << 7;
            behind = at + 2;
        }
        uint32_t count = header >> 1;
        uint32_t values = (header & 1) == 0 ? count : count * 8;
        if (header >= 1u << 14 || values > values_left) {
            break;
        }
        if ((header & 1) == 0) {
            if (*behind > 1) {
                break;
            }
            ones += *behind == 1 ? count : 0;
            behind++;
        } else if (count <= 8) {
            uint64_t word = weir_load_u64(behind);
            ones += count == 0 ? 0 : weir_popcount(word << (64 - 8 * count));
            behind += count;
        } else {
            if ((uint64_t)(end - behind) < count) {
                break;
            }
            ones += weir_count_ones(behind, values);
            behind += count;
        }
        values_left -= values;
        at = behind;
    }
    take(runs, (size_t)(at - runs->body->at));
    runs->values_left = values_left;
    return ones;
}

enum weir_status weir_runs_count_ones(struct weir_runs *runs, uint64_t *ones_ret) {
    WEIR_ASSERT(runs->width == 1);
    struct weir_run run;
    uint64_t ones = 0;
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK) {
        if (!runs->big_endian && runs->packed_left == 0) {
            ones += count_in_place(runs);
        }
        status = weir_runs_next(runs, &run);
        if (status == WEIR_OK) {
            ones += run.is_packed ? weir_count_ones(run.packed, run.count) : run.value * run.count;
        }
    }
    *ones_ret = ones;
    return status < 0 ? status : WEIR_OK;
}
