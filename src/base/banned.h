/*
 * Included last by every source file of the library: a call to any of these is a compile error.
 * The library allocates nothing, prints nothing and never ends the process. Nor is it built by a
 * compiler that may give other bits than the operations as written.
 */
#ifndef WEIR_BASE_BANNED_H
#define WEIR_BASE_BANNED_H

#undef alloca /* a macro in some headers */
#pragma GCC poison malloc calloc realloc reallocarray free alloca strdup strndup
#pragma GCC poison printf fprintf sprintf snprintf vsnprintf puts fputs fopen fclose fread fwrite
#pragma GCC poison exit abort getenv setlocale strerror qsort bsearch strtok strcpy strcat strcmp

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||     \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0)
#error "weir gives the same bits everywhere: build it without -ffast-math, -Ofast and their parts"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "weir gives the same bits everywhere: doubles must not be computed wider (use SSE2)"
#endif

#endif
