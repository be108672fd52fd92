/*
 * A target that must fail: each of its faults is one byte away from a seed. What does not find them
 * does not find others either.
 *
 * The first eight bytes name the fault: an input that breaks a property, one that is read behind
 * its end, one that never ends, and arithmetic that overflows, which only UBSan sees.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static volatile uint32_t sink;
    if (bytes < 9 || data[8] < 0xc0) {
        return 0;
    }
    if (memcmp(data, "property", 8) == 0) {
        fuzz_require(data[8] < 0xc0);
    } else if (memcmp(data, "overread", 8) == 0) {
        const volatile uint8_t *volatile at = data;
        sink = at[bytes];
    } else if (memcmp(data, "endless ", 8) == 0) {
        while (data[8] >= 0xc0) {
            sink++;
        }
    } else if (memcmp(data, "overflow", 8) == 0) {
        volatile int32_t most = INT32_MAX - 0xc0;
        sink = (uint32_t)(most + (int32_t)data[8] + 1);
    }
    return 0;
}
