# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

CONFIG=/etc/memcached.conf

# option LETTER: prints the value of -LETTER in the configuration.
option() {
    sed -nE "s/^-$1[[:space:]]+//p" "$CONFIG" | tail -n 1
}

# set_option LETTER VALUE
set_option() {
    if grep -qE "^-$1[[:space:]]" "$CONFIG"; then
        sed -E -i "s/^-$1[[:space:]].*/-$1 $2/" "$CONFIG"
    else
        printf -- '-%s %s\n' "$1" "$2" >>"$CONFIG"
    fi
}

# ask_memcached PORT COMMAND: prints the lines of the answer.
ask_memcached() {
    local descriptor line
    exec {descriptor}<>"/dev/tcp/127.0.0.1/$1"
    printf '%s\r\n' "$2" >&"$descriptor"
    while read -r -t 5 line <&"$descriptor"; do
        line=${line%$'\r'}
        printf '%s\n' "$line"
        case $line in END | VERSION* | *ERROR*) break ;; esac
    done
    exec {descriptor}>&-
}
