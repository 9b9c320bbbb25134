"""The files of a new recipe: it works as it stands, and says in comments what may be changed."""

from __future__ import annotations

from collections.abc import Mapping

RECIPE = """\
# What can be installed, and how. `installcast recipes check` says whether it holds.
key: @KEY@                             # the name of this folder
name: {en: @KEY@, zh: @KEY@}
summary: {en: One sentence that says what it is., zh: 一句话说明。}

# tags: [{en: database, zh: 数据库}]    # to find it by
versions: [latest]                      # the first is the default; "1.*" allows all that fit
# platforms: [debian, ubuntu, rhel]     # ID or ID_LIKE of /etc/os-release; nothing: everywhere
requires_root: false
# locks: [dpkg]                         # tasks that share a lock wait for each other
timeout: 1800                           # seconds

# A parameter reaches the scripts as the environment variable `env`, checked; nothing else does.
parameters:
  - name: greeting
    env: GREETING
    type: string                        # or integer, number, boolean, enum
    default: hello
    help: {en: What to say., zh: 问候语。}
#  - {name: port, env: PORT, type: integer, minimum: 1, maximum: 65535, default: 8080}
#  - {name: pwd, env: ADMIN_PASSWORD, type: string, secret: true, required: true, min_length: 8}

# Steps give the progress its scale; a script announces them with `step 1 2 "Prepare"`.
steps:
  - {title: {en: Prepare, zh: 准备}, weight: 1}
  - {title: {en: Install, zh: 安装}, weight: 4}

# What an uninstall leaves; `unless` is a boolean parameter of the uninstall that removes it, too.
# keeps:
#  - {text: {en: The data in /var/lib/@KEY@, zh: /var/lib/@KEY@ 中的数据}, unless: purge}

# The scripts; install is the only one that has to be there.
actions:
  install: install.sh
  verify: verify.sh                     # runs after it; if it fails, the install has failed
  uninstall: uninstall.sh
#  precheck: precheck.sh                # before anything is changed: ports, disk space, conflicts
#  upgrade: upgrade.sh
#  rollback: rollback.sh                # after a failure
"""

INSTALL = """\
#!/bin/sh
# Runs in a folder of its own. Its exit status decides: 0 is a success, everything else a failure.
set -eu
. "$INSTALLCAST_SH"                     # step, progress, warn, secret, die, result

step 1 2 "Prepare"
printf 'Installing %s %s\\n' "$INSTALLCAST_KEY" "$INSTALLCAST_VERSION"

step 2 2 "Install"
printf '%s\\n' "$GREETING"
progress 50                             # percent of this step
# [ -e /some/file ] || die SOME_CODE "What the reader can do about it."
"""

VERIFY = """\
#!/bin/sh
# Ask the installed thing itself: its version, an answer on its port.
set -eu
printf 'It is there.\\n'
"""

UNINSTALL = """\
#!/bin/sh
set -eu
printf 'Removing %s\\n' "$INSTALLCAST_KEY"
"""

FILES: Mapping[str, str] = {
    "recipe.yaml": RECIPE,
    "install.sh": INSTALL,
    "verify.sh": VERIFY,
    "uninstall.sh": UNINSTALL,
}
"""File name → text; ``@KEY@`` stands for the key."""
