#!/usr/bin/env bash
# Mutates the emitted Verilog and counts the mutants that the regression notices.
#
# usage: scripts/mutate.sh [COUNT [SECONDS [SEED [DESIGN...]]]]
#        scripts/mutate.sh --engine [COUNT [SEED [FOLDER [SECONDS]]]]
#   COUNT     mutants of each of the six designs [default: 170]
#   SECONDS   of a proof that a mutant which is not noticed equals the original, 0: none [default: 20]
#   SEED      other mutants for each [default: 1]
#   DESIGN    int8, bf16, int8-both, bf16-os, int8-none or bf16-dsp; all if none is named
#   --engine  mutants of the blocks of the engine instead [default: 700, seed 1], judged by random programs and a probe
#             of the registers on a small Verilated engine. Results are lines of FOLDER/results.txt
#             [default: target/engine-mutants], so that a run that was stopped goes on where it was. What is not noticed is
#             compared with the original, each for SECONDS [default: 60]; verdicts are lines of FOLDER/verdicts.txt
# Prints tables by part of the array and by kind of fault, then what survived, with the line of
# Verilog that it is in. Mutants that are proved equal are not counted as mutants. What survives is
# explained in testbenches/mutants.txt.
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) show_help ;; esac
need_rust
need_debian g++ make perl python3 zlib1g-dev liblz4-dev verilator yosys
need_verilator
example=mutants
[ "${1:-}" != --engine ] || { example=engine_mutants; shift; set -- "${@:-700}"; }
cargo run --release --quiet --package heddle-testbenches --example "$example" -- "${@:-170}"
