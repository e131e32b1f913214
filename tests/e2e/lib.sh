# Shared by the end-to-end tests: the program, a small random model, a folder to work in, and what is expected of a command.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
source_tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${NEUME_BUILD:?NEUME_BUILD names the build folder}
build=$(cd "$build" && pwd)
neume=$build/neume
wav=$build/e2e_make_wav
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*"; [ ! -s stderr ] || sed 's/^/  stderr: /' stderr; exit 1; }

# expect STATUS COMMAND...: the exit status is as promised; a failure says exactly one line that begins with "neume: "
expect() {
    local status=0 promised=$1
    shift
    "$@" > stdout 2> stderr || status=$?
    [ "$status" = "$promised" ] || fail "exit $status instead of $promised: $*"
    if [ "$promised" != 0 ]; then
        [ "$(wc -l < stderr)" = 1 ] || fail "not one line on standard error: $*"
        grep -q '^neume: ' stderr || fail "the line does not begin with neume: $*"
    fi
}

# says TEXT: the last command's standard error holds it
says() { grep -qF -- "$1" stderr || fail "standard error does not say '$1'"; }

# holds FOLDER NAME...: exactly these names are in it, nothing half-written beside them
holds() {
    local folder=$1
    shift
    local found wanted
    found=$(ls -A "$folder")
    wanted=$([ $# = 0 ] || printf '%s\n' "$@" | sort)
    [ "$(echo "$found" | sort)" = "$wanted" ] || fail "$folder holds [${found//$'\n'/ }], expected [$*]"
}

# A model that learnt nothing but loads and runs; small, so that the tests are quick.
random_model() { "$neume" models random hear "$work/model.gguf" --channels 8 --blocks 1; }
