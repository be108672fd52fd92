/* Byte-array statistics against a model that keeps every value. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "stats/strings.h"
#include "stats/strings_state.h"

__extension__ typedef __int128 wide_int;

static uint64_t random_state;

static void seed_random(uint64_t seed) {
    print_message("seed %llu\n", (unsigned long long)seed);
    random_state = seed;
}

static uint64_t random_u64(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    return weir_hash_u64(random_state);
}

static uint32_t random_below(uint32_t limit) {
    return (uint32_t)(random_u64() % limit);
}

/* --- The column under test. ---------------------------------------------------------------- */

struct subject {
    void *state;
    void *scratch;
    struct weir_stats_options options;
};

static size_t state_size(void) {
    return (size_t)(weir_strings_state_bytes() + 63) / 64 * 64;
}

static struct subject subject_make(uint32_t stats) {
    struct subject subject = {.options = {.stats = stats, .rank_error = 0.01}};
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_strings_scratch_take(&space));
    const size_t bytes = (size_t)space.used_bytes;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0xA5, bytes); /* nothing may depend on what was there */
    weir_space_carve(&space, memory, bytes);
    subject.scratch = weir_strings_scratch_take(&space);
    assert_non_null(subject.scratch);
    subject.state = aligned_alloc(64, state_size());
    memset(subject.state, 0x5A, state_size());
    weir_strings_begin(subject.state, &subject.options);
    return subject;
}

static void subject_free(struct subject *subject) {
    free(subject->state);
    free(subject->scratch);
}

static struct weir_result *subject_result(const struct subject *subject) {
    struct weir_result *result = calloc(1, sizeof *result);
    weir_strings_end(subject->state, subject->scratch);
    weir_strings_result(subject->state, result);
    return result;
}

/* --- Values in plenty. --------------------------------------------------------------------- */

struct values {
    struct weir_view *views;
    uint32_t *weights;
    uint32_t count;
    uint8_t *bytes;
};

enum kind {
    KIND_SHORT,
    KIND_MIXED,
    KIND_UTF8,
    KIND_BINARY,
    KIND_SHARED,
    KIND_LONG,
    KIND_ZIPF,
    KINDS
};

static uint32_t value_length(enum kind kind) {
    switch (kind) {
    case KIND_SHORT: return random_below(3);
    case KIND_MIXED: return random_below(4) == 0 ? 60 + random_below(8) : random_below(40);
    case KIND_UTF8: return random_below(50);
    case KIND_BINARY: return random_below(100);
    case KIND_SHARED: return 62 + random_below(5);
    case KIND_LONG: return random_below(50) == 0 ? 4090 + random_below(3000) : random_below(70);
    default: return 6;
    }
}

static void fill_value(enum kind kind, uint8_t *to, uint32_t length) {
    static const char *const letters[] = {"a", "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x8C\x8A"};
    if (kind == KIND_ZIPF) {
        double u = (double)(random_u64() >> 11) * 0x1p-53;
        char text[16];
        snprintf(text, sizeof text, "%06u", (uint32_t)exp(u * log(30000.0)));
        memcpy(to, text, 6);
        return;
    }
    for (uint32_t i = 0; i < length; i++) {
        to[i] = (uint8_t)(kind == KIND_BINARY ? random_u64() : 'a' + random_below(2));
    }
    if (kind == KIND_SHARED) {
        memset(to, 'z', 60);
    }
    for (uint32_t i = 0; kind == KIND_UTF8 && i < length;) {
        const char *letter = letters[random_below(4)];
        size_t bytes = strlen(letter);
        bytes = bytes < length - i && random_below(60) > 0 ? bytes : 1;
        memcpy(to + i, letter, bytes);
        i += (uint32_t)bytes;
    }
}

/* `pool` distinct draws; 0 draws every value anew. */
static struct values values_make(enum kind kind, uint32_t count, uint32_t pool) {
    struct values values = {.count = count};
    values.views = calloc(count, sizeof *values.views);
    values.weights = calloc(count, sizeof *values.weights);
    values.bytes = malloc((size_t)count * (kind == KIND_LONG ? 7100 : 101) + 1);
    uint8_t *at = values.bytes;
    for (uint32_t i = 0; i < count; i++) {
        if (pool > 0 && i >= pool) {
            values.views[i] = values.views[random_below(pool)];
        } else {
            uint32_t length = value_length(kind);
            fill_value(kind, at, length);
            values.views[i] = (struct weir_view){at, length};
            at += length;
        }
        values.weights[i] = random_below(3) == 0 ? 0 : random_below(5);
    }
    return values;
}

static void values_free(struct values *values) {
    free(values->views);
    free(values->weights);
    free(values->bytes);
}

