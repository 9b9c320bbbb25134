# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

# fpm_package: prints the real package behind the empty one, for example php8.2-fpm, which is also the service's name.
fpm_package() {
    local package
    package=$(installed_packages 'php[0-9]*-fpm' | sort -V | tail -n 1)
    if [ -z "$package" ]; then package=$(dependency php-fpm 'php[0-9.]+-fpm'); fi
    printf '%s' "$package"
}

# php_version: prints for example 8.2.
php_version() {
    local package
    package=$(fpm_package)
    package=${package#php}
    printf '%s' "${package%-fpm}"
}

# Read after the pool's own file, so it wins.
own_pool() {
    printf '/etc/php/%s/fpm/pool.d/zz-installcast.conf' "$(php_version)"
}

wanted_packages() {
    local extension
    printf '%s\n' php-fpm php-cli
    for extension in ${EXTENSIONS:-}; do printf 'php-%s\n' "$extension"; done
}
