#!/usr/bin/env bash
# Run the tests on JACK2, JACK1 and PipeWire, on each Python from 3.11 on that is there.
#
#   tools/test_matrix.sh [pytest arguments]
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

status=0
tools/servers.sh || exit 1
echo "== JACK2"
tools/test_pythons.sh "$@" || status=1
[ $# -gt 0 ] || set -- tests/server tests/process
for server in jack1 pipewire; do
    echo "== $server"
    WITH="tools/with_server.sh $server" tools/test_pythons.sh "$@" || status=1
done
exit $status