static void add_pieces(struct subject *subject, const struct weir_view *view, uint32_t weight,
                       uint32_t piece_max) {
    uint32_t offset = 0;
    while (offset < view->length) {
        uint32_t bytes = piece_max == 0 ? view->length : 1 + random_below(piece_max);
        bytes = bytes < view->length - offset ? bytes : view->length - offset;
        weir_strings_add_piece(subject->state, subject->scratch, view->data + offset, bytes, offset,
                               view->length, weight);
        offset += bytes;
    }
}

/* Adds in calls of at most `slice` views (0: as many as there are), long values in pieces. */
static void add_values(struct subject *subject, const struct values *values, bool weighted,
                       uint32_t slice, uint32_t piece_max) {
    uint32_t at = 0;
    while (at < values->count) {
        if (values->views[at].length > WEIR_VIEW_BYTES_MAX) {
            add_pieces(subject, &values->views[at], weighted ? values->weights[at] : 1, piece_max);
            at++;
            continue;
        }
        uint32_t end = at;
        while (end < values->count && values->views[end].length <= WEIR_VIEW_BYTES_MAX &&
               (slice == 0 || end - at < slice)) {
            end++;
        }
        weir_strings_add_views(subject->state, subject->scratch, values->views + at,
                               weighted ? values->weights + at : NULL, end - at);
        at = end;
    }
}

static struct weir_result *profile(const struct values *values, bool weighted, uint32_t slice,
                                   uint32_t piece_max) {
    struct subject subject = subject_make(WEIR_STATS_ALL);
    weir_strings_chunk_begin(subject.state, subject.scratch);
    add_values(&subject, values, weighted, slice, piece_max);
    weir_strings_chunk_end(subject.state, subject.scratch);
    struct weir_result *result = subject_result(&subject);
    subject_free(&subject);
    return result;
}

/* --- The model. ---------------------------------------------------------------------------- */

struct model_value {
    struct weir_view view;
    uint64_t count;
};

static int compare_views(const void *a, const void *b) {
    const struct weir_view *x = a;
    const struct weir_view *y = b;
    uint32_t shorter = x->length < y->length ? x->length : y->length;
    int order = shorter == 0 ? 0 : memcmp(x->data, y->data, shorter);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static int compare_model_values(const void *a, const void *b) {
    return compare_views(&((const struct model_value *)a)->view,
                         &((const struct model_value *)b)->view);
}

/* Distinct values in order, with counts; returns how many. */
static uint32_t model_make(const struct values *values, bool weighted, struct model_value **ret) {
    struct model_value *all = calloc(values->count + 1, sizeof *all);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < values->count; i++) {
        uint64_t weight = weighted ? values->weights[i] : 1;
        if (weight > 0) {
            all[kept++] = (struct model_value){values->views[i], weight};
        }
    }
    qsort(all, kept, sizeof *all, compare_model_values);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < kept; i++) {
        if (distinct > 0 && compare_views(&all[distinct - 1].view, &all[i].view) == 0) {
            all[distinct - 1].count += all[i].count;
        } else {
            all[distinct++] = all[i];
        }
    }
    *ret = all;
    return distinct;
}

static bool model_valid_utf8(const uint8_t *data, uint32_t bytes) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    for (uint32_t at = 0; at < bytes;) {
        uint32_t lead = data[at];
        uint32_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (length == 0 || lead >= 0xF8 || length > bytes - at) {
            return false;
        }
        uint32_t point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
        for (uint32_t i = 1; i < length; i++) {
            if (data[at + i] >> 6 != 2) {
                return false;
            }
            point = point << 6 | (data[at + i] & 0x3Fu);
        }
        if (point < smallest[length] || (point >> 11) == 27 || point > 0x10FFFF) {
            return false;
        }
        at += length;
    }
    return true;
}

static void check_value(const struct weir_value *value, const struct weir_view *view,
                        uint32_t kept_max) {
    uint32_t kept = view->length < kept_max ? view->length : kept_max;
    assert_int_equal(value->kind, WEIR_KIND_BYTES);
    assert_true(value->present);
    assert_int_equal(value->cut, view->length > kept_max);
    assert_int_equal(value->bytes_count, kept);
    assert_true(kept == 0 || memcmp(value->bytes, view->data, kept) == 0);
}

