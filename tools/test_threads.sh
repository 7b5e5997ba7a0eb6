#!/usr/bin/env bash
# Run tests on an extension built with the thread sanitizer; arguments are pytest's.
#
# It is told of the order in which JACK hands blocks from client to client, which it does not
# see: src/rt/handed.h.  JACK2 goes on without a client that is late, as some are with the
# sanitizer, and whose buffers others write to meanwhile; so what it says of memory in JACK's
# segments, where only port buffers are shared, is let pass, and what tools/test_threads.supp
# names.  Anything else fails the run.
#
# Not run: what loads a second library of JACK's, with RTLD_DEEPBIND, which the sanitizer
# refuses, by ending pytest; servers within the process; the test in which threads of libjack's
# end by the dozen beside others: it cancels them asynchronously, now and then within the
# sanitizer, whose lock nobody gives back then; blocks of 1400 MIDI events, which are never in
# time there; and the measure of a heap that is the sanitizer's.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

site=$(tools/apart.sh threads -Db_sanitize=thread) || exit 1
export PYTHONPATH="$site" PYTHONDONTWRITEBYTECODE=1
# No exit code of its own: reports are looked at below, and pytest's own end is written down.
export TSAN_OPTIONS="exitcode=0:suppressions=$PWD/tools/test_threads.supp:report_signal_unsafe=0"
said=$(mktemp)
PYTEST_ENDED=$(mktemp)
export PYTEST_ENDED
trap 'rm -f "$said" "$PYTEST_ENDED"' EXIT
# The sanitizer's memory has to lie where it wants it, so no address is random.
tools/alone.sh setarch -R env LD_PRELOAD="$(cc -print-file-name=libtsan.so)" \
    "${VENV:-$PWD/.venv}/bin/python" -m pytest -p support.alone_in_sanitizer --capture=sys \
    --ignore tests/server/test_several_servers.py --ignore tests/server/test_network_local.py \
    --ignore tests/server/test_bound_functions.py --ignore tests/server/test_stub_values.py \
    --ignore tests/server/test_network.py --ignore tests/server/test_network_listening.py \
    --ignore tests/server/test_netadapter.py --ignore tests/server/test_server.py \
    --ignore tests/server/test_network_packets.py -p no:cacheprovider -k "not embedded \
    and not several_threads_at_once and not many_short_events and not net_slave and not no_master \
    and not net_adapters and not test_leaks and not wrong_kinds" \
    "$@" 2>"$said"
status=$(cat "$PYTEST_ENDED")
if [ -z "$status" ]; then
    echo "test_threads: pytest did not come to its end" >&2
    status=1
fi
# When it failed: what else was said, of a crash say.
awk -v failed="$status" '/^WARNING: ThreadSanitizer/ { report = ""; within = 1; shared = 0 }
    within { report = report $0 "\n" }
    !within && failed
    within && /Location is .*\(jack-[0-9]+-[0-9]+\+/ { shared = 1 }
    /^SUMMARY: ThreadSanitizer/ { within = 0; seen++; if (!shared) { ours++; printf "%s", report } }
    END { print "thread sanitizer: " seen + 0 " reports, " ours + 0 " of them not of port buffers"
          exit ours > 0 }' "$said" || status=1
exit "$status"
