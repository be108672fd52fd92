/* Seeds of the targets that take parts of a file by themselves, command lines and plans. */
#include "seeds.h"

#include <lz4.h>
#include <snappy-c.h>
#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif
#if WEIR_HAVE_ZLIB
#include <zlib.h>
#endif
#if WEIR_HAVE_BROTLI
#include <brotli/encode.h>
#endif

#include "make_thrift.h"

/* --- Runs, for fuzz_levels; see its struct head ------------------------------------------------
 */

static void save_runs(const char *folder, uint32_t kind, uint32_t size, uint32_t count) {
    uint32_t values[2000];
    struct mp_bytes bytes = {0};
    char name[64];
    const uint32_t width = kind == 0 ? size : size == 0 ? 0 : weir_bit_width(size);
    uint32_t value = 0;
    assert_true(count <= 2000);
    for (uint32_t i = 0; i < count; i++) {
        if (mp_below(4) == 0) { /* a run or several values that differ */
            value = kind == 0 ? (uint32_t)(mp_random() & ((UINT64_C(1) << width) - 1))
                              : mp_below(size + 1);
        }
        values[i] = i == 0 ? 0 : value;
    }
    const uint8_t head[] = {
        (uint8_t)kind, (uint8_t)size, (uint8_t)count, (uint8_t)(count >> 8), 0, 30};
    mp_put(&bytes, head, sizeof head);
    if (kind == 2) {
        mp_pack_legacy(&bytes, values, count, width);
    } else {
        mp_runs(&bytes, values, count, width);
    }
    snprintf(name, sizeof name, "kind-%u-size-%u-%u", kind, size, count);
    seeds_save(folder, "runs", name, &bytes);
    mp_free(&bytes);
}

/* --- Deltas, for fuzz_delta --------------------------------------------------------------------
 */

static void save_deltas(const char *folder, uint32_t bits, uint32_t count, uint32_t shift) {
    int64_t numbers[600];
    struct mp_bytes bytes = {0};
    char name[64];
    assert_true(count <= 600);
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (int64_t)(mp_random() >> shift);
        numbers[i] = bits == 32 ? (int32_t)numbers[i] : numbers[i];
    }
    const uint8_t head[] = {bits == 64, (uint8_t)count, (uint8_t)(count >> 8), 30, 9};
    mp_put(&bytes, head, sizeof head);
    en_delta(&bytes, numbers, count, bits);
    snprintf(name, sizeof name, "bits-%u-%u-shift-%u", bits, count, shift);
    seeds_save(folder, "deltas", name, &bytes);
    mp_free(&bytes);
}

/* --- Thrift, for fuzz_thrift -------------------------------------------------------------------
 */

static void save_struct(const char *folder, uint32_t number) {
    struct mp_bytes bytes = {0};
    char name[64];
    mp_byte(&bytes, WEIR_THRIFT_STRUCT);
    mp_byte(&bytes, mp_below(256));
    for (uint32_t i = 0; i < 3; i++) {
        mt_struct(&bytes, number % 2 == 0 ? MT_USUAL : MT_ODD, 0);
    }
    if (bytes.count <= 1500) {
        snprintf(name, sizeof name, "struct-%u", number);
        seeds_save(folder, "structs", name, &bytes);
    }
    mp_free(&bytes);
}

/* Field ids up to the largest there is, in the longest steps; one step more is too many. */
static void save_ids(const char *folder, uint32_t steps) {
    struct mp_bytes bytes = {0};
    char name[64];
    mp_byte(&bytes, WEIR_THRIFT_STRUCT);
    mp_byte(&bytes, 255);
    for (uint32_t i = 0; i < steps; i++) {
        mp_byte(&bytes, 0xf0 | WEIR_THRIFT_TRUE);
    }
    for (uint32_t i = 0; i < 20; i++) {
        mp_stop(&bytes);
    }
    snprintf(name, sizeof name, "ids-%u", steps);
    seeds_save(folder, "structs", name, &bytes);
    mp_free(&bytes);
}

/* Structs in lists in structs, as deep as may be and deeper. */
static void save_nested(const char *folder, uint32_t pairs) {
    struct mp_bytes bytes = {0};
    char name[64];
    mp_byte(&bytes, WEIR_THRIFT_STRUCT);
    mp_byte(&bytes, 30);
    for (uint32_t i = 0; i < pairs; i++) {
        int last = 0;
        mp_field(&bytes, &last, 1, WEIR_THRIFT_LIST);
        mp_list_head(&bytes, i % 4 == 3 ? WEIR_THRIFT_LIST : WEIR_THRIFT_STRUCT, 1);
        if (i % 4 == 3) {
            mp_list_head(&bytes, WEIR_THRIFT_STRUCT, 1);
        }
    }
    for (uint32_t i = 0; i < pairs + 20; i++) {
        mp_stop(&bytes);
    }
    snprintf(name, sizeof name, "nested-%u", pairs);
    seeds_save(folder, "structs", name, &bytes);
    mp_free(&bytes);
}