/* Everything but distinct and top values. */
static void check_plain(const struct weir_result *result, const struct model_value *model,
                        uint32_t distinct) {
    struct weir_strings expected = {.length_min = UINT64_MAX};
    uint64_t count = 0;
    wide_int squares = 0;
    for (uint32_t i = 0; i < distinct; i++) {
        uint64_t length = model[i].view.length;
        count += model[i].count;
        expected.bytes_total += length * model[i].count;
        squares += (wide_int)length * (wide_int)length * (wide_int)model[i].count;
        expected.empty += length == 0 ? model[i].count : 0;
        bool valid = model_valid_utf8(model[i].view.data, model[i].view.length);
        expected.invalid_utf8 += valid ? 0 : model[i].count;
        expected.length_min = length < expected.length_min ? length : expected.length_min;
        expected.length_max = length > expected.length_max ? length : expected.length_max;
    }
    assert_int_equal(result->count, count);
    assert_true(result->has_strings);
    assert_int_equal(result->strings.bytes_total, expected.bytes_total);
    assert_int_equal(result->strings.length_min, expected.length_min);
    assert_int_equal(result->strings.length_max, expected.length_max);
    assert_int_equal(result->strings.empty, expected.empty);
    assert_int_equal(result->strings.invalid_utf8, expected.invalid_utf8);
    wide_int total = (wide_int)expected.bytes_total;
    wide_int numerator = (wide_int)count * squares - total * total;
    long double variance = (long double)numerator / ((long double)count * (long double)(count - 1));
    double mean = (double)((long double)expected.bytes_total / (long double)count);
    double std = (double)sqrtl(variance);
    assert_true(fabs(result->strings.length_mean - mean) <= 1e-15 * mean);
    assert_true(fabs(result->strings.length_std - std) <= 1e-15 * std);
    check_value(&result->min, &model[0].view, WEIR_PREFIX_BYTES);
    check_value(&result->max, &model[distinct - 1].view, WEIR_PREFIX_BYTES);
}

/* Top values of an exact table: each is a value of the model with just that count. Values with
 * equal beginnings may take turns, so they are looked up by what is kept. */
static void check_exact_top(const struct weir_result *result, const struct model_value *model,
                            uint32_t distinct) {
    uint64_t *counts = calloc(distinct, sizeof *counts);
    assert_int_equal(result->top_count, distinct < WEIR_TOP_MAX ? distinct : WEIR_TOP_MAX);
    for (uint32_t i = 0; i < distinct; i++) {
        counts[i] = model[i].count;
    }
    for (uint32_t k = 0; k < result->top_count; k++) {
        const struct weir_top *top = &result->top[k];
        uint64_t largest = 0;
        bool found = false;
        for (uint32_t i = 0; i < distinct; i++) {
            largest = counts[i] > largest ? counts[i] : largest;
        }
        assert_int_equal(top->count_low, largest);
        assert_int_equal(top->count_high, largest);
        for (uint32_t i = 0; i < distinct && !found; i++) {
            uint32_t kept = model[i].view.length < 32 ? model[i].view.length : 32;
            if (counts[i] == largest && kept == top->value.bytes_count &&
                top->value.cut == (model[i].view.length > 32) &&
                (kept == 0 || memcmp(model[i].view.data, top->value.bytes, kept) == 0)) {
                counts[i] = 0;
                found = true;
            }
        }
        assert_true(found);
    }
    free(counts);
}

/* --- Properties. --------------------------------------------------------------------------- */

static void results_match_a_model_that_keeps_everything(void **unused) {
    (void)unused;
    seed_random(1);
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        for (uint32_t round = 0; round < 6; round++) {
            bool weighted = round % 2 == 1;
            uint32_t count = 2 + random_below(kind == KIND_LONG ? 3000 : 9000);
            struct values values = values_make(kind, count, round < 4 ? 1 + random_below(900) : 0);
            values.weights[0] = 2;
            struct model_value *model = NULL;
            uint32_t distinct = model_make(&values, weighted, &model);
            struct weir_result *result = profile(&values, weighted, 0, 997);
            check_plain(result, model, distinct);
            assert_true(result->has_distinct);
            assert_int_equal(result->distinct.exact, distinct <= 1024);
            if (result->distinct.exact) {
                assert_int_equal(result->distinct.value, distinct);
                assert_true(result->distinct.relative_error == 0);
                check_exact_top(result, model, distinct);
            } else {
                double off = fabs((double)result->distinct.value - distinct) / distinct;
                assert_true(off < 5 * result->distinct.relative_error);
            }
            free(model);
            free(result);
            values_free(&values);
        }
    }
}

static void the_cut_into_calls_and_pieces_does_not_matter(void **unused) {
    (void)unused;
    seed_random(2);
    static const uint32_t slices[] = {1, 7, 59, 4096, 5000};
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        struct values values = values_make(kind, kind == KIND_LONG ? 3000 : 20000, 0);
        for (uint32_t weighted = 0; weighted < 2; weighted++) {
            struct weir_result *expected = profile(&values, weighted != 0, 0, 0);
            for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
                struct weir_result *result =
                    profile(&values, weighted != 0, slices[i], 1 + slices[i]);
                assert_memory_equal(result, expected, sizeof *result);
                free(result);
            }
            free(expected);
        }
        values_free(&values);
    }
}

