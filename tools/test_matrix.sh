#!/usr/bin/env bash
# Run the tests on JACK2, JACK1 and PipeWire, on each Python from 3.11 on that is there, a
# debug and a free-threaded build among them, and on those of Debian sid.  Takes hours.
#
#   tools/test_matrix.sh [pytest arguments]
#   ROWS="sid builds" tools/test_matrix.sh     only these; jack2, jack1, pipewire: this
#                       machine's Pythons; builds: CPython as tools/cpython.sh builds it, on
#                       JACK2; sid: a folder that tools/sid.sh makes, which takes root, on its
#                       JACK2 and its PipeWire
#
# What each said is kept in build/matrix/.  The last lines are the closing lines of all.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

status=0
logs=build/matrix
mkdir -p "$logs"

# row NAME COMMAND...: run it and keep what it says.
row() {
    local log=$logs/$1.log
    echo "== $1"
    shift
    "$@" 2>&1 | tee "$log"
    [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
}

with_a_server=("$@") # tests/unit is of no server
[ $# -gt 0 ] || with_a_server=(tests/server tests/process)
rows=${ROWS:-jack2 jack1 pipewire builds sid}
rm -f "$logs"/*.log
for name in $rows; do
    case $name in
    jack2) row jack2 tools/test_pythons.sh --installed "$@" ;;
    jack1 | pipewire)
        tools/servers.sh "$name" || exit 1
        row "$name" env WITH="tools/with_server.sh $name" \
            tools/test_pythons.sh --installed "${with_a_server[@]}"
        ;;
    builds)
        tools/cpython.sh || exit 1
        row builds tools/test_pythons.sh --built "$@"
        ;;
    sid)
        row sid tools/sid.sh tools/test_pythons.sh "$@"
        tools/sid.sh tools/servers.sh pipewire || exit 1
        row sid-pipewire env WITH="tools/with_server.sh pipewire" \
            tools/sid.sh tools/test_pythons.sh "${with_a_server[@]}"
        ;;
    *)
        echo "test_matrix: jack2, jack1, pipewire, builds or sid was expected, $name came" >&2
        exit 1
        ;;
    esac
done

echo "== closing lines"
(cd "$logs" && grep -HE '^== Python|^(=+ )?[0-9]+ (passed|failed|skipped|error).* in [0-9.]+s' ./*.log)
exit $status
