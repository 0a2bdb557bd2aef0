#!/bin/sh
# Starts the support program that lies beside this file, wherever that is.

# Says a sentence in a window, with whatever this desktop has for that.
tell() {
    for with in "zenity --info --no-markup --text" "kdialog --msgbox" "xmessage -center" "notify-send"; do
        if command -v "${with%% *}" >/dev/null 2>&1; then
            $with "$1"
            return
        fi
    done
    printf '%s\n' "$1" >&2
}

start() {
    "$@"
    code=$?
    # What the system's loader says where a library is missing.
    if [ "$code" -eq 127 ]; then
        tell "This program needs GTK 3 (libgtk-3), which is missing on this computer. Please tell your technician: he can also help by a link that you open in your browser."
    fi
    exit "$code"
}

folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
program=$folder/deskhand-helper
if [ ! -f "$program" ]; then
    # It may have been renamed when it was copied.
    for other in "$folder"/deskhand-helper*; do
        [ -f "$other" ] && program=$other
    done
fi
# Some programs unpack files without the right to be started.
[ -x "$program" ] || chmod u+x -- "$program" 2>/dev/null
[ -x "$program" ] && start "$program" "$@"

# Nothing can be started in this folder, as on some sticks and shares: from a copy, for as long as it runs.
copy=$(mktemp -d) || exit 1
trap 'rm -rf -- "$copy"' EXIT
cp -- "$program" "$copy/deskhand-helper" && chmod 700 -- "$copy/deskhand-helper" || exit 1
if [ "$#" -eq 0 ] && [ -f "$folder/support.deskhand" ]; then
    set -- --package "$folder/support.deskhand"
fi
start "$copy/deskhand-helper" "$@"
