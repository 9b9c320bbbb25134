#!/bin/sh
# Set up what a make target needs: `run` (Installcast and what it imports), `dev` (the tools of a developer, too),
# `browser` (a Chromium for the tests), `faults` and `soak` (what injects faults), `peers` (what stands
# beside us in benchmarks). Each does nothing when it was done before. Failures end with one line that says what to do.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf 'installcast: %s\n' "$1" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail 'Python 3.11 or newer is needed and was not found. Install it, or name it: make PYTHON=/path/to/python3 …'
}

make_venv() {
    [ -x .venv/bin/pip ] && return
    python=$(find_python)
    printf 'Making .venv with %s …\n' "$("$python" --version)"
    "$python" -m venv .venv 2>.venv.log || {
        rm -rf .venv .venv.log
        fail "$python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv"
    }
    rm -f .venv.log
}

pip_install() { # what to say, what to install
    printf '%s …\n' "$1"
    shift
    log=.build/pip.log
    .venv/bin/pip install --quiet --disable-pip-version-check "$@" >"$log" 2>&1 && return
    if grep -qiE 'NewConnectionError|Name or service not known|Temporary failure|Network is unreachable|ConnectTimeout|SSLError|ProxyError' "$log"; then
        fail 'No package index can be reached. Check the network, or the proxy in HTTPS_PROXY, then run the same command again.'
    fi
    tail -n 5 "$log" >&2
    fail "pip failed; the whole story is in $log"
}

newer() { # whether the stamp $1 is younger than pyproject.toml
    [ -e "$1" ] && [ -z "$(find pyproject.toml -newer "$1")" ]
}

set_up_run() {
    mkdir -p .build
    make_venv
    if newer .build/dev || newer .build/run; then return; fi
    pip_install 'Installing Installcast' --editable .
    touch .build/run
}

set_up_node_modules() {
    stamp=.build/npm
    if [ -e "$stamp" ] && [ -d web/node_modules ] && [ -z "$(find web/package-lock.json -newer "$stamp")" ]; then return; fi
    printf 'Installing the tools of the pages …\n'
    PATH="$PWD/.venv/bin:$PATH" npm --prefix web ci --no-audit --no-fund --loglevel=error >.build/npm.log 2>&1 || {
        tail -n 5 .build/npm.log >&2
        fail 'npm failed; the whole story is in .build/npm.log'
    }
    touch "$stamp"
}

set_up_dev() {
    mkdir -p .build
    make_venv
    if ! newer .build/dev; then
        pip_install 'Installing Installcast and its development tools' --editable '.[dev]'
        touch .build/dev
    fi
    set_up_node_modules
}

apt_install() { # what for, packages
    purpose=$1
    shift
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    printf 'Installing Debian packages for %s: %s …\n' "$purpose" "$*"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >.build/apt.log 2>&1 ||
        fail "$* could not be installed; the whole story is in .build/apt.log"
}

missing() { # program:package … → the packages whose programs are not there
    for pair in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || printf '%s ' "${pair#*:}"
    done
}

set_up_browser() {
    for candidate in chromium chromium-browser google-chrome; do
        command -v "$candidate" >/dev/null 2>&1 && return
    done
    apt_install 'the browser tests' chromium ||
        printf 'No Chromium here, and only root can install one (apt-get install chromium): the browser tests are left out.\n' >&2
}

set_up_programs() { # what for, program:package …
    purpose=$1
    shift
    packages=$(missing "$@")
    # shellcheck disable=SC2086 - a list of words
    [ -z "$packages" ] || apt_install "$purpose" $packages || fail "$purpose need these packages: apt-get install $packages"
}

set_up_faults() {
    set_up_programs 'the fault tests' strace:strace unshare:util-linux
    # Of the tests that only root can run. Not started here: they boot it in namespaces of its own.
    [ "$(id -u)" != 0 ] || set_up_programs 'the tests of units and of other users' /lib/systemd/systemd:systemd sudo:sudo
}

set_up_soak() {
    [ "$(id -u)" = 0 ] || fail 'make soak mounts file systems, makes networks and boots a systemd: run it as root'
    set_up_faults
    set_up_programs 'the long fault tests' ip:iproute2 nft:nftables nginx:nginx-light mkfs.ext4:e2fsprogs mkfs.xfs:xfsprogs
}

set_up_peers() {
    packages=$(missing nginx:nginx-light websocketd:websocketd)
    [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || packages="$packages libnginx-mod-nchan"
    # shellcheck disable=SC2086 - a list of words
    [ -z "$packages" ] || apt_install 'the benchmarks' $packages ||
        printf 'Measured without %s: only root can install them.\n' "$packages" >&2
}

case "${1:-}" in
run) set_up_run ;;
dev) set_up_dev ;;
browser) set_up_browser ;;
faults) set_up_faults ;;
soak) set_up_soak ;;
peers) set_up_peers ;;
*) fail 'usage: setup.sh run|dev|browser|faults|soak|peers' ;;
esac
