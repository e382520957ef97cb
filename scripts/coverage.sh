#!/usr/bin/env bash
# Line, branch and toggle coverage of the emitted Verilog by the regression: of each design, merged
# over the instances of each module; then merged over the designs, where the same bit of a net of
# the same name, or the same line of text, in modules of the same name is one point; then what is
# not covered. The counters of a 256 x 256 array, run by themselves, add to the points of those of
# small arrays.
#
# usage: scripts/coverage.sh [DESIGN...]
# Exclusions, each with its reason: testbenches/coverage.txt
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) show_help ;; esac
need_rust
need_debian g++ make perl python3 zlib1g-dev liblz4-dev verilator
need_verilator
cargo run --release --quiet --package heddle-testbenches --example coverage -- \
    testbenches/coverage.txt "$@"
