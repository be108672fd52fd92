/* A source that fails at any call in any way: the same answer or a typed error, never another. */
#include "fault_runs.h"

#include <sys/resource.h>

static const double listed[] = {0, 0.5, 1};

#define EXACT .exact = true, .quantiles = listed, .quantiles_count = 3

static const struct fault_run runs[] = {
    {"profile", RUN_PROFILE, {.stats = 0}, 0, 0},
    {"profile in small reads", RUN_PROFILE, {.stats = 0}, 0, 61},
    {"profile in batches", RUN_PROFILE, {.budget_bytes = 1}, 0, 0},
    {"profile, exact", RUN_PROFILE, {.budget_bytes = 1, EXACT}, 0, 0},
    {"profile, keep going", RUN_PROFILE, {.keep_going = true}, 0, 0},
    {"profile in lanes", RUN_PROFILE, {.lanes = 3}, 0, 0},
    {"profile in lanes, backwards", RUN_PROFILE, {.lanes = 3, EXACT}, 1, 200},
    {"profile in split lanes", RUN_PROFILE, {.lanes = 4, .part_rows = FAULT_ROWS}, 1, 0},
    {"profile on threads", RUN_PROFILE, {.lanes = 4, .part_rows = FAULT_ROWS}, 2, 0},
    {"rows", RUN_ROWS, {.stats = 0}, 0, 0},
    {"rows in small reads", RUN_ROWS, {.stats = 0}, 0, 61},
    {"check", RUN_CHECK, {.stats = 0}, 0, 0},
    {"check, keep going", RUN_CHECK, {.keep_going = true}, 0, 300},
    {"schema with pages", RUN_SCHEMA, {.stats = 0}, 0, 0},
};

#define RUNS (sizeof runs / sizeof *runs)

/* One lane after the other: the first failure is the one that is told. */
static bool is_one_lane(const struct fault_run *run) {
    return run->options.lanes <= 1;
}

struct bench {
    struct mp_file *files[2];
    struct mp_file *others[2];
    struct fault_memory memory;
    uint64_t performed;
};

static struct bench bench;

static int set_up(void **state) {
    (void)state;
    mp_seed("faults");
    for (int i = 0; i < 2; i++) {
        bench.files[i] = fault_file();
        bench.others[i] = fault_file();
    }
    bench.memory.window = aligned_alloc(64, WEIR_INSPECT_BYTES);
    const struct rlimit seconds = {1000, 1000}; /* of CPU time: a hang is a failure, not a wait */
    (void)setrlimit(RLIMIT_CPU, &seconds);
    return bench.memory.window == NULL;
}

static int tear_down(void **state) {
    (void)state;
    printf("runs with faults: %llu\n", (unsigned long long)bench.performed);
    for (int i = 0; i < 2; i++) {
        mp_drop(bench.files[i]);
        mp_drop(bench.others[i]);
    }
    free(bench.memory.window);
    free(bench.memory.block);
    return 0;
}

static struct fault_outcome perform(struct fault_store *store, const struct fault_run *run,
                                    uint32_t files, const struct fault *first,
                                    const struct fault *second, bool hides) {
    fault_store_of(store, bench.files, bench.others, files);
    if (first != NULL) {
        store->faults[0] = *first;
    }
    if (second != NULL) {
        store->faults[1] = *second;
    }
    store->hides = hides;
    bench.performed++;
    return fault_perform(store, run, &bench.memory);
}

static void print_fault(const struct fault *fault) {
    if (fault != NULL) {
        print_error("  call %llu: %s%s\n", (unsigned long long)fault->at, fault_names[fault->kind],
                    fault->for_ever ? ", for ever" : "");
    }
}

static void tell(const struct fault_run *run, const char *complaint,
                 const struct fault_outcome *out, const struct fault *first,
                 const struct fault *second) {
    print_error("%s: %s: %s, %s\n", run->name, complaint, weir_status_name(out->status),
                out->error.message != NULL ? out->error.message : "no message");
    print_fault(first);
    print_fault(second);
    fail();
}

