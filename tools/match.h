/* Patterns with *, ? and [a-z], for names of files and columns. */
#ifndef WEIR_CLI_MATCH_H
#define WEIR_CLI_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

/* Whole match; * takes any bytes, the dot and the slash too. Cost: pattern times text at worst. */
bool cli_match(const char *pattern, size_t pattern_bytes, const char *text, size_t text_bytes);

bool cli_has_meta(const char *text, size_t bytes);

/* A dotted column path matches a pattern that matches it whole, or one of the groups above it. */
bool cli_match_path(const char *pattern, size_t pattern_bytes, const char *path, size_t path_bytes);

#endif
