"""Programs that do the same whatever their arguments are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from installcast.parse.programs import building, fetching, system
from installcast.parse.programs.job import Job, Phrase

_ALTERNATIVE = Phrase("Set the default", "设置默认版本")
_LIBRARIES = Phrase("Refresh the library cache", "刷新动态库缓存")
_LOCALES = Phrase("Generate locales", "生成语言环境")
_BOOT = Phrase("Refresh the boot files", "更新启动文件")
_FIREWALL = Phrase("Set firewall rules", "设置防火墙")
_KERNEL = Phrase("Set kernel parameters", "设置内核参数")
_MODULE = Phrase("Load a kernel module", "加载内核模块")
_DISK = Phrase("Prepare the disk", "准备磁盘")
_SWAP = Phrase("Set up swap", "设置交换空间")
_REBOOT = Phrase("Restart the machine", "重启系统")
_PLAY = Phrase("Run the Ansible playbook", "运行 Ansible playbook")
_ROLES = Phrase("Install Ansible roles", "安装 Ansible 角色")
_PATCH = Phrase("Apply a patch", "打补丁")
_MANUALS = Phrase("Refresh the manual pages", "更新手册索引")
_FONTS = Phrase("Refresh the font cache", "刷新字体缓存")
_ALIASES = Phrase("Refresh the mail aliases", "刷新邮件别名")
_ELSEWHERE = Phrase("Run on another machine", "在远程主机上运行")  # the host is nobody's business
_WAIT = Phrase("Wait for what runs in the background", "等待后台任务")

_TABLE: Sequence[tuple[str, Phrase, float]] = (
    ("update-alternatives alternatives", _ALTERNATIVE, 0.1),
    ("ldconfig", _LIBRARIES, 0.1),
    ("locale-gen localedef", _LOCALES, 3),
    ("update-grub grub-mkconfig grub2-mkconfig", _BOOT, 4),
    ("update-initramfs dracut mkinitcpio", _BOOT, 12),
    ("ufw firewall-cmd", _FIREWALL, 0.5),
    ("iptables ip6tables nft", _FIREWALL, 0.05),
    ("sysctl", _KERNEL, 0.05),
    ("modprobe", _MODULE, 0.2),
    ("mkfs mkfs.ext4 mkfs.xfs mkfs.btrfs parted", _DISK, 1.5),
    ("mkswap swapon fallocate", _SWAP, 0.1),
    ("reboot shutdown poweroff", _REBOOT, 1),
    ("ansible-playbook", _PLAY, 60),
    ("ansible-galaxy", _ROLES, 6),
    ("patch", _PATCH, 0.1),
    ("mandb", _MANUALS, 3),
    ("fc-cache", _FONTS, 2),
    ("newaliases postmap", _ALIASES, 0.2),
    ("ctest pytest tox prove", building.TEST, 20),
    ("rsync scp sftp rclone", fetching.COPY, 4),
    ("ssh", _ELSEWHERE, 3),
    ("wait", _WAIT, 5),
    ("mysql_secure_installation", system.SQL, 1),
)

JOBS: Mapping[str, Job] = {
    name: Job(phrase, (), seconds) for names, phrase, seconds in _TABLE for name in names.split()
}