/* --- Compressed pages, for fuzz_codec ----------------------------------------------------------
 */

/* Text that repeats itself, near and far, and noise. */
static void fill_page(struct mp_bytes *page, uint32_t count) {
    while (page->count < count) {
        const uint32_t back = mp_below((uint32_t)page->count + 1);
        if (back > 8 && mp_below(2) == 0) {
            uint8_t copy[64];
            const uint32_t length = 4 + mp_below(back < 60 ? 4 : 56);
            memcpy(copy, page->data + page->count - back, back < length ? back : length);
            mp_put(page, copy, back < length ? back : length);
        } else {
            mp_u32(page, (uint32_t)mp_random());
        }
    }
}

/* LZ4 as Hadoop frames it: two frames, the second of two blocks. */
static size_t pack_hadoop(const struct mp_bytes *page, char *to, size_t room) {
    const int half = (int)(page->count / 2);
    const char *from = (const char *)page->data;
    const int sizes[2] = {half, (int)page->count - half};
    size_t at = 0;
    for (int i = 0; i < 2; i++) {
        int packed = LZ4_compress_default(from, to + at + 8, sizes[i], (int)(room - at - 8));
        const uint32_t heads[2] = {__builtin_bswap32((uint32_t)sizes[i]),
                                   __builtin_bswap32((uint32_t)packed)};
        memcpy(to + at, heads, sizeof heads);
        at += 8 + (size_t)packed;
        from += sizes[i];
    }
    return at;
}

/* 0 where this build has no such encoder. `codec` counts as in fuzz_codec. */
static size_t pack(const struct mp_bytes *page, uint32_t codec, char *to, size_t room) {
    const char *from = (const char *)page->data;
    switch (codec) {
    case 0: return snappy_compress(from, page->count, to, &room) == SNAPPY_OK ? room : 0;
    case 1: return (size_t)LZ4_compress_default(from, to, (int)page->count, (int)room);
    case 2: return pack_hadoop(page, to, room);
#if WEIR_HAVE_ZSTD
    case 3: return ZSTD_compress(to, room, from, page->count, 3);
#endif
#if WEIR_HAVE_ZLIB
    case 4: {
        z_stream zlib = {.next_in = (z_const Bytef *)page->data,
                         .avail_in = (uInt)page->count,
                         .next_out = (Bytef *)to,
                         .avail_out = (uInt)room};
        assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
        deflateEnd(&zlib);
        return zlib.total_out;
    }
#endif
#if WEIR_HAVE_BROTLI
    case 5:
        return BrotliEncoderCompress(9, 18, BROTLI_MODE_GENERIC, page->count, page->data, &room,
                                     (uint8_t *)to) == BROTLI_TRUE
                   ? room
                   : 0;
#endif
    default: return 0;
    }
}

static void save_packed(const char *folder, uint32_t codec, uint32_t count) {
    static char packed[8192];
    struct mp_bytes page = {0};
    struct mp_bytes bytes = {0};
    char name[64];
    fill_page(&page, count);
    const size_t packed_bytes = pack(&page, codec, packed, sizeof packed);
    const uint8_t head[] = {(uint8_t)codec, (uint8_t)page.count, (uint8_t)(page.count >> 8), 30, 9};
    mp_put(&bytes, head, sizeof head);
    mp_put(&bytes, packed, packed_bytes);
    if (packed_bytes > 0) {
        snprintf(name, sizeof name, "codec-%u-%u", codec, count);
        seeds_save(folder, "packed", name, &bytes);
    }
    mp_free(&bytes);
    mp_free(&page);
}

/* Pages at the limits of their formats, by hand: an LZ4 block whose last match leaves as few bytes
 * as it may, or one less, and copies that begin in front of the page. */
