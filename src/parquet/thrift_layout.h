/*
 * Structs that look like earlier ones, told by a comparison instead of a parse.
 *
 * A layout is a struct that was passed over once: its bytes, and which of their bits decide how it
 * is parsed (thrift_skip.h). A struct with the same deciding bits is valid too, has the same length
 * and the same kind of value at each place; its numbers and texts may differ. Which layout comes
 * next is guessed from the two that followed the last one before, so columns of a few kinds in turn
 * are recognised as well as columns of one kind.
 *
 * Memory: fixed; structs of more than WEIR_THRIFT_LAYOUT_BYTES_MAX are never recognised.
 * Cost: a few words to compare where the guess is right. Learning is paid for with credit
 * that each struct adds to, so structs that never look alike cost little more than without.
 */
#ifndef WEIR_PARQUET_THRIFT_LAYOUT_H
#define WEIR_PARQUET_THRIFT_LAYOUT_H

#include "parquet/thrift.h"

#define WEIR_THRIFT_LAYOUTS 8u
#define WEIR_THRIFT_LAYOUT_BYTES_MAX 224u

struct weir_thrift_layout {
    uint32_t bytes;      /* of the struct; 0: nothing was learned */
    uint32_t padded;     /* bytes that are compared: whole words, the last ones for nothing */
    uint32_t next[2];    /* layouts that followed this one last */
    uint32_t learned_as; /* a number of its own, so that what was kept of it can be told apart */
    uint8_t sample[WEIR_THRIFT_LAYOUT_BYTES_MAX]; /* only deciding bits */
    uint8_t marks[WEIR_THRIFT_LAYOUT_BYTES_MAX];
};

struct weir_thrift_layouts {
    uint32_t last;   /* layout that was found last */
    uint32_t oldest; /* layout that is replaced next */
    uint32_t credit;
    uint32_t learned;
    struct weir_thrift_layout of[WEIR_THRIFT_LAYOUTS];
};

void weir_thrift_layouts_init(struct weir_thrift_layouts *layouts);

/* The layout of the struct that begins at the window's place, which then lies in the window as a
 * whole and can be skipped; WEIR_NONE32 where it is not known. The window stays where it is. */
uint32_t weir_thrift_layouts_find(struct weir_thrift_layouts *layouts,
                                  const struct weir_thrift *thrift);

/* Skips a struct, as weir_thrift_skip does. */
void weir_thrift_layouts_skip(struct weir_thrift_layouts *layouts, struct weir_thrift *thrift);

#endif
