/* DELTA_BINARY_PACKED: any bytes are what a decoder here, one bit at a time, says they are. */
#include "delta_help.h"

/* --- A decoder by the letter of the format --- */

struct naive {
    const uint8_t *data;
    size_t bytes;
    size_t at;
    bool bad;
    bool too_large;
};

static uint64_t naive_varint(struct naive *n) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < 10; i++) {
        if (n->at == n->bytes) {
            break;
        }
        uint8_t byte = n->data[n->at++];
        if (i == 9 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            return value;
        }
    }
    n->bad = true;
    return 0;
}

static uint64_t naive_zigzag(struct naive *n) {
    uint64_t value = naive_varint(n);
    return value % 2 == 0 ? value / 2 : ~(value / 2);
}

/* One miniblock: adds up its deltas while values are wanted. */
static void naive_miniblock(struct naive *n, uint32_t each, uint32_t width, uint64_t least,
                            uint64_t total, uint64_t *values, uint64_t *count) {
    uint64_t bit = (uint64_t)n->at * 8;
    if (width > 64) {
        n->bad = true;
    }
    for (uint32_t i = 0; i < each && *count < total && !n->bad; i++) {
        uint64_t delta = 0;
        for (uint32_t j = 0; j < width; j++, bit++) {
            if (bit / 8 >= n->bytes) {
                n->bad = true;
                return;
            }
            delta |= (uint64_t)(n->data[bit / 8] >> bit % 8 & 1) << j;
        }
        values[*count] = values[*count - 1] + least + delta;
        ++*count;
    }
    n->at += (size_t)each / 8 * width;
    n->at = n->at < n->bytes ? n->at : n->bytes;
}

/* Modulo 2^64; returns the number of values. */
static uint64_t naive_decode(struct naive *n, uint64_t values_max, uint64_t *values) {
    if (values_max == 0 && n->bytes == 0) {
        return 0;
    }
    uint64_t block = naive_varint(n);
    uint64_t miniblocks = naive_varint(n);
    uint64_t total = naive_varint(n);
    values[0] = naive_zigzag(n);
    if (n->bad || block == 0 || block % 128 != 0 || miniblocks == 0 || block % miniblocks != 0 ||
        block / miniblocks % 32 != 0) {
        n->bad = true;
        return 0;
    }
    n->too_large = block > WEIR_DELTA_BLOCK_MAX || miniblocks > WEIR_DELTA_MINIBLOCKS_MAX;
    if (n->too_large || total > values_max) {
        n->bad = true;
        return 0;
    }
    for (uint64_t count = 1; count < total && !n->bad;) {
        uint64_t least = naive_zigzag(n);
        const uint8_t *widths = n->data + n->at;
        if (n->bytes - n->at < miniblocks) {
            n->bad = true;
            break;
        }
        n->at += miniblocks;
        for (uint32_t m = 0; m < miniblocks && count < total && !n->bad; m++) {
            naive_miniblock(n, (uint32_t)(block / miniblocks), widths[m], least, total, values,
                            &count);
        }
    }
    return n->bad ? 0 : total;
}

/* --- Any bytes --- */

/* The bytes between guard pages, the last one at the second page's edge, as all that a body has. */
struct at_the_edge {
    struct body_bench bench;
    struct weir_body body;
    uint8_t *block;
    size_t bytes;
};

static void edge_open(struct at_the_edge *edge, const uint8_t *data, size_t bytes) {
    size_t padded = (bytes + 63) & ~(size_t)63;
    body_open(&edge->bench, data, bytes, 0);
    edge->bytes = bytes;
    edge->block = mp_guarded(bytes);
    edge->body = edge->bench.body;
    edge->body.at = edge->block + padded - bytes;
    edge->body.end = edge->block + padded;
    edge->body.unproduced_bytes = 0;
    if (bytes > 0) {
        memcpy(edge->block + padded - bytes, data, bytes);
    }
}

static void edge_close(struct at_the_edge *edge) {
    mp_unguard(edge->block, edge->bytes);
    body_close(&edge->bench);
}

#define ANY_VALUES_MAX 1500u

