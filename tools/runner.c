/* A generation counter wakes the workers, a count of running lanes wakes the main thread. */
#include "runner.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

static struct {
    struct weir_profile *profile;
    uint32_t lanes;
    uint32_t running; /* workers that are not asleep */
    uint64_t generation;
    pthread_mutex_t mutex;
    pthread_cond_t begin;
    pthread_cond_t done;
} runner = {.mutex = PTHREAD_MUTEX_INITIALIZER, .begin = PTHREAD_COND_INITIALIZER};

static void *work(void *argument) {
    const uint32_t lane = (uint32_t)(uintptr_t)argument;
    uint64_t seen = 0;
    (void)pthread_mutex_lock(&runner.mutex);
    for (;;) {
        if (--runner.running == 0) {
            (void)pthread_cond_signal(&runner.done);
        }
        while (runner.generation == seen) {
            (void)pthread_cond_wait(&runner.begin, &runner.mutex);
        }
        seen = runner.generation;
        (void)pthread_mutex_unlock(&runner.mutex);
        const enum weir_status status = weir_profile_run_lane(runner.profile, lane);
        (void)status; /* weir_profile_error keeps it, in the order of columns */
        (void)pthread_mutex_lock(&runner.mutex);
    }
    return NULL;
}

/* Sleeps until no worker runs. Holds the mutex before and after. */
static void wait_for_workers(void (*tick)(void)) {
    while (runner.running > 0) {
        struct timespec until;
        if (tick == NULL || clock_gettime(CLOCK_MONOTONIC, &until) != 0) {
            (void)pthread_cond_wait(&runner.done, &runner.mutex);
            continue;
        }
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&runner.done, &runner.mutex, &until) == ETIMEDOUT) {
            tick();
        }
    }
}

static bool start_worker(struct weir_profile *profile, uint32_t lane) {
    pthread_attr_t attributes;
    pthread_t thread;
    size_t bytes = 0;
    void *stack = weir_profile_lane_stack(profile, lane, &bytes);
    if (stack == NULL || pthread_attr_init(&attributes) != 0) {
        return false;
    }
    const bool started = pthread_attr_setstack(&attributes, stack, bytes) == 0 &&
                         pthread_create(&thread, &attributes, work, (void *)(uintptr_t)lane) == 0;
    (void)pthread_attr_destroy(&attributes);
    return started;
}

static enum cli_exit no_threads(void) {
    cli_say("%u threads could not be started; run again with --threads 1", (unsigned)runner.lanes);
    return CLI_BUDGET;
}

enum cli_exit cli_runner_start(struct weir_profile *profile, uint32_t lanes) {
    pthread_condattr_t attributes;
    sigset_t all;
    sigset_t before;
    runner.profile = profile;
    runner.lanes = lanes;
    if (pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&runner.done, &attributes) != 0) {
        return no_threads();
    }
    /* Signals go to the main thread: workers have small stacks. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    (void)pthread_mutex_lock(&runner.mutex);
    bool started = true;
    for (uint32_t lane = 1; lane < lanes && started; lane++) {
        runner.running++;
        started = start_worker(profile, lane);
    }
    if (started) {
        wait_for_workers(NULL);
    }
    (void)pthread_mutex_unlock(&runner.mutex);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started ? CLI_OK : no_threads();
}

void cli_runner_batch(void (*tick)(void)) {
    (void)pthread_mutex_lock(&runner.mutex);
    runner.running = runner.lanes - 1;
    runner.generation++;
    (void)pthread_cond_broadcast(&runner.begin);
    (void)pthread_mutex_unlock(&runner.mutex);
    const enum weir_status status = weir_profile_run_lane(runner.profile, 0);
    (void)status;
    (void)pthread_mutex_lock(&runner.mutex);
    wait_for_workers(tick);
    (void)pthread_mutex_unlock(&runner.mutex);
}
