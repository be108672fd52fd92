#include "parquet/delta.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Header: values a block (a multiple of 128), miniblocks a block, number of values (varints),
 *   first value (zigzag varint). The values of a miniblock are a multiple of 32. The first value is
 *   in the header even where the number of values is 0.
 * - A block is its least delta (zigzag varint), one byte of width for each miniblock, and the
 *   miniblocks, whose deltas lie above the least one, least significant bit first.
 * - The arithmetic is modulo 2^32 or 2^64. Widths reach 64. In 32-bit columns old arrow-go writes
 *   33 bits, because it takes differences in 64: the lower 32 bits of any width up to 64 are the
 *   right delta modulo 2^32.
 * - The last miniblock that a value needs is padded to its full size. Some writers leave the
 * padding away, so the page may end in it. Miniblocks that no value needs have a width of any
 * value, and no bytes.
 * - One or no value: there is no block.
 * - A varint of more than ten bytes or 64 bits is refused. One of 64 bits in a 32-bit column is
 * not: it is a number modulo 2^32.
 * - Blocks are limited because one of width 0 has no bytes: a few bytes would stand for any number
 *   of values.
 */

#define VARINT_BYTES_MAX 10u

_Static_assert(WEIR_DELTA_MINIBLOCKS_MAX <= WEIR_BODY_KEEP, "the widths must fit a body's tail");
_Static_assert(WEIR_DELTA_GROUP * 8 <= WEIR_BODY_KEEP, "a group must fit a body's tail");
_Static_assert(WEIR_DELTA_ROOM_MIN > WEIR_DELTA_GROUP, "every call must hand out a value");

static enum weir_status corrupt(struct weir_delta *delta, const char *message) {
    return weir_fail(delta->error, WEIR_E_CORRUPT, message);
}

static enum weir_status too_short(struct weir_delta *delta) {
    return corrupt(delta, "a page ends before its delta-encoded values");
}

/* Makes min(want, what is left) contiguous bytes available. */
static inline enum weir_status hold(struct weir_body *body, size_t want) {
    if (WEIR_LIKELY((size_t)(body->end - body->at) >= want)) {
        return WEIR_OK;
    }
    enum weir_status status = weir_body_need(body, want);
    return status < 0 ? status : WEIR_OK;
}

static enum weir_status read_varint(struct weir_delta *delta, uint64_t *value_ret) {
    struct weir_body *body = delta->body;
    uint64_t value = 0;
    WEIR_TRY(hold(body, VARINT_BYTES_MAX));
    size_t held = (size_t)(body->end - body->at);
    const uint8_t *at = body->at;
    for (uint32_t i = 0; i < held && i < VARINT_BYTES_MAX; i++) {
        if (i == 9 && at[i] > 1) {
            break;
        }
        value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80) {
            body->at += i + 1;
            *value_ret = value;
            return WEIR_OK;
        }
    }
    return held < VARINT_BYTES_MAX ? too_short(delta)
                                   : corrupt(delta, "a malformed number in delta-encoded values");
}

static enum weir_status read_zigzag(struct weir_delta *delta, uint64_t *value_ret) {
    uint64_t value = 0;
    WEIR_TRY(read_varint(delta, &value));
    *value_ret = (value >> 1) ^ (0 - (value & 1));
    return WEIR_OK;
}

static enum weir_status check_blocks(struct weir_delta *delta, uint64_t block,
                                     uint64_t miniblocks) {
    if (block == 0 || block % 128 != 0) {
        return weir_fail_numbers(delta->error, WEIR_E_CORRUPT,
                                 "the values of a delta block are not a multiple of 128", 128,
                                 block);
    }
    if (miniblocks == 0 || block % miniblocks != 0 || block / miniblocks % WEIR_DELTA_GROUP != 0) {
        return weir_fail_numbers(delta->error, WEIR_E_CORRUPT,
                                 "the values of a delta miniblock are not a multiple of 32", block,
                                 miniblocks);
    }
    if (block > WEIR_DELTA_BLOCK_MAX) {
        return weir_fail_numbers(delta->error, WEIR_E_UNSUPPORTED,
                                 "a delta block has too many values", block, WEIR_DELTA_BLOCK_MAX);
    }
    if (miniblocks > WEIR_DELTA_MINIBLOCKS_MAX) {
        return weir_fail_numbers(delta->error, WEIR_E_UNSUPPORTED,
                                 "a delta block has too many miniblocks", miniblocks,
                                 WEIR_DELTA_MINIBLOCKS_MAX);
    }
    return WEIR_OK;
}