/* An error of one read that failed says where, and a failure that has a number says which. */
static const char *place_complaint(const struct fault_store *store, const struct fault_run *run,
                                   const struct fault_outcome *out, const struct fault *fault) {
    if (store->read_failures == 0 || !is_one_lane(run)) { /* another lane may fail elsewhere */
        return NULL;
    }
    if (out->error.offset_bytes != store->offset_bytes) {
        print_error("%llu, not %llu\n", (unsigned long long)out->error.offset_bytes,
                    (unsigned long long)store->offset_bytes);
        return "the error names another place";
    }
    const uint64_t number = 0 - (uint64_t)fault_result(fault->kind, 0);
    const bool has_number = fault->kind == FAULT_EIO || fault->kind == FAULT_ESTALE;
    return has_number && out->error.got != number ? "the error has another number" : NULL;
}

static struct fault_outcome without_faults(const struct fault_run *run, uint32_t files,
                                           uint64_t *calls_ret) {
    struct fault_store store;
    const struct fault_outcome out = perform(&store, run, files, NULL, NULL, false);
    assert_true(out.status == WEIR_END || out.status == WEIR_OK);
    *calls_ret = store.calls;
    return out;
}

/* Every call, every kind, once and for ever. */
static void sweep(const struct fault_run *run, uint32_t files) {
    uint64_t calls = 0;
    const struct fault_outcome whole = without_faults(run, files, &calls);
    for (enum fault_kind kind = FAULT_SHORT; kind < FAULT_KINDS; kind++) {
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            bool met = true;
            for (uint64_t at = 1; met; at++) {
                struct fault_store store;
                const struct fault fault = {at, kind, for_ever != 0};
                const struct fault_outcome out = perform(&store, run, files, &fault, NULL, false);
                const char *complaint = fault_complaint(&store, &out, whole.digest);
                if (complaint == NULL && out.status < 0) {
                    complaint = place_complaint(&store, run, &out, &fault);
                }
                if (complaint != NULL) {
                    tell(run, complaint, &out, &fault, NULL);
                }
                met = store.calls >= at;
                assert_true(store.calls <= 17 * calls + 100000);
            }
        }
    }
}

static void any_fault_at_any_call_is_told_or_overcome(void **state) {
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        sweep(&runs[i], 1);
    }
    sweep(&runs[0], 2);
    sweep(&runs[9], 2);
    sweep(&runs[11], 2);
}

/* After the flag is raised a lane makes at most this many further calls: its last read, what
 * retries that takes, and close. */
#define CALLS_AFTER_STOP 24u

static void a_raised_flag_ends_a_run_within_few_calls(void **state) {
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        const struct fault_run *run = &runs[i];
        const uint64_t lanes = run->options.lanes > 0 ? run->options.lanes : 1;
        for (uint64_t at = 1;; at++) {
            struct fault_store store;
            const struct fault fault = {at, FAULT_STOP, false};
            const struct fault_outcome out = perform(&store, run, 1, &fault, NULL, false);
            if (store.stopped_at == 0) {
                break;
            }
            if (run->kind != RUN_SCHEMA && run->slice == 0) { /* schema has visitors instead */
                if (store.calls - store.stopped_at > CALLS_AFTER_STOP * lanes) {
                    tell(run, "goes on after a stop", &out, &fault, NULL);
                }
            }
        }
    }
}

/* Pairs of faults; `step` leaves out first calls. */
static void pairs(const struct fault_run *run, uint64_t step, uint64_t from) {
    uint64_t calls = 0;
    const struct fault_outcome whole = without_faults(run, 1, &calls);
    for (uint64_t at = from; at <= calls; at += step) {
        for (enum fault_kind kind = FAULT_SHORT; kind < FAULT_KINDS; kind++) {
            for (enum fault_kind other = FAULT_SHORT; other < FAULT_KINDS; other++) {
                bool met = true;
                for (uint64_t then = at + 1; met; then++) {
                    struct fault_store store;
                    const struct fault first = {at, kind, false};
                    const struct fault second = {then, other, false};
                    const struct fault_outcome out =
                        perform(&store, run, 1, &first, &second, false);
                    const char *complaint = fault_complaint(&store, &out, whole.digest);
                    if (complaint != NULL) {
                        tell(run, complaint, &out, &first, &second);
                    }
                    met = store.calls >= then;
                }
            }
        }
    }
}

