#!/usr/bin/env bash
# The roofline of the engine that docs/src/engine.md tells: 16 x 16, a memory 64 cycles away, buses of 64 to 512 bits,
# int8 and bf16, batches of 20 and 64, each phase of Zaremba's medium layer (650 x 2600, 325 units kept, WG over 35
# time steps), dense and packed, by the cycle model.
#
# usage: scripts/roofline.sh [FOLDER]
#   FOLDER  where roofline.csv and roofline.svg go [default: results]
#   HEDDLE=...  the program
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) show_help ;; esac
out=${1:-results}
need_heddle
mkdir -p "$out"
"$heddle" explore --target engine --config results/engine-256.toml --network zaremba-medium --p 0.5 \
    --format int8,bf16 --batch 20,64 --bus-bits 64,128,256,512 --latency 64 \
    --csv "$out/roofline.csv" --plot "$out/roofline.svg"
