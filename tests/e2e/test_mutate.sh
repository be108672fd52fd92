#!/usr/bin/env bash
# A slice of `make mutate`: three files end in their pinned verdicts, and every fault that is planted
# is noticed.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
mutate=$build/mutate
last=$build/mutate-check.last
failed=0
make --no-print-directory "BUILD=$build" "$mutate" >/dev/null || exit 1

pinned() {
    "$mutate" -q -t fuzz/verdicts.txt -o "$last" "$@" || failed=1
}

# canary NAME WORDS ARGUMENTS...: the run fails and says so in these words.
canary() {
    local name=$1 words=$2 said
    shift 2
    if said=$("$mutate" -c "$name" -o "$last" "$@"); then
        echo "canary $name: nobody noticed"
        failed=1
    elif ! grep -q -- "$words" <<<"$said"; then
        printf 'canary %s: "%s" is not said, but:\n%s\n' "$name" "$words" "$said"
        failed=1
    else
        echo "canary $name: noticed: $words"
    fi
}

pinned bool-plain-none-v1
pinned nested-1 cuts fields
pinned f64-split-snappy-v2 cuts fields

canary read 'signal 11, behind the block' -n 1100 i32-plain-none-v1 values
canary before 'signal 11, in front of the block' -n 1100 i32-plain-none-v1 values
canary write 'wrote behind the block' -n 1100 i32-plain-none-v1 values
canary hang 'no answer in 2000 ms' -n 1100 i32-plain-none-v1 values
canary slow 'reader 0 took' -n 1100 i32-plain-none-v1 values
canary budget 'bytes is planned' -n 1100 i32-plain-none-v1 values
canary unset 'another verdict where the block lies elsewhere' -n 1100 i32-plain-none-v1 values
canary verdict 'empty-group fields: other verdicts' -q -t fuzz/verdicts.txt empty-group fields
exit "$failed"
