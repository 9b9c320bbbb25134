# shellcheck shell=bash
# Sourced by install.sh and upgrade.sh: steps 3 to 5, nginx from its source tarball.

step 3 7 # Install build tools
mapfile -t packages < <(build_packages)
apt_install --no-upgrade "${packages[@]}"

step 4 7 # Get the source
tarball=nginx.tar.gz
if [ -n "${TARBALL:-}" ]; then
    echo "Using $TARBALL"
    cp -- "$TARBALL" "$tarball"
else
    url="${MIRROR%/}/nginx-$INSTALLCAST_VERSION.tar.gz"
    echo "Downloading $url"
    curl --fail --location --proto '=http,https' --retry 3 --connect-timeout 20 --output "$tarball" "$url" ||
        die DOWNLOAD_FAILED "Nothing could be loaded from $url: check the version, or name another mirror or a local tarball."
fi
if [ -n "${SHA256:-}" ]; then
    printf '%s  %s\n' "${SHA256,,}" "$tarball" | sha256sum --check ||
        die CHECKSUM_MISMATCH 'The tarball is not the one that the sha256 belongs to: get it again from a place that you trust.'
fi
mkdir source
tar -xf "$tarball" -C source --strip-components=1 --no-same-owner
[ -x source/configure ] || die BAD_TARBALL 'The tarball holds no nginx source: there is no configure script in it.'
held=$(sed -nE 's/^#define NGINX_VERSION +"(.*)"/\1/p' source/src/core/nginx.h)
[ "$held" = "$INSTALLCAST_VERSION" ] ||
    die WRONG_VERSION "The tarball holds nginx $held: ask for that version, or give the tarball of $INSTALLCAST_VERSION."

step 5 7 # Compile
options=(
    --prefix="$SOURCE_PREFIX" --user=www-data --group=www-data
    --with-http_ssl_module --with-http_v2_module --with-http_stub_status_module --with-http_gzip_static_module
    --with-stream --with-threads
    # Older sources call what newer compilers and OpenSSL warn about.
    --with-cc-opt='-O2 -Wno-error'
)
(
    cd source
    ./configure "${options[@]}"
    make -j "$(nproc)"
)
[ -e "$SOURCE_PREFIX" ] || : >new-prefix
back_up "$SOURCE_PREFIX/sbin/nginx" "$SOURCE_CONFIG" "$SOURCE_UNIT"
make -C source install
: >"$SOURCE_MARK"
if has_systemd; then
    own_file "$SOURCE_UNIT" 644 root:root <<UNIT
[Unit]
Description=nginx $INSTALLCAST_VERSION from source
After=network-online.target
Wants=network-online.target

[Service]
Type=forking
PIDFile=$SOURCE_PREFIX/logs/nginx.pid
ExecStartPre=$SOURCE_PREFIX/sbin/nginx -t
ExecStart=$SOURCE_PREFIX/sbin/nginx
ExecReload=/bin/kill -HUP \$MAINPID
KillSignal=SIGQUIT
KillMode=mixed

[Install]
WantedBy=multi-user.target
UNIT
fi
