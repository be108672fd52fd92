/* Pattern matching without recursion: one star to go back to is enough. */
#include "match.h"

bool cli_has_meta(const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
            return true;
        }
    }
    return false;
}

/* A set such as [a-z] or [!x]; returns the bytes of the set, 0 where it never closes. */
static size_t match_set(const char *pattern, size_t bytes, char byte, bool *match_ret) {
    size_t at = 1;
    const bool negate = at < bytes && (pattern[at] == '!' || pattern[at] == '^');
    bool match = false;
    if (negate) {
        at++;
    }
    const size_t first = at;
    while (at < bytes && (pattern[at] != ']' || at == first)) {
        if (at + 2 < bytes && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
            match = match || ((unsigned char)byte >= (unsigned char)pattern[at] &&
                              (unsigned char)byte <= (unsigned char)pattern[at + 2]);
            at += 3;
        } else {
            match = match || byte == pattern[at];
            at++;
        }
    }
    *match_ret = match != negate;
    return at < bytes ? at + 1 : 0;
}

/* One byte against one unit of the pattern; returns the unit's bytes, 0 for no match. */
static size_t match_one(const char *pattern, size_t bytes, char byte) {
    if (bytes == 0) {
        return 0;
    }
    if (pattern[0] == '?') {
        return 1;
    }
    if (pattern[0] == '[') {
        bool match = false;
        const size_t used = match_set(pattern, bytes, byte, &match);
        if (used > 0) {
            return match ? used : 0;
        }
    }
    return pattern[0] == byte ? 1 : 0;
}

bool cli_match(const char *pattern, size_t pattern_bytes, const char *text, size_t text_bytes) {
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* the pattern after the last star seen */
    size_t star_text = 0;   /* what that star has taken so far ends here */
    while (t < text_bytes) {
        if (p < pattern_bytes && pattern[p] == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        const size_t used = match_one(pattern + p, pattern_bytes - p, text[t]);
        if (used > 0) {
            p += used;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern_bytes && pattern[p] == '*') {
        p++;
    }
    return p == pattern_bytes;
}

bool cli_match_path(const char *pattern, size_t pattern_bytes, const char *path,
                    size_t path_bytes) {
    if (pattern_bytes == path_bytes || cli_has_meta(pattern, pattern_bytes)) {
        if (cli_match(pattern, pattern_bytes, path, path_bytes)) {
            return true;
        }
    }
    for (size_t i = 0; i < path_bytes; i++) {
        if (path[i] == '.' && cli_match(pattern, pattern_bytes, path, i)) {
            return true;
        }
    }
    /* A name that holds the pattern's bytes literally, brackets and all. */
    if (pattern_bytes != path_bytes) {
        return false;
    }
    for (size_t i = 0; i < path_bytes; i++) {
        if (pattern[i] != path[i]) {
            return false;
        }
    }
    return true;
}
