/*
 * Sorting networks for up to ROWS_MAX * LANES keys held in vector registers.
 *
 * Numerics notes. Rows are registers, columns are lanes, and the sorted order runs down the
 * columns. First every column is sorted at once by a network of exchanges between registers: the
 * smallest known ones for 8, 12 and 16 inputs (Green 1969 for 16; the list of B. Dobbelaere).
 * Then neighbouring columns are merged, 2, then 4, then 8: one exchange of key p with key
 * n - 1 - p of the joined columns (columns_mirror), which leaves two bitonic halves with no key of
 * the first above one of the second; exchanges of whole columns that lie apart (columns_apart);
 * and then only exchanges between rows again (clean). Nearly all the work thus needs no shuffle.
 * A bitonic sequence of 12 splits by the same argument into halves of 6 and quarters of 3; three
 * keys are always bitonic, so the quarters are simply sorted.
 */
#ifndef WEIR_STATS_SORT_NETWORK_H
#define WEIR_STATS_SORT_NETWORK_H

#define X(i, j) vec_exchange(&v[i], &v[j])

static inline void sort_2(vec *v) {
    X(0, 1);
}

static inline void sort_3(vec *v) {
    X(0, 2), X(0, 1), X(1, 2);
}

static inline void sort_4(vec *v) {
    X(0, 2), X(1, 3), X(0, 1), X(2, 3), X(1, 2);
}

static inline void sort_8(vec *v) {
    X(0, 2), X(1, 3), X(4, 6), X(5, 7);
    X(0, 4), X(1, 5), X(2, 6), X(3, 7);
    X(0, 1), X(2, 3), X(4, 5), X(6, 7);
    X(2, 4), X(3, 5);
    X(1, 4), X(3, 6);
    X(1, 2), X(3, 4), X(5, 6);
}

static inline void sort_12(vec *v) {
    X(0, 8), X(1, 7), X(2, 6), X(3, 11), X(4, 10), X(5, 9);
    X(0, 1), X(2, 5), X(3, 4), X(6, 9), X(7, 8), X(10, 11);
    X(0, 2), X(1, 6), X(5, 10), X(9, 11);
    X(0, 3), X(1, 2), X(4, 6), X(5, 7), X(8, 11), X(9, 10);
    X(1, 4), X(3, 5), X(6, 8), X(7, 10);
    X(1, 3), X(2, 5), X(6, 9), X(8, 10);
    X(2, 3), X(4, 5), X(6, 7), X(8, 9);
    X(4, 6), X(5, 7);
    X(3, 4), X(5, 6), X(7, 8);
}

static inline void clean_2(vec *v) {
    X(0, 1);
}

static inline void clean_4(vec *v) {
    X(0, 2), X(1, 3);
    X(0, 1), X(2, 3);
}

static inline void clean_8(vec *v) {
    X(0, 4), X(1, 5), X(2, 6), X(3, 7);
    clean_4(v);
    clean_4(v + 4);
}

static inline void clean_12(vec *v) {
    X(0, 6), X(1, 7), X(2, 8), X(3, 9), X(4, 10), X(5, 11);
    X(0, 3), X(1, 4), X(2, 5), X(6, 9), X(7, 10), X(8, 11);
    sort_3(v);
    sort_3(v + 3);
    sort_3(v + 6);
    sort_3(v + 9);
}

#if LANES == 8
static inline void sort_16(vec *v) {
    X(0, 13), X(1, 12), X(2, 15), X(3, 14), X(4, 8), X(5, 6), X(7, 11), X(9, 10);
    X(0, 5), X(1, 7), X(2, 9), X(3, 4), X(6, 13), X(8, 14), X(10, 15), X(11, 12);
    X(0, 1), X(2, 3), X(4, 5), X(6, 8), X(7, 9), X(10, 11), X(12, 13), X(14, 15);
    X(0, 2), X(1, 3), X(4, 10), X(5, 11), X(6, 7), X(8, 9), X(12, 14), X(13, 15);
    X(1, 2), X(3, 12), X(4, 6), X(5, 7), X(8, 10), X(9, 11), X(13, 14);
    X(1, 4), X(2, 6), X(5, 8), X(7, 10), X(9, 13), X(11, 14);
    X(2, 4), X(3, 6), X(9, 12), X(11, 13);
    X(3, 5), X(6, 8), X(7, 9), X(10, 12);
    X(3, 4), X(5, 6), X(7, 8), X(9, 10), X(11, 12);
    X(6, 7), X(8, 9);
}