/* All pairs with WEIR_FAULTS=all, else those whose first call is one in eight. */
static void any_two_faults_are_told_or_overcome(void **state) {
    const bool all = getenv("WEIR_FAULTS") != NULL;
    const uint64_t step = all ? 1 : 8;
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        if (all || i == 0 || i == 5 || i == 9 || i == 11) {
            pairs(&runs[i], step, 1 + (all ? 0 : mp_below(8)));
        }
    }
}

/* Sources whose size is a lie, all sizes near the truth and the borders of numbers. */
static void sizes_that_lie_end_in_an_error(void **state) {
    (void)state;
    struct mp_set set;
    const uint64_t size = bench.files[0]->bytes.count;
    const uint64_t borders[] = {0,
                                1,
                                7,
                                8,
                                11,
                                12,
                                UINT32_MAX,
                                UINT64_C(1) << 32,
                                INT64_MAX,
                                UINT64_MAX,
                                UINT64_MAX - 7,
                                (uint64_t)INT64_MAX + 1};
    for (uint64_t i = 0; i < 2 * size + 12; i++) {
        const uint64_t lie = i < 12 ? borders[i] : i - 12;
        struct weir_profile_options options = {.budget_bytes = 64u << 20};
        struct weir_inventory inventory;
        struct weir_error error;
        mp_set_of(&set, bench.files, 1, 0);
        set.sources[0].size_bytes = lie;
        const enum weir_status status = weir_inspect(&set.dataset, &options, bench.memory.window,
                                                     WEIR_INSPECT_BYTES, &inventory, &error);
        assert_true(lie == size ? status == WEIR_OK
                                : status == WEIR_E_NOT_PARQUET || status == WEIR_E_CORRUPT ||
                                      status == WEIR_E_CHANGED);
    }
}

/* A visitor that takes no more ends the run, and is not called again. A walk that its visitor ends
 * went well. */
static void a_sink_that_fails_is_left_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        if (runs[i].kind != RUN_CHECK && runs[i].kind != RUN_SCHEMA) {
            continue;
        }
        for (uint64_t at = 1;; at++) {
            struct fault_store store;
            fault_store_of(&store, bench.files, bench.others, 1);
            store.sink_fails_at = at;
            bench.performed++;
            const struct fault_outcome out = fault_perform(&store, &runs[i], &bench.memory);
            if (store.sink_calls < at) {
                assert_true(at > 5);
                break;
            }
            assert_int_equal(out.status, runs[i].kind == RUN_CHECK ? WEIR_E_OUTPUT : WEIR_OK);
            assert_false(store.called_when_over);
            assert_int_equal(store.opened, store.closed);
        }
    }
}

/* The canary: a layer in between that drops the errors of reads must be noticed each time. */
static void a_layer_that_drops_errors_is_noticed(void **state) {
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        uint64_t calls = 0;
        const struct fault_outcome whole = without_faults(&runs[i], 1, &calls);
        for (uint64_t at = 1; at <= calls; at++) {
            struct fault_store store;
            const struct fault fault = {at, FAULT_EIO, false};
            const struct fault_outcome out = perform(&store, &runs[i], 1, &fault, NULL, true);
            if (store.fired != 0 && fault_complaint(&store, &out, whole.digest) == NULL) {
                print_error("%s, call %llu\n", runs[i].name, (unsigned long long)at);
                fail_msg("an error was dropped and nobody noticed");
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_fault_at_any_call_is_told_or_overcome),
        cmocka_unit_test(a_raised_flag_ends_a_run_within_few_calls),
        cmocka_unit_test(any_two_faults_are_told_or_overcome),
        cmocka_unit_test(sizes_that_lie_end_in_an_error),
        cmocka_unit_test(a_sink_that_fails_is_left_alone),
        cmocka_unit_test(a_layer_that_drops_errors_is_noticed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