/* The 4096th value of a block is one that came in pieces. */
static void a_block_may_end_with_a_long_value(void **unused) {
    (void)unused;
    seed_random(9);
    struct values values = values_make(KIND_LONG, 2 * WEIR_BLOCK_VALUES + 100, 300);
    uint32_t is_long = 0;
    while (values.views[is_long].length <= WEIR_VIEW_BYTES_MAX) {
        is_long++;
    }
    for (uint32_t shift = 0; shift < 3; shift++) { /* in front of the end, there, behind it */
        struct model_value *model = NULL;
        for (uint32_t block = 1; block <= 2; block++) {
            values.views[block * WEIR_BLOCK_VALUES + shift - 2] = values.views[is_long];
        }
        uint32_t distinct = model_make(&values, false, &model);
        struct weir_result *result = profile(&values, false, 0, 997);
        struct weir_result *again = profile(&values, false, 59, 0);
        check_plain(result, model, distinct);
        assert_memory_equal(result, again, sizeof *result);
        free(model);
        free(result);
        free(again);
    }
    values_free(&values);
}

static void one_wrong_byte_anywhere_makes_a_value_invalid(void **unused) {
    (void)unused;
    for (uint32_t length = 1; length < 80; length++) {
        for (uint32_t at = 0; at < length; at++) {
            uint8_t text[80];
            memset(text, 'x', sizeof text);
            text[at] = 0xFF;
            struct weir_view views[2] = {{text, length}, {text, at}};
            struct values values = {.views = views, .count = 2};
            struct weir_result *result = profile(&values, false, 0, 0);
            assert_int_equal(result->strings.invalid_utf8, 1);
            free(result);
        }
    }
}

static void a_weight_is_as_good_as_repeating(void **unused) {
    (void)unused;
    seed_random(3);
    for (uint32_t kind = 0; kind < KIND_ZIPF; kind++) {
        struct values values = values_make(kind, 6000, 700);
        struct values repeated = {.count = 0};
        repeated.views = calloc(values.count * 5, sizeof *repeated.views);
        for (uint32_t i = 0; i < values.count; i++) {
            for (uint32_t w = 0; w < values.weights[i]; w++) {
                repeated.views[repeated.count++] = values.views[i];
            }
        }
        struct weir_result *a = profile(&values, true, 0, 0);
        struct weir_result *b = profile(&repeated, false, 0, 0);
        assert_memory_equal(a, b, sizeof *a);
        free(a);
        free(b);
        free(repeated.views);
        values_free(&values);
    }
}

static void add_numbers(struct subject *subject, uint32_t from, uint32_t to) {
    for (uint32_t n = from; n < to; n++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%u", n);
        struct weir_view view = {(const uint8_t *)text, (uint32_t)length};
        weir_strings_add_views(subject->state, subject->scratch, &view, NULL, 1);
    }
}

static void counting_is_exact_up_to_1024_distinct_values(void **unused) {
    (void)unused;
    for (uint32_t round = 0; round < 32; round++) {
        const uint32_t distinct = 1023 + round % 4;
        const uint32_t from = 5000 * round;
        struct subject subject = subject_make(WEIR_STATS_ALL);
        for (uint32_t chunk = 0; chunk < 3; chunk++) {
            weir_strings_chunk_begin(subject.state, subject.scratch);
            add_numbers(&subject, from, from + (chunk == 1 ? distinct : 1000));
            weir_strings_chunk_end(subject.state, subject.scratch);
        }
        struct weir_result *result = subject_result(&subject);
        assert_int_equal(result->distinct.exact, distinct <= 1024);
        assert_int_equal(result->count, 2000 + distinct);
        if (distinct <= 1024) {
            assert_int_equal(result->distinct.value, distinct);
            assert_int_equal(result->top[0].count_low, 3);
            assert_int_equal(result->top[0].count_high, 3);
        } else {
            assert_true(fabs((double)result->distinct.value - distinct) < 0.08 * distinct);
            assert_true(result->distinct.relative_error > 0.016);
            assert_true(result->distinct.value >= 1025); /* so many have been seen */
        }
        free(result);
        subject_free(&subject);
    }
}

/* Bounds hold for every top value, are as narrow as promised, and no frequent value is missing. */
static void bounds_of_top_values_hold_on_zipf(void **unused) {
    (void)unused;
    seed_random(4);
    for (uint32_t weighted = 0; weighted < 2; weighted++) {
        struct values values = values_make(KIND_ZIPF, 200000, 0);
        struct model_value *model = NULL;
        uint32_t distinct = model_make(&values, weighted != 0, &model);
        struct weir_result *result = profile(&values, weighted != 0, 0, 0);
        assert_false(result->distinct.exact);
        assert_int_equal(result->top_count, WEIR_TOP_MAX);
        uint64_t low_least = UINT64_MAX;
        for (uint32_t k = 0; k < result->top_count; k++) {
            const struct weir_top *top = &result->top[k];
            struct model_value key = {{top->value.bytes, top->value.bytes_count}, 0};
            const struct model_value *found =
                bsearch(&key, model, distinct, sizeof *model, compare_model_values);
            assert_non_null(found);
            assert_in_range(found->count, top->count_low, top->count_high);
            assert_true(top->count_high - top->count_low <= result->count / 513);
            assert_true(top->count_low <= low_least);
            low_least = top->count_low;
        }
        uint64_t unlisted = 0;
        for (uint32_t i = 0; i < distinct; i++) {
            bool listed = false;
            for (uint32_t k = 0; k < result->top_count; k++) {
                listed |= memcmp(result->top[k].value.bytes, model[i].view.data, 6) == 0;
            }
            unlisted = !listed && model[i].count > unlisted ? model[i].count : unlisted;
        }
        assert_true(unlisted <= result->top[WEIR_TOP_MAX - 1].count_high);
        free(result);
        free(model);
        values_free(&values);
    }
}

