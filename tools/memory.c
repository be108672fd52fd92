/* Resident memory: measured, touched early, and never grown after that. */
#include "memory.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "budget.h"
#include "lines.h"

/* Heap of the C library, thread descriptors, page rounding: on top of segments and stack. */
#define RESERVE_SLACK_BYTES ((uint64_t)192 << 10)
#define RESERVE_STEP_BYTES ((uint64_t)64 << 10)

/* Calls visit for each segment that is loaded; returns their bytes in whole pages. */
static uint64_t walk_segments(void (*visit)(uintptr_t begin, uintptr_t end, bool writable)) {
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    const unsigned long count = getauxval(AT_PHNUM);
    uintptr_t bias = 0;
    uintptr_t fixed_begin = 0; /* made read-only after relocation */
    uintptr_t fixed_end = 0;
    uint64_t bytes = 0;
    if (headers == NULL) {
        return 0;
    }
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type == PT_PHDR) {
            bias = (uintptr_t)headers - headers[i].p_vaddr;
        }
    }
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type == PT_GNU_RELRO) {
            fixed_begin = bias + headers[i].p_vaddr;
            fixed_end = (uintptr_t)cli_page_up(fixed_begin + headers[i].p_memsz);
        }
    }
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type != PT_LOAD || (headers[i].p_flags & PF_R) == 0) {
            continue;
        }
        const uintptr_t begin = (bias + headers[i].p_vaddr) & ~(uintptr_t)(CLI_PAGE_BYTES - 1);
        const uintptr_t end =
            (uintptr_t)cli_page_up(bias + headers[i].p_vaddr + headers[i].p_memsz);
        bytes += end - begin;
        if (visit == NULL) {
            continue;
        }
        const bool writable = (headers[i].p_flags & PF_W) != 0;
        uintptr_t from = begin;
        if (writable && fixed_end > begin && fixed_begin < end) {
            visit(begin, fixed_end, false);
            from = fixed_end;
        }
        visit(from, end, writable);
    }
    return bytes;
}

/* Reads whole pages of the program, which a sanitizer takes for wild reads. */
static void __attribute__((no_sanitize("address")))
touch(uintptr_t begin, uintptr_t end, bool writable) {
    for (uintptr_t at = begin; at < end; at += CLI_PAGE_BYTES) {
        volatile char *byte = (volatile char *)at;
        const char value = *byte;
        if (writable) {
            *byte = value;
        }
    }
}

static void __attribute__((noinline)) touch_stack(void) {
    volatile char depth[CLI_STACK_PREFAULT_BYTES];
    for (size_t i = 0; i < sizeof depth; i += CLI_PAGE_BYTES) {
        depth[sizeof depth - 1 - i] = 0; /* downwards, the way the kernel grows it */
    }
}

static void ask_for(uintptr_t begin, uintptr_t end, bool writable) {
    (void)writable;
    (void)madvise((void *)begin, end - begin, MADV_WILLNEED);
}

void cli_memory_begin(void) {
    (void)walk_segments(ask_for);
}

/* By single pages: reading around each fault, as much as the device is set to, pushes out of the
 * group what was read before. */
static void lock_segment(uintptr_t begin, uintptr_t end, bool writable) {
    (void)madvise((void *)begin, end - begin, MADV_RANDOM);
    touch(begin, end, writable);
    (void)mlock((const void *)begin, end - begin);
}

void cli_memory_prefault(bool lock) {
    struct rlimit stack;
    (void)walk_segments(lock ? lock_segment : touch);
    if (getrlimit(RLIMIT_STACK, &stack) == 0 &&
        (stack.rlim_cur == RLIM_INFINITY || stack.rlim_cur >= 2 * CLI_STACK_PREFAULT_BYTES)) {
        touch_stack();
    }
}

/* A field of /proc/self/status in KiB. */
static uint64_t status_bytes(const char *key) {
    uint64_t kib = 0;
    return cli_read_number("", "/proc/self/status", key, &kib) ? kib * 1024 : 0;
}

uint64_t cli_memory_peak_bytes(void) {
    struct rusage usage;
    const uint64_t bytes = status_bytes("VmHWM");
    if (bytes > 0) {
        return bytes;
    }
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

void cli_memory_faults(struct cli_faults *faults_ret) {
    struct rusage usage;
    memset(faults_ret, 0, sizeof *faults_ret);
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        faults_ret->minor = (uint64_t)usage.ru_minflt;
        faults_ret->major = (uint64_t)usage.ru_majflt;
    }
}

