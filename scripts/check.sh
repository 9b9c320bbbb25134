#!/bin/sh
# Everything that can be said without running the product. Runs all checks, then fails if one did.
set -u
cd "$(dirname "$0")/.."
failed=''
run() {
    name=$1
    shift
    printf '== %s\n' "$name"
    "$@" || failed="$failed $name"
}
run style ruff check .
run format ruff format --check .
run types mypy
run imports lint-imports
run pages python scripts/build_web.py --check
run page-types npm --prefix web run check --silent
run docs pytest -q tests/test_docs.py
if [ -n "$failed" ]; then
    printf 'failed:%s\n' "$failed" >&2
    exit 1
fi
printf 'all checks passed\n'
