#!/usr/bin/env bash
# Run the tests on each Python from 3.11 on that this machine has (pyenv's versions,
# /usr/bin, and the builds of tools/cpython.sh), each in a venv of its own below .venvs/.
#
#   tools/test_pythons.sh [pytest arguments]
#   tools/test_pythons.sh --newest [pytest arguments]   only on the newest one from 3.12 on
#   tools/test_pythons.sh --only KIND [pytest arguments]   only on that one: a release and
#                       what sets its build apart, as in 3.14, 3.12.1, 3.13.5d (a debug
#                       build), 3.13.5t (free-threaded), 3.13.5td (both)
#   tools/test_pythons.sh --installed [...]   without the builds of tools/cpython.sh
#   tools/test_pythons.sh --built [...]       only on these
#
# $WITH: words to put before, as tools/test_matrix.sh has them.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

newest=no only='' installed=yes built=build/pythons
case ${1:-} in
--newest)
    newest=yes
    shift
    ;;
--only)
    only=$2
    shift 2
    ;;
--installed)
    built=/nowhere
    shift
    ;;
--built)
    installed=no
    shift
    ;;
esac

# "3 12 1 - /path/to/python", one a line, each build once, the newest last.  Instead of "-"
# stands what a debug (d) or free-threaded (t) build adds to its name.
pythons() {
    local python places=("$built"/*/bin/python3)
    [ $installed = no ] || places+=("${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3
        /usr/bin/python3.[0-9] /usr/bin/python3.[0-9][0-9] /usr/bin/python3.*-dbg)
    for python in "${places[@]}"; do
        [ -x "$python" ] && "$python" -c 'import sys
if sys.version_info >= (3, 11) and sys.implementation.name == "cpython":
    print(*sys.version_info[:3], sys.abiflags or "-", sys.executable)' 2>/dev/null
    done | sort -k1,1n -k2,2n -k3,3n -k4,4 -u
}

mapfile -t found < <(pythons)
if [ $newest = yes ]; then
    mapfile -t found < <(printf '%s\n' "${found[@]}" | awk '$2 >= 12 && $4 == "-"' | tail -n 1)
fi
status=0 ran=0
for line in "${found[@]}"; do
    read -r major minor micro flags python <<<"$line"
    [ -n "$python" ] || continue
    name=$major.$minor.$micro${flags#-}
    case $only in
    "" | "$name" | "$major.$minor${flags#-}") ;;
    *) continue ;;
    esac
    ran=1
    venv=$PWD/.venvs/$name
    echo "== Python $name ($python)"
    mkdir -p .venvs
    if PYTHON=$python VENV=$venv tools/setup.sh; then
        # shellcheck disable=SC2086 # they are words
        ${WITH:-} tools/alone.sh "$venv/bin/python" -m pytest "$@" || status=1
    else
        status=1
    fi
done
if [ $ran = 0 ] && [ $newest = no ]; then
    echo "test_pythons: no Python ${only:-from 3.11 on} is there" >&2
    status=1
fi
exit $status
