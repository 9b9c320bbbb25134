#!/bin/bash
# Asks PHP itself, and FPM by a request as a web server sends it.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

step 5 5 # Verify
php="/usr/bin/php$(php_version)"
version=$("$php" -r 'echo PHP_VERSION;')
echo "PHP $version on the command line."
if [ -e "$(own_pool)" ]; then
    port=$(sed -n 's/^listen = 127.0.0.1://p' "$(own_pool)")
    wait_port "$port"
    answer=$("$php" "${BASH_SOURCE[0]%/*}/ask_fpm.php" "$port")
    [ "$answer" = "$version" ] || die NO_ANSWER "FPM on port $port answered \"$answer\" and not \"$version\"."
    echo "PHP $answer by FPM on port $port."
    result fastcgi "127.0.0.1:$port"
fi
loaded=$("$php" -m)
for extension in ${EXTENSIONS:-}; do
    # A package may hold several extensions: mysql brings mysqli and pdo_mysql.
    [[ ${loaded,,} == *"$extension"* ]] || warn "No extension called $extension is loaded."
done
result version "$version"
