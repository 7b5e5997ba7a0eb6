#!/usr/bin/env bash
# Run a command with another JACK than the system's: with its libjack, its programs first on
# PATH, and what these look for.
#
#   tools/with_server.sh jack1|pipewire COMMAND [ARGUMENT]...
#
# tools/servers.sh fetches what is needed.
set -euo pipefail

kind=$1
shift
folder=$(cd "$(dirname "$0")/.." && pwd)/build/servers/$kind
libraries=$(echo "$folder"/usr/lib/*-linux-*)
if [ ! -e "$folder/packages" ] || [ ! -d "$libraries" ]; then
    echo "with_server: $folder is not there; tools/servers.sh $kind makes it" >&2
    exit 1
fi

export PATH=$folder/usr/bin:$PATH # libjack1 asks `jackd` where its files are
case $kind in
jack1)
    export LD_LIBRARY_PATH=$libraries JACK_DRIVER_DIR=$libraries/jack
    ;;
pipewire)
    export LD_LIBRARY_PATH=$libraries/pipewire-0.3/jack:$libraries
    export PIPEWIRE_MODULE_DIR=$libraries/pipewire-0.3 SPA_PLUGIN_DIR=$libraries/spa-0.2
    export PIPEWIRE_CONFIG_DIR=$folder/usr/share/pipewire
    ;;
esac
exec "$@"
