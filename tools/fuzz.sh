#!/usr/bin/env bash
# Build the fuzzers of tests/fuzz with clang's libFuzzer and both sanitizers, and run each.
#
#   tools/fuzz.sh [SECONDS [NAME]...]     60 seconds each; tests/fuzz/fuzz_NAME.c
#   tools/fuzz.sh --install               what it takes, with apt-get, and no more
#
# What they find makes this fail, and lies in build/fuzz/.  A finding that was repaired
# joins tests/fuzz/seeds/NAME/, from where each begins.  Those that include "python.h"
# have the interpreter of $PYTHON in them.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(clang-19 libclang-rt-19-dev)
if [ "${1:-}" = --install ]; then
    dpkg -s "${packages[@]}" >/dev/null 2>&1 && exit
    as_root=(env DEBIAN_FRONTEND=noninteractive apt-get -q)
    [ "$(id -u)" -eq 0 ] || as_root=(sudo "${as_root[@]}")
    "${as_root[@]}" update >/dev/null
    exec "${as_root[@]}" install -y --no-install-recommends "${packages[@]}"
fi
clang=$(command -v clang-19 || command -v clang) || {
    echo "fuzz: this takes clang and its libFuzzer; on Debian ${packages[*]}" >&2
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

python=${PYTHON:-python3}
# What stubs for functions of other kinds do without: their types as Python has them.
py_flags=("${flags[@]}" -I"$folder" -fno-sanitize=function)
mapfile -t more < <("$python" -c '
import sysconfig
config = sysconfig.get_config_vars()
print("-isystem", config["INCLUDEPY"], sep="\n")')
py_flags+=("${more[@]}")
mapfile -t py_links < <("$python" -c '
import sysconfig
config = sysconfig.get_config_vars()
folder = config["LIBDIR"]
name = config["LDVERSION"]
print(f"-L{folder}", f"-Wl,-rpath,{folder}", f"-lpython{name}", sep="\n")')
"$python" tools/docstrings.py src/jack/_jack.pyi "$folder/docstrings.h.new"
cmp -s "$folder/docstrings.h.new" "$folder/docstrings.h" ||
    cp "$folder/docstrings.h.new" "$folder/docstrings.h"

header=$(find src tests/fuzz "$folder" -name '*.h' -printf '%T@ %p\n' | sort -n | tail -n 1)
header=${header#* } # the newest
export clang folder header
export ASAN_OPTIONS=strict_string_checks=1:${ASAN_OPTIONS:-}
compile() { # what is older than its source or a header
    object=$folder/$(echo "$1" | tr / -).o
    { [ "$object" -nt "$1" ] && [ "$object" -nt "$header" ]; } ||
        "$clang" "${@:2}" -fsanitize=fuzzer-no-link -c "$1" -o "$object"
}
compile_all() { # the sources in a folder
    find "$1" -name '*.c' -print0 |
        xargs -0 -P"$(nproc)" -I{} bash -c 'compile "$@"' _ {} "${@:2}"
}
export -f compile
compile_all src/rt "${flags[@]}"
compile_all src/core "${flags[@]}"
compile_all src/py "${py_flags[@]}"
rm -f "$folder/sources.a"
ar rcs "$folder/sources.a" "$folder"/src-*.o

failed=0
for name in "${names[@]}"; do
    source=tests/fuzz/fuzz_$name.c
    this=("${flags[@]}") links=(-ldl -lm)
    if grep -q '^#include "python.h"' "$source"; then
        this=("${py_flags[@]}") links+=("${py_links[@]}")
    fi
    "$clang" "${this[@]}" -fsanitize=fuzzer "$source" "$folder/sources.a" "${links[@]}" \
        -o "$folder/$name"
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
