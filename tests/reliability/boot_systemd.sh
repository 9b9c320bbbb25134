#!/bin/bash
# Boot systemd on a copy of this machine that is thrown away, and boot it again, however it went down, until FOLDER/off is:
#   boot_systemd.sh FOLDER [VISIBLE…]
# FOLDER is the copy's /outside: what is in FOLDER/root is copied over its own files, and systemd tells FOLDER/notify
# when it is up. VISIBLE are folders that the copy has to show, to be read. Needs root.
#
# Nothing of it reaches the machine: file systems, processes, network, names and control groups are its own, /sys and
# /proc/sys are read-only, and it may not set the clock. What survives a reboot is what was written to its disk. It dies
# with whoever started this.
set -euo pipefail
folder=$1
layer=/mnt
root=$layer/root
case "${BOOT_STAGE:-}" in
'')
    # As the root of its cgroup namespace the copy must not get the cgroup that all processes of the machine are in.
    hierarchy=$(awk '$(NF-2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
    cgroup=$hierarchy$(sed -n 's/^0:://p' /proc/self/cgroup)/installcast-test-$$
    mkdir "$cgroup"
    trap 'find "$cgroup" -depth -type d -exec rmdir {} +' EXIT
    status=0
    (
        echo 0 >"$cgroup/cgroup.procs"
        BOOT_STAGE=layer exec setpriv --pdeathsig=KILL unshare --mount --fork --kill-child bash "$0" "$@"
    ) || status=$?
    exit "$status"
    ;;
layer)
    mount -t tmpfs layer "$layer"
    mkdir "$root" "$layer/upper" "$layer/work"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$root"
    # Nothing of this machine's own services, and none of its disks.
    rm -rf "$root"/etc/systemd/system/* "$root"/etc/rc?.d/* "$root"/{,usr/}lib/systemd/system/*.wants
    : >"$root/etc/fstab"
    mkdir "$root/outside"
    cp -r "$folder/root/." "$root"
    while [ ! -e "$folder/off" ]; do
        rm -f "$layer/booted"
        BOOT_STAGE=boot setpriv --pdeathsig=KILL unshare --mount --pid --cgroup --net --ipc --uts --fork --kill-child \
            bash "$0" "$@" 2>"$layer/errors" &
        status=0
        # Quietly: it ends by a signal, whether it is told to reboot or not.
        wait "$!" 2>/dev/null || status=$?
        [ -e "$layer/booted" ] || {
            cat "$layer/errors" >&2
            exit "$status"
        }
    done
    ;;
boot)
    shift
    mount -t proc proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    for place in dev run tmp; do
        mount -t tmpfs -o mode=755 "$place" "$root/$place"
    done
    chmod 1777 "$root/tmp"
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    for place in "$@"; do
        # The copy shows what lies on the machine's root file system, and nothing that is mounted on it.
        [ -z "$(ls -A "$root$place" 2>/dev/null)" ] || continue
        mkdir -p "$root$place"
        mount --bind "$place" "$root$place"
        mount -o remount,bind,ro "$root$place"
    done
    mount --bind "$folder" "$root/outside"
    # The kernel's is the machine's, and stays the same.
    cat /proc/sys/kernel/random/uuid >"$root/run/boot_id"
    mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
    touch "$layer/booted"
    cd "$root"
    pivot_root . mnt
    umount --lazy /mnt
    exec chroot . setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog \
        env -i container=other NOTIFY_SOCKET=/outside/notify PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --unit=multi-user.target --log-target=null --show-status=no </dev/null >/dev/null 2>&1
    ;;
esac
