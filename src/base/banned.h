/*
 * Included last by every source file of the library: a call to any of these is a compile error.
 * The library allocates nothing, prints nothing and never ends the process.
 */
#ifndef WEIR_BASE_BANNED_H
#define WEIR_BASE_BANNED_H

#undef alloca /* a macro in some headers */
#pragma GCC poison malloc calloc realloc reallocarray free alloca strdup strndup
#pragma GCC poison printf fprintf sprintf snprintf vsnprintf puts fputs fopen fclose fread fwrite
#pragma GCC poison exit abort getenv setlocale strerror qsort bsearch strtok strcpy strcat strcmp

#endif
