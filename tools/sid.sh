#!/usr/bin/env bash
# Run a command in a Debian of its own, with this tree at /rtjack: sid, whose Pythons, JACK2
# and PipeWire are the newest ones.  As root.
#
#   tools/sid.sh [COMMAND [ARGUMENT]...]       without one it makes the folder only
#   tools/sid.sh tools/test_pythons.sh --only 3.14 tests/unit
#
# The system lies in $SID (default build/sid; about 2 GB), made by debootstrap on first use;
# remove that to have it made anew.  What is built for it lies there too: it has a .venvs and
# a build/ for itself.  $SUITE names another release, $MIRROR another mirror.
set -euo pipefail
cd "$(dirname "$0")/.."

tree=$PWD
suite=${SUITE:-sid}
folder=${SID:-$tree/build/$suite}
mirror=${MIRROR:-http://deb.debian.org/debian}
packages=(ca-certificates git make python3 python3-dev python3-venv python3-dbg jackd2
    jack-example-tools libjack-jackd2-dev gcc libc6-dev espeak-ng graphviz iproute2 gdb
    binutils procps pkgconf xz-utils)

say() { printf '%s\n' "$*"; }
die() {
    say "sid: $*" >&2
    exit 1
}

# How this machine reaches the network: names, certificates, where apt and pip look.
copy_network() {
    local file
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf; do
        [ ! -e "$file" ] || cp --dereference "$file" "$folder$file"
    done
    apt-config dump | grep -E '^Acquire::(https?|Check|ForceIPv)' \
        >"$folder/etc/apt/apt.conf.d/90network" || true
    mkdir -p "$folder/usr/local/share/ca-certificates"
    find /usr/local/share/ca-certificates -name '*.crt' -exec \
        cp -t "$folder/usr/local/share/ca-certificates" {} +
}

make_folder() {
    [ ! -e "$folder/.made" ] || return 0
    command -v debootstrap >/dev/null || die "this takes debootstrap: apt-get install debootstrap"
    say "Making a Debian $suite in $folder"
    rm -rf --one-file-system "$folder"
    mkdir -p "$folder"
    debootstrap --variant=minbase "$suite" "$folder" "$mirror" >"$folder.log" 2>&1 ||
        die "debootstrap failed; $folder.log tells why"
    copy_network
    mkdir "$folder/rtjack" "$folder/rtjack.venvs" "$folder/rtjack.build"
    enter sh -c "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
        --no-install-recommends ${packages[*]} && update-ca-certificates &&
        if apt-cache show python3.15 >/dev/null 2>&1; then
            DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
                python3.15 python3.15-dev python3.15-venv python3.15-dbg
        fi" >>"$folder.log" 2>&1 || die "the packages could not be installed; see $folder.log"
    touch "$folder/.made" # an unfinished one has no such file
}

# Run a command in it.  The mounts are seen by that command alone, and end with it.
enter() {
    mkdir -p .venvs build
    unshare --mount --ipc bash -euc '
        tree=$1 folder=$2
        shift 2
        mount -t proc proc "$folder/proc"
        mount -t sysfs sysfs "$folder/sys"
        mount -t tmpfs none "$folder/dev"
        for device in null zero full random urandom tty; do
            touch "$folder/dev/$device"
            mount --bind "/dev/$device" "$folder/dev/$device"
        done
        mkdir "$folder/dev/shm" "$folder/dev/pts"
        mount -t tmpfs -o mode=1777 none "$folder/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666 devpts "$folder/dev/pts"
        ln -s pts/ptmx "$folder/dev/ptmx"
        ln -s /proc/self/fd "$folder/dev/fd"
        for n in 0:stdin 1:stdout 2:stderr; do
            ln -s "/proc/self/fd/${n%:*}" "$folder/dev/${n#*:}"
        done
        mount -t tmpfs -o mode=1777 none "$folder/tmp"
        mount --bind "$tree" "$folder/rtjack"
        mount --bind "$folder/rtjack.venvs" "$folder/rtjack/.venvs"
        mount --bind "$folder/rtjack.build" "$folder/rtjack/build"
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            HOME=/root USER=root LANG=C.UTF-8 TERM=dumb WITH="${WITH:-}" \
            PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
            SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
            chroot "$folder" sh -c "cd /rtjack && exec \"\$@\"" sh "$@"
    ' bash "$tree" "$folder" "$@"
}

[ "$(id -u)" -eq 0 ] || die "this takes root, for debootstrap, mount and chroot"
make_folder
[ $# -eq 0 ] || enter "$@"
