#!/usr/bin/env bash
# Build the package in a folder of its own, with other flags than the one in .venv, and
# print where `import jack` finds it.
#
#   tools/apart.sh NAME [MESON_OPTION]...      in build/NAME; installed in build/NAME/site
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${VENV:-$PWD/.venv}
name=$1
shift
folder=$PWD/build/$name
site=$folder/site
options=(-Dpython.purelibdir="$site" -Dpython.platlibdir="$site" "$@")

export PATH="$venv/bin:$PATH"
made_with="$venv ${options[*]}" # another Python's is another build
if ! [ -e "$folder/build.ninja" ] || [ "$(cat "$folder/made_with" 2>/dev/null)" != "$made_with" ]; then
    rm -rf "$folder"
    meson setup "$folder" "${options[@]}" >&2
    printf '%s\n' "$made_with" >"$folder/made_with"
fi
rm -rf "$site"
meson install -C "$folder" --quiet >&2
printf '%s\n' "$site"
