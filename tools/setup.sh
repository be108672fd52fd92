#!/usr/bin/env bash
# Installs what building (setup.sh build), testing (setup.sh check) or comparing with others
# (setup.sh bench) needs, and nothing else: Debian packages that are missing, and for `check` and
# `bench` the Python packages of tests/python/requirements.txt, for `bench` also those of
# tests/bench/requirements.txt, in build/venv. Uses the machine's configured package sources.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD_PACKAGES="gcc make libc6-dev libzstd-dev libdeflate-dev zlib1g-dev libbrotli-dev"
CHECK_PACKAGES="libcmocka-dev libsnappy-dev liblz4-dev python3 python3-venv time binutils"

say() { echo "setup: $*"; }

# A package counts as there when what it brings is there, however it came to be installed.
header() { printf '#include <stddef.h>\n#include <stdarg.h>\n#include <setjmp.h>\n#include <stdint.h>\n#include <%s>\n' "$1" |
    ${CC:-cc} -E -x c - >/dev/null 2>&1; }

find_python() {
    local python
    for python in "${PYTHON:-}" python3 /usr/bin/python3; do
        if [ -n "$python" ] && "$python" -c 'import sys, venv, ensurepip
sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return 0
        fi
    done
    return 1
}

present() {
    case $1 in
    gcc) command -v "${CC:-gcc}" >/dev/null ;;
    make) command -v make >/dev/null ;;
    libc6-dev) header stdio.h ;;
    libzstd-dev) header zstd.h ;;
    libdeflate-dev) header libdeflate.h ;;
    zlib1g-dev) header zlib.h ;;
    libbrotli-dev) header brotli/decode.h ;;
    libcmocka-dev) header cmocka.h ;;
    libsnappy-dev) header snappy-c.h ;;
    liblz4-dev) header lz4.h ;;
    python3 | python3-venv) find_python >/dev/null ;;
    time) [ -x /usr/bin/time ] ;;
    binutils) command -v nm >/dev/null ;;
    *) return 1 ;;
    esac
}

install_packages() {
    local package missing=""
    for package in $1; do
        present "$package" || missing="$missing $package"
    done
    if [ -z "$missing" ]; then
        say "packages: nothing to do"
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        say "apt-get is not here; install these (Debian names) and run make again:$missing" >&2
        exit 1
    fi
    local sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "not root and no sudo; install these and run make again:$missing" >&2
            exit 1
        fi
        sudo="sudo"
    fi
    say "apt-get install$missing"
    $sudo apt-get update -q >/dev/null || say "apt-get update failed; trying with the lists there are" >&2
    # shellcheck disable=SC2086  # a list of words
    if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        $missing >/dev/null; then
        say "apt-get could not install:$missing" >&2
        exit 1
    fi
    for package in $missing; do
        present "$package" || say "still not usable after the install: $package" >&2
    done
}

install_python() {
    local wanted=tests/python/requirements.txt stamp=build/venv/requirements.txt python
    if cmp -s "$wanted" "$stamp" && build/venv/bin/python -c '' 2>/dev/null; then
        say "python: nothing to do"
        return 0
    fi
    if ! python=$(find_python); then
        say "no python3 of at least 3.11 with venv; install python3 and python3-venv" >&2
        exit 1
    fi
    say "python: build/venv from $wanted"
    rm -rf build/venv
    mkdir -p build
    "$python" -m venv build/venv
    if ! build/venv/bin/python -m pip install -q --disable-pip-version-check -r "$wanted"; then
        say "pip could not install $wanted" >&2
        exit 1
    fi
    cp "$wanted" "$stamp"
}

# A peer that cannot be installed is a row that says so.
install_peers() {
    local wanted=tests/bench/requirements.txt stamp=build/venv/peers.txt
    if cmp -s "$wanted" "$stamp"; then
        say "peers: nothing to do"
    elif build/venv/bin/python -m pip install -q --disable-pip-version-check -r "$wanted"; then
        cp "$wanted" "$stamp"
    else
        say "pip could not install $wanted: left out" >&2
    fi
}

case "${1:-}" in
build)
    install_packages "$BUILD_PACKAGES"
    ;;
check)
    install_packages "$BUILD_PACKAGES $CHECK_PACKAGES"
    install_python
    ;;
bench)
    install_packages "$BUILD_PACKAGES $CHECK_PACKAGES"
    install_python
    install_peers
    ;;
*)
    echo "usage: tools/setup.sh build|check|bench" >&2
    exit 2
    ;;
esac
