# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

ENVIRONMENT=$INSTALLCAST_PREFIX/venv
HTTP=$ENVIRONMENT/bin/http

# requirement: prints what to ask pip for.
requirement() {
    if [ "$INSTALLCAST_VERSION" = latest ]; then echo httpie; else echo "httpie==$INSTALLCAST_VERSION"; fi
}

# pip ARG…: one line a package, as it happens.
pip() {
    "$ENVIRONMENT/bin/python" -u -m pip --disable-pip-version-check --no-input "$@"
}

installed_version() {
    # Its metadata tell it even when the program itself is broken.
    "$ENVIRONMENT/bin/python" -c 'from importlib.metadata import version; print(version("httpie"))' 2>/dev/null || true
}
