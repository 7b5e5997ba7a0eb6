#!/usr/bin/env bash
# Build CPython from Debian's source, in the kinds that Debian or this machine has no package
# of, each into a folder of its own below build/pythons/.  tools/test_pythons.sh finds them.
#
#   tools/cpython.sh [debug] [freethreaded] [freethreaded-debug]     all by default
#
# The source is that of $SOURCE_SUITE (default trixie: Python 3.13), fetched by apt-get with
# lists of its own: the system's stay as they are.  What the system lacks for the build is
# installed with apt-get.  What is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${SOURCE_SUITE:-trixie}
source=${SOURCE_PACKAGE:-python3.13}
mirror=${MIRROR:-http://deb.debian.org/debian}
root=$PWD/build/pythons

say() { printf '%s\n' "$*"; }
die() {
    say "cpython: $*" >&2
    exit 1
}

# Options of ./configure, by kind.
options_of() {
    case $1 in
    debug) echo --with-pydebug ;;
    freethreaded) echo --disable-gil ;;
    freethreaded-debug) echo --disable-gil --with-pydebug ;;
    *) die "debug, freethreaded or freethreaded-debug was expected, $1 came" ;;
    esac
}

install_what_it_takes() {
    local package missing=() as_root=()
    for package in dpkg-dev make gcc libc6-dev xz-utils zlib1g-dev libssl-dev libffi-dev \
        libbz2-dev liblzma-dev libsqlite3-dev; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    say "Installing with apt-get: ${missing[*]}"
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q)
    "${as_root[@]}" update >/dev/null
    "${as_root[@]}" install -y --no-install-recommends "${missing[@]}"
}

# The source, as its authors made it: Debian's changes would look for modules elsewhere.
fetch_source() {
    local lists=$root/lists
    # An unfinished one has no such name, and is done again.
    [ ! -d "$root/source" ] || return 0
    rm -rf "$lists" "$root/fetched"
    mkdir -p "$lists/state/partial" "$lists/parts" "$root/fetched"
    say "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
        >"$lists/sources.list"
    local apt=(apt-get -q -o "Dir::Etc::sourcelist=$lists/sources.list"
        -o "Dir::Etc::sourceparts=$lists/parts" -o "Dir::State::lists=$lists/state"
        -o "Dir::Cache=$lists" -o APT::Sandbox::User=root)
    say "Fetching the source of $source in $suite"
    "${apt[@]}" update >/dev/null
    (cd "$root/fetched" && "${apt[@]}" source --download-only "$source" >/dev/null &&
        dpkg-source --skip-patches -x ./*.dsc source >/dev/null)
    mv "$root/fetched/source" "$root/source"
    rm -r "$lists" "$root/fetched"
}

build() {
    local kind=$1 folder=$root/$1 options
    options=$(options_of "$kind")
    [ ! -e "$folder/.options" ] || return 0
    say "Building $source, $kind, in $folder"
    rm -rf "$folder" "$root/$kind.build"
    mkdir -p "$root/$kind.build"
    (
        cd "$root/$kind.build"
        # shellcheck disable=SC2086 # they are words
        ../source/configure -q --prefix="$folder" $options
        make -s -j"$(nproc)"
        make -s install
    ) >"$root/$kind.log" 2>&1 || die "that failed; $root/$kind.log tells why"
    rm -r "$root/$kind.build"
    say "$options" >"$folder/.options" # an unfinished one has no such file
}

kinds=("$@")
[ $# -gt 0 ] || kinds=(debug freethreaded freethreaded-debug)
for kind in "${kinds[@]}"; do
    options_of "$kind" >/dev/null
done
command -v apt-get >/dev/null || die "this takes Debian's apt-get"
install_what_it_takes
mkdir -p "$root"
fetch_source
for kind in "${kinds[@]}"; do
    build "$kind"
done
