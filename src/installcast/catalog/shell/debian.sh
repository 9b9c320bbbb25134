# shellcheck shell=bash
# What the recipes for Debian and Ubuntu share: apt, services, ports, and putting things back.
# Use it after "$INSTALLCAST_SH":  . "$INSTALLCAST_LIB/debian.sh"
# Everything runs under `set -euo pipefail`; a function that fails ends the script, most with a hint what to do.

export DEBIAN_FRONTEND=noninteractive
export LC_ALL=C.UTF-8
APT_LOCK_SECONDS=600 # as in every task, whatever its scripts are (APT_CONFIG)

# --- packages ------------------------------------------------------------------------------------------------------

# apt_get ARG…: waits for other package managers. A configuration file that somebody changed stays as it is.
apt_get() {
    apt-get -y -o DPkg::Lock::Timeout="$APT_LOCK_SECONDS" -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# finish_interrupted: completes what a dpkg that was killed (a cancel, a power cut) has left half done; until then apt refuses
# to work. While another one is at work it has the lock, and this does nothing.
finish_interrupted() {
    compgen -G '/var/lib/dpkg/updates/[0-9]*' >/dev/null || return 0
    echo 'An earlier run of dpkg was interrupted: completing it.'
    dpkg --force-confdef --force-confold --configure -a || true
}

# apt_update: refreshes the package lists. apt does not wait for the lock of these, so we do. A repository that cannot
# be reached is no reason to stop: the lists that are there may do.
apt_update() {
    local log deadline=$((SECONDS + APT_LOCK_SECONDS))
    finish_interrupted
    log=$(mktemp)
    while ! apt_get update 2>&1 | tee "$log"; do
        if ! grep -q 'Could not get lock' "$log" || ((SECONDS > deadline)); then
            warn 'Not all package lists could be refreshed; going on with those that are here.'
            break
        fi
        echo 'Waiting for the lock of the package lists.'
        sleep 3
    done
    rm -f "$log"
}

# apt_install PACKAGE…: installs or completes them, without what is only recommended. Configuration files that are missing come
# back: dpkg would leave a package without them that was removed some time ago, and its folder in /etc by hand.
apt_install() {
    apt_get -o Dpkg::Options::=--force-confmiss install --no-install-recommends "$@"
}

# apt_upgrade PACKAGE…: brings those that are installed up to date, and installs none.
apt_upgrade() {
    apt_get install --no-install-recommends --only-upgrade "$@"
}

# apt_remove PACKAGE…: removes those that are installed, and what nothing needs any more because of that (what was
# unneeded before is none of our business). With PURGE=true their configuration goes, too.
apt_remove() {
    local package present=() mode=remove unneeded_before=() unneeded=()
    [ "${PURGE:-false}" != true ] || mode=purge
    for package in "$@"; do
        case $(package_state "$package") in
        not-installed) ;;
        config-files) [ "$mode" = remove ] || present+=("$package") ;;
        *) present+=("$package") ;;
        esac
    done
    ((${#present[@]} > 0)) || return 0
    mapfile -t unneeded_before < <(unneeded_packages)
    apt_get "$mode" "${present[@]}"
    # Two are used by programs that do not depend on them.
    mapfile -t unneeded < <(unneeded_packages | grep -vxF -f <(printf '%s\n' "${unneeded_before[@]}" locales ca-certificates) || true)
    ((${#unneeded[@]} == 0)) || apt_get "$mode" "${unneeded[@]}"
}

# unneeded_packages: prints what `apt-get autoremove` would remove now.
unneeded_packages() {
    apt-get -s -o Debug::NoLocking=true autoremove | sed -nE 's/^Remv ([^ ]+).*/\1/p'
}

# package_state PACKAGE: prints for example installed, half-configured, config-files (removed but not purged), not-installed.
package_state() {
    dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || printf not-installed
}

# installed_version PACKAGE: prints its version, nothing when it is not installed.
installed_version() {
    dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' || true
}

# candidate_version PACKAGE: prints the version that apt would install, nothing when it knows none.
candidate_version() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -vx '(none)' || true
}

# installed_packages GLOB… (one at least): prints the names of the installed packages that match.
installed_packages() {
    dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true
}

# dependency PACKAGE REGEX: prints the first package matching REGEX that PACKAGE, often an empty one, depends on.
dependency() {
    apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: //p' | grep -Ex -m1 "$2" || true
}

# answer_detect PACKAGE: prints what a detect script has to say about a package.
answer_detect() {
    printf 'installed=%s\ncandidate=%s\n' "$(installed_version "$1")" "$(candidate_version "$1")"
}

# answer_plan PACKAGE… -- GLOB…: prints which packages an install of PACKAGE…, or an upgrade of the installed ones that match
# GLOB…, would change, and changes nothing.
answer_plan() {
    local simulation changes packages=()
    while (($# > 0)) && [ "$1" != -- ]; do
        packages+=("$1")
        shift
    done
    if [ "$INSTALLCAST_ACTION" = upgrade ]; then
        mapfile -t packages < <(installed_packages "${@:2}")
        packages+=(--only-upgrade)
    fi
    simulation=$(apt-get -s -o Debug::NoLocking=true install --no-install-recommends "${packages[@]}")
    # Inst nginx [1.22.1-8] (1.22.1-9 Debian:12 [amd64])      Remv apache2 [2.4.57-2]
    changes=$(sed -nE -e 's/^Inst ([^ ]+) \[([^]]+)\] \(([^ ]+).*/~ \1 \2 → \3/p' -e 's/^Inst ([^ ]+) \(([^ ]+).*/+ \1 \2/p' \
        -e 's/^Remv ([^ ]+) \[([^]]+)\].*/- \1 \2/p' <<<"$simulation")
    printf '%s\n' "${changes:-Nothing would change.}"
    # A result holds 4096 characters.
    ((${#changes} <= 4000)) || changes=${changes:0:3950}$'\n'"… of $(wc -l <<<"$changes") in all"
    result packages "${changes:-none}"
}

# require_package PACKAGE: an upgrade makes sense only for what is there.
require_package() {
    [ -n "$(installed_version "$1")" ] || die NOT_INSTALLED "$1 is not installed as a package: install it first."
}

# --- prechecks -----------------------------------------------------------------------------------------------------

# require_disk MIB [FOLDER]
require_disk() {
    local free
    free=$(($(df -Pk "${2:-/}" | awk 'NR == 2 {print $4}') / 1024))
    ((free >= $1)) || die DISK_FULL "Free some space in ${2:-/}: $1 MiB are needed, $free MiB are left."
    echo "Disk: $free MiB free in ${2:-/}, $1 MiB needed."
}

# port_holder PORT: prints the name of the program that listens on it (TCP), "?" when only that is not known, nothing
# when the port is free. Reads /proc, so it needs no tool.
port_holder() {
    local inode holder
    inode=$(awk -v port=":$(printf %04X "$1")\$" '$2 ~ port && $4 == "0A" {print $10; exit}' \
        /proc/net/tcp "$([ -e /proc/net/tcp6 ] && echo /proc/net/tcp6 || echo /dev/null)")
    [ -n "$inode" ] || return 0
    holder=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
    if [ -n "$holder" ]; then cat "${holder%/fd/*}/comm"; else echo '?'; fi
}

# require_port PORT [REGEX]: the port has to be free, or held by a program whose name matches: the one that we are
# about to install again.
require_port() {
    local holder
    holder=$(port_holder "$1")
    if [ -z "$holder" ]; then
        echo "Port $1 is free."
    elif [[ -n ${2:-} && $holder =~ ^($2)$ ]]; then
        echo "Port $1 is in use by $holder, which is already here."
    else
        die PORT_IN_USE "Choose another port, or stop the program that listens on port $1 ($holder)."
    fi
}

# require_no_package REASON GLOB…
require_no_package() {
    local reason=$1 there
    shift
    there=$(installed_packages "$@")
    [ -z "$there" ] || die PACKAGE_CONFLICT "${there%%$'\n'*} is installed: $reason"
}

# require_candidate PACKAGE
require_candidate() {
    [ -n "$(candidate_version "$1")$(installed_version "$1")" ] ||
        warn "apt knows no package $1 yet; it may after its lists were refreshed."
}

# --- services ------------------------------------------------------------------------------------------------------

has_systemd() {
    [ -d /run/systemd/system ]
}

# start_daemon NAME COMMAND…: runs a command that leaves a daemon behind. The daemon gets none of our descriptors, or it
# would keep the task's output open for ever.
start_daemon() {
    local name=$1 log status=0
    shift
    log=$(mktemp)
    "$@" </dev/null >"$log" 2>&1 3>&- || status=$?
    cat "$log"
    rm -f "$log"
    ((status == 0)) || die SERVICE_START_FAILED "$name does not start: the lines above and the files in /var/log say why."
}

# service_restart NAME: starts it with its present configuration, now and at each boot. Without systemd (in a container)
# its init script does it.
service_restart() {
    if ! has_systemd; then
        service_stop "$1"
        start_daemon "$1" service "$1" start
        return
    fi
    systemctl enable "$1"
    systemctl restart "$1" || {
        journalctl -u "$1" -n 20 --no-pager || true
        die SERVICE_START_FAILED "$1 does not start: the lines above say why."
    }
}

# service_stop NAME: does nothing when there is no such service or it is not running.
service_stop() {
    if has_systemd; then
        systemctl disable --now "$1" 2>/dev/null || true
    elif [ -x "/etc/init.d/$1" ]; then
        local pids=()
        mapfile -t pids < <(cat "/run/$1.pid" /run/*/"$1.pid" 2>/dev/null || true)
        service "$1" stop </dev/null 3>&- || true
        wait_gone "${pids[@]}"
    fi
}

# wait_gone PID…: some init scripts do not wait, and none finds a daemon whose program file an upgrade has replaced.
wait_gone() {
    local pid program told deadline=$((SECONDS + 30))
    for pid in "$@"; do
        told=
        while program=$(readlink "/proc/$pid/exe") && ((SECONDS < deadline)); do
            if [[ $program == *' (deleted)' && -z $told ]]; then
                kill "$pid" || true
                told=yes
            fi
            sleep 0.1
        done
    done
}

# wait_port PORT [SECONDS]: until something accepts connections on it.
wait_port() {
    local deadline=$((SECONDS + ${2:-30}))
    until (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
        ((SECONDS < deadline)) || die NO_ANSWER "Nothing answers on port $1 after ${2:-30} seconds: look into the service's log."
        sleep 0.2
    done
}

# host_address: prints an address by which others may reach this machine.
host_address() {
    local addresses
    read -r -a addresses < <(hostname -I 2>/dev/null || true) || true
    printf '%s' "${addresses[0]:-127.0.0.1}"
}

# http_status PORT PATH: prints the status that a web server answers with.
http_status() {
    local line descriptor
    exec {descriptor}<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&"$descriptor"
    read -r -t 10 line <&"$descriptor" || line=
    exec {descriptor}>&-
    sed -nE 's|^HTTP/[0-9.]+ ([0-9]{3}).*|\1|p' <<<"$line"
}

# --- putting things back -------------------------------------------------------------------------------------------

# back_up FILE…: keeps them, or the fact that they are not there, until the task ends.
back_up() {
    local file
    for file in "$@"; do
        if [ -e "before$file" ] || grep -sqxF "$file" before.absent; then continue; fi
        if [ -e "$file" ]; then
            mkdir -p "before${file%/*}"
            cp -a "$file" "before$file"
        else
            printf '%s\n' "$file" >>before.absent
        fi
    done
}

# put_back: undoes what was done to files since back_up. One that was not there goes, unless a package brought it: dpkg would
# take its absence for somebody's wish, and never bring it again.
put_back() {
    local file
    [ ! -d before ] || cp -a before/. /
    while read -r file; do
        dpkg-query -S "$file" >/dev/null 2>&1 || rm -f "$file"
    done < <(cat before.absent 2>/dev/null || true)
}

# remember_packages CONFIGURATION PACKAGE…: notes which packages are missing now, for newly_installed, and whether their
# configuration (a file or folder) is there all the same: somebody may have kept it.
remember_packages() {
    local package
    [ ! -e "$1" ] || : >configuration-before
    for package in "${@:2}"; do
        [ -n "$(installed_version "$package")" ] || printf '%s\n' "$package"
    done >missing-before
}

# newly_installed: prints the packages of remember_packages that were missing then and are there now.
newly_installed() {
    local package
    [ -e missing-before ] || return 0
    while read -r package; do
        case $(package_state "$package") in
        not-installed | config-files) ;;
        *) printf '%s\n' "$package" ;;
        esac
    done <missing-before
}

# roll_back_packages: removes what this task brought, with its configuration unless that was there before.
roll_back_packages() {
    local packages=() purge=true
    mapfile -t packages < <(newly_installed)
    [ ! -e configuration-before ] || purge=false
    finish_interrupted
    PURGE=$purge apt_remove "${packages[@]}"
}

# --- configuration -------------------------------------------------------------------------------------------------

# own_file FILE MODE OWNER:GROUP: writes what comes on standard input, never readable to others in between.
own_file() {
    install -m "$2" -o "${3%:*}" -g "${3#*:}" /dev/null "$1.new"
    cat >"$1.new"
    mv "$1.new" "$1"
}

# --- passwords -----------------------------------------------------------------------------------------------------

# secret_result NAME VALUE: shows a value to its owner once, and nowhere else.
secret_result() {
    secret "$2"
    result --secret "$1" "$2"
}

# random_password: prints 32 characters that need no quoting anywhere.
random_password() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
