#!/usr/bin/env bash
# Mutates the emitted Verilog and counts the mutants that the regression notices.
#
# usage: scripts/mutate.sh [COUNT [SECONDS [SEED [DESIGN...]]]]
#   COUNT     mutants of each of the six designs [default: 170]
#   SECONDS   of a proof that a mutant which is not noticed equals the original, 0: none [default: 20]
#   SEED      other mutants for each [default: 1]
#   DESIGN    int8, bf16, int8-both, bf16-os, int8-none or bf16-dsp; all if none is named
# Prints tables by part of the array and by kind of fault, then what survived, with the line of
# Verilog that it is in. Mutants that are proved equal are not counted as mutants. What survives is
# explained in testbenches/mutants.txt.
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) show_help ;; esac
need_rust
need_debian g++ make perl python3 zlib1g-dev liblz4-dev verilator yosys
need_verilator
cargo run --release --quiet --package heddle-testbenches --example mutants -- "${@:-170}"