static inline void clean_16(vec *v) {
    X(0, 8), X(1, 9), X(2, 10), X(3, 11), X(4, 12), X(5, 13), X(6, 14), X(7, 15);
    clean_8(v);
    clean_8(v + 8);
}

static inline void clean_24(vec *v) {
    X(0, 12), X(1, 13), X(2, 14), X(3, 15), X(4, 16), X(5, 17);
    X(6, 18), X(7, 19), X(8, 20), X(9, 21), X(10, 22), X(11, 23);
    clean_12(v);
    clean_12(v + 12);
}

static inline void sort_24(vec *v) {
    sort_12(v);
    sort_12(v + 12);
    X(0, 23), X(1, 22), X(2, 21), X(3, 20), X(4, 19), X(5, 18);
    X(6, 17), X(7, 16), X(8, 15), X(9, 14), X(10, 13), X(11, 12);
    clean_12(v);
    clean_12(v + 12);
}
#endif

#undef X

/* Applies `step` to rows r and rows - 1 - r, or to every row: written out, so that rows stay in
 * registers. */
#define PAIRS_2(step) step(v + 0, v + 1)
#define PAIRS_4(step) step(v + 0, v + 3), step(v + 1, v + 2)
#define PAIRS_8(step) step(v + 0, v + 7), step(v + 1, v + 6), step(v + 2, v + 5), step(v + 3, v + 4)
#define PAIRS_12(step)                                                                             \
    step(v + 0, v + 11), step(v + 1, v + 10), step(v + 2, v + 9), step(v + 3, v + 8),              \
        step(v + 4, v + 7), step(v + 5, v + 6)
#define PAIRS_16(step)                                                                             \
    step(v + 0, v + 15), step(v + 1, v + 14), step(v + 2, v + 13), step(v + 3, v + 12),            \
        step(v + 4, v + 11), step(v + 5, v + 10), step(v + 6, v + 9), step(v + 7, v + 8)
#define PAIRS_24(step)                                                                             \
    step(v + 0, v + 23), step(v + 1, v + 22), step(v + 2, v + 21), step(v + 3, v + 20),            \
        step(v + 4, v + 19), step(v + 5, v + 18), step(v + 6, v + 17), step(v + 7, v + 16),        \
        step(v + 8, v + 15), step(v + 9, v + 14), step(v + 10, v + 13), step(v + 11, v + 12)
#define EACH_2(step) step(v + 0), step(v + 1)
#define EACH_4(step) EACH_2(step), step(v + 2), step(v + 3)
#define EACH_8(step) EACH_4(step), step(v + 4), step(v + 5), step(v + 6), step(v + 7)
#define EACH_12(step) EACH_8(step), step(v + 8), step(v + 9), step(v + 10), step(v + 11)
#define EACH_16(step) EACH_12(step), step(v + 12), step(v + 13), step(v + 14), step(v + 15)

#define EACH_24(step)                                                                              \
    EACH_16(step), step(v + 16), step(v + 17), step(v + 18), step(v + 19), step(v + 20),           \
        step(v + 21), step(v + 22), step(v + 23)

#if LANES == 8
#define MERGE_8(rows)                                                                              \
    PAIRS_##rows(columns_mirror_8), EACH_##rows(columns_apart_2), EACH_##rows(columns_apart_1),    \
        clean_##rows(v)
#else
#define MERGE_8(rows) (void)0
#endif

/* Sorts a block of `rows` rows that are in v. */
#define SORT_BLOCK(rows)                                                                           \
    sort_##rows(v);                                                                                \
    PAIRS_##rows(columns_mirror_2), clean_##rows(v);                                               \
    PAIRS_##rows(columns_mirror_4), EACH_##rows(columns_apart_1), clean_##rows(v);                 \
    MERGE_8(rows)

