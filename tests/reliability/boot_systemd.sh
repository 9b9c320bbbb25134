#!/bin/bash
# Boot systemd on a copy of this machine that is thrown away, and boot it again, however it went down, until FOLDER/off is:
#   boot_systemd.sh FOLDER [VISIBLE…]
# FOLDER is the copy's /outside: what is in FOLDER/root is copied over its own files, and systemd tells FOLDER/notify
# when it is up. VISIBLE are folders that the copy has to show, to be read. With BOOT_MEMORY=1 it gets a memory controller.
# Needs root.
#
# Nothing of it reaches the machine: file systems, processes, network, names and control groups are its own, /sys and
# /proc/sys are read-only, and it may not set the clock. What survives a reboot is what was written to its disk. It dies
# with whoever started this.
set -euo pipefail
folder=$1
layer=/mnt
root=$layer/root

own_cgroup() { # type of file system, controller: where the group of this process lies; fails where there is none
    local mounted path
    mounted=$(awk -v type="$1" -v name="$2" '$(NF-2) == type && (name == "" || index("," $NF ",", "," name ",")) {
        print $5; exit }' /proc/self/mountinfo)
    path=$(awk -F: -v name="$2" 'name == "" ? $2 == "" : index("," $2 ",", "," name ",") { print $3; exit }' /proc/self/cgroup)
    [ -n "$mounted" ] && printf '%s%s' "$mounted" "${path%/}"
}

case "${BOOT_STAGE:-}" in
'')
    # As the root of its cgroup namespaces the copy must not get the cgroups that all processes of the machine are in.
    name=installcast-test-$$
    unified=$(own_cgroup cgroup2 "")
    groups=("$unified/$name")
    if [ "${BOOT_MEMORY:-}" = 1 ] && memory=$(own_cgroup cgroup memory); then
        groups+=("$memory/$name" "$(own_cgroup cgroup name=systemd)/$name")
    elif [ "${BOOT_MEMORY:-}" = 1 ]; then
        echo +memory >"$unified/cgroup.subtree_control"
    fi
    for group in "${groups[@]}"; do
        for left in "${group%-*}"-*; do # by one that was killed
            [ ! -d "$left" ] || [ -e "/proc/${left##*-}" ] || find "$left" -depth -type d -exec rmdir {} +
        done
    done
    mkdir "${groups[@]}"
    trap 'find "${groups[@]}" -depth -type d -exec rmdir {} +' EXIT
    status=0
    (
        for group in "${groups[@]}"; do echo 0 >"$group/cgroup.procs"; done
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
    if [ "${BOOT_MEMORY:-}" = 1 ] && own_cgroup cgroup memory >/dev/null; then
        # The machine's is of version 1, and so is the copy's.
        mount -t tmpfs cgroups "$root/sys/fs/cgroup"
        mkdir "$root"/sys/fs/cgroup/{unified,systemd,memory}
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
        mount -t cgroup -o none,name=systemd systemd "$root/sys/fs/cgroup/systemd"
        mount -t cgroup -o memory memory "$root/sys/fs/cgroup/memory"
        # systemd would mount all others, and put its groups into those of the machine.
        mount -o remount,ro "$root/sys/fs/cgroup"
    else
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    fi
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