uint64_t cli_memory_resident_bytes(void) {
    return status_bytes("VmRSS");
}

uint64_t cli_memory_anonymous_bytes(void) {
    return status_bytes("RssAnon");
}

/* Linux from 6.2 on tells the number as the size of the directory, which the seal keeps from being
 * listed; before, each number is asked for: sources take none above 1023. */
static uint32_t count_descriptors(void) {
    struct stat status;
    uint32_t count = 0;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0) {
        return (uint32_t)status.st_size;
    }
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

void cli_memory_holding(struct cli_holding *holding_ret) {
    uint64_t value = 0;
    holding_ret->resident_bytes = cli_read_number("", "/proc/self/smaps_rollup", "Rss", &value)
                                      ? value * 1024
                                      : cli_memory_resident_bytes();
    holding_ret->mapped_bytes = status_bytes("VmSize");
    holding_ret->descriptors = count_descriptors();
    cli_memory_faults(&holding_ret->faults);
}

static uint64_t round_up(uint64_t bytes, uint64_t step) {
    return (bytes + step - 1) / step * step;
}

/*
 * Numerics notes: the kernel batches its count of pages for each CPU, so two starts of the same
 * program may measure different bytes; only smaps_rollup adds up the page tables. What is derived
 * from the segments is taken wherever it covers the measurement; otherwise (a dynamic build, a
 * sanitizer) the measurement is rounded up coarsely.
 */
uint64_t cli_memory_reserve(uint64_t counted_bytes) {
    uint64_t reserve = round_up(
        walk_segments(NULL) + CLI_STACK_PREFAULT_BYTES + RESERVE_SLACK_BYTES, RESERVE_STEP_BYTES);
    if (reserve < CLI_RESERVE_BYTES_MIN) {
        reserve = CLI_RESERVE_BYTES_MIN;
    }
    uint64_t held = 0;
    held = cli_read_number("", "/proc/self/smaps_rollup", "Rss", &held) ? held * 1024
                                                                        : cli_memory_peak_bytes();
    const uint64_t measured = held > counted_bytes ? held - counted_bytes : 0;
    if (measured + RESERVE_STEP_BYTES > reserve) {
        reserve = round_up(measured + measured / 8 + RESERVE_STEP_BYTES, 16 * RESERVE_STEP_BYTES);
    }
    return reserve;
}

void *cli_memory_map(uint64_t bytes, uint64_t total_bytes, struct cli_refusal *refusal) {
    static struct cli_limit limit;
    cli_limit_tightest("", cli_memory_anonymous_bytes(), &limit);
    if (limit.others > limit.bytes || total_bytes > limit.bytes - limit.others) {
        (void)snprintf(refusal->text, sizeof refusal->text,
                       "the run takes %llu bytes, but %s is %llu bytes, of which others use %llu; "
                       "lower --mem-budget or raise that limit",
                       (unsigned long long)total_bytes, limit.name, (unsigned long long)limit.bytes,
                       (unsigned long long)limit.others);
        return NULL;
    }
    const size_t mapped = (size_t)cli_page_up(bytes);
    void *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        cli_limit_smallest("", &limit);
        (void)snprintf(refusal->text, sizeof refusal->text,
                       "cannot map %llu bytes: %s; the smallest limit is %s, %llu bytes",
                       (unsigned long long)mapped, cli_errno_text(errno), limit.name,
                       (unsigned long long)limit.bytes);
        return NULL;
    }
    (void)madvise(at, mapped, MADV_HUGEPAGE); /* all of it is touched anyway */
    for (size_t i = 0; i < mapped && cli_stop == 0; i += CLI_PAGE_BYTES) {
        ((volatile char *)at)[i] = 0;
    }
    if (cli_stop != 0) { /* gigabytes take seconds */
        (void)snprintf(refusal->text, sizeof refusal->text, "interrupted; run again");
        return NULL;
    }
    return at;
}

void cli_memory_unmap(void *at, uint64_t bytes) {
    (void)munmap(at, (size_t)cli_page_up(bytes));
}