/* The last byte of every value is the last one of a page; the next page cannot be read. */
static void nothing_behind_a_value_is_read(void **unused) {
    (void)unused;
    seed_random(9);
    uint8_t *pages =
        mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    for (uint32_t i = 0; i < 3 * 4096; i++) {
        pages[i] = (uint8_t)('a' + random_below(26));
    }
    assert_int_equal(mprotect(pages + 2 * 4096, 4096, PROT_NONE), 0);
    struct values there = values_make(KIND_SHORT, 5000, 0);
    struct values copies = values_make(KIND_SHORT, 5000, 0);
    uint8_t *copy = malloc(5000);
    memcpy(copy, pages + 2 * 4096 - 5000, 5000);
    for (uint32_t i = 0; i < there.count; i++) {
        uint32_t length = i < 4097 ? i : i % 70;
        there.views[i] = (struct weir_view){pages + 2 * 4096 - length, length};
        copies.views[i] = (struct weir_view){copy + 5000 - length, length};
        copies.weights[i] = there.weights[i];
    }
    for (uint32_t weighted = 0; weighted < 2; weighted++) {
        struct weir_result *a = profile(&there, weighted != 0, 61, 0);
        struct weir_result *b = profile(&copies, weighted != 0, 0, 0);
        assert_memory_equal(a, b, sizeof *a);
        free(a);
        free(b);
    }
    struct weir_view empty = {pages + 2 * 4096, 0};
    struct weir_view none = {NULL, 0};
    struct subject subject = subject_make(WEIR_STATS_ALL);
    weir_strings_chunk_begin(subject.state, subject.scratch);
    weir_strings_add_views(subject.state, subject.scratch, &empty, NULL, 1);
    weir_strings_add_views(subject.state, subject.scratch, &none, NULL, 1);
    weir_strings_chunk_end(subject.state, subject.scratch);
    struct weir_result *result = subject_result(&subject);
    assert_int_equal(result->distinct.value, 1);
    assert_int_equal(result->strings.empty, 2);
    free(result);
    subject_free(&subject);
    free(copy);
    values_free(&there);
    values_free(&copies);
    munmap(pages, 3 * 4096);
}

static void a_long_value_is_the_same_in_pieces_of_any_kind(void **unused) {
    (void)unused;
    seed_random(5);
    static const uint32_t lengths[] = {4097, 4128, 5000, 70000};
    for (uint32_t round = 0; round < 4; round++) {
        uint32_t length = lengths[round];
        uint8_t *text = malloc(length);
        fill_value(KIND_UTF8, text, length);
        struct weir_view view = {text, length};
        struct values one = {.views = &view, .count = 1};
        struct weir_result *expected = profile(&one, false, 0, 0);
        assert_int_equal(expected->strings.invalid_utf8, !model_valid_utf8(text, length));
        check_value(&expected->min, &view, WEIR_PREFIX_BYTES);
        check_value(&expected->max, &view, WEIR_PREFIX_BYTES);
        check_value(&expected->top[0].value, &view, 32);
        for (uint32_t cut = 1; cut < 140; cut++) {
            struct weir_result *result = profile(&one, false, 0, cut);
            assert_memory_equal(result, expected, sizeof *result);
            free(result);
        }
        free(expected);
        free(text);
    }
}

