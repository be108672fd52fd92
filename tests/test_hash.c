/*
 * The fixed hashes: pinned to a model in another language, and held to what a hash is for.
 *
 * The vectors below are printed by this Python model, written from the comment in hash.c:
 *
 *   M = (1 << 64) - 1
 *   S = [0x9e3779b97f4a7c15, 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3,
 * 0x589965cc75374cc3] fold = lambda a, b: (a * b & M) ^ (a * b >> 64) rotl = lambda x, k: (x << k |
 * x >> 64 - k) & M def u64(x): for _ in range(2): x = (x ^ x >> 32) * 0xd6e8feb86659fd93 & M return
 * x ^ x >> 32 def whole(d): n, s, a, b, i = len(d), S[0], 0, 0, 0 w = lambda at, size:
 * int.from_bytes(d[at:at + size], "little") if n > 16: if n > 64: lane = [S[0]] * 4 while n - i >
 * 64: lane = [fold(w(i + 16 * j, 8) ^ S[j + 1], w(i + 16 * j + 8, 8) ^ lane[j]) for j in range(4)]
 *                   i += 64
 *               s = lane[0] ^ rotl(lane[1], 16) ^ rotl(lane[2], 32) ^ rotl(lane[3], 48)
 *           while n - i > 16:
 *               s = fold(w(i, 8) ^ S[1], w(i + 8, 8) ^ s)
 *               i += 16
 *           a, b = w(n - 16, 8), w(n - 8, 8)
 *       elif n >= 4:
 *           k = 4 if n >= 8 else 0
 *           a, b = w(0, 4) << 32 | w(k, 4), w(n - 4, 4) << 32 | w(n - 4 - k, 4)
 *       elif n:
 *           a = d[0] << 16 | d[n // 2] << 8 | d[n - 1]
 *       a, b = a ^ S[1], b ^ s
 *       return fold(a * b & M ^ a ^ S[2] ^ n, a * b >> 64 ^ b ^ S[3])
 *   def stream(d):
 *       n, lane = len(d), [(S[0] + j * S[1]) & M for j in range(4)]
 *       d += bytes(32 - n % 32)
 *       for i in range(0, len(d), 8):
 *           j = i // 8 % 4
 *           lane[j] = rotl((lane[j] + int.from_bytes(d[i:i + 8], "little") * S[2]) & M, 31) * S[3]
 * & M s = n * S[4] & M for x in lane: s = fold(s ^ S[1], x ^ S[2]) ^ x return u64(s) for n in (0,
 * 1, 2, 3, 4, 7, 8, 10, 16, 17, 31, 32, 33, 64, 65, 128, 129, 200): d = bytes((7 * i + 3) % 256 for
 * i in range(n)) print("{%d, 0x%016x, 0x%016x}," % (n, whole(d), stream(d))) print("u64",
 * [hex(u64(x)) for x in (0, 1, 2**63, 0x0123456789abcdef)])
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "splitmix.h"

#include "base/hash.h"

static void random_seed(uint64_t seed) {
    print_message("seed %llu\n", (unsigned long long)seed);
    random_state = seed;
}

static uint64_t hash_stream(const uint8_t *data, size_t bytes) {
    struct weir_hash_stream stream;
    weir_hash_stream_begin(&stream);
    weir_hash_stream_add(&stream, data, bytes);
    return weir_hash_stream_end(&stream);
}

static const struct {
    size_t bytes;
    uint64_t whole;
    uint64_t stream;
} vectors[] = {
    {0, 0x0788dd5d676b6015, 0x57ee35563a7bdfbf},   {1, 0x2b20f82cc23eb7a7, 0x085f7a4741a9d350},
    {2, 0x299b3f3427fb6d9e, 0x1c0cdee06bfddf3d},   {3, 0x9f9a2c812d69a4e0, 0x093ec5475c535a66},
    {4, 0x0232d9001df7393d, 0x16070fa6d37e03cd},   {7, 0xfde99621c4e05fdb, 0xad59c09f4a492876},
    {8, 0xd91877cff6fc1239, 0xaca2268b0539eb2e},   {10, 0xf199ec22b885d345, 0x87f6e46c320a179b},
    {16, 0xb57673aca5ceb2f3, 0x831076f5693c3858},  {17, 0xf749dd9dbaf0cda2, 0x2bb77a11b3294e3a},
    {31, 0x5592ed099a4f4dce, 0x09ce5eee08b6bfa1},  {32, 0xbdfd129142362a31, 0x5e5198af7fb0ea04},
    {33, 0xe7ced6648bd53a6b, 0x0e867d5165d879fe},  {64, 0xca0b59de9ef35a6f, 0x3be7a7b5675738f8},
    {65, 0xbb872ca993c481c6, 0x06279751f669a4f2},  {128, 0x66c6f0472ef70a0a, 0xa92d188b9fc0dd59},
    {129, 0x48b3e8c9cf51f74c, 0x30d57b0e3bba1eb9}, {200, 0x2a7cf96774454f5f, 0xd733f201a30b6b15},
};

static void agrees_with_the_model(void **state) {
    (void)state;
    uint8_t data[256];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(7 * i + 3);
    }
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_int_equal(weir_hash_bytes(data, vectors[i].bytes), vectors[i].whole);
        assert_int_equal(hash_stream(data, vectors[i].bytes), vectors[i].stream);
    }
    assert_int_equal(weir_hash_u64(1), UINT64_C(0x4179b061e0c0e0d0));
    assert_int_equal(weir_hash_u64(UINT64_C(1) << 63), UINT64_C(0x72446bbcf6c799d7));
    assert_int_equal(weir_hash_u64(UINT64_C(0x0123456789abcdef)), UINT64_C(0x3efdea49c590f4ec));
}

static void reads_nothing_outside_the_string(void **state) {
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(base != MAP_FAILED);
    assert_int_equal(mprotect(base + page, page, PROT_READ | PROT_WRITE), 0);
    memset(base + page, 'w', page);
    for (size_t bytes = 0; bytes <= 300; bytes++) {
        uint64_t at_start = weir_hash_bytes(base + page, bytes);
        uint64_t at_end = weir_hash_bytes(base + 2 * page - bytes, bytes);
        assert_int_equal(at_start, at_end);
        at_start = hash_stream(base + page, bytes);
        at_end = hash_stream(base + 2 * page - bytes, bytes);
        assert_int_equal(at_start, at_end);
    }
    munmap(base, 3 * page);
}

static void does_not_depend_on_alignment_or_on_bytes_around(void **state) {
    (void)state;
    random_seed(11);
    uint8_t data[256];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)random_next();
    }
    for (size_t bytes = 0; bytes <= 200; bytes++) {
        for (size_t offset = 0; offset < 16; offset++) {
            uint8_t around[256];
            memset(around, (int)random_next() & 0xff, sizeof around);
            memcpy(around + offset, data, bytes);
            assert_int_equal(weir_hash_bytes(around + offset, bytes), weir_hash_bytes(data, bytes));
            assert_int_equal(hash_stream(around + offset, bytes), hash_stream(data, bytes));
        }
    }
}

static void stream_does_not_depend_on_piece_borders(void **state) {
    (void)state;
    random_seed(12);
    uint8_t data[200];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)random_next();
    }
    uint64_t whole = hash_stream(data, sizeof data);
    for (size_t a = 0; a <= sizeof data; a++) {
        for (size_t b = a; b <= sizeof data; b++) {
            struct weir_hash_stream stream;
            weir_hash_stream_begin(&stream);
            weir_hash_stream_add(&stream, data, a);
            weir_hash_stream_add(&stream, data + a, b - a);
            weir_hash_stream_add(&stream, data + b, sizeof data - b);
            assert_int_equal(weir_hash_stream_end(&stream), whole);
        }
    }
    struct weir_hash_stream stream;
    weir_hash_stream_begin(&stream);
    for (size_t i = 0; i < sizeof data; i++) {
        weir_hash_stream_add(&stream, data + i, 1);
        weir_hash_stream_add(&stream, NULL, 0);
        assert_int_equal(weir_hash_stream_end(&stream), hash_stream(data, i + 1));
    }
}

typedef uint64_t hash_function(const uint8_t *data, size_t bytes);

/*
 * Flips every input bit in `trials` random strings. Each bit must change half of the output on
 * average, and with `each_cell` also every single output bit in 45 to 55 % of the trials: with
 * 4000 trials that is six standard deviations.
 */
