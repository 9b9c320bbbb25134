#!/bin/bash
# Boot systemd on a copy of this machine that is thrown away, without network, and run a script in it as a service:
#   boot_systemd.sh FOLDER SCRIPT [VISIBLE…]
# FOLDER is empty and gets what the script writes to /out. VISIBLE are folders that the copy has to show. Needs root.
set -euo pipefail
if [ "${BOOT_STAGE:-}" != inside ]; then
    BOOT_STAGE=inside exec timeout --kill-after=5 90 \
        unshare --mount --pid --cgroup --net --fork --kill-child bash "$0" "$@"
fi
folder=$1 script=$2
shift 2
layer=/mnt
root=$layer/root
mount -t tmpfs layer "$layer"
mkdir "$root" "$layer/upper" "$layer/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs run "$root/run"
mkdir "$root/out"
mount --bind "$folder" "$root/out"
for visible in "$@"; do
    mkdir -p "$root$visible"
    mount --rbind "$visible" "$root$visible"
done
# Nothing of this machine's own services: the script is all that starts.
units=$root/etc/systemd/system
rm -rf "${units:?}"/* "$root"/lib/systemd/system/*.wants "$root"/usr/lib/systemd/system/*.wants
for target in sysinit basic probe; do
    printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
cat >"$units/probe.service" <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash $script
StandardOutput=append:/out/probe.txt
StandardError=append:/out/probe.txt
ExecStopPost=/bin/systemctl --force --force poweroff
UNIT
mkdir "$units/probe.target.wants"
ln -s ../probe.service "$units/probe.target.wants/"
exec chroot "$root" env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /usr/lib/systemd/systemd --unit=probe.target --log-target=null --show-status=no </dev/null >/dev/null 2>&1
