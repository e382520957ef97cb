#!/usr/bin/env bash
# Every test of Heddle, set-up included. Arguments are passed on to `cargo test`.
# HEDDLE_FULL=1 runs the long versions of the random regressions instead of a sample.
source "$(dirname "$0")/setup.sh"

need_rust
need_debian g++ make perl python3 python3-venv zlib1g-dev liblz4-dev verilator yosys iverilog cadical z3
need_verilator
need_synthesis
stage "building the tests (cargo downloads what it needs)"
cargo test --release --workspace --no-run
stage "running the tests"
cargo test --release --workspace "$@"
stage "linting and simulating generated folders with FuseSoC, and spoiled ones"
scripts/fusesoc.sh --fast
stage "proving the fast properties, and finding the faults planted against them"
scripts/formal.sh --fast
scripts/formal.sh --fast --controls
stage "comparing the int8 PE with one written by hand, and with a spoiled one"
scripts/pe-area.sh
scripts/pe-area.sh --control
stage "done"
