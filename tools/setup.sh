#!/usr/bin/env bash
# Make the machine and .venv ready: what the system lacks is installed with apt-get, then
# the package is built from this tree and installed, with its test extras, into .venv.
# What is there already is left alone, so a second run does next to nothing.
#
#   tools/setup.sh            uses $PYTHON, else python3; $VENV, else .venv
#   tools/setup.sh demo       without what only the tests need
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${VENV:-$PWD/.venv}
python=${PYTHON:-python3}
extra=${1:-test} # of pyproject.toml

say() { printf '%s\n' "$*"; }
die() {
    say "setup: $*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# The packages that this machine lacks, one a line.
missing_packages() {
    has jackd || echo jackd2
    compgen -G '/usr/lib/*/libjackserver.so.0' >/dev/null ||
        compgen -G '/usr/*/libjackserver.so.0' >/dev/null || echo libjack-jackd2-0
    [ -e /usr/include/jack/jack.h ] || echo libjack-jackd2-dev
    has cc || has gcc || printf '%s\n' gcc
    [ -e /usr/include/stdio.h ] || echo libc6-dev
    has espeak-ng || echo espeak-ng
    [ "$extra" != test ] || missing_packages_of_tests
    missing_python_packages
}

missing_packages_of_tests() {
    has dot || echo graphviz                       # pyjack graph
    has ip || [ -x /usr/sbin/ip ] || echo iproute2 # two hosts for the network
    has zsh || echo zsh                            # what these complete
    has fish || echo fish
}

missing_python_packages() {
    if ! has "$python"; then
        printf '%s\n' python3 python3-dev python3-venv
        return
    fi
    "$python" - <<'PYTHON'
import importlib.util, os, sys, sysconfig

release = "python%d.%d" % sys.version_info[:2]
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print(release + "-dev")
if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
    print(release + "-venv")
PYTHON
}

install_packages() {
    local missing as_root=()
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -gt 0 ] || return 0
    has apt-get || die "this takes what Debian calls: ${missing[*]}. Install it by hand, then run this again."
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || die "run as root, or install sudo: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing with apt-get: ${missing[*]}"
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q)
    "${as_root[@]}" update >/dev/null || say "apt-get update failed; going on with the lists that are there"
    "${as_root[@]}" install -y --no-install-recommends "${missing[@]}"
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] || die "still missing after the installation: ${missing[*]}"
}

# Which Python, where: a .venv made for another one is made anew.
venv_key() {
    "$python" -c 'import sys, sysconfig
print(sys.version, sys.base_prefix, sysconfig.get_config_var("SOABI"))'
    say "$venv"
}

# What the installed package was made from.
source_key() {
    find src tools/docstrings.py tools/undefined.py meson.build pyproject.toml -type f \
        -not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum
}

make_venv() {
    local key
    key=$(venv_key)
    [ "$(cat "$venv/.made-with" 2>/dev/null)" != "$key" ] || return 0
    say "Making .venv with $("$python" -V)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    say "$key" >"$venv/.made-with"
}

# A list of requirements in pyproject.toml, one a line: listed "build-system.requires".
listed() {
    "$venv/bin/python" - "$1" <<'PYTHON'
import sys, tomllib

with open("pyproject.toml", "rb") as file:
    found = tomllib.load(file)
for key in sys.argv[1].split("."):
    found = found[key]
print(*found, sep="\n")
PYTHON
}

# Pythons that not everything has a release for yet: free-threaded ones, and the newest.
is_ahead() {
    "$venv/bin/python" -c 'import sys, sysconfig
sys.exit(not (sysconfig.get_config_var("Py_GIL_DISABLED") or sys.version_info >= (3, 15)))'
}

# There, what has no wheel is left out, and the tests that need it are skipped.
install_what_there_is() {
    local requirement requirements
    mapfile -t requirements < <(listed "project.optional-dependencies.$extra")
    for requirement in "${requirements[@]}"; do
        "$venv/bin/python" -m pip install -q --only-binary :all: "$requirement" 2>/dev/null ||
            say "Left out, since it has no wheel for this Python: $requirement"
    done
}

# Installed from this very source, with this extra or with that of the tests?
is_installed() {
    local installed
    installed=$(cat "$venv/.installed-from" 2>/dev/null)
    [ "$installed" = "$1 $extra" ] || [ "$installed" = "$1 test" ]
}

install_package() {
    local key requirements what=".[$extra]"
    key=$(source_key)
    ! is_installed "$key" || return 0
    say "Building and installing the package into .venv"
    mapfile -t requirements < <(listed build-system.requires)
    "$venv/bin/python" -m pip install -q "${requirements[@]}"
    if is_ahead; then
        install_what_there_is
        what=.
    fi
    # An unfinished build leaves no key behind, and is done again.
    rm -f "$venv/.installed-from"
    PATH="$venv/bin:$PATH" "$venv/bin/python" -m pip install -q --no-build-isolation \
        --config-settings="build-dir=$venv/build" "$what"
    say "$key $extra" >"$venv/.installed-from"
}

install_packages
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "Python 3.11 or newer is needed, $("$python" -V) came; set PYTHON to another one"
make_venv
install_package
