# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

# wanted_packages: prints what to install. The nodejs of NodeSource brings its own npm and refuses Debian's.
wanted_packages() {
    local control
    echo nodejs
    [ "${WITH_NPM:-true}" = true ] || return 0
    control=$(apt-cache show "nodejs=$(candidate_version nodejs)" 2>/dev/null || true)
    grep -qE '^(Provides|Conflicts):.*\<npm\>' <<<"$control" || echo npm
}
