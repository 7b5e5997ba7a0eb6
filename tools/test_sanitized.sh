#!/usr/bin/env bash
# Run tests on an extension built with the address and undefined behaviour sanitizers.
# Arguments are pytest's.
#
# What the sanitizers say ends the process that they say it of.  Leaks are not looked for:
# CPython keeps objects to the end, which look the same.
set -euo pipefail
cd "$(dirname "$0")/.."

library() { cc -print-file-name="$1"; }

site=$(tools/apart.sh sanitized -Db_sanitize=address,undefined -Dbuildtype=debugoptimized \
    -Db_ndebug=false -Dc_args=-fno-omit-frame-pointer)
export LD_PRELOAD="$(library libasan.so):$(library libubsan.so)"
# libjack2 frees with free() what it made with new, which is its own business.
export ASAN_OPTIONS=detect_leaks=0:alloc_dealloc_mismatch=0:abort_on_error=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
export PYTHONMALLOC=malloc PYTHONPATH="$site" PYTHONDONTWRITEBYTECODE=1
# The symbols of this build are not those of a release.
exec tools/alone.sh "${VENV:-$PWD/.venv}/bin/python" -m pytest -p no:cacheprovider \
    --deselect tests/unit/test_undefined.py::test_of_the_installed_one "$@"
