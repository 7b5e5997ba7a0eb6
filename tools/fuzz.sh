#!/usr/bin/env bash
# Build the fuzzers of tests/fuzz with clang's libFuzzer and both sanitizers, and run each.
#
#   tools/fuzz.sh [SECONDS [NAME]...]     60 seconds each; tests/fuzz/fuzz_NAME.c
#
# What they find makes this fail, and lies in build/fuzz/.  A finding that was repaired
# joins tests/fuzz/seeds/NAME/, from where each begins.
set -euo pipefail
cd "$(dirname "$0")/.."

clang=$(command -v clang-19 || command -v clang) || {
    echo "fuzz: this takes clang and its libFuzzer; on Debian clang-19 libclang-rt-19-dev" >&2
    exit 2
}
seconds=${1:-60}
shift || true
names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(basename -as .c tests/fuzz/fuzz_*.c | sed 's/^fuzz_//')
folder=build/fuzz
flags=(-std=gnu11 -g -O1 -fno-omit-frame-pointer -pthread -Isrc -Itests/fuzz)
flags+=(-fsanitize=address,undefined -fno-sanitize-recover=all)
mkdir -p "$folder"

export clang folder
compile() { # what is older than its source
    object=$folder/$(echo "$1" | tr / -).o
    [ "$object" -nt "$1" ] || "$clang" "${@:2}" -fsanitize=fuzzer-no-link -c "$1" -o "$object"
}
export -f compile
find src/rt src/core -name '*.c' -print0 |
    xargs -0 -P"$(nproc)" -I{} bash -c 'compile "$@"' _ {} "${flags[@]}"
rm -f "$folder/sources.a"
ar rcs "$folder/sources.a" "$folder"/src-*.o

failed=0
for name in "${names[@]}"; do
    "$clang" "${flags[@]}" -fsanitize=fuzzer "tests/fuzz/fuzz_$name.c" "$folder/sources.a" \
        -ldl -lm -o "$folder/$name"
    corpus=$folder/corpus-$name
    mkdir -p "$corpus"
    log=$folder/$name.log
    if "$folder/$name" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$folder/finding-$name-" "$corpus" "tests/fuzz/seeds/$name" 2>"$log"; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, no finding"
    else
        echo "$name: FOUND, see $log"
        grep -A15 -E 'ERROR|SUMMARY' "$log" | head -40
        failed=1
    fi
done
exit $failed
