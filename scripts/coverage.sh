#!/usr/bin/env bash
# Line, branch and toggle coverage of the emitted Verilog by the regression, merged over the
# instances of each module; then what is not covered.
#
# usage: scripts/coverage.sh
# Exclusions, each with its reason: testbenches/coverage.txt
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; exit ;; esac
need_rust
need_debian g++ make perl python3 zlib1g-dev liblz4-dev verilator
need_verilator
cargo run --release --quiet --package heddle-testbenches --example coverage -- testbenches/coverage.txt
