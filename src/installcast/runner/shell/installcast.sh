# What a script may say about itself. Source it:  . "$INSTALLCAST_SH"
#
#   step 2 5 "Compile"              the second of five steps begins (or: step "Compile")
#   progress 35 ["message"]         percent of the current step; of the whole where there are no steps
#   secret "$password" ...          mask these values from here on
#   warn "message"                  a line of level WARN
#   result url "http://host/"       shown at the end; result --secret password "$password": to its owner only, once
#   die CODE "what to do"           say why it failed, and exit with 1
#
# For any POSIX shell. Nothing here ever fails: where the file that INSTALLCAST_EVENTS names cannot be written (another
# user, outside of a task), nothing happens. Each function works in a subshell, so that it neither sees nor changes
# variables, IFS or options of the script.

# Print the arguments one after the other: a word in front of a colon as a JSON key, what follows as its value.
# A value is a JSON text unless its key ends in #, and it looks like a number.
_installcast_emit() (
    [ -f "${INSTALLCAST_EVENTS:-}" ] && [ -w "$INSTALLCAST_EVENTS" ] || exit 1
    LC_ALL=C # single bytes: the special ones are all ASCII, the others pass as they are
    special="[\"\\\\$(printf '\001-\037')]"
    newline='
'
    tab=$(printf '\t')
    return=$(printf '\r')
    line="{\"type\":\"$1\""
    shift
    while [ $# -gt 1 ]; do
        line="$line,\"${1%\#}\":"
        case $1:$2 in
        *\#:*[!0-9.]* | *\#: | *\#:0[0-9]* | *\#:.* | *\#:*. | *\#:*.*.*) quote='"' ;;
        *\#:*) quote= ;;
        *) quote='"' ;;
        esac
        rest=$2
        text=
        while :; do
            head=${rest%%$special*}
            text=$text$head
            [ "$head" != "$rest" ] || break
            rest=${rest#"$head"}
            tail=${rest#?}
            character=${rest%"$tail"}
            rest=$tail
            case $character in
            '"') text="$text\\\"" ;;
            \\) text="$text\\\\" ;;
            "$newline") text="$text\\n" ;;
            "$tab") text="$text\\t" ;;
            "$return") text="$text\\r" ;;
            *) text=$text$(printf '\\u%04x' "'$character") ;;
            esac
        done
        line=$line$quote$text$quote
        shift 2
    done
    printf '%s}\n' "$line" >>"$INSTALLCAST_EVENTS"
) 2>/dev/null

_installcast_join() (
    IFS=' '
    printf '%s' "$*"
)

step() {
    if [ $# -lt 2 ]; then
        _installcast_emit step title "${1-}" || :
    else
        _installcast_emit step current\# "$1" total\# "$2" title "${3-}" || :
    fi
}

progress() {
    _installcast_emit progress percent\# "${1-}" message "${2-}" || :
}

secret() {
    while [ $# -gt 0 ]; do
        _installcast_emit secret value "$1" || :
        shift
    done
}

warn() {
    _installcast_emit log level WARN message "$(_installcast_join "$@")" || :
}

result() {
    if [ "${1-}" = --secret ]; then
        _installcast_emit result name "${2-}" value "${3-}" secret\# 1 || :
    else
        _installcast_emit result name "${1-}" value "${2-}" || :
    fi
}

die() {
    if [ $# -lt 2 ]; then
        set -- SCRIPT_ERROR "${1-}"
    fi
    # Where the file cannot be written, the line at least is read by people.
    _installcast_emit error code "$1" hint "$2" || printf '%s: %s\n' "$1" "$2" >&2 || :
    exit 1
}