/*
 * block_R sorts from[0..count) into to[0..count), count <= R * LANES. `to` may be `from`. Of the
 * rows only those above the next smaller block's size can be partly empty.
 */
#define LOAD(row, sure)                                                                            \
    v[row] =                                                                                       \
        ((row) + 1) * LANES <= (sure)                                                              \
            ? vec_load(from + (row)*LANES)                                                         \
            : vec_load_first(from + (row)*LANES, count > (row)*LANES ? count - (row)*LANES : 0)
#define LOAD_2(sure) LOAD(0, sure), LOAD(1, sure)
#define LOAD_4(sure) LOAD_2(sure), LOAD(2, sure), LOAD(3, sure)
#define LOAD_8(sure) LOAD_4(sure), LOAD(4, sure), LOAD(5, sure), LOAD(6, sure), LOAD(7, sure)
#define LOAD_12(sure) LOAD_8(sure), LOAD(8, sure), LOAD(9, sure), LOAD(10, sure), LOAD(11, sure)
#define LOAD_16(sure) LOAD_12(sure), LOAD(12, sure), LOAD(13, sure), LOAD(14, sure), LOAD(15, sure)
#define LOAD_24(sure)                                                                              \
    LOAD_16(sure), LOAD(16, sure), LOAD(17, sure), LOAD(18, sure), LOAD(19, sure), LOAD(20, sure), \
        LOAD(21, sure), LOAD(22, sure), LOAD(23, sure)

static void block_2(const uint64_t *from, uint64_t *to, uint32_t count) {
    vec v[2];
    LOAD_2(0);
    SORT_BLOCK(2);
    store_columns_2(to, v, count);
}

static void block_4(const uint64_t *from, uint64_t *to, uint32_t count) {
    const uint32_t sure = 2 * LANES;
    vec v[4];
    LOAD_4(sure);
    SORT_BLOCK(4);
    store_columns_4(to, v, 4, 0, count, sure);
}

static void block_8(const uint64_t *from, uint64_t *to, uint32_t count) {
    const uint32_t sure = 4 * LANES;
    vec v[8];
    LOAD_8(sure);
    SORT_BLOCK(8);
    store_columns_8(to, v, 8, 0, count, sure);
}

static void block_12(const uint64_t *from, uint64_t *to, uint32_t count) {
    const uint32_t sure = 8 * LANES;
    vec v[12];
    LOAD_12(sure);
    SORT_BLOCK(12);
    store_columns_8(to, v, 12, 0, count, sure);
    store_columns_4(to, v + 8, 12, 8, count, sure);
}

#if LANES == 8
static void block_16(const uint64_t *from, uint64_t *to, uint32_t count) {
    const uint32_t sure = 12 * LANES;
    vec v[16];
    LOAD_16(sure);
    SORT_BLOCK(16);
    store_columns_8(to, v, 16, 0, count, sure);
    store_columns_8(to, v + 8, 16, 8, count, sure);
}

static void block_24(const uint64_t *from, uint64_t *to, uint32_t count) {
    const uint32_t sure = 16 * LANES;
    vec v[24];
    LOAD_24(sure);
    SORT_BLOCK(24);
    store_columns_8(to, v, 24, 0, count, sure);
    store_columns_8(to, v + 8, 24, 8, count, sure);
    store_columns_8(to, v + 16, 24, 16, count, sure);
}
#endif

/* Sorts count <= ROWS_MAX * LANES keys. */
static inline void sort_block(const uint64_t *from, uint64_t *to, uint32_t count) {
    WEIR_ASSERT_HOT(count <= ROWS_MAX * LANES);
    if (count <= 2 * LANES) {
        block_2(from, to, count);
    } else if (count <= 4 * LANES) {
        block_4(from, to, count);
    } else if (count <= 8 * LANES) {
        block_8(from, to, count);
    } else if (count <= 12 * LANES) {
        block_12(from, to, count);
#if LANES == 8
    } else if (count <= 16 * LANES) {
        block_16(from, to, count);
    } else {
        block_24(from, to, count);
#endif
    }
}

#endif
