#!/usr/bin/env bash
# Build the pages of docs/ in docs/_build/html.  What that takes goes into build/docs, an
# environment of its own: the extra "docs" of pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=build/docs

requirements=$("$python" -c 'import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["docs"], sep="\n")')
if [ "$(cat "$venv/.made-with" 2>/dev/null)" != "$requirements" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    mapfile -t packages <<<"$requirements"
    "$venv/bin/python" -m pip install -q "${packages[@]}"
    printf '%s\n' "$requirements" >"$venv/.made-with"
fi
rm -rf docs/_build
"$venv/bin/sphinx-build" -q -W --keep-going -d docs/_build/doctrees docs docs/_build/html
echo "docs/_build/html/index.html"