enum weir_status weir_delta_open(struct weir_delta *delta, struct weir_body *body, uint32_t bits,
                                 uint64_t values_max, const struct weir_delta_kernels *kernels,
                                 struct weir_error *error) {
    WEIR_ASSERT(delta != NULL && body != NULL && kernels != NULL && error != NULL);
    WEIR_ASSERT(bits == 32 || bits == 64);
    memset(delta, 0, sizeof *delta);
    delta->body = body;
    delta->error = error;
    delta->kernels = kernels;
    delta->bits = bits;
    if (values_max == 0 && weir_body_left(body) == 0) {
        return WEIR_OK;
    }
    uint64_t block = 0;
    uint64_t miniblocks = 0;
    uint64_t total = 0;
    WEIR_TRY(read_varint(delta, &block));
    WEIR_TRY(read_varint(delta, &miniblocks));
    WEIR_TRY(read_varint(delta, &total));
    WEIR_TRY(read_zigzag(delta, &delta->last));
    WEIR_TRY(check_blocks(delta, block, miniblocks));
    if (total > values_max) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "more delta-encoded values than the page has", values_max, total);
    }
    delta->total = total;
    delta->left = total;
    delta->miniblocks = (uint32_t)miniblocks;
    delta->miniblock = (uint32_t)miniblocks;
    delta->miniblock_values = (uint32_t)(block / miniblocks);
    return WEIR_OK;
}

static enum weir_status read_block(struct weir_delta *delta) {
    struct weir_body *body = delta->body;
    WEIR_TRY(read_zigzag(delta, &delta->min_delta));
    WEIR_TRY(hold(body, delta->miniblocks));
    size_t held = (size_t)(body->end - body->at);
    if (held < delta->miniblocks) {
        return too_short(delta);
    }
    if (delta->miniblocks <= 8 && held >= 8) {
        memcpy(delta->widths, body->at, 8); /* without a call, for what writers do */
    } else {
        memcpy(delta->widths, body->at, delta->miniblocks);
    }
    body->at += delta->miniblocks;
    delta->miniblock = 0;
    return WEIR_OK;
}

static enum weir_status next_miniblock(struct weir_delta *delta) {
    if (delta->miniblock == delta->miniblocks) {
        WEIR_TRY(read_block(delta));
    }
    delta->width = delta->widths[delta->miniblock];
    delta->miniblock++;
    delta->slots_left = delta->miniblock_values;
    if (delta->width > 64) {
        return weir_fail_numbers(delta->error, WEIR_E_CORRUPT, "a delta wider than 64 bits", 64,
                                 delta->width);
    }
    return WEIR_OK;
}

static void sum_up(struct weir_delta *delta, const uint8_t *in, void *out, uint32_t at,
                   uint32_t count) {
    if (delta->bits == 64) {
        delta->kernels->sum_u64(in, delta->width, delta->min_delta, &delta->last,
                                (uint64_t *)out + at, count);
        return;
    }
    uint32_t last = (uint32_t)delta->last;
    delta->kernels->sum_u32(in, delta->width, (uint32_t)delta->min_delta, &last,
                            (uint32_t *)out + at, count);
    delta->last = last;
}

