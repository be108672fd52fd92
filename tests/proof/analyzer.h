/*
 * Read before each file that clang-tidy looks at. Its analyzer sees one file at a time, and so
 * cannot know that what records an error returns that error's status and never WEIR_OK.
 */
#include "base/check.h"

#define weir_fail(error, status, message) ((void)weir_fail(error, status, message), (status))
#define weir_fail_numbers(error, status, message, wanted, got)                                     \
    ((void)weir_fail_numbers(error, status, message, wanted, got), (status))