/* Compares one body's decoding with what the letter of the format gives. */
static void compare(struct weir_body *body, struct weir_error *error, uint32_t bits,
                    uint64_t values_max, enum weir_isa isa, const struct naive *naive,
                    const uint64_t *want, uint64_t want_count) {
    static uint8_t got[(ANY_VALUES_MAX + ROOM) * 8];
    struct weir_delta delta;
    uint64_t count = 0;
    enum weir_status status =
        weir_delta_open(&delta, body, bits, values_max, weir_delta_choose(isa), error);
    if (status == WEIR_OK) {
        status = decode(&delta, bits, got, values_max, &count);
    }
    assert_int_equal(error->status, status < 0 ? status : WEIR_OK);
    if (naive->bad) {
        assert_int_equal(status, naive->too_large ? WEIR_E_UNSUPPORTED : WEIR_E_CORRUPT);
        return;
    }
    assert_int_equal(status, WEIR_END);
    assert_int_equal(delta.total, want_count);
    assert_int_equal(count, want_count);
    for (uint64_t i = 0; i < count; i++) {
        if (bits == 64) {
            assert_int_equal(weir_load_u64(got + 8 * i), want[i]);
        } else {
            assert_int_equal(weir_load_u32(got + 4 * i), (uint32_t)want[i]);
        }
    }
    assert_int_equal(weir_body_left(body), naive->bytes - naive->at);
}

static void check_any(const uint8_t *data, size_t bytes, uint32_t bits, uint64_t values_max) {
    static uint64_t want[ANY_VALUES_MAX];
    struct naive naive = {.data = data, .bytes = bytes};
    uint64_t count = naive_decode(&naive, values_max, want);
    for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
        struct at_the_edge edge;
        edge_open(&edge, data, bytes);
        compare(&edge.body, &edge.bench.error, bits, values_max, isa, &naive, want, count);
        edge_close(&edge);
    }
    struct body_bench b;
    body_open(&b, data, bytes, 1 + mp_below(70));
    compare(&b.body, &b.error, bits, values_max, WEIR_ISA_AUTO, &naive, want, count);
    body_close(&b);
}

static void random_section(struct mp_bytes *bytes, uint32_t bits, uint64_t *count_ret) {
    static const uint32_t blocks[][2] = {{128, 4}, {256, 2}, {128, 1}, {512, 16}};
    static int64_t values[700];
    uint32_t layout = mp_below(4);
    struct shape shape = {.bits = bits,
                          .block = blocks[layout][0],
                          .miniblocks = blocks[layout][1],
                          .garbage = mp_below(256),
                          .cut_padding = mp_below(3) == 0};
    *count_ret = mp_below(700);
    random_values(values, *count_ret, bits, mp_below(bits / 2));
    encode(bytes, &shape, values, *count_ret);
}

static void any_end_is_an_error_or_the_values(void **state) {
    (void)state;
    mp_seed("delta cut");
    for (int round = 0; round < 12; round++) {
        uint32_t bits = round % 2 == 0 ? 64 : 32;
        struct mp_bytes bytes = {0};
        uint64_t count = 0;
        random_section(&bytes, bits, &count);
        for (size_t n = 0; n <= bytes.count; n++) {
            check_any(bytes.data, n, bits, count);
        }
        mp_free(&bytes);
    }
}

static void any_changed_byte_is_an_error_or_other_values(void **state) {
    (void)state;
    mp_seed("delta changed");
    for (int round = 0; round < 10; round++) {
        uint32_t bits = round % 2 == 0 ? 64 : 32;
        struct mp_bytes bytes = {0};
        uint64_t count = 0;
        random_section(&bytes, bits, &count);
        for (size_t i = 0; i < bytes.count; i++) {
            uint8_t right = bytes.data[i];
            for (uint32_t flip = 0; flip < 3; flip++) {
                uint32_t change = i < 12 ? 1u << mp_below(8) : 1 + mp_below(255);
                bytes.data[i] = (uint8_t)(right ^ change);
                check_any(bytes.data, bytes.count, bits, mp_below(2) == 0 ? count : 1400);
            }
            bytes.data[i] = right;
        }
        mp_free(&bytes);
    }
}

static void random_bytes_behind_a_header_are_read_by_the_letter(void **state) {
    (void)state;
    mp_seed("delta random");
    for (int round = 0; round < 3000; round++) {
        struct mp_bytes bytes = {0};
        uint32_t blocks = 1 + mp_below(3);
        mp_varint(&bytes, 128 * blocks);
        mp_varint(&bytes, 1u << mp_below(3));
        mp_varint(&bytes, mp_below(ANY_VALUES_MAX));
        for (uint32_t n = mp_below(3000); n > 0; n--) {
            mp_byte(&bytes, mp_below(3) == 0 ? mp_below(66) : (uint32_t)mp_random() & 0xff);
        }
        check_any(bytes.data, bytes.count, round % 2 == 0 ? 64 : 32, ANY_VALUES_MAX);
        mp_free(&bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_end_is_an_error_or_the_values),
        cmocka_unit_test(any_changed_byte_is_an_error_or_other_values),
        cmocka_unit_test(random_bytes_behind_a_header_are_read_by_the_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
