#!/usr/bin/env bash
# Run the tests of faults, those that take long too, on JACK2, JACK1 and PipeWire; those of
# isolated callbacks, which take Python 3.12, on the newest one from there on.
#
#   tools/test_faults.sh [pytest arguments]
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

tools/servers.sh || exit 1
status=0
run=(tools/alone.sh .venv/bin/python -m pytest -q --faults)
for server in jack2 jack1 pipewire; do
    echo "== $server"
    with=(tools/with_server.sh "$server")
    [ "$server" != jack2 ] || with=()
    "${with[@]}" "${run[@]}" tests/process/test_faults*.py "$@" || status=1
    WITH=${with[*]} tools/test_pythons.sh --newest -q --faults -k isolated \
        tests/process/test_faults_{exit,isolated}.py "$@" || status=1
done
exit $status
