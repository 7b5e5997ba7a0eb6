#!/bin/sh
# Build all C tests under the thread sanitizer, then under the address and undefined
# behaviour sanitizers, and run them.  CC names the compiler.  With arguments: only
# these tests, by their stems (mailbox, log, ...).
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
compiler=${CC:-cc}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

export TSAN_OPTIONS="halt_on_error=1:die_after_fork=0"
export ASAN_OPTIONS="detect_leaks=1"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"

warnings="-Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes"
warnings="$warnings -Wmissing-prototypes -Wpedantic -Werror"
common="-std=gnu11 -g -O1 -fno-omit-frame-pointer $warnings -I$root/src -pthread"
failed=0

# build_and_run <label> <flag>...
build_and_run() {
    label=$1
    shift
    objects=""
    for source in $(cat "$root/tests/c/sources.txt"); do
        object="$folder/$label-$(echo "$source" | tr '/' '-').o"
        # shellcheck disable=SC2086 # the flags are words
        "$compiler" $common "$@" -c "$root/src/$source" -o "$object"
        objects="$objects $object"
    done
    for stem in $stems; do
        program="$folder/$label-$stem"
        # shellcheck disable=SC2086
        "$compiler" $common "$@" "$root/tests/c/test_$stem.c" $objects -lm -o "$program"
        if "$program"; then
            echo "ok      $label $stem"
        else
            echo "FAILED  $label $stem"
            failed=1
        fi
    done
}

if [ $# -gt 0 ]; then
    stems=$*
else
    stems=$(cd "$root/tests/c" && ls test_*.c | sed 's/^test_//; s/\.c$//')
fi

build_and_run thread -fsanitize=thread
build_and_run address -fsanitize=address,undefined -fno-sanitize-recover=all
exit $failed
