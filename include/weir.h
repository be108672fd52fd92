/*
 * weir: statistics of Parquet data of any size, inside a memory budget fixed before the first
 * value is read.
 *
 * The library never allocates. You describe the input (weir/source.h), ask for a plan, hand over
 * one block of memory, and run lanes on threads of your own:
 *
 *     struct weir_inventory inventory;
 *     struct weir_plan plan;
 *     struct weir_profile *profile;
 *     weir_inspect(&dataset, &options, memory, bytes, &inventory, &error);
 *     weir_profile_plan(&inventory, &options, &plan, &error);
 *     weir_profile_init(memory, bytes, &plan, &dataset, &profile, &error);
 *     while (weir_profile_batch(profile) == WEIR_OK) {
 *         weir_profile_run_lane(profile, 0);          one thread a lane
 *         weir_profile_result(profile, column, &result);
 *     }
 *
 * weir/status.h   outcomes and where an error lies
 * weir/source.h   callbacks through which bytes come in
 * weir/types.h    physical and logical types, values
 * weir/result.h   the statistics of a column, each exact or with its bound
 * weir/profile.h  inspect, plan, init, run
 * weir/warnings.h what a profile meets on the way that a file says wrongly
 * weir/rows.h     rows, value by value
 * weir/schema.h   a file's schema and layout
 * weir/check.h    what files say of themselves, compared with what they hold
 *
 * No libc beyond memcpy, memmove, memset and memcmp is used; no stdio, locale, environment,
 * threads or writable globals. Decoding zstd, gzip and brotli calls libzstd, libdeflate, zlib and
 * libbrotlidec with memory from your block.
 */
#ifndef WEIR_H
#define WEIR_H

#include "weir/check.h"
#include "weir/profile.h"
#include "weir/result.h"
#include "weir/rows.h"
#include "weir/schema.h"
#include "weir/source.h"
#include "weir/status.h"
#include "weir/types.h"
#include "weir/warnings.h"

#define WEIR_VERSION "0.1.0"
#define WEIR_VERSION_MAJOR 0
#define WEIR_VERSION_MINOR 1
#define WEIR_VERSION_PATCH 0

/* "0.1.0": the version of the library in use. */
WEIR_API const char *weir_version(void);

#endif
