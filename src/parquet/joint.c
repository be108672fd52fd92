#include "parquet/joint.h"

#include "base/banned.h"

#define SYMBOLS_MAX (1u << WEIR_JOINT_WIDTH_MAX)

_Static_assert(SYMBOLS_MAX *SYMBOLS_MAX == WEIR_JOINT_SLOTS, "two halves make a slot");

void weir_joint_open(struct weir_joint *joint, uint32_t width, uint32_t *table) {
    WEIR_ASSERT(width > 0 && width <= WEIR_JOINT_WIDTH_MAX);
    joint->table = table;
    joint->width = width;
    joint->bits = WEIR_JOINT_WIDTH_MAX / width * width;
    weir_unpack_plan(&joint->plan, 2 * joint->bits);
    memset(table, 0, (sizeof *table) << (2 * joint->bits));
}

uint32_t weir_joint_add(struct weir_joint *joint, const struct weir_unpack_kernels *kernels,
                        const uint8_t *packed, size_t readable, uint32_t count, uint32_t *scratch,
                        uint32_t scratch_count) {
    WEIR_ASSERT(scratch_count >= 8 && scratch_count % 8 == 0);
    const uint32_t bits = 2 * joint->bits;
    const uint32_t each = bits / joint->width; /* indices counted together */
    uint32_t left = count / each / 8 * 8;
    const uint32_t taken = left * each;
    while (left > 0) {
        uint32_t some = left < scratch_count ? left : scratch_count;
        size_t bytes = (size_t)some / 8 * bits;
        kernels->unpack(&joint->plan, packed, readable, scratch, some);
        weir_count_indices(joint->table, 1, scratch, some, 0, 0, 1u << bits);
        packed += bytes;
        readable -= bytes;
        left -= some;
    }
    return taken;
}

void weir_joint_close(const struct weir_joint *joint, uint32_t *counts_ret) {
    const uint32_t symbols = 1u << joint->bits;
    const uint32_t mask = (1u << joint->width) - 1;
    uint32_t halves[SYMBOLS_MAX] = {0};
    for (uint32_t high = 0; high < symbols; high++) {
        const uint32_t *row = joint->table + high * symbols;
        uint32_t sum = 0;
        for (uint32_t low = 0; low < symbols; low++) {
            halves[low] += row[low];
            sum += row[low];
        }
        halves[high] += sum;
    }
    memset(counts_ret, 0, SYMBOLS_MAX * sizeof *counts_ret);
    for (uint32_t symbol = 0; symbol < symbols; symbol++) {
        for (uint32_t bit = 0; bit < joint->bits; bit += joint->width) {
            counts_ret[symbol >> bit & mask] += halves[symbol];
        }
    }
}
