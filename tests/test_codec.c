/* The table of codecs. */
#include "codec_help.h"

#include "parquet/body.h"
#include "parquet/codec_inner.h"

static void what_is_not_read_is_refused_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO",
                                        "BROTLI",       "LZ4",    "ZSTD", "LZ4_RAW"};
    for (uint32_t id = 0; id < 8; id++) {
        const char *why = weir_codec_unsupported(id);
        assert_int_equal(why == NULL, id == 0 || weir_codec_find(id) != NULL);
        assert_true(why == NULL || strstr(why, names[id]) != NULL);
    }
    assert_non_null(weir_codec_unsupported(3));
    assert_non_null(weir_codec_unsupported(8));
    assert_non_null(weir_codec_unsupported(UINT32_MAX));
}

static void a_codec_knows_its_number_and_name(void **state) {
    (void)state;
    for (uint32_t id = 0; id < 300; id++) {
        const struct weir_codec *codec = weir_codec_find(id);
        if (codec == NULL) {
            continue;
        }
        assert_int_equal(codec->id, id);
        assert_true(codec->name[0] != 0);
        assert_non_null(codec->area_bytes);
        assert_non_null(codec->begin);
        assert_non_null(codec->step);
        assert_int_equal(codec->whole == NULL, codec->whole_area_bytes == NULL);
        assert_int_equal(codec->area_bytes(0) % 64, 0);
    }
}

static void what_is_missing_is_not_found(void **state) {
    (void)state;
    static const uint32_t never[] = {WEIR_CODEC_UNCOMPRESSED, WEIR_CODEC_LZO, 8, UINT32_MAX};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_null(weir_codec_find(never[i]));
    }
    assert_non_null(weir_codec_find(WEIR_CODEC_SNAPPY));
    assert_non_null(weir_codec_find(WEIR_CODEC_LZ4_RAW));
    assert_non_null(weir_codec_find(WEIR_CODEC_LZ4));
    assert_int_equal(weir_codec_find(WEIR_CODEC_ZSTD) != NULL, WEIR_HAVE_ZSTD);
    assert_int_equal(weir_codec_find(WEIR_CODEC_GZIP) != NULL, WEIR_HAVE_ZLIB);
    assert_int_equal(weir_codec_find(WEIR_CODEC_BROTLI) != NULL, WEIR_HAVE_BROTLI);
}

static void areas_are_as_planned(void **state) {
    (void)state;
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_UNCOMPRESSED, 0), 0);
    assert_int_equal(weir_body_slice_bytes(WEIR_CODEC_UNCOMPRESSED), 0);
    uint64_t lz = (64u << 10) + WEIR_OUTPUT_SLICE_BYTES + WEIR_CODEC_SLOP + 128;
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_SNAPPY, 0), lz);
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_SNAPPY, 1u << 16), lz);
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_SNAPPY, 3u << 16), lz + (2u << 16));
    /* its format reaches 64 KiB back and no further */
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_LZ4_RAW, 1u << 30), lz);
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_LZ4, 1u << 30), lz);
    assert_int_equal(weir_body_slice_bytes(WEIR_CODEC_SNAPPY), 0);
#if WEIR_HAVE_ZSTD
    assert_true(weir_body_slice_bytes(WEIR_CODEC_ZSTD) >=
                WEIR_BODY_KEEP + WEIR_OUTPUT_SLICE_BYTES + WEIR_CODEC_SLOP);
#endif
#if WEIR_HAVE_BROTLI
    /* as much as the window that encoders use unless told otherwise, when none has been seen */
    assert_int_equal(weir_body_area_bytes(WEIR_CODEC_BROTLI, 0),
                     weir_body_area_bytes(WEIR_CODEC_BROTLI, 4u << 20));
    assert_true(weir_body_area_bytes(WEIR_CODEC_BROTLI, 0) <= (4u << 20) + (1100u << 10));
#endif
#if WEIR_HAVE_ZLIB
    assert_true(weir_body_area_bytes(WEIR_CODEC_GZIP, 0) <= 90u << 10);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_read_is_refused_by_name),
        cmocka_unit_test(a_codec_knows_its_number_and_name),
        cmocka_unit_test(what_is_missing_is_not_found),
        cmocka_unit_test(areas_are_as_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
