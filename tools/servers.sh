#!/usr/bin/env bash
# Fetch the JACK servers that the tests use beside the system's JACK2, each into a folder
# of its own below build/servers/: nothing is installed, the system's libjack stays what
# it is, and no rights are needed.  What is there already is left alone.
#
#   tools/servers.sh [jack1] [pipewire]     both by default
#
# tools/with_server.sh runs a command with one of them.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
die() {
    say "servers: $*" >&2
    exit 1
}

# What to unpack, as Debian calls it, one a line.
packages_of() {
    case $1 in
    jack1) printf '%s\n' jackd1 libjack0 ;;
    pipewire)
        local wanted=(pipewire pipewire-bin pipewire-jack libpipewire-0.3-modules
            libspa-0.2-modules)
        # Its name has a suffix since Debian's times have 64 bits.
        wanted+=("$(apt-cache search --names-only '^libpipewire-0\.3-0(t64)?$' | cut -d ' ' -f 1)")
        # With the libraries that this machine lacks for them.
        {
            printf '%s\n' "${wanted[@]}"
            apt-get install -s --no-install-recommends "${wanted[@]}" | awk '$1 == "Inst" { print $2 }'
        } | sort -u
        ;;
    esac
}

fetch() {
    local kind=$1 folder=build/servers/$1 packages
    # An unfinished one leaves no list behind, and is done again.
    [ ! -e "$folder/packages" ] || return 0
    packages=$(packages_of "$kind") || return 1
    say "Fetching with apt-get, into $folder: ${packages//$'\n'/ }"
    rm -rf "$folder"
    mkdir -p "$folder/debs"
    # shellcheck disable=SC2086 # they are words
    (cd "$folder/debs" && apt-get -q -o APT::Sandbox::User=root download $packages >/dev/null) ||
        return 1
    for package in "$folder"/debs/*.deb; do
        dpkg -x "$package" "$folder"
    done
    rm -r "$folder/debs"
    say "$packages" >"$folder/packages"
}

has() { command -v "$1" >/dev/null 2>&1; }

update_lists() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || return 1
        as_root=(sudo)
    fi
    say "Fetching apt-get's lists of packages"
    "${as_root[@]}" apt-get -q update >/dev/null
}

kinds=("$@")
[ $# -gt 0 ] || kinds=(jack1 pipewire)
has apt-get && has dpkg || die "this takes Debian's apt-get and dpkg"
for kind in "${kinds[@]}"; do
    case $kind in
    jack1 | pipewire) ;;
    *) die "jack1 or pipewire was expected, $kind came" ;;
    esac
    # The lists may be too old, or none may be there.
    fetch "$kind" || { update_lists && fetch "$kind"; } || die "could not fetch $kind"
done
