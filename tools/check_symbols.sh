#!/usr/bin/env bash
# Checks what the library's objects need and own: check_symbols.sh build/libweir.a
#   needs   memcpy, memmove, memset, memcmp, the codec libraries, and the compiler's own helpers
#   owns    no byte that can be written, and external names that begin with weir_
set -euo pipefail
NM=${NM:-nm}
library=${1:?usage: check_symbols.sh LIBRARY}

allowed='^(memcpy|memmove|memset|memcmp'
allowed+='|ZSTD_[A-Za-z0-9_]+|libdeflate_[a-z0-9_]+|inflate[A-Za-z0-9]*_?|BrotliDecoder[A-Za-z]+'
# Helpers that gcc and clang call for 128-bit integers, CPU detection, stack guards, sanitizers.
allowed+='|__[a-z]+[tds][if][0-9]?|__float[a-z]+|__fix[a-z]+|__cpu_model|__cpu_features2'
allowed+='|__cpu_indicator_init|__aarch64_[a-z0-9_]+|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail'
allowed+='|__asan_.*|__ubsan_.*|__msan_.*|__sanitizer_.*|__gcov_.*)$'

failed=0
defined=$("$NM" --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u)
needed=$("$NM" -u "$library" | awk '$1 == "U" || $1 == "w" { print $2 }' | sort -u)
foreign=$(comm -23 <(echo "$needed") <(echo "$defined") | grep -v '^$' | grep -Ev "$allowed" || true)
if [ -n "$foreign" ]; then
    echo "$library needs symbols that are not allowed:"
    for symbol in $foreign; do
        echo "  $symbol in" "$("$NM" -A -u "$library" | grep -w "U $symbol" | cut -d: -f2 | sort -u |
            tr '\n' ' ')"
    done
    failed=1
fi

# .data.rel.ro holds constant tables of pointers: read-only once the program is loaded.
writable=$(size -A "$library" | awk '
    / :$|:$|^.*\(ex / { member = $1 }
    $1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print "  " member, $1, $2 " bytes" }')
common=$("$NM" "$library" | awk '$2 == "C" { print "  common symbol", $3 }')
if [ -n "$writable$common" ]; then
    echo "$library owns memory that can be written:"
    echo "$writable$common"
    failed=1
fi

names=$("$NM" -g --defined-only "$library" | awk 'NF == 3 && $3 !~ /^(weir_|__|_)/ { print "  " $3 }')
if [ -n "$names" ]; then
    echo "$library defines external names without weir_:"
    echo "$names"
    failed=1
fi
if [ "$failed" -eq 0 ]; then
    echo "$library: $(echo "$needed" | grep -Ec '^mem' || true) mem* functions, no writable data"
fi
exit "$failed"
