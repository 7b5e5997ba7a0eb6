#!/usr/bin/env bash
# Run the tests on each Python from 3.11 on that this machine has (pyenv's versions and
# /usr/bin), each in a venv of its own below .venvs/.
#
#   tools/test_pythons.sh [pytest arguments]
#   tools/test_pythons.sh --newest [pytest arguments]   only on the newest one from 3.12 on
#
# $WITH: words to put before, as tools/test_matrix.sh has them.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

newest=no
if [ "${1:-}" = --newest ]; then
    newest=yes
    shift
fi

# "3 12 1 /path/to/python", one a line, each release once, the newest last.
pythons() {
    local python
    for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 \
        /usr/bin/python3.[0-9] /usr/bin/python3.[0-9][0-9]; do
        [ -x "$python" ] && "$python" -c 'import sys
if sys.version_info >= (3, 11) and sys.implementation.name == "cpython":
    print(*sys.version_info[:3], sys.executable)' 2>/dev/null
    done | sort -k1,1n -k2,2n -k3,3n -u
}

mapfile -t found < <(pythons)
if [ $newest = yes ]; then
    mapfile -t found < <(printf '%s\n' "${found[@]}" | awk '$2 >= 12' | tail -n 1)
fi
status=0
for line in "${found[@]}"; do
    read -r major minor micro python <<<"$line"
    [ -n "$python" ] || continue
    venv=$PWD/.venvs/$major.$minor.$micro
    echo "== Python $major.$minor.$micro ($python)"
    mkdir -p .venvs
    if PYTHON=$python VENV=$venv tools/setup.sh; then
        # shellcheck disable=SC2086 # they are words
        ${WITH:-} tools/alone.sh "$venv/bin/python" -m pytest "$@" || status=1
    else
        status=1
    fi
done
exit $status
