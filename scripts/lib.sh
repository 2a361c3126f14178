# shellcheck shell=bash
# What the scripts here share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The scripts place everything they make in here, as cargo does.
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
# shellcheck disable=SC2034 # Used by the scripts that source this one.
venv_python=$target/venv/bin/python

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}
