# For the programs in the folders beside this file, each of which stands in for another one of its name in a script's PATH:
# finds the real one, the next of that name in PATH, and has its path in _installcast_real. Without one it ends as a shell
# ends that finds none. Its variables have names that no environment has: one that is exported would be changed by them.

_installcast_name=${0##*/}
_installcast_folder=${0%/*}
_installcast_real=
_installcast_first=
_installcast_passed=

set -f # a folder may be named like a pattern
IFS=:
for _installcast_entry in ${PATH-}; do
    _installcast_entry=${_installcast_entry:-.}
    _installcast_file=$_installcast_entry/$_installcast_name
    if [ "$_installcast_entry" -ef "$_installcast_folder" ]; then
        # Only what comes later counts, so that two of us cannot call each other for ever.
        _installcast_passed=yes _installcast_real=
    elif [ -z "$_installcast_real" ] && [ -f "$_installcast_file" ] && [ -x "$_installcast_file" ]; then
        _installcast_real=$_installcast_file
        [ -n "$_installcast_first" ] || _installcast_first=$_installcast_file
    fi
done
set +f
unset IFS

if [ -z "$_installcast_real" ] && [ -n "$_installcast_passed" ]; then
    _installcast_real=$_installcast_first # PATH has us last
fi
if [ -z "$_installcast_real" ]; then
    printf '%s: not found\n' "$_installcast_name" >&2
    exit 127
fi
