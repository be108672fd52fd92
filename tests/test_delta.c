/* DELTA_BINARY_PACKED: what an encoder here writes, cut anywhere, comes out on every ISA. */
#include "body_help.h"

#include "parquet/delta.h"

#define ROOM 300u

/* How an encoder lays a section out. */
struct shape {
    uint32_t bits;
    uint32_t block;
    uint32_t miniblocks;
    uint32_t width;      /* least width of a miniblock; the widest delta may need more */
    uint32_t garbage;    /* width written for miniblocks that no value needs */
    bool cut_padding;    /* the last miniblock ends with its last value */
    bool signed_overrun; /* 32 bits: differences are taken in 64, as old arrow-go does */
};

static uint64_t zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (uint64_t)(value < 0 ? -1 : 0);
}

/* Bits one by one, least significant first. */
struct bits {
    struct mp_bytes *to;
    uint32_t byte;
    uint32_t used;
};

static void put_bits(struct bits *bits, uint64_t value, uint32_t width) {
    for (uint32_t i = 0; i < width; i++) {
        bits->byte |= (uint32_t)(value >> i & 1) << bits->used;
        if (++bits->used == 8) {
            mp_byte(bits->to, bits->byte);
            bits->byte = 0;
            bits->used = 0;
        }
    }
}

/* A block of deltas, `count` of which are values. */
static void put_block(struct mp_bytes *to, const struct shape *shape, const int64_t *deltas,
                      uint32_t count) {
    uint32_t each = shape->block / shape->miniblocks;
    uint64_t range = shape->bits == 64 || shape->signed_overrun ? UINT64_MAX : UINT32_MAX;
    int64_t least = deltas[0];
    for (uint32_t i = 1; i < count; i++) {
        least = deltas[i] < least ? deltas[i] : least;
    }
    mp_zigzag(to, least);
    for (uint32_t m = 0; m < shape->miniblocks; m++) {
        uint32_t width = m * each < count ? shape->width : shape->garbage;
        for (uint32_t i = m * each; i < count && i < (m + 1) * each; i++) {
            uint64_t above = ((uint64_t)deltas[i] - (uint64_t)least) & range;
            width = weir_bit_width(above) > width ? weir_bit_width(above) : width;
        }
        mp_byte(to, width);
    }
    size_t widths = to->count - shape->miniblocks;
    for (uint32_t m = 0; m * each < count; m++) {
        struct bits bits = {to, 0, 0};
        uint32_t width = to->data[widths + m];
        for (uint32_t i = m * each; i < (m + 1) * each; i++) {
            if (i >= count && shape->cut_padding) {
                break;
            }
            put_bits(&bits, i < count ? ((uint64_t)deltas[i] - (uint64_t)least) & range : 0, width);
        }
        if (bits.used > 0) {
            mp_byte(to, bits.byte);
        }
    }
}

static void encode(struct mp_bytes *to, const struct shape *shape, const int64_t *values,
                   uint64_t count) {
    int64_t *deltas = calloc(shape->block, sizeof *deltas);
    mp_varint(to, shape->block);
    mp_varint(to, shape->miniblocks);
    mp_varint(to, count);
    mp_varint(to, zigzag(count > 0 ? values[0] : 0));
    for (uint64_t at = 1; at < count; at += shape->block) {
        uint32_t n = (uint32_t)weir_min_u64(count - at, shape->block);
        for (uint32_t i = 0; i < n; i++) {
            deltas[i] = (int64_t)((uint64_t)values[at + i] - (uint64_t)values[at + i - 1]);
            if (shape->bits == 32 && !shape->signed_overrun) {
                deltas[i] = (int32_t)deltas[i];
            }
        }
        put_block(to, shape, deltas, n);
    }
    free(deltas);
}

/* Reads all values in pieces of random room. Returns the last status; *count_ret values came. */
static enum weir_status decode(struct weir_delta *delta, uint32_t bits, uint8_t *values,
                               uint64_t values_max, uint64_t *count_ret) {
    uint8_t *out = mp_guarded(2 * ROOM * 8);
    enum weir_status status;
    uint32_t count = 0;
    *count_ret = 0;
    do {
        uint32_t room = WEIR_DELTA_ROOM_MIN + 8 * mp_below(44);
        uint8_t *to = out + 2 * ROOM * 8 - room * bits / 8;
        status = weir_delta_next(delta, to, room, &count);
        assert_true(count <= room && (status == WEIR_OK) == (count > 0));
        assert_true(count <= values_max - *count_ret);
        memcpy(values + *count_ret * bits / 8, to, count * bits / 8);
        *count_ret += count;
    } while (status == WEIR_OK);
    mp_unguard(out, 2 * ROOM * 8);
    return status;
}