static void extremes_follow_the_order_of_unsigned_bytes(void **unused) {
    (void)unused;
    uint8_t text[100];
    memset(text, 'm', sizeof text);
    uint8_t other[100];
    memset(other, 'm', sizeof other);
    other[63] = 'n';
    uint8_t third[100];
    memset(third, 'm', sizeof third);
    third[33] = 'n';
    static const uint8_t zeros[40] = {0};
    static const uint8_t high[2] = {0xFF, 0x7F};
    const struct weir_view order[] = {
        {zeros, 0},  {zeros, 1},  {zeros, 8},  {zeros, 9}, {zeros, 31}, {zeros, 32}, {zeros, 33},
        {text, 8},   {text, 32},  {text, 33},  {text, 63}, {text, 64},  {text, 65},  {other, 64},
        {other, 65}, {third, 35}, {third, 64}, {high, 1},  {high, 2},
    };
    const uint32_t count = sizeof order / sizeof order[0];
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            struct weir_view some[3] = {order[count - 1], order[a], order[b]};
            struct values values = {.views = some, .count = 3};
            struct weir_result *result = profile(&values, false, 0, 0);
            check_value(&result->min, &order[a < b ? a : b], WEIR_PREFIX_BYTES);
            free(result);
            some[0] = order[0];
            result = profile(&values, false, 0, 0);
            check_value(&result->max, &order[a < b ? b : a], WEIR_PREFIX_BYTES);
            assert_int_equal(result->distinct.value, 1 + (a > 0) + (b > 0 && b != a));
            free(result);
        }
    }
}

static int compare_u64_descending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/*
 * Blocks of hashes chosen to agree in most bits, so that every level of counting and the sort
 * behind them have work. The model: exact counts of table and block joined, less the 513th largest.
 */
static void counting_survives_hashes_chosen_to_collide(void **unused) {
    (void)unused;
    seed_random(6);
    static const uint64_t masks[] = {
        UINT64_MAX, 0x1FFF, UINT64_MAX >> 13, UINT64_MAX >> 39, UINT64_C(0x0007000700070007),
        0xFFF};
    struct weir_strings_block *block = calloc(1, sizeof *block);
    struct weir_strings_table *table = calloc(1, sizeof *table);
    uint64_t *left = calloc(8192, sizeof *left);
    for (uint32_t round = 0; round < 60; round++) {
        uint64_t mask = masks[round % 6];
        uint32_t pool = round % 4 == 0 ? 300 : 300 + random_below(6000);
        weir_strings_table_begin(table, WEIR_STATS_ALL, WEIR_ISA_AUTO);
        uint64_t hashes[8192];
        uint64_t counts[8192] = {0};
        uint32_t known = 0;
        uint64_t error = 0;
        bool spilled = false;
        for (uint32_t b = 0; b < 4; b++) {
            for (uint32_t i = 0; i < 4096 && random_below(5000) > 0; i++) {
                uint64_t hash = weir_hash_u64(random_below(pool) + 1) & mask;
                uint64_t weight = round % 3 == 0 ? 1 + random_below(1000000) : 1;
                const uint64_t head[4] = {hash, 0, 0, 0};
                weir_strings_block_add(block, hash, weight, head, 8);
                uint32_t at = 0;
                while (at < known && hashes[at] != hash) {
                    at++;
                }
                known += at == known;
                hashes[at] = hash;
                counts[at] += weight;
            }
            weir_strings_block_end(block, table);
            uint32_t positive = 0;
            for (uint32_t k = 0; k < known; k++) {
                positive += counts[k] > 0;
                left[k] = counts[k];
            }
            spilled |= positive > 1024;
            if (spilled && positive > 512) {
                qsort(left, known, sizeof *left, compare_u64_descending);
                error += left[512];
                for (uint32_t k = 0; k < known; k++) {
                    counts[k] -= counts[k] < left[512] ? counts[k] : left[512];
                }
            }
            assert_int_equal(table->spilled, spilled);
            assert_int_equal(table->error, error);
            uint32_t used = 0;
            for (uint32_t k = 0; k < known; k++) {
                used += counts[k] > 0;
            }
            assert_int_equal(table->used, used);
            for (uint32_t e = 0; e < table->used; e++) {
                uint32_t k = 0;
                while (k < known && hashes[k] != table->hash[e]) {
                    k++;
                }
                assert_true(spilled ? k < known : k == e); /* in order of first sight */
                assert_int_equal(table->count[e], counts[k]);
                assert_memory_equal(table->head[e], &hashes[k], 8);
            }
        }
    }
    free(left);
    free(table);
    free(block);
}

/* hash, count and head of every entry, in an order of its own. */
static uint32_t list_entries(const struct weir_strings_table *table, uint64_t (*list)[7]) {
    for (uint32_t e = 0; e < table->used; e++) {
        list[e][0] = table->hash[e];
        list[e][1] = table->count[e];
        list[e][2] = table->head_length[e];
        memcpy(&list[e][3], table->head[e], 32);
    }
    qsort(list, table->used, sizeof *list, compare_u64_descending);
    return table->used;
}

/*
 * Values of weight 1 in blocks, with the partial block put aside at random places and without:
 * the same table, whatever the hashes. What is put aside has room for few heads.
 */
