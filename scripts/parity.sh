#!/usr/bin/env bash
# The parity runs whose results are in results/: Case III against Case I on three tasks.
#
#   scripts/parity.sh lm
#   scripts/parity.sh nmt FOLDER   with tatoeba.en-de.{train,valid,test}.tsv
#   scripts/parity.sh ner FOLDER   with wikigold.{train,valid,test}.conll
#
# Finished runs are kept in results/parity-TASK and not repeated. HEDDLE names the program if
# it is not target/release/heddle; JOBS the runs side by side.
set -euo pipefail
cd "$(dirname "$0")/.."
heddle=${HEDDLE:-target/release/heddle}
task=${1:?give lm, nmt or ner}
data=${2:-}
common=(--threads "${JOBS:-2}" --out "results/parity-$task" --plot "results/parity-$task.svg")
files() {
    : "${data:?give the folder of the data}"
    echo --train-text "$data/$1.train.$2" --valid-text "$data/$1.valid.$2" --test-text "$data/$1.test.$2"
}
case $task in
    lm)
        exec "$heddle" parity --task lm --epochs 14 --full-epochs 6 --decay 0.7 \
            --grid 0.2,0.35,0.5 --seeds 10 --arithmetic=4 "${common[@]}"
        ;;
    nmt)
        # shellcheck disable=SC2046 # a list of arguments
        exec "$heddle" parity --task nmt $(files tatoeba.en-de tsv) --hidden 128 --layers 1 \
            --encoder bi --epochs 16 --full-epochs 10 --decay 0.6 \
            --grid 0.2,0.3,0.4 --seeds 8 --arithmetic=2 "${common[@]}"
        ;;
    ner)
        # shellcheck disable=SC2046 # a list of arguments
        exec "$heddle" parity --task ner $(files wikigold conll) --preset small --embedding 50 --batch 16 \
            --optimiser adam --learning-rate 0.003 --decay 0.8 --full-epochs 4 --epochs 14 \
            --grid 0.3,0.5 --seeds 20 --seed 101 --arithmetic=4 "${common[@]}"
        ;;
    *)
        echo "parity.sh: unknown task '$task': give lm, nmt or ner" >&2
        exit 2
        ;;
esac
