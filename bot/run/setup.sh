#!/bin/sh
# Make or refresh the project's environment in .venv: `sh bot/run/setup.sh [scale|add|dev]`.
# Finds Python 3.10 (python3.10, pyenv or uv), installs what requirements/ locks,
# and does nothing when nothing changed.
set -eu
cd "$(dirname "$0")/../.."

venv=.venv
kind=${1:-run}
need_kb=4000000
# Each environment holds what those before it in `run scale add dev` need.
locks_of() {
    case $1 in
        run) echo requirements/run.txt ;;
        scale) echo "$(locks_of run) requirements/scale.txt" ;;
        add) echo "$(locks_of scale) requirements/add.txt" ;;
        dev) echo "$(locks_of add) requirements/dev.txt" ;;
    esac
}
stamp_of() { cat $(locks_of "$1") requirements/uv.txt | cksum | cut -d' ' -f1; }

say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $*"; exit 1; }

enough=
for larger in run scale add dev; do
    [ "$larger" = "$kind" ] && enough=yes
    [ -n "$enough" ] && [ -x "$venv/bin/python" ] || continue
    grep -qx "$(stamp_of "$larger")" "$venv/installed.$larger" 2>/dev/null && exit 0
done

is_310() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; }

find_python() {
    for candidate in "${PYTHON:-}" python3.10 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python python3 python; do
        [ -n "$candidate" ] && is_310 "$candidate" && { command -v "$candidate"; return; }
    done
    if command -v uv >/dev/null 2>&1; then
        found=$(uv python find 3.10 2>/dev/null || true)
        [ -n "$found" ] && is_310 "$found" && { echo "$found"; return; }
    fi
    # Nothing here: let a private uv fetch a Python of its own.
    python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || return 1
    say "setup: no Python 3.10 found; asking uv for one ..."
    python3 -m venv .venv-uv >&2 && .venv-uv/bin/pip install --quiet --require-hashes -r requirements/uv.txt >&2 || return 1
    .venv-uv/bin/uv python install --quiet 3.10 >&2 && .venv-uv/bin/uv python find 3.10
}

if [ ! -x "$venv/bin/python" ] || ! is_310 "$venv/bin/python"; then
    free=$(df -Pk . | awk 'NR==2 {print $4}')
    [ "$free" -ge "$need_kb" ] || fail "the environment needs about 4 GB and only $((free / 1024)) MB are free here. Make room, then run this again."
    python=$(find_python) || fail "Python 3.10 is needed (Rasa 3.6 runs on no later one) and was not found. Install python3.10 with its venv module, or pyenv, or uv, or set PYTHON=/path/to/python3.10."
    say "setup: making $venv with $("$python" --version) ..."
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "could not make $venv; see the message above."
fi

started=$(date +%s)
say "setup: installing what requirements/ locks (about 2.7 GB, a few minutes the first time) ..."
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt ||
    fail "could not install uv, which installs the rest. Is the package index reachable? Is there room on the disk?"
set --
for lock in $(locks_of "$kind"); do set -- "$@" -r "$lock"; done
# --no-deps: the lock is complete, and one package of it (the tokenizer's) would else ask for PyTorch.
"$venv/bin/uv" pip install --python "$venv/bin/python" --no-deps --require-hashes "$@" ||
    fail "the packages could not be installed. Is the package index reachable? Is there room on the disk? Run this again to go on."
rm -f "$venv"/installed.*
stamp_of "$kind" >"$venv/installed.$kind"
say "setup: done in $(($(date +%s) - started)) s."