static void save_limits(const char *folder) {
    static const struct {
        const char *name;
        uint8_t bytes[20]; /* the head first: codec, size of the page in two bytes, pieces */
        uint32_t count;
    } pages[] = {
        {"lz4-leaves-5", {1, 17, 0, 30, 9, 0x44, 1, 2, 3, 4, 4, 0, 0x50, 5, 6, 7, 8, 9}, 18},
        {"lz4-leaves-4", {1, 16, 0, 30, 9, 0x44, 1, 2, 3, 4, 4, 0, 0x40, 5, 6, 7, 8}, 17},
        {"lz4-in-front", {1, 17, 0, 30, 9, 0x44, 1, 2, 3, 4, 5, 0, 0x50, 5, 6, 7, 8, 9}, 18},
        {"snappy-copies", {0, 8, 0, 30, 9, 8, 3 << 2, 1, 2, 3, 4, 1, 4}, 13},
        {"snappy-in-front", {0, 8, 0, 30, 9, 8, 3 << 2, 1, 2, 3, 4, 1, 5}, 13}};
    for (uint32_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct mp_bytes bytes = {0};
        mp_put(&bytes, pages[i].bytes, pages[i].count);
        seeds_save(folder, "packed", pages[i].name, &bytes);
        mp_free(&bytes);
    }
}

/* --- Command lines and plans -------------------------------------------------------------------
 */

static void save_lines(const char *folder) {
    static const char *const lines[] = {
        "profile\n-f\njson\n-m\n8M\n-j\n3\nx\ny",
        "profile\n--quantiles\n0.5,99%,1\n--stats\ntop,moments\n-c\na,b*,,c\nx",
        "plan\n--exact\n--stats\nquantiles\n--rank-error\n0.1%\n--mem-budget\n25%\nx",
        "cat\n--limit\n10\n--columns\na?[b-d]*,a.b\n--exclude\n*.x[!q]\na.b.c\nabbc.x",
        "schema\n--pages\n--output\n-\n--\n-f",
        "help\nprofile",
        "--version",
        "check\n--seed\n18446744073709551615\n--codec-window\n64MiB\nx\n-q\n--no-progress",
        "profil\n--mem-buget\n8M",
        "ab*c\nabbbc\n*a*b?\nxaxbc\n[a-c]*[!d]\nabcabd",
        "*ab*\naab\n*a*a*\naaa\n?[]x]\na]",
        "profile\n--mem-budget=1.5GiB\n--threads=auto\n--top=10\nx\n1.5e3\n100%"};
    char name[64];
    for (uint32_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct mp_bytes bytes = {0};
        mp_text(&bytes, lines[i]);
        snprintf(name, sizeof name, "line-%u", i);
        seeds_save(folder, "lines", name, &bytes);
        mp_free(&bytes);
    }
}

/* Numbers in the places of struct head in fuzz_plan. */
static void save_plans(const char *folder) {
    char name[64];
    for (uint32_t i = 0; i < 16; i++) {
        struct mp_bytes bytes = {0};
        const uint8_t head[] = {0,
                                (uint8_t)mp_random(),
                                (uint8_t)(1 + i % 4),
                                0,
                                (uint8_t)i,
                                (uint8_t)(i * 5),
                                0xf4,
                                1,
                                (uint8_t)(i % 3 * 7),
                                (uint8_t)(i % 2),
                                (uint8_t)(i % 5)};
        mp_put(&bytes, head, sizeof head);
        for (uint32_t k = sizeof head; k < 28; k++) {
            mp_byte(&bytes, (uint32_t)mp_random() & 0xff);
        }
        snprintf(name, sizeof name, "plan-%u", i);
        seeds_save(folder, "plans", name, &bytes);
        mp_free(&bytes);
    }
}

void seeds_small(const char *folder) {
    static const uint32_t widths[] = {0, 1, 2, 3, 6, 7, 8, 12, 17, 24, 32};
    static const uint32_t largest[] = {0, 1, 2, 3, 5, 8, 64};
    mp_state = 11;
    for (uint32_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        save_runs(folder, 0, widths[i], 90);
        save_runs(folder, 0, widths[i], 700);
    }
    for (uint32_t i = 0; i < sizeof largest / sizeof largest[0]; i++) {
        for (uint32_t kind = 1; kind < 3; kind++) {
            save_runs(folder, kind, largest[i], 90);
            save_runs(folder, kind, largest[i], 700);
        }
    }
    for (uint32_t shift = 0; shift < 64; shift += 9) {
        save_deltas(folder, 64, 40 + shift, shift);
        save_deltas(folder, 32, 300 + shift, shift);
    }
    save_deltas(folder, 64, 0, 0);
    save_deltas(folder, 64, 1, 0);
    for (uint32_t i = 0; i < 40; i++) {
        save_struct(folder, i);
    }
    save_ids(folder, 2184);
    save_ids(folder, 2185);
    for (uint32_t pairs = 24; pairs < 32; pairs++) {
        save_nested(folder, pairs);
    }
    save_limits(folder);
    for (uint32_t codec = 0; codec < 6; codec++) {
        save_packed(folder, codec, 30);
        save_packed(folder, codec, 300);
        save_packed(folder, codec, 2000);
    }
    save_lines(folder);
    save_plans(folder);
}