/* Takes one group that ends near the end of what the body holds, or behind it. */
static enum weir_status copy_group(struct weir_delta *delta) {
    struct weir_body *body = delta->body;
    size_t bytes = WEIR_DELTA_GROUP / 8 * delta->width;
    WEIR_TRY(hold(body, bytes));
    size_t held = (size_t)weir_min_u64((uint64_t)(body->end - body->at), bytes);
    if (held < bytes) {
        uint64_t wanted = weir_min_u64(delta->left, WEIR_DELTA_GROUP);
        if ((uint64_t)held * 8 < wanted * delta->width) {
            return too_short(delta);
        }
        memset(delta->group, 0, sizeof delta->group);
    }
    memcpy(delta->group, body->at, held);
    body->at += held;
    return WEIR_OK;
}

/* Some groups of the current miniblock, at least one: *count_ret slots are filled. */
static enum weir_status sum_groups(struct weir_delta *delta, void *out, uint32_t at, uint32_t room,
                                   uint32_t *count_ret) {
    struct weir_body *body = delta->body;
    uint32_t slots = (uint32_t)weir_min_u64(delta->slots_left, room - at);
    slots = (uint32_t)weir_min_u64(slots, delta->left + WEIR_DELTA_GROUP - 1);
    slots -= slots % WEIR_DELTA_GROUP;
    size_t bytes = (size_t)slots / 8 * delta->width;
    size_t held = (size_t)(body->end - body->at);
    const uint8_t *in = body->at;
    WEIR_ASSERT(slots > 0);
    if (WEIR_LIKELY(held >= bytes + WEIR_DELTA_SLACK)) {
        body->at += bytes;
    } else if (delta->width == 0) {
        in = delta->group;
    } else {
        size_t group_bytes = WEIR_DELTA_GROUP / 8 * delta->width;
        if (held >= group_bytes + WEIR_DELTA_SLACK) {
            size_t groups = (held - WEIR_DELTA_SLACK) / group_bytes;
            body->at += groups * group_bytes;
            slots = (uint32_t)groups * WEIR_DELTA_GROUP;
        } else {
            WEIR_TRY(copy_group(delta));
            in = delta->group;
            slots = WEIR_DELTA_GROUP;
        }
    }
    sum_up(delta, in, out, at, slots);
    *count_ret = slots;
    return WEIR_OK;
}

/* Drops the padding behind the last value, as far as it is there. */
static enum weir_status skip_padding(struct weir_delta *delta) {
    uint64_t bytes = (uint64_t)delta->slots_left / 8 * delta->width;
    delta->slots_left = 0;
    return weir_body_skip(delta->body, weir_min_u64(bytes, weir_body_left(delta->body)));
}

enum weir_status weir_delta_next(struct weir_delta *delta, void *out, uint32_t room,
                                 uint32_t *count_ret) {
    WEIR_ASSERT(out != NULL && room >= WEIR_DELTA_ROOM_MIN);
    uint32_t at = 0;
    *count_ret = 0;
    if (delta->left == 0) {
        return WEIR_END;
    }
    if (!delta->has_begun) {
        uint32_t low = (uint32_t)delta->last;
        memcpy(out, delta->bits == 64 ? (void *)&delta->last : (void *)&low, delta->bits / 8);
        delta->has_begun = true;
        delta->left--;
        at = 1;
    }
    while (delta->left > 0 && room - at >= WEIR_DELTA_GROUP) {
        if (delta->slots_left == 0) {
            WEIR_TRY(next_miniblock(delta));
        }
        uint32_t count = 0;
        WEIR_TRY(sum_groups(delta, out, at, room, &count));
        delta->slots_left -= count;
        count = (uint32_t)weir_min_u64(count, delta->left);
        delta->left -= count;
        at += count;
    }
    if (delta->left == 0) {
        WEIR_TRY(skip_padding(delta));
    }
    *count_ret = at;
    return WEIR_OK;
}

const struct weir_delta_kernels *weir_delta_choose(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    switch (weir_isa_choose(isa)) {
    case WEIR_ISA_AVX512: return &weir_delta_avx512;
    case WEIR_ISA_AVX2: return &weir_delta_avx2;
    default: break;
    }
#endif
    (void)isa;
    return &weir_delta_scalar;
}
