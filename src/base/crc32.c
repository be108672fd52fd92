#include "base/crc32.h"

#include "base/bits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/banned.h"

/*
 * Format notes. The CRC-32 of gzip and zip, which page headers carry over a page as stored:
 * reflected, initial value and final xor all ones. Every path below gives the same number.
 */

/*
 * The tables are linear: entry i is the xor of the entries of i's bits, so eight constants stand
 * for 256. Row k holds the CRC of one byte followed by k zero bytes.
 */
#define BIT(i, j, c) ((((i) >> (j)) & 1u) * (c))
#define ENTRY(i, a, b, c, d, e, f, g, h)                                                           \
    (uint32_t)(BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ BIT(i, 4, e) ^          \
               BIT(i, 5, f) ^ BIT(i, 6, g) ^ BIT(i, 7, h))
#define FOUR(i, ...)                                                                               \
    ENTRY((i) + 0u, __VA_ARGS__), ENTRY((i) + 1u, __VA_ARGS__), ENTRY((i) + 2u, __VA_ARGS__),      \
        ENTRY((i) + 3u, __VA_ARGS__)
#define SIXTEEN(i, ...)                                                                            \
    FOUR((i) + 0u, __VA_ARGS__), FOUR((i) + 4u, __VA_ARGS__), FOUR((i) + 8u, __VA_ARGS__),         \
        FOUR((i) + 12u, __VA_ARGS__)
#define SIXTY_FOUR(i, ...)                                                                         \
    SIXTEEN((i) + 0u, __VA_ARGS__), SIXTEEN((i) + 16u, __VA_ARGS__),                               \
        SIXTEEN((i) + 32u, __VA_ARGS__), SIXTEEN((i) + 48u, __VA_ARGS__)
#define ROW(...)                                                                                   \
    {                                                                                              \
        SIXTY_FOUR(0u, __VA_ARGS__), SIXTY_FOUR(64u, __VA_ARGS__), SIXTY_FOUR(128u, __VA_ARGS__),  \
            SIXTY_FOUR(192u, __VA_ARGS__)                                                          \
    }

/* clang-format off */
static const uint32_t tables[16][256] = {
    ROW(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832,
        0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
    ROW(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08,
        0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
    ROW(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8,
        0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
    ROW(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef,
        0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
    ROW(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1,
        0x60e09782, 0xc1c12f04, 0x58f35849, 0xb1e6b092),
    ROW(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d,
        0x03d6029b, 0x07ac0536, 0x0f580a6c, 0x1eb014d8),
    ROW(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67,
        0x67de9cce, 0xcfbd399c, 0x440b7579, 0x8816eaf2),
    ROW(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5,
        0x7cbb312b, 0xf9766256, 0x299dc2ed, 0x533b85da),
    ROW(0x177b1443, 0x2ef62886, 0x5dec510c, 0xbbd8a218,
        0xacc04271, 0x82f182a3, 0xde920307, 0x6655004f),
    ROW(0xefc26b3e, 0x04f5d03d, 0x09eba07a, 0x13d740f4,
        0x27ae81e8, 0x4f5d03d0, 0x9eba07a0, 0xe6050901),
    ROW(0xc18edfc0, 0x586cb9c1, 0xb0d97382, 0xbac3e145,
        0xaef6c4cb, 0x869c8fd7, 0xd64819ef, 0x77e1359f),
    ROW(0x9ba54c6f, 0xec3b9e9f, 0x03063b7f, 0x060c76fe,
        0x0c18edfc, 0x1831dbf8, 0x3063b7f0, 0x60c76fe0),
    ROW(0xdd96d985, 0x605cb54b, 0xc0b96a96, 0x5a03d36d,
        0xb407a6da, 0xb37e4bf5, 0xbd8d91ab, 0xa06a2517),
    ROW(0x9d0fe176, 0xe16ec4ad, 0x19ac8f1b, 0x33591e36,
        0x66b23c6c, 0xcd6478d8, 0x41b9f7f1, 0x8373efe2),
    ROW(0xb9fbdbe8, 0xa886b191, 0x8a7c6563, 0xcf89cc87,
        0x44629f4f, 0x88c53e9e, 0xcafb7b7d, 0x4e87f0bb),
    ROW(0xae689191, 0x87a02563, 0xd4314c87, 0x73139f4f,
        0xe6273e9e, 0x173f7b7d, 0x2e7ef6fa, 0x5cfdedf4),
};
/* clang-format on */

static uint32_t four_bytes(const uint32_t (*rows)[256], uint32_t word) {
    return rows[3][word & 0xff] ^ rows[2][(word >> 8) & 0xff] ^ rows[1][(word >> 16) & 0xff] ^
           rows[0][word >> 24];
}

/* Slices of 16 bytes. `state` is the register: the CRC before the final xor. */
static uint32_t update_tables(uint32_t state, const uint8_t *data, size_t bytes) {
    while (bytes >= 16) {
        state = four_bytes(tables + 12, state ^ weir_load_u32(data)) ^
                four_bytes(tables + 8, weir_load_u32(data + 4)) ^
                four_bytes(tables + 4, weir_load_u32(data + 8)) ^
                four_bytes(tables + 0, weir_load_u32(data + 12));
        data += 16;
        bytes -= 16;
    }
    for (size_t i = 0; i < bytes; i++) {
        state = (state >> 8) ^ tables[0][(state ^ data[i]) & 0xff];
    }
    return state;
}

#if defined(__x86_64__)

#define FOLD_BYTES_MIN 64u

/*
 * Carry-less folding (Gopal et al., "Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ", Intel 2009): four 16-byte accumulators are multiplied by x^512 and x^448 modulo the
 * polynomial and added to the next 64 bytes; then they are folded into one, whose CRC is the CRC
 * of all.
 */
__attribute__((target("pclmul,sse4.1"))) static inline __m128i fold(__m128i sum, __m128i factors,
                                                                    __m128i next) {
    __m128i low = _mm_clmulepi64_si128(sum, factors, 0x00);
    __m128i high = _mm_clmulepi64_si128(sum, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) static uint32_t update_folding(uint32_t state,
                                                                        const uint8_t *data,
                                                                        size_t bytes) {
    WEIR_ASSERT(bytes >= FOLD_BYTES_MIN);
    const __m128i by_64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i sums[4];
    for (int i = 0; i < 4; i++) {
        sums[i] = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
    }
    sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128((int)state));
    data += 64;
    bytes -= 64;
    while (bytes >= 64) {
        for (int i = 0; i < 4; i++) {
            __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
            sums[i] = fold(sums[i], by_64, next);
        }
        data += 64;
        bytes -= 64;
    }
    __m128i sum = fold(sums[0], by_16, sums[1]);
    sum = fold(sum, by_16, sums[2]);
    sum = fold(sum, by_16, sums[3]);
    while (bytes >= 16) {
        sum = fold(sum, by_16, _mm_loadu_si128((const __m128i *)(const void *)data));
        data += 16;
        bytes -= 16;
    }
    uint8_t last[16];
    memcpy(last, &sum, sizeof last);
    return update_tables(update_tables(0, last, sizeof last), data, bytes);
}

#endif

uint32_t weir_crc32(uint32_t crc, const uint8_t *data, size_t bytes) {
    WEIR_ASSERT(data != NULL || bytes == 0);
    uint32_t state = ~crc;
#if defined(__x86_64__)
    if (bytes >= FOLD_BYTES_MIN && __builtin_cpu_supports("pclmul") &&
        __builtin_cpu_supports("sse4.1")) {
        return ~update_folding(state, data, bytes);
    }
#endif
    return ~update_tables(state, data, bytes);
}
