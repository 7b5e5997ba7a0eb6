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
# A thread that is cancelled, as libjack2 ends its own, has no proper end for the alternative
# signal stacks; and libjack2 frees with free() what it made with new, which is its own business.
export ASAN_OPTIONS=detect_leaks=0:alloc_dealloc_mismatch=0:use_sigaltstack=0:abort_on_error=1:allocator_may_return_null=1:${ASAN_OPTIONS:-}
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS:-}
export PYTHONMALLOC=malloc PYTHONPATH="$site" PYTHONDONTWRITEBYTECODE=1
# Not run: what needs a second copy of libjack, which takes RTLD_DEEPBIND, and that the
# address sanitizer refuses; what looks with jack_lsp, which writes beyond its own memory;
# and the symbols of a release, which this build is not.
server=tests/server/test_server.py
exec tools/alone.sh "${VENV:-$PWD/.venv}/bin/python" -m pytest -p no:cacheprovider \
    --ignore tests/server/test_several_servers.py \
    --deselect tests/process/test_turns.py::test_opening_while_the_server_dies \
    --deselect tests/process/test_turns.py::test_opening_when_nobody_said_that_the_server_is_gone \
    --deselect tests/server/test_network.py::test_a_server_with_its_own_clock \
    --deselect tests/server/test_log.py::test_nothing_is_printed \
    --deselect tests/server/test_log.py::test_nothing_is_printed_without_logging_either \
    --deselect tests/server/test_log.py::test_function_still_set_at_exit \
    --deselect $server::test_with --deselect $server::test_fork \
    --deselect $server::test_a_shell_program_sees_it \
    --deselect tests/unit/test_undefined.py::test_of_the_installed_one "$@"
