#!/bin/sh
# Run a command with /dev/shm for itself: JACK keeps its servers, eight at most for all of
# a machine, and its clients there.  So the tests neither disturb other servers nor are
# disturbed.  Where the system gives no right to do that, the command just runs.
#
#   tools/alone.sh COMMAND [ARGUMENT]...
set -u

mount='mount -t tmpfs none /dev/shm'
# In a namespace of its own the first of System V's segments gets the number 0, which an
# emptied entry of JACK1's list of them names, too.  It must not be that list: once that was
# found removed in the midst of a run, and no client could be opened any more.
first='{ ipcmk -M 1 >/dev/null 2>&1 || :; }'

# As root; else as root of a user namespace in which one remains who one is.
for rights in '' '--user --map-current-user --keep-caps'; do
    # shellcheck disable=SC2086 # they are words
    if unshare $rights --mount --ipc sh -c "$mount" 2>/dev/null; then
        exec unshare $rights --mount --ipc sh -c "$mount && $first"' && exec "$@"' sh "$@"
    fi
done
exec "$@"
