/* Files whose page a codec's library has packed, with all that a real encoder does. */
#ifndef WEIR_FUZZ_MUTATE_WORDS_H
#define WEIR_FUZZ_MUTATE_WORDS_H

#include "make_parquet.h"
#include "mutate_files.h"

#define MUTATE_WORDS 3u

/* File `kind` of them, up to mp_end. */
struct mp_file *mutate_words_make(uint32_t kind, struct mutate_file *made);

#endif
