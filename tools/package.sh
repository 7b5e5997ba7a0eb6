#!/usr/bin/env bash
# Make a package in dist/ and try it where nothing of this tree is to be seen.
#
#   tools/package.sh wheel    built, repaired by auditwheel, installed without a compiler
#   tools/package.sh sdist    made from the last commit; built and installed as pip does it,
#                             and tested by tests out of it
#
# Tools come from the extra "package" of pyproject.toml, into build/package.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=build/package
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT

requirements() {
    "$VENV/bin/python" -c 'import sys, tomllib
with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
extra = project["project"]["optional-dependencies"]["package"]
print(*extra, *project["build-system"]["requires"], sep="\n")'
}

make_tools() {
    local wanted
    wanted=$(requirements)
    [ "$(cat "$tools/.made-with" 2>/dev/null)" != "$wanted" ] || return 0
    rm -rf "$tools"
    "$VENV/bin/python" -m venv "$tools"
    mapfile -t packages <<<"$wanted"
    "$tools/bin/python" -m pip install -q "${packages[@]}"
    printf '%s\n' "$wanted" >"$tools/.made-with"
}

# Install $1 into a new environment, with $2 as PATH, and play audio with it.
try_out() {
    "$VENV/bin/python" -m venv "$trial/venv"
    PATH=$2 "$trial/venv/bin/python" -m pip install -q "$1" numpy
    (cd "$trial" && venv/bin/python -W error "$OLDPWD/tools/heard.py")
}

wheel() {
    rm -rf build/wheel
    PATH="$PWD/$tools/bin:$PATH" "$tools/bin/python" -m pip wheel -q --no-deps \
        --no-build-isolation -w build/wheel .
    PATH="$PWD/$tools/bin:$PATH" "$tools/bin/auditwheel" repair -w "$trial/dist" build/wheel/*.whl
    mkdir -p dist
    cp "$trial"/dist/*.whl dist/
    mkdir "$trial/bin" # a PATH without a compiler
    try_out "$(echo "$trial"/dist/*.whl)" "$trial/bin"
    (cd "$trial/dist" && echo "dist/$(echo *.whl)")
}

sdist() {
    [ -z "$(git status --porcelain)" ] || echo "sdist: it has the last commit, not what is changed since" >&2
    "$tools/bin/python" -m build -q --sdist --no-isolation -o "$trial/dist" .
    mkdir -p dist
    cp "$trial"/dist/*.tar.gz dist/
    try_out "$(echo "$trial"/dist/*.tar.gz)" "$PATH"
    test_unpacked "$(echo "$trial"/dist/*.tar.gz)"
    (cd "$trial/dist" && echo "dist/$(echo *.tar.gz)")
}

# Run tests out of the archive $1 on what was installed from it: those without a server, and
# of those with one the heart.
test_unpacked() {
    tar -C "$trial" -xf "$1"
    "$trial/venv/bin/python" -m pip install -q "rtjack[test] @ file://$1"
    (cd "$trial"/rtjack-* && "$OLDPWD/tools/alone.sh" "$trial/venv/bin/python" -m pytest -q \
        tests/unit tests/server/test_{client,ports,connections,audio,stream,manual}.py)
}

make_tools
"$1"
