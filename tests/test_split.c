/* BYTE_STREAM_SPLIT: every width and count against the definition, on every instruction set. */
#include "make_parquet.h"

#include "parquet/split.h"

/* Streams that end at a guard page each, and room for the values that does too. */
static void any_width_and_count_is_joined(void **state) {
    (void)state;
    mp_seed("split");
    for (uint32_t width = 1; width <= WEIR_SPLIT_STREAMS_MAX; width++) {
        for (uint32_t count = 0; count <= 700; count += count < 70 ? 1 : 157) {
            uint32_t padded = (count + 63) / 64 * 64;
            const uint8_t *streams[WEIR_SPLIT_STREAMS_MAX];
            uint8_t *blocks[WEIR_SPLIT_STREAMS_MAX];
            for (uint32_t k = 0; k < width; k++) {
                blocks[k] = mp_guarded(count);
                streams[k] = blocks[k] + padded - count;
                for (uint32_t i = 0; i < count; i++) {
                    blocks[k][padded - count + i] = (uint8_t)mp_random();
                }
            }
            uint32_t out_bytes = (width * count + 63) / 64 * 64;
            uint8_t *block = mp_guarded(width * count);
            uint8_t *out = block + out_bytes - width * count;
            for (uint32_t isa = WEIR_ISA_SCALAR; isa <= WEIR_ISA_AVX512; isa++) {
                memset(block, 0, out_bytes);
                weir_split_join(weir_split_choose((enum weir_isa)isa), streams, width, out, count);
                for (uint32_t i = 0; i < count; i++) {
                    for (uint32_t k = 0; k < width; k++) {
                        assert_int_equal(out[i * width + k], streams[k][i]);
                    }
                }
            }
            mp_unguard(block, width * count);
            for (uint32_t k = 0; k < width; k++) {
                mp_unguard(blocks[k], count);
            }
        }
    }
}

static void a_contiguous_page_is_joined_in_parts(void **state) {
    (void)state;
    mp_seed("split strided");
    for (uint32_t width = 1; width <= 70; width++) {
        uint32_t stride = 1 + mp_below(500);
        uint32_t bytes = width * stride;
        uint32_t padded = (bytes + 63) / 64 * 64;
        uint8_t *page_block = mp_guarded(bytes);
        uint8_t *out_block = mp_guarded(bytes);
        uint8_t *page = page_block + padded - bytes;
        for (uint32_t i = 0; i < bytes; i++) {
            page[i] = (uint8_t)mp_random();
        }
        for (uint32_t isa = WEIR_ISA_SCALAR; isa <= WEIR_ISA_AVX512; isa++) {
            for (uint32_t at = 0; at < stride;) {
                uint32_t count = 1 + mp_below(stride - at);
                uint8_t *out = out_block + padded - width * count;
                weir_split_join_strided(weir_split_choose((enum weir_isa)isa), page + at, stride,
                                        width, out, count);
                for (uint32_t i = 0; i < count * width; i++) {
                    assert_int_equal(out[i], page[i % width * stride + at + i / width]);
                }
                at += count;
            }
        }
        mp_unguard(page_block, bytes);
        mp_unguard(out_block, bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_width_and_count_is_joined),
        cmocka_unit_test(a_contiguous_page_is_joined_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
