#include "stats/kll.h"

#include "base/banned.h"

#define Z_99 2.5758293035489008

double weir_kll_rank_error(const struct weir_kll *kll) {
    double variance = kll->variance_compact + kll->variance_thin + kll->variance_sample;
    if (kll->total == 0 || variance == 0) {
        return 0;
    }
    return Z_99 * __builtin_sqrt(variance) / (double)kll->total;
}

static uint64_t key_at(const struct weir_kll_cursor *cursor, uint32_t place) {
    return cursor->kll->items[cursor->at[cursor->heap[place]]];
}

/* Moves the level at `place` down until none below it has a smaller key. */
static void sift_down(struct weir_kll_cursor *cursor, uint32_t place) {
    uint8_t level = cursor->heap[place];
    uint64_t key = key_at(cursor, place);
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= cursor->heap_count) {
            break;
        }
        if (child + 1 < cursor->heap_count && key_at(cursor, child + 1) < key_at(cursor, child)) {
            child++;
        }
        if (key_at(cursor, child) >= key) {
            break;
        }
        cursor->heap[place] = cursor->heap[child];
        place = child;
    }
    cursor->heap[place] = level;
}

void weir_kll_cursor_begin(struct weir_kll_cursor *cursor, const struct weir_kll *kll) {
    WEIR_ASSERT(cursor != NULL && kll != NULL);
    memset(cursor, 0, sizeof *cursor);
    cursor->kll = kll;
    for (uint32_t level = 0; level < WEIR_KLL_LEVELS; level++) {
        cursor->at[level] = kll->starts[level];
        if (kll->starts[level] < kll->starts[level + 1]) {
            cursor->heap[cursor->heap_count++] = (uint8_t)level;
        }
    }
    for (uint32_t place = cursor->heap_count / 2; place-- > 0;) {
        sift_down(cursor, place);
    }
}

bool weir_kll_cursor_next(struct weir_kll_cursor *cursor, uint64_t *key_ret, uint64_t *weight_ret) {
    if (cursor->heap_count == 0) {
        return false;
    }
    uint32_t level = cursor->heap[0];
    *key_ret = cursor->kll->items[cursor->at[level]];
    *weight_ret = UINT64_C(1) << level;
    cursor->at[level]++;
    WEIR_ASSERT_HOT(cursor->at[level] <= cursor->kll->starts[level + 1]);
    if (cursor->at[level] == cursor->kll->starts[level + 1]) {
        cursor->heap_count--;
        cursor->heap[0] = cursor->heap[cursor->heap_count];
    }
    if (cursor->heap_count > 0) {
        sift_down(cursor, 0);
    }
    return true;
}
