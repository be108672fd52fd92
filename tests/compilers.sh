#!/usr/bin/env bash
# The same reports from builds of other compilers and levels of optimisation: compilers.sh BUILD,
# where BUILD/weir and BUILD/weir-gen are the usual ones. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
data=$build/compilers/data
mkdir -p "$build/compilers"

# Without what tells of memory and time.
report() {
    WEIR_ISA=$2 "$1" profile -q -f json --mem-budget 64MiB --top 16 "$3" |
        grep -v -e '^"memory"' -e '^"elapsed_seconds"'
}

for codec in none zstd; do
    rm -rf "$data-$codec"
    "$build/weir-gen" --rows 60000 --files 2 --row-group 25000 --codec "$codec" --out "$data-$codec"
    report "$build/weir" auto "$data-$codec" >"$build/compilers/$codec.json"
    grep -q '"columns"' "$build/compilers/$codec.json"
done

failed=0
for how in "gcc -O0" "gcc -O1" "gcc -O2 -march=native" "clang -O1" "clang -O3"; do
    compiler=${how%% *}
    if ! command -v "$compiler" >/dev/null; then
        echo "skip $how: no $compiler"
        continue
    fi
    other=$build/compilers/${how//[ =]/}
    make --no-print-directory -s -j2 BUILD="$other" CC="${CCACHE:-} $compiler" OPT="${how#* }" \
        "$other/weir"
    for codec in none zstd; do
        for isa in scalar auto; do
            if report "$other/weir" $isa "$data-$codec" |
                cmp -s - "$build/compilers/$codec.json"; then
                echo "ok $how, $isa, $codec"
            else
                echo "FAIL $how, $isa, $codec: another report"
                failed=1
            fi
        done
    done
done
exit $failed