static void a_block_put_aside_goes_on_as_before(void **unused) {
    (void)unused;
    seed_random(10);
    static const uint64_t masks[] = {UINT64_MAX, 0x1FFF, UINT64_MAX >> 39, 0xFFFF};
    struct weir_strings_block *blocks[2];
    struct weir_strings_table *tables[2];
    uint64_t(*lists[2])[7];
    struct weir_strings_carry *carry = calloc(1, sizeof *carry);
    for (int i = 0; i < 2; i++) {
        blocks[i] = calloc(1, sizeof *blocks[i]);
        tables[i] = calloc(1, sizeof *tables[i]);
        lists[i] = calloc(WEIR_STRINGS_EXACT, sizeof *lists[i]);
    }
    for (uint32_t round = 0; round < 80; round++) {
        const uint64_t mask = masks[round % 4];
        const uint32_t pool = round % 5 == 0 ? 900 : 1000 + random_below(9000);
        const bool skewed = round % 3 == 0;
        for (int i = 0; i < 2; i++) {
            weir_strings_table_begin(tables[i], WEIR_STATS_ALL, WEIR_ISA_AUTO);
            memset(blocks[i], 0, sizeof *blocks[i]);
        }
        uint32_t until = random_below(3000);
        for (uint32_t n = 0; n < 30000; n++) {
            const uint64_t below = random_below(pool) + 1;
            const uint64_t value = skewed ? 1 + below * below / pool * below / pool : below;
            const uint64_t hash = weir_hash_u64(value) & mask;
            /* The head is a function of the hash: who collides is one value. */
            const uint64_t head[4] = {hash, ~hash, hash * 7, hash ^ 5};
            for (int i = 0; i < 2; i++) {
                weir_strings_block_add(blocks[i], hash, 1, head, 9 + hash % 25);
                if (blocks[i]->used == WEIR_BLOCK_VALUES) {
                    weir_strings_block_end_plain(blocks[i], tables[i]);
                }
            }
            if (until-- == 0) {
                until = random_below(round % 2 ? 200 : 6000);
                if (!tables[1]->spilled) {
                    weir_strings_block_end_plain(blocks[1], tables[1]);
                }
                if (tables[1]->spilled && blocks[1]->used < WEIR_BLOCK_VALUES) {
                    weir_strings_block_save(blocks[1], tables[1], carry);
                    memset(blocks[1], 0xA5, sizeof *blocks[1]);
                    weir_strings_block_restore(blocks[1], tables[1], carry);
                }
            }
        }
        for (int i = 0; i < 2; i++) {
            weir_strings_block_end_plain(blocks[i], tables[i]);
            weir_strings_block_end_plain(blocks[i], tables[i]); /* what a spill left */
        }
        assert_int_equal(tables[0]->spilled, tables[1]->spilled);
        assert_int_equal(tables[0]->error, tables[1]->error);
        assert_memory_equal(&tables[0]->hll.registers, &tables[1]->hll.registers,
                            sizeof tables[0]->hll.registers);
        assert_int_equal(list_entries(tables[0], lists[0]), list_entries(tables[1], lists[1]));
        assert_memory_equal(lists[0], lists[1], tables[0]->used * sizeof *lists[0]);
    }
    for (int i = 0; i < 2; i++) {
        free(blocks[i]);
        free(tables[i]);
        free(lists[i]);
    }
    free(carry);
}

static void what_is_not_asked_for_is_not_there_and_changes_nothing_else(void **unused) {
    (void)unused;
    seed_random(7);
    struct values values = values_make(KIND_ZIPF, 30000, 0);
    struct weir_result *full = profile(&values, false, 0, 0);
    for (uint32_t stats = 0; stats < 16; stats++) {
        struct subject subject = subject_make(stats);
        weir_strings_chunk_begin(subject.state, subject.scratch);
        add_values(&subject, &values, false, 0, 0);
        weir_strings_chunk_end(subject.state, subject.scratch);
        struct weir_result *result = subject_result(&subject);
        assert_int_equal(result->has_distinct, (stats & WEIR_STATS_DISTINCT) != 0);
        assert_int_equal(result->top_count, (stats & WEIR_STATS_TOP) != 0 ? WEIR_TOP_MAX : 0);
        if (result->has_distinct) {
            assert_memory_equal(&result->distinct, &full->distinct, sizeof full->distinct);
        }
        if (result->top_count > 0) {
            assert_memory_equal(result->top, full->top, sizeof full->top);
        }
        assert_memory_equal(&result->strings, &full->strings, sizeof full->strings);
        assert_memory_equal(&result->min, &full->min, sizeof full->min);
        assert_memory_equal(&result->max, &full->max, sizeof full->max);
        free(result);
        subject_free(&subject);
    }
    free(full);
    values_free(&values);
}

