# Part of Integration Hub. License LGPL-3.0 or later.
# Common to the set-up's steps; sourced, never run. Every path is absolute and inside the checkout, but for PostgreSQL's.

set -eu
ROOT=$(cd "$(dirname "$0")" && while [ ! -f __manifest__.py ] && [ "$PWD" != / ]; do cd ..; done; pwd -P)
DEV=$ROOT/.dev
VENV=$ROOT/.venv
LIBVENV=$DEV/venv-lib
LINTVENV=$DEV/venv-lint
mkdir -p "$DEV/stamps"
# Bytecode is kept, whatever the environment says: make_venv compiles none, so every Python would compile all that it imports.
unset PYTHONDONTWRITEBYTECODE

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { # fail WHAT NEXT...: what is wrong, then what to do about it, a line each
    printf 'set-up: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '        %s\n' "$line" >&2; done
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
is_debian() { have apt-get && have dpkg-query; }

# A step is done when the stamp of its name holds the key of its inputs. The stamp is written last, so an interrupted step is
# done again; whatever a step makes, it makes under another name and moves into place.
key_of() { # key_of WORD|FILE...: one hash of words and of files' contents
    for item in "$@"; do
        if [ -f "$item" ]; then cat "$item"; else printf '%s\n' "$item"; fi
    done | sha256sum | cut -c1-16
}
stamped() { [ "$(cat "$DEV/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$DEV/stamps/$1.part" && mv "$DEV/stamps/$1.part" "$DEV/stamps/$1"; }

# Runs a noisy command quietly: its output goes to .dev/log/NAME.log, and its end is shown only where it fails.
quiet() {
    log=$DEV/log/$1.log
    shift
    mkdir -p "$DEV/log"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 25 "$log" >&2
        fail "this failed: $*" "all of its output is in $log"
    fi
}

# Where Odoo's source is: the folder that holds the package `odoo`, the folder of the business addons, and the entry script.
odoo_paths() {
    if [ "${ODOO_SRC:-}" ]; then
        ODOO_LIB=$(cd "$ODOO_SRC" 2>/dev/null && pwd -P) || fail "ODOO_SRC=$ODOO_SRC is not a folder"
        [ -d "$ODOO_LIB/odoo/addons/base" ] && [ -d "$ODOO_LIB/addons/web" ] ||
            fail "ODOO_SRC=$ODOO_SRC holds no odoo/addons/base and addons/web" "Point it at a checkout of Odoo 19.0."
        ODOO_BIN=$ODOO_LIB/odoo-bin
    elif [ -d "$DEV/odoo-git" ]; then
        ODOO_LIB=$DEV/odoo-git ODOO_BIN=$DEV/odoo-git/odoo-bin
    else
        ODOO_LIB=$DEV/odoo-root/usr/lib/python3/dist-packages ODOO_BIN=$DEV/odoo-root/usr/bin/odoo
    fi
    # The archive keeps every addon beside `base`, which is always on the path; its folder `addons` holds a copy without data.
    ODOO_ADDONS=$ODOO_LIB/addons
    [ -d "$ODOO_ADDONS/web/static" ] || ODOO_ADDONS=
}

# Installs packages as root on Debian and its kin; anywhere else ends with what to do: install_packages WHAT-IS-NEEDED PACKAGE...
install_packages() {
    needed=$1
    shift
    is_debian || fail "missing on this system: $needed" "Install it with your package manager, then run the same command again."
    is_root || fail "missing: $needed" "Install it, then run the same command again:" \
        "    sudo apt-get install -y --no-install-recommends $*"
    say "installing $*"
    # RUNLEVEL=1: a package's own service is not started; the hub's PostgreSQL is a private one.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    if [ ! "$(find "$DEV/stamps/apt-update" -mmin -60 2>/dev/null)" ]; then
        quiet apt-update apt-get update -q
        touch "$DEV/stamps/apt-update"
    fi
    quiet "apt-$1" apt-get install -y -q --no-install-recommends "$@"
}

# Makes or completes a venv: make_venv FOLDER PIP-ARGUMENT...
make_venv() {
    folder=$1
    shift
    [ -x "$folder/bin/python" ] && "$folder/bin/python" -c 'import pip' 2>/dev/null || quiet venv python3 -m venv --clear "$folder"
    quiet "pip-$(basename "$folder")" "$folder/bin/python" -m pip install -q --disable-pip-version-check --prefer-binary --no-compile "$@"
}
