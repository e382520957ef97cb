#!/usr/bin/env bash
# The documentation: builds it, and checks that it says what the program does.
#
#   scripts/docs.sh               builds the book into target/book
#   scripts/docs.sh --update      writes anew what documents quote from commands, and the pictures
#   scripts/docs.sh --check       builds it; checks links, quotations and pictures, runs the tutorials;
#                                 each check must also find what is spoiled for it
#   scripts/docs.sh --tutorials [NAME...]   runs the tutorials alone
#
# HEDDLE names the program; without it, it is built.
source "$(dirname "$0")/setup.sh"
case "${1:-}" in -h | --help) show_help ;; esac

book=$(realpath -m "${CARGO_TARGET_DIR:-target}")/book

build() {
    need_mdbook
    stage "building the book"
    # A chapter that is not there is an error, not a new file.
    "$mdbook" build --dest-dir "$book" docs
}

need_programs() {
    need_verilator
    need_heddle
    export HEDDLE=$heddle
    export PYTHONDONTWRITEBYTECODE=1
}

draw() {
    python3 scripts/docs/pictures.py "$1"
    python3 scripts/docs/waveforms.py "$1"
}

case "${1:-}" in
    "") build ;;
    --update)
        need_programs
        stage "drawing pictures"
        draw docs/src/pictures
        stage "running the commands that documents quote"
        python3 scripts/docs/blocks.py --update
        ;;
    --tutorials)
        shift
        need_debian iverilog
        need_programs
        stage "running tutorials"
        python3 scripts/docs/tutorials.py "$@"
        ;;
    --check)
        need_debian iverilog
        need_programs
        build
        stage "checking links"
        python3 scripts/docs/links.py "$book"
        python3 scripts/docs/links.py "$book" --control
        stage "comparing what documents quote with what commands say"
        python3 scripts/docs/blocks.py --check
        python3 scripts/docs/blocks.py --control
        stage "comparing pictures"
        drawn=$(mktemp -d)
        trap 'rm -rf "$drawn"' EXIT
        draw "$drawn"
        diff -r docs/src/pictures "$drawn" >/dev/null ||
            fail "pictures differ from what scripts and simulations draw: scripts/docs.sh --update"
        echo >>"$drawn/wave-swap.svg"
        if diff -r docs/src/pictures "$drawn" >/dev/null; then fail "a spoiled picture was not noticed"; fi
        stage "running tutorials"
        python3 scripts/docs/tutorials.py
        python3 scripts/docs/tutorials.py --control
        stage "the documentation is right"
        ;;
    *) fail "unknown: $1; see scripts/docs.sh --help" ;;
esac