static void check_avalanche(hash_function *hash, size_t bytes, uint32_t trials, bool each_cell) {
    uint8_t data[256];
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        uint32_t flips[64] = {0};
        uint32_t all = 0;
        for (uint32_t trial = 0; trial < trials; trial++) {
            for (size_t i = 0; i < bytes; i += 8) {
                uint64_t r = random_next();
                memcpy(data + i, &r, 8);
            }
            uint64_t before = hash(data, bytes);
            data[bit / 8] = (uint8_t)(data[bit / 8] ^ 1u << bit % 8);
            uint64_t changed = before ^ hash(data, bytes);
            all += (uint32_t)__builtin_popcountll(changed);
            for (uint32_t j = 0; j < 64; j++) {
                flips[j] += (uint32_t)(changed >> j & 1);
            }
        }
        assert_in_range(all, trials * 64 / 100 * 45, trials * 64 / 100 * 55);
        for (uint32_t j = 0; each_cell && j < 64; j++) {
            assert_in_range(flips[j], trials / 100 * 45, trials / 100 * 55);
        }
    }
}

static void each_input_bit_flips_half_of_the_output(void **state) {
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 4, 7, 8, 10, 16, 17, 32, 40, 65, 130};
    random_seed(13);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        /* One and two bytes have too few strings for the single cells, long ones too many bits. */
        bool each_cell = lengths[i] >= 3 && lengths[i] <= 40;
        uint32_t trials = lengths[i] <= 40 ? 4000 : 500;
        check_avalanche(weir_hash_bytes, lengths[i], trials, each_cell);
        check_avalanche(hash_stream, lengths[i], trials, each_cell);
    }
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void check_no_collisions(hash_function *hash) {
    const uint32_t numbers = 1000000;
    uint64_t *hashes = calloc(numbers + 256 + 65536 + 4096, sizeof *hashes);
    assert_non_null(hashes);
    uint32_t n = 0;
    uint8_t data[4096] = {0};
    for (uint32_t i = 0; i < numbers; i++) {
        uint32_t digits = 0;
        for (uint32_t rest = i; rest > 0 || digits == 0; rest /= 10) {
            data[digits++] = (uint8_t)('0' + rest % 10);
        }
        /* Three digits have a chance to meet a byte string below: pad them to a width of its own.
         */
        while (digits < 4) {
            data[digits++] = '-';
        }
        hashes[n++] = hash(data, digits);
    }
    for (uint32_t i = 0; i < 256 + 65536; i++) {
        data[0] = (uint8_t)i;
        data[1] = (uint8_t)((i - 256) >> 8);
        hashes[n++] = hash(data, i < 256 ? 1 : 2);
    }
    memset(data, 0, sizeof data);
    for (uint32_t i = 3; i < 4096; i++) {
        hashes[n++] = hash(data, i); /* zeros: only the length differs */
    }
    qsort(hashes, n, sizeof *hashes, compare_u64);
    for (uint32_t i = 1; i < n; i++) {
        assert_true(hashes[i] != hashes[i - 1]);
    }
    free(hashes);
}

static void a_million_short_strings_do_not_collide(void **state) {
    (void)state;
    check_no_collisions(weir_hash_bytes);
    check_no_collisions(hash_stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_model),
        cmocka_unit_test(reads_nothing_outside_the_string),
        cmocka_unit_test(does_not_depend_on_alignment_or_on_bytes_around),
        cmocka_unit_test(stream_does_not_depend_on_piece_borders),
        cmocka_unit_test(each_input_bit_flips_half_of_the_output),
        cmocka_unit_test(a_million_short_strings_do_not_collide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
