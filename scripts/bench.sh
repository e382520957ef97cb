#!/usr/bin/env bash
# The training benchmarks whose results are in results/: packed against dense, and against
# PyTorch if a Python that has it is given. They want a machine that does nothing else.
#
#   scripts/bench.sh [PYTHON]
#
# HEDDLE names the program if it is not target/release/heddle.
set -euo pipefail
cd "$(dirname "$0")/.."
heddle=${HEDDLE:-target/release/heddle}
pytorch=()
if [ $# -gt 0 ]; then pytorch=(--pytorch "$1"); fi
run() {
    local name=$1
    shift
    echo "== $name: heddle bench train $*"
    "$heddle" bench train --threads 2 --report "results/bench-$name.json" "$@"
}
run medium --preset medium --p 0.5 --rounds 9 --steps 4 "${pytorch[@]}"
run large --preset large --p 0.65 --rounds 5 --steps 2 "${pytorch[@]}"
run small --preset small --p 0.5 --rounds 7 --steps 8 "${pytorch[@]}"
run medium-b32 --preset medium --p 0.5 --batch 32 --rounds 7 --steps 3
run medium-nr --preset medium --p 0.5 --sites nr,out --rounds 7 --steps 3
