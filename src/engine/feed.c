#include "engine/inner.h"

#include "base/banned.h"

void weir_feed(struct weir_column *column, struct weir_scratch *scratch,
               const struct weir_event *event) {
    switch (event->kind) {
    case WEIR_EVENT_NULLS: weir_column_add_nulls(column, event->count); break;
    case WEIR_EVENT_BOOLS:
        weir_column_add_bools(column, event->trues, event->count - event->trues);
        break;
    case WEIR_EVENT_FIXED:
        if (event->weights == NULL) {
            weir_column_add_fixed(column, scratch, event->values, event->count);
        } else {
            weir_column_add_fixed_weighted(column, scratch, event->values, event->weights,
                                           event->count);
        }
        break;
    case WEIR_EVENT_VIEWS:
        weir_column_add_views(column, scratch, event->views, event->weights, event->count);
        break;
    case WEIR_EVENT_PIECE:
        if (event->weights == NULL || event->weights[0] > 0) {
            weir_column_add_piece(column, scratch, event->values, event->piece_bytes,
                                  event->piece_offset, event->piece_length,
                                  event->weights == NULL ? 1 : event->weights[0]);
        }
        break;
    case WEIR_EVENT_PAGE_END: break;
    }
}
