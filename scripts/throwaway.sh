#!/bin/sh
# Run a command on a copy of this machine that is thrown away: scripts/throwaway.sh COMMAND…
# Whatever it installs, starts, changes or removes is gone when it ends: an overlay over the root file system, with
# processes of its own. It shares the network, since packages come from there. Needs root. THROWAWAY_ROOT=FOLDER takes
# another system's root in place of this one's (a folder that debootstrap made); this project and its Python are bound into it.
set -eu

fail() {
    printf 'throwaway: %s\n' "$1" >&2
    exit 1
}

if [ "${THROWAWAY_STAGE:-}" != inside ]; then
    [ "$(id -u)" = 0 ] || fail 'this needs root: sudo make test-root'
    folder=$(mktemp -d "${TMPDIR:-/tmp}/throwaway.XXXXXX")
    status=0
    THROWAWAY_STAGE=inside THROWAWAY_FOLDER=$folder unshare --mount --pid --fork --kill-child sh "$0" "$@" || status=$?
    rm -rf --one-file-system "$folder"
    exit "$status"
fi

root=$THROWAWAY_FOLDER/root
lower=${THROWAWAY_ROOT:-/}
mkdir "$root"
layer() { # where what is written goes
    mkdir -p "$1/upper" "$1/work" && mount -t overlay overlay -o "lowerdir=$lower,upperdir=$1/upper,workdir=$1/work" "$root" 2>/dev/null
}
# Not every file system can be written through an overlay, another overlay (a container's root) for one: memory can.
if ! layer "$THROWAWAY_FOLDER"; then
    mkdir "$THROWAWAY_FOLDER/memory"
    mount -t tmpfs throwaway "$THROWAWAY_FOLDER/memory"
    layer "$THROWAWAY_FOLDER/memory" || fail 'no overlay can be mounted here (a container?): run it on a machine or VM of your own'
fi

visible() { # bind a folder that the layer does not show
    if [ "$(stat -c %d:%i "$1")" != "$(stat -c %d:%i "$root$1" 2>/dev/null)" ]; then
        mkdir -p "$root$1"
        mount --rbind "$1" "$root$1"
    fi
}
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
# Nothing of the running system is to be found: no init system, no sockets of its daemons.
mount -t tmpfs run "$root/run"
mkdir -p "$root/run/lock"
cp --remove-destination "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
visible "$(pwd)"
[ -z "${THROWAWAY_PYTHON:-}" ] || visible "$THROWAWAY_PYTHON"

# Not exec: this shell is process 1 of the layer, and has to reap what daemons leave behind.
THROWAWAY_STAGE=running chroot "$root" sh -c 'cd "$0" && "$@"' "$(pwd)" "$@"
