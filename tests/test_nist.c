/*
 * NIST's univariate sets through a column, in every way that values can come: certified figures,
 * and the exact figures of the stored doubles to two units in the last place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>

#include <cmocka.h>

#include "column_rig.h"
#include "nist.h"

enum { VALUES_MAX = 5000 };

/* How values reach the column. Counted ones have moments of the counts, the others of blocks. */
enum way { COUNTED, BLOCKS, WEIGHTED, BACKWARDS, WAYS };
static const char *const way_names[WAYS] = {"counted", "blocks", "weighted", "backwards"};

static double values[VALUES_MAX];
static uint32_t weights[VALUES_MAX];

/* Equal values as one with a weight. Returns how many are left. */
static uint32_t weigh(uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < kept && values[at] != values[i]) {
            at++;
        }
        weights[at] = at < kept ? weights[at] + 1 : 1;
        values[at] = values[i];
        kept += at == kept;
    }
    return kept;
}

static struct weir_result profile(const struct nist_set *set, enum way way, enum weir_kind kind,
                                  enum weir_isa isa) {
    static int64_t wholes[VALUES_MAX];
    struct weir_stats_options options = {.stats =
                                             way == COUNTED ? WEIR_STATS_ALL : WEIR_STATS_MOMENTS,
                                         .rank_error = 0.01,
                                         .isa = isa};
    uint32_t count = set->count;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = nist_value(set, way == BACKWARDS ? count - 1 - i : i);
    }
    count = way == WEIGHTED ? weigh(count) : count;
    for (uint32_t i = 0; i < count; i++) {
        wholes[i] = (int64_t)values[i];
    }
    struct rig rig = rig_with(kind, &options, 0);
    const void *from = kind == WEIR_KIND_F64 ? (const void *)values : (const void *)wholes;
    rig_feed(&rig, from, way == WEIGHTED ? weights : NULL, count);
    struct weir_result result = rig_result(&rig);
    rig_end(&rig);
    return result;
}

/* Correct decimal digits; 17 when all bits are right. */
static double digits(double got, double exact) {
    return got == exact ? 17 : -log10(fabs(got - exact) / fabs(exact));
}

/* What the test asks of a figure, so that it can be asked of a bad one too. */
static bool is_close(double got, double exact) {
    return ulps(got, exact) <= 2;
}

/*
 * The condition of the skewness with respect to rounding is `third` / |skewness|, as third powers
 * of both signs cancel; that of the kurtosis is (kurtosis + 3) / |kurtosis|.
 */
static void check_shape(const struct nist_set *set, const struct weir_result *result) {
    assert_true(fabs(result->skewness - set->skewness) <= 1e-14 * set->third);
    assert_true(fabs(result->kurtosis - set->kurtosis) <= 1e-14 * (set->kurtosis + 3));
}

static void check(const struct nist_set *set, const struct weir_result *result, const char *how) {
    assert_int_equal(result->count, set->count);
    if (!is_close(result->mean, set->mean) || !is_close(result->std, set->std) ||
        !is_close(result->variance, set->variance) || result->sum != set->sum) {
        fail_msg(
            "%s, %s: mean %.17g (%.2f ulps), variance %.17g (%.2f), std %.17g (%.2f), sum %.17g",
            set->name, how, result->mean, ulps(result->mean, set->mean), result->variance,
            ulps(result->variance, set->variance), result->std, ulps(result->std, set->std),
            result->sum);
    }
    /* The certified figures have at most 15 digits: the last may be rounded. */
    assert_true(digits(result->mean, set->certified_mean) >= fmin(set->mean_digits, 15) - 1e-9);
    assert_true(digits(result->std, set->certified_std) >= set->std_digits - 1e-9);
    check_shape(set, result);
}

static bool is_whole(const struct nist_set *set) {
    for (uint32_t i = 0; i < set->count; i++) {
        if (nist_value(set, i) != floor(nist_value(set, i))) {
            return false;
        }
    }
    return true;
}

static void every_set_is_right_to_two_ulps(void **state) {
    (void)state;
    for (uint32_t s = 0; s < NIST_SETS; s++) {
        const struct nist_set *set = &nist_sets[s];
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            for (enum way way = COUNTED; way < WAYS; way++) {
                struct weir_result result = profile(set, way, WEIR_KIND_F64, isa);
                check(set, &result, way_names[way]);
                if (isa == WEIR_ISA_SCALAR) {
                    print_message("%-8s %-9s digits %4.1f %4.1f, ulps %.0f %.0f\n", set->name,
                                  way_names[way], digits(result.mean, set->certified_mean),
                                  digits(result.std, set->certified_std),
                                  ulps(result.mean, set->mean), ulps(result.std, set->std));
                }
                if (is_whole(set)) {
                    result = profile(set, way, WEIR_KIND_I64, isa);
                    check(set, &result, way_names[way]);
                    assert_true(result.sum_exact);
                }
            }
        }
    }
}

/* The sets must tell a good formula from the textbook one, or the test above shows nothing. */
static void one_pass_over_squares_fails_these_sets(void **state) {
    (void)state;
    uint32_t caught = 0;
    for (uint32_t s = 0; s < NIST_SETS; s++) {
        const struct nist_set *set = &nist_sets[s];
        double sum = 0;
        double squares = 0;
        for (uint32_t i = 0; i < set->count; i++) {
            sum += nist_value(set, i);
            squares += nist_value(set, i) * nist_value(set, i);
        }
        const double n = set->count;
        caught += !is_close(sqrt((squares - sum * sum / n) / (n - 1)), set->std);
    }
    assert_true(caught >= 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_is_right_to_two_ulps),
        cmocka_unit_test(one_pass_over_squares_fails_these_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
