# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

# wanted_packages: prints what to install. The nodejs of NodeSource brings its own npm and refuses Debian's.
wanted_packages() {
    echo nodejs
    if [ "$WITH_NPM" = true ] && ! apt-cache show "nodejs=$(candidate_version nodejs)" 2>/dev/null | grep -qE '^(Provides|Conflicts):.*\<npm\>'; then
        echo npm
    fi
}