/* Decodes on every instruction set, through reads of `slice` bytes, and compares. */
static void check(const struct mp_bytes *bytes, size_t section, const struct shape *shape,
                  const int64_t *values, uint64_t count, size_t slice) {
    uint8_t *got = malloc((size_t)count * 8 + 8);
    for (uint32_t isa = WEIR_ISA_SCALAR; isa <= WEIR_ISA_AVX512; isa++) {
        struct body_bench b;
        struct weir_delta delta;
        uint64_t came = 0;
        body_open(&b, bytes->data, bytes->count, slice);
        assert_int_equal(weir_delta_open(&delta, &b.body, shape->bits, count,
                                         weir_delta_choose((enum weir_isa)isa), &b.error),
                         WEIR_OK);
        assert_int_equal(delta.total, count);
        assert_int_equal(decode(&delta, shape->bits, got, count, &came), WEIR_END);
        assert_int_equal(came, count);
        for (uint64_t i = 0; i < count; i++) {
            if (shape->bits == 64) {
                assert_int_equal(weir_load_u64(got + 8 * i), values[i]);
            } else {
                assert_int_equal(weir_load_u32(got + 4 * i), (uint32_t)values[i]);
            }
        }
        assert_int_equal(weir_body_left(&b.body), bytes->count - section);
        body_close(&b);
    }
    free(got);
}

/* Values whose deltas need about `width` bits. */
static void random_values(int64_t *values, uint64_t count, uint32_t bits, uint32_t width) {
    uint64_t step = mp_random() >> (mp_below(2) == 0 ? 60 : mp_below(64));
    uint64_t last = mp_random();
    for (uint64_t i = 0; i < count; i++) {
        last += step + (width == 0 ? 0 : mp_random() >> (64 - width));
        values[i] = bits == 64 ? (int64_t)last : (int32_t)(uint32_t)last;
    }
}

static void every_width_count_and_block_comes_back(void **state) {
    static const uint32_t blocks[][2] = {{128, 4},   {128, 1}, {256, 4},     {2048, 8},
                                         {1024, 32}, {384, 3}, {32768, 1024}};
    static const size_t slices[] = {0, 1, 3, 7, 61, 4096};
    int64_t *values = calloc(10000, sizeof *values);
    (void)state;
    mp_seed("delta");
    for (int round = 0; round < 700; round++) {
        uint32_t layout = mp_below(7);
        struct shape shape = {
            .bits = round % 2 == 0 ? 64 : 32,
            .block = blocks[layout][0],
            .miniblocks = blocks[layout][1],
            .garbage = mp_below(2) == 0 ? 0 : mp_below(256),
        };
        uint32_t width = (uint32_t)round / 2 % (shape.bits + 1);
        uint64_t count = mp_below(4) == 0 ? mp_below(70) : mp_below(10000);
        struct mp_bytes bytes = {0};
        shape.width = mp_below(3) == 0 ? mp_below(shape.bits + 1) : 0;
        random_values(values, count, shape.bits, width);
        encode(&bytes, &shape, values, count);
        size_t section = bytes.count;
        if (mp_below(2) == 0) {
            mp_text(&bytes, "what lies behind the section");
        }
        check(&bytes, section, &shape, values, count, slices[round % 6]);
        mp_free(&bytes);
    }
    free(values);
}

static void differences_taken_in_64_bits_are_right_in_32(void **state) {
    int64_t values[500];
    (void)state;
    mp_seed("delta 33");
    for (int round = 0; round < 60; round++) {
        struct shape shape = {.bits = 32, .block = 128, .miniblocks = 4, .signed_overrun = true};
        struct mp_bytes bytes = {0};
        uint64_t count = 1 + mp_below(500);
        for (uint64_t i = 0; i < count; i++) {
            values[i] = mp_below(3) == 0 ? INT32_MIN : (int32_t)(uint32_t)mp_random();
        }
        shape.width = round % 2 == 0 ? 33 : mp_below(65);
        encode(&bytes, &shape, values, count);
        check(&bytes, bytes.count, &shape, values, count, 0);
        mp_free(&bytes);
    }
}

