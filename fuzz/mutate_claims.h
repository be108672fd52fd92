/* What files say of themselves beside what is needed to read them. */
#ifndef WEIR_FUZZ_MUTATE_CLAIMS_H
#define WEIR_FUZZ_MUTATE_CLAIMS_H

#include "make_parquet.h"
#include "mutate_files.h"

/* A column of two pages with a page index, up to mp_end. */
struct mp_file *mutate_claims_make(struct mutate_file *made);

/* Puts paths of columns and sizes of row groups into the footer and, for the file of
 * mutate_claims_make, statistics, the place of its index and more. */
void mutate_claims_finish(struct mp_file *file, bool claims);

#endif
