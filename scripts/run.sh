#!/usr/bin/env bash
# Heddle's main job, set-up included: trains a language model with structured dropout,
# generates the array, and checks the training's own products in Verilator, bit by bit.
# Arguments are passed on to `heddle run`; see `target/release/heddle run --help`. Unless they
# say otherwise, the array has both dataflows, and each product takes the faster one.
# With --synth as the first argument it installs what `heddle synth` and `heddle power` need as
# well, and passes the rest on to `heddle synth`, or shows what there is (`heddle doctor`).
source "$(dirname "$0")/setup.sh"

need_rust
need_debian g++ make perl python3 python3-venv zlib1g-dev liblz4-dev
need_verilator
[ "${1:-}" != --synth ] || need_synthesis
stage "building the program (cargo downloads what it needs)"
cargo build --release --workspace --bin heddle
if [ "${1:-}" = --synth ]; then
    shift
    [ $# -gt 0 ] || exec target/release/heddle doctor
    exec target/release/heddle synth "$@"
fi
case " $* " in
    *" --dataflow"* | *" --config"*) ;;
    *) set -- --dataflow both "$@" ;;
esac
stage "target/release/heddle run $*"
target/release/heddle run "$@"
stage "done"
