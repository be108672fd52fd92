#include "base/isa.h"

#include "base/check.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/banned.h"

#if defined(__x86_64__)

/* State that the operating system saves on a context switch (XCR0). */
static uint64_t enabled_state(void) {
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

static bool has_all(uint32_t word, uint32_t mask) {
    return (word & mask) == mask;
}

enum weir_isa weir_isa_best(void) {
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has_all(c, bit_OSXSAVE | bit_AVX | bit_FMA)) {
        return WEIR_ISA_SCALAR;
    }
    uint64_t state = enabled_state();
    if ((state & 0x6) != 0x6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        return WEIR_ISA_SCALAR;
    }
    if (!has_all(b, bit_AVX2 | bit_BMI | bit_BMI2)) {
        return WEIR_ISA_SCALAR;
    }
    uint32_t b512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL | bit_AVX512CD;
    uint32_t c512 = (1u << 1) | (1u << 6); /* VBMI, VBMI2 */
    if ((state & 0xe6) != 0xe6 || !has_all(b, b512) || !has_all(c, c512)) {
        return WEIR_ISA_AVX2;
    }
    return WEIR_ISA_AVX512;
}

#else

enum weir_isa weir_isa_best(void) {
    return WEIR_ISA_SCALAR;
}

#endif

enum weir_isa weir_isa_choose(enum weir_isa wanted) {
    enum weir_isa best = weir_isa_best();
    WEIR_ASSERT(best != WEIR_ISA_AUTO);
    return wanted == WEIR_ISA_AUTO || wanted > best ? best : wanted;
}