static void a_copied_state_goes_on_like_the_original(void **unused) {
    (void)unused;
    seed_random(8);
    struct values values = values_make(KIND_ZIPF, 30000, 0);
    struct subject a = subject_make(WEIR_STATS_ALL);
    struct subject b = subject_make(WEIR_STATS_ALL);
    weir_strings_chunk_begin(a.state, a.scratch);
    add_values(&a, &values, false, 0, 0);
    weir_strings_chunk_end(a.state, a.scratch);
    memcpy(b.state, a.state, state_size());
    struct weir_result *before = subject_result(&a);
    struct weir_result *again = subject_result(&b);
    assert_memory_equal(before, again, sizeof *before);
    weir_strings_chunk_begin(a.state, a.scratch);
    add_values(&a, &values, true, 0, 0);
    weir_strings_chunk_end(a.state, a.scratch);
    weir_strings_chunk_begin(b.state, b.scratch);
    add_values(&b, &values, true, 33, 0);
    weir_strings_chunk_end(b.state, b.scratch);
    assert_memory_equal(a.state, b.state, (size_t)weir_strings_state_bytes());
    free(before);
    free(again);
    subject_free(&a);
    subject_free(&b);
    values_free(&values);
}

static void no_values_give_no_figures(void **unused) {
    (void)unused;
    struct values none = {.count = 0};
    struct weir_result *result = profile(&none, false, 0, 0);
    assert_false(result->min.present);
    assert_false(result->max.present);
    assert_true(result->distinct.exact);
    assert_int_equal(result->distinct.value, 0);
    assert_int_equal(result->top_count, 0);
    assert_int_equal(result->strings.length_min, 0);
    assert_true(isnan(result->strings.length_mean));
    assert_true(isnan(result->strings.length_std));
    free(result);
    struct weir_view view = {(const uint8_t *)"weir", 4};
    struct values one = {.views = &view, .count = 1};
    result = profile(&one, false, 0, 0);
    assert_true(result->strings.length_mean == 4.0);
    assert_true(isnan(result->strings.length_std));
    free(result);
}

/* Two lengths, each some 10^15 times: the sums and their products pass 64 and 128 bits. One round
 * is added, then the sums are taken that many times. */
static void huge_weights_do_not_overflow(void **unused) {
    (void)unused;
    uint8_t *text = calloc(1, 4096);
    for (uint32_t round = 0; round < 20; round++) {
        struct subject subject = subject_make(WEIR_STATS_ALL);
        const uint32_t weights[2] = {UINT32_MAX - round, UINT32_MAX - 3 * round};
        const struct weir_view views[2] = {{text, round},
                                           {text, round % 2 ? round + 1 : 4096 - 5 * round}};
        /* Odd rounds: a variance so small that a borrow between limbs shows in the result. */
        const uint64_t rounds = round % 2 ? 1 + round : 1100000 + 7 * round;
        weir_strings_chunk_begin(subject.state, subject.scratch);
        weir_strings_add_views(subject.state, subject.scratch, views, weights, 2);
        weir_strings_chunk_end(subject.state, subject.scratch);
        struct weir_strings_state *state = subject.state;
        state->length_sum *= rounds;
        state->length_square_sum *= rounds;
        state->count *= rounds;
        struct weir_result *result = subject_result(&subject);
        const long double n = ((long double)weights[0] + weights[1]) * (long double)rounds;
        const long double p = (long double)weights[0] / ((long double)weights[0] + weights[1]);
        const double apart = (double)views[1].length - views[0].length;
        const double mean = (double)(p * views[0].length + (1 - p) * views[1].length);
        const double std = (double)(apart * sqrtl(p * (1 - p) * (n / (n - 1))));
        if (round % 2 == 0) {
            assert_int_equal(result->strings.bytes_total, UINT64_MAX);
        }
        assert_true(fabs(result->strings.length_mean - mean) <= 1e-15 * mean);
        assert_true(fabs(result->strings.length_std - std) <= 1e-15 * std);
        free(result);
        subject_free(&subject);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_match_a_model_that_keeps_everything),
        cmocka_unit_test(the_cut_into_calls_and_pieces_does_not_matter),
        cmocka_unit_test(a_block_may_end_with_a_long_value),
        cmocka_unit_test(one_wrong_byte_anywhere_makes_a_value_invalid),
        cmocka_unit_test(a_weight_is_as_good_as_repeating),
        cmocka_unit_test(counting_is_exact_up_to_1024_distinct_values),
        cmocka_unit_test(bounds_of_top_values_hold_on_zipf),
        cmocka_unit_test(nothing_behind_a_value_is_read),
        cmocka_unit_test(a_long_value_is_the_same_in_pieces_of_any_kind),
        cmocka_unit_test(extremes_follow_the_order_of_unsigned_bytes),
        cmocka_unit_test(counting_survives_hashes_chosen_to_collide),
        cmocka_unit_test(a_block_put_aside_goes_on_as_before),
        cmocka_unit_test(what_is_not_asked_for_is_not_there_and_changes_nothing_else),
        cmocka_unit_test(a_copied_state_goes_on_like_the_original),
        cmocka_unit_test(no_values_give_no_figures),
        cmocka_unit_test(huge_weights_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
