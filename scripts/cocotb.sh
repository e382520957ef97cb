#!/usr/bin/env bash
# Tests generated engines, and the array behind AXI4-Stream, with cocotb over Verilator: memory, registers and ends of
# streams of cocotbext-axi, products by numpy, apart from every model of Heddle's.
#
#   scripts/cocotb.sh             60 rings of random jobs on int8 8 x 8 with 128 bits, and on bf16 4 x 4
#                                 with 64; 600 tiles with each kind of pauses on int8 5 x 3
#   scripts/cocotb.sh --fast      12 rings on each, and 120 tiles
#   scripts/cocotb.sh --controls  faults in int8 4 x 4 with 64 bits, each of which a test must find, and in the
#                                 streams
#
# HEDDLE names a program to generate with, instead of one that is built.
source "$(dirname "$0")/setup.sh"

rounds=60
case "${1-}" in
    '' | --controls) ;;
    --fast) rounds=12 ;;
    -h | --help) show_help ;;
    *) printf "error: unknown option '%s': use --fast, --controls or none\n" "$1" >&2; exit 2 ;;
esac
need_heddle
need_debian g++ make perl python3 python3-venv zlib1g-dev
need_verilator
need_cocotb

out=${CARGO_TARGET_DIR:-target}/cocotb
rm -rf "$out"
mkdir -p "$out"
# What the runner calls.
PATH=$(realpath "$(dirname "$wheel")"):$PATH

# run NAME FLAGS...: generates an engine, or what FLAGS say, and tests it; options of run.py stand in `options`.
options=()
run() {
    local name=$1
    shift
    stage "$name"
    "$heddle" generate --out "$out/$name" "$@" >/dev/null
    .venv/bin/python testbenches/cocotb/run.py "$out/$name" "$out/$name-build" "${options[@]}" ||
        fail "see $out/$name-build/test.log"
}

if [ "${1-}" = --controls ]; then
    options=(--rounds 6 --controls testbenches/cocotb/controls.txt)
    run int8_4x4_64 --engine --rows 4 --cols 4 --format int8 --bus-bits 64
    options=(--stream --rounds 6 --controls testbenches/cocotb/stream_controls.txt)
    run stream_int8_4x4 --stream --rows 4 --cols 4 --format int8
else
    options=(--rounds "$rounds")
    run bf16_4x4_64 --engine --rows 4 --cols 4 --format bf16 --bus-bits 64
    run int8_8x8_128 --engine --rows 8 --cols 8 --format int8 --bus-bits 128
    options+=(--stream)
    run stream_int8_5x3 --stream --rows 5 --cols 3 --format int8
fi
stage "done"
