#!/usr/bin/env bash
# Heddle's main job, set-up included: trains a language model with structured dropout,
# generates the array, and checks the training's own products in Verilator, bit by bit.
# Arguments are passed on to `heddle run`; see `target/release/heddle run --help`. Unless they
# say otherwise, the array has both dataflows, and each product takes the faster one.
source "$(dirname "$0")/setup.sh"

need_rust
need_debian g++ make perl python3 python3-venv zlib1g-dev liblz4-dev
need_verilator
stage "building the program (cargo downloads what it needs)"
cargo build --release --package heddle-cosim
case " $* " in
    *" --dataflow"* | *" --config"*) ;;
    *) set -- --dataflow both "$@" ;;
esac
stage "target/release/heddle run $*"
target/release/heddle run "$@"
stage "done"
