#!/usr/bin/env bash
# Heddle's main job, set-up included: trains a language model with structured dropout,
# generates the array, and checks the training's own products in Verilator, bit by bit.
# Arguments are passed on to `heddle run`; see `target/release/heddle run --help`. Unless they
# say otherwise, the array has both dataflows, and each product takes the faster one. A page of the report
# (`heddle report`) is in target/heddle-run.html then, unless --report or --json is among them.
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
report=target/heddle-run.json
rm -f "$report"
case " $* " in
    *" --report"* | *" --json"*) ;;
    *) set -- "$@" --report "$report" ;;
esac
status=0
target/release/heddle run "$@" || status=$?
# what is wrong is to be handed on, too
if [ -f "$report" ]; then
    target/release/heddle report "$report" --html target/heddle-run.html >/dev/null
    stage "its report, to open in a browser: target/heddle-run.html"
fi
[ "$status" -eq 0 ] || exit "$status"
stage "done"
