#!/usr/bin/env bash
# Let each allocation and each call of Python's C API fail once (tests/support/alloc_faults.py):
# on JACK2; what that does not reach, on JACK1, on PipeWire, and, where callbacks may have
# interpreters of their own, on the newest Python.  The last lines tell what is left.
#
#   tools/alloc_faults.sh                    all of that
#   tools/alloc_faults.sh ARGUMENT...        on JACK2, with these for support.alloc_faults
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# As many calls in the code as in its sources: none inlined, none twice.
flags=(-Dbuildtype=plain '-Dc_args=-O0 -g -fno-omit-frame-pointer')
here=$PWD status=0

# on NAME VENV SERVER [ARGUMENT]...: in a build of its own for each Python.
on() {
    local name=$1 venv=$2 server=() site
    [ "$3" = jack2 ] || server=("$here/tools/with_server.sh" "$3")
    shift 3
    site=$(VENV=$venv tools/apart.sh "$name" "${flags[@]}") || return
    (cd tests && PYTHONPATH=$site "${server[@]}" "$here/tools/alone.sh" \
        "$venv/bin/python" -m support.alloc_faults "$@")
}

if [ $# -gt 0 ]; then
    on faults "$here/.venv" jack2 "$@"
    exit
fi

record=$here/build/faults.json
rm -f "$record"
tools/servers.sh || exit
for server in jack2 jack1 pipewire; do
    echo "== $server"
    on faults "$here/.venv" $server --record "$record" || status=1
done
echo "== the newest Python"
newest=$(tools/test_pythons.sh --newest --version 2>/dev/null | sed -n 's/^== Python \([^ ]*\) .*/\1/p')
if [ -n "$newest" ]; then
    isolated=(isolated isolated_refused isolated_error isolated_numpy isolated_scarce)
    on faults_newest "$here/.venvs/$newest" jack2 --record "$record" "${isolated[@]}" || status=1
    # What another thread of the program reaches first.
    on faults_newest "$here/.venvs/$newest" jack2 --record "$record" --callers \
        isolated_refused isolated_error || status=1
    echo "== what is left there"
    on faults_newest "$here/.venvs/$newest" jack2 --record "$record" --unreached none
fi
echo "== what is left"
on faults "$here/.venv" jack2 --record "$record" --unreached none
exit $status
