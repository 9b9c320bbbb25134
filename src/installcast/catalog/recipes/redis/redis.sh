# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

MAIN_CONFIG=/etc/redis/redis.conf
# Our own lines stand in a file of their own, which the main one includes last: a later line wins.
OWN_CONFIG=/etc/redis/installcast.conf

# setting NAME: prints the value that counts, as far as the files say.
setting() {
    { cat "$MAIN_CONFIG" "$OWN_CONFIG" 2>/dev/null || true; } | sed -nE "s/^$1[[:space:]]+//p" | tail -n 1
}

# quoted TEXT: as redis.conf wants it.
quoted() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# unquoted: the opposite, from standard input.
unquoted() {
    sed -E -e '/^".*"$/!b' -e 's/^"(.*)"$/\1/' -e 's/\\(["\\])/\1/g'
}

# ask_redis COMMAND…: the password goes by the environment, where no process list shows it.
ask_redis() {
    REDISCLI_AUTH=$(setting requirepass | unquoted) redis-cli --no-auth-warning -p "$(setting port)" "$@"
}
