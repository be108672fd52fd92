#include "stats/column_walk.h"

#include "base/banned.h"

/* The column's values are entries of the strings' table: keys are their numbers. */
static bool has_table(const struct weir_column *column) {
    return column->kind == WEIR_KIND_I128 && !column->spilled;
}

uint64_t weir_column_walk_total(const struct weir_column *column) {
    if ((column->stats & WEIR_STATS_QUANTILES) == 0 || column->kind == WEIR_KIND_BYTES) {
        return 0;
    }
    if (column->kind == WEIR_KIND_BOOL) {
        return column->trues + column->falses;
    }
    if (has_table(column)) {
        return column->numbers.count;
    }
    return column->spilled ? weir_column_kll(column)->total : weir_column_values(column)->total;
}

void weir_column_walk_begin(struct weir_column_walk *walk, const struct weir_column *column) {
    memset(walk, 0, sizeof *walk);
    walk->column = column;
    if (has_table(column)) {
        weir_column_order_wides(weir_column_wides(column), walk->order);
    } else if (column->spilled) {
        weir_kll_cursor_begin(&walk->cursor, weir_column_kll(column));
    }
}

bool weir_column_walk_next(struct weir_column_walk *walk, uint64_t *key_ret, uint64_t *weight_ret) {
    const struct weir_column *column = walk->column;
    if (column->spilled) {
        return weir_kll_cursor_next(&walk->cursor, key_ret, weight_ret);
    }
    uint32_t at = walk->at++;
    if (column->kind == WEIR_KIND_BOOL) {
        *key_ret = at;
        *weight_ret = at == 0 ? column->falses : column->trues;
        return at < 2;
    }
    if (has_table(column)) {
        const struct weir_strings_table *table = weir_column_wides(column);
        if (at >= table->used) {
            return false;
        }
        *key_ret = walk->order[at];
        *weight_ret = table->count[walk->order[at]];
        return true;
    }
    const struct weir_values *values = weir_column_values(column);
    if (at >= values->used) {
        return false;
    }
    *key_ret = values->keys[at];
    *weight_ret = values->counts[at];
    return true;
}

struct weir_value weir_column_walk_value(const struct weir_column *column, uint64_t key) {
    if (has_table(column)) {
        return weir_column_wide(weir_column_wides(column), (uint32_t)key);
    }
    if (column->kind != WEIR_KIND_BOOL) {
        return weir_value_of_key(column->kind, key);
    }
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = WEIR_KIND_BOOL;
    value.present = true;
    value.i64 = key != 0;
    return value;
}