static void the_padding_of_the_last_miniblock_may_be_missing(void **state) {
    int64_t values[700];
    (void)state;
    mp_seed("delta padding");
    for (uint32_t round = 0; round < 200; round++) {
        struct shape shape = {.bits = 64, .block = 256, .miniblocks = 2};
        struct mp_bytes whole = {0};
        struct mp_bytes least = {0};
        uint64_t count = 2 + mp_below(698);
        shape.width = 1 + mp_below(64);
        random_values(values, count, 64, mp_below(65));
        encode(&whole, &shape, values, count);
        shape.cut_padding = true;
        encode(&least, &shape, values, count);
        for (size_t n = least.count; n <= whole.count; n += 1 + mp_below(40)) {
            struct mp_bytes cut = whole;
            cut.count = n;
            check(&cut, n, &shape, values, count, n % 5);
        }
        mp_free(&whole);
        mp_free(&least);
    }
}

static enum weir_status open_text(const char *data, size_t bytes, uint32_t bits, uint64_t most) {
    struct body_bench b;
    struct weir_delta delta;
    uint8_t values[8 * 300];
    uint64_t count = 0;
    body_open(&b, (const uint8_t *)data, bytes, 0);
    enum weir_status status =
        weir_delta_open(&delta, &b.body, bits, most, weir_delta_choose(WEIR_ISA_AUTO), &b.error);
    if (status == WEIR_OK) {
        status = decode(&delta, bits, values, 300, &count);
    }
    assert_int_equal(b.error.status, status < 0 ? status : WEIR_OK);
    body_close(&b);
    return status;
}

static void malformed_headers_are_refused(void **state) {
    (void)state;
    assert_int_equal(open_text("", 0, 64, 0), WEIR_END);
    assert_int_equal(open_text("", 0, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\4\0\0", 5, 64, 0), WEIR_END);
    assert_int_equal(open_text("\x80\1\4\1\5", 5, 64, 1), WEIR_END);
    assert_int_equal(open_text("\x80\1\4\1\5", 5, 64, 0), WEIR_E_CORRUPT); /* too many values */
    assert_int_equal(open_text("\x80\1\4\1", 4, 64, 1), WEIR_E_CORRUPT);   /* no first value */
    assert_int_equal(open_text("\x80\1\4\2\5", 5, 64, 2), WEIR_E_CORRUPT); /* no block */
    assert_int_equal(open_text("\x40\2\1\5", 4, 64, 1), WEIR_E_CORRUPT);   /* blocks of 64 */
    assert_int_equal(open_text("\0\1\1\5", 4, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\0\1\5", 5, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\x8\1\5", 5, 64, 1), WEIR_E_CORRUPT); /* miniblocks of 16 */
    assert_int_equal(open_text("\x80\1\3\1\5", 5, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\x80\x08\4\1\5", 6, 64, 1), WEIR_E_LIMIT);
    assert_int_equal(open_text("\x80\x80\x04\x80\x10\1\5", 7, 64, 1), WEIR_E_LIMIT);
    /* Numbers of eleven bytes, and of 65 bits. */
    assert_int_equal(open_text("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\4\1\5", 14, 64, 1),
                     WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\4\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\2", 14, 64, 1),
                     WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\4\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 14, 32, 1),
                     WEIR_END);
    /* Widths of 64 and 65 bits. */
    assert_int_equal(open_text("\x80\1\4\2\5\0\x40\xff\xff\xff\1\2\3\4\5\6\7\x8", 18, 64, 2),
                     WEIR_END);
    assert_int_equal(open_text("\x80\1\4\2\5\0\x41\xff\xff\xff\1\2\3\4\5\6\7\x8\x9", 19, 64, 2),
                     WEIR_E_CORRUPT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_count_and_block_comes_back),
        cmocka_unit_test(differences_taken_in_64_bits_are_right_in_32),
        cmocka_unit_test(the_padding_of_the_last_miniblock_may_be_missing),
        cmocka_unit_test(malformed_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
