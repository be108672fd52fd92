/* The lanes of a batch in every order that a caller may run them in. */
#ifndef WEIR_TESTS_RUN_LANES_H
#define WEIR_TESTS_RUN_LANES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "weir.h"

struct job {
    struct weir_profile *profile;
    uint32_t lane;
    enum weir_status status;
};

static inline void *run_job(void *context) {
    struct job *job = context;
    job->status = weir_profile_run_lane(job->profile, job->lane);
    return NULL;
}

/* Order 0 and 1: one after the other, forwards and backwards; 2: at once. Returns what the first
 * job that went wrong says. */
static inline enum weir_status run_lanes(struct weir_profile *profile, uint32_t lanes, int order) {
    struct job jobs[WEIR_LANES_MAX];
    pthread_t threads[WEIR_LANES_MAX];
    for (uint32_t i = 0; i < lanes; i++) {
        jobs[i] = (struct job){profile, order == 1 ? lanes - 1 - i : i, WEIR_END};
        if (order < 2) {
            (void)run_job(&jobs[i]);
        } else {
            assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
        }
    }
    for (uint32_t i = 0; i < lanes && order == 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    enum weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < lanes && status == WEIR_OK; i++) {
        status = jobs[i].status;
    }
    return status;
}

#endif
