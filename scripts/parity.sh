#!/usr/bin/env bash
# Runs of the shared mask, Case III, against Case I: those whose results are in results/, and those
# of docs/src/protocol.md on the sets of the papers.
#
#   scripts/parity.sh lm                 on the text inside the program
#   scripts/parity.sh nmt FOLDER         with tatoeba.en-de.{train,valid,test}.tsv
#   scripts/parity.sh ner FOLDER         with wikigold.{train,valid,test}.conll
#   scripts/parity.sh ptb FOLDER         with ptb.{train,valid,test}.txt: Zaremba's medium, one run each
#                                        of Case I, Case III, Case III with rh
#   scripts/parity.sh ptb-small FOLDER   the same text, 2 x 200; ptb-small-rh with rh as well
#   scripts/parity.sh conll FOLDER       with eng.{train,testa,testb}; conll-rh with rh as well
#   scripts/parity.sh conll-vectors FOLDER VECTORS   from word vectors 100 wide, as glove.6B.100d.txt
#   scripts/parity.sh multi30k FOLDER    with {train,val,test_2016_flickr}.lc.norm.tok.{de,en}; all sites;
#                                        multi30k-opennmt with OpenNMT's; multi30k-groups8 and -groups4 with
#                                        that many groups of masks, beside the runs of multi30k
#
# Finished runs are kept in results/parity-NAME and not repeated; the same command goes on after an
# interruption. The runs of ptb, hours long, save themselves after every epoch in CHECKPOINTS
# (~/.cache/heddle-parity if not given), and go on from there.
#
# HEDDLE names the program if it is not target/release/heddle; JOBS the runs side by side (ptb: the
# threads of its one run); RESULTS the folder for results. TRIAL=1 tries the files with networks of
# a few units, in minutes; its results, in target/parity-trial, say nothing.
set -euo pipefail
# Where the caller stands, as the names were given.
data=${2:+$(realpath -m "$2")}
vectors=${3:+$(realpath -m "$3")}
cd "$(dirname "$0")/.."
heddle=${HEDDLE:-target/release/heddle}
name=${1:?give lm, nmt, ner, ptb, ptb-small, conll or multi30k}
trial=${TRIAL:-}
results=${RESULTS:-${trial:+target/parity-trial}}
results=${results:-results}
saved=${CHECKPOINTS:-${XDG_CACHE_HOME:-$HOME/.cache}/heddle-parity}
if [ -n "$trial" ]; then saved=$results/checkpoints; fi
jobs=(--threads "${JOBS:-2}")
to=("${jobs[@]}" --out "$results/parity-$name" --plot "$results/parity-$name.svg")

need_folder() {
    [ -d "${data:?give the folder of the data}" ] || {
        echo "parity.sh: there is no folder '$data': give the one with the data" >&2
        exit 2
    }
}

# Three files by their ends after a common beginning.
files() {
    need_folder
    texts=(--train-text "$data/$1$2" --valid-text "$data/$1$3" --test-text "$data/$1$4")
}

# compare SEEDS SELECTION-EPOCHS GRID RATES OPTION...: p, then the rate, by short runs of one seed, the two
# best of each case by three, then fresh seeds, as the protocol says.
compare() {
    local choice=(--seeds "$1" --selection-epochs "$2" --grid "$3" --rates "$4" --selection-seeds 3 --finalists 2
        --seed 301)
    shift 4
    if [ -n "$trial" ]; then
        choice=(--seeds 2 --selection-epochs 1 --grid 0.2,0.4 --rates 0.1,0.2 --selection-seeds 2 --finalists 2
            --hidden 8 --embedding "${small:-8}" --layers 1 --epochs 1)
    fi
    mkdir -p "$results"
    exec nice "$heddle" parity "$@" "${texts[@]}" "${choice[@]}" "${to[@]}"
}

# train ARM OPTION...: one run of ptb, from where it was.
train() {
    local arm=$1 report=$results/parity-$name/$1.json checkpoint=$saved/$name-$1.heddle resume=()
    shift
    if [ -e "$report" ]; then
        echo "== $arm: $report is there already"
        return
    fi
    if [ -e "$checkpoint" ]; then resume=(--resume "$checkpoint"); fi
    local size=(--preset medium --seed 301)
    if [ -n "$trial" ]; then size=(--hidden 8 --layers 1 --epochs 2); fi
    mkdir -p "$results/parity-$name" "$saved"
    echo "== $arm"
    nice "$heddle" train --task lm "${size[@]}" --p 0.5 "$@" "${texts[@]}" "${jobs[@]}" \
        --checkpoint "$checkpoint" "${resume[@]}" --report "$report" \
        --plot "$results/parity-$name/$arm.svg"
}

sites=nr,out
case $name in *-rh) sites=nr,rh,out ;; esac
case $name in
    lm)
        exec "$heddle" parity --task lm --epochs 14 --full-epochs 6 --decay 0.7 \
            --grid 0.2,0.35,0.5 --seeds 10 --arithmetic=4 "${to[@]}"
        ;;
    nmt)
        files tatoeba.en-de. train.tsv valid.tsv test.tsv
        exec "$heddle" parity --task nmt "${texts[@]}" --hidden 128 --layers 1 \
            --encoder bi --epochs 16 --full-epochs 10 --decay 0.6 \
            --grid 0.2,0.3,0.4 --seeds 8 --arithmetic=2 "${to[@]}"
        ;;
    ner)
        files wikigold. train.conll valid.conll test.conll
        exec "$heddle" parity --task ner "${texts[@]}" --preset small --embedding 50 --batch 16 \
            --optimiser adam --learning-rate 0.003 --decay 0.8 --full-epochs 4 --epochs 14 \
            --grid 0.3,0.5 --seeds 20 --seed 101 --arithmetic=4 "${to[@]}"
        ;;
    ptb)
        files ptb. train.txt valid.txt test.txt
        train case-i --case I --sites nr,out --train-policy dense
        train case-iii --case III --sites nr,out
        train case-iii-rh --case III --sites nr,rh,out
        ;;
    ptb-small | ptb-small-rh)
        files ptb. train.txt valid.txt test.txt
        compare 5 6 0.1,0.2,0.3,0.4 0.5,1,2 --task lm --preset small --sites "$sites"
        ;;
    conll | conll-rh | conll-vectors)
        files eng. train testa testb
        if [ "$name" = conll-vectors ]; then
            texts+=(--word-vectors "${vectors:?give the file of word vectors}")
            small=100
        fi
        compare 4 6 0.2,0.35,0.5,0.65 0.0015,0.003,0.006 --task ner --preset medium --sites "$sites"
        ;;
    multi30k | multi30k-opennmt | multi30k-groups[48])
        need_folder
        texts=()
        for part in train:train valid:val test:test_2016_flickr; do
            for side in source:de target:en; do
                texts+=("--${part%:*}-${side%:*}" "$data/${part#*:}.lc.norm.tok.${side#*:}")
            done
        done
        arm=(--sites nr,rh,out)
        case $name in
            *-opennmt) arm=(--sites opennmt) ;;
            *-groups*) arm+=(--mask-groups "${name#*groups}" --reuse "$results/parity-multi30k") ;;
        esac
        compare 5 6 0.2,0.3,0.4,0.5 0.25,0.5,1 --task nmt --preset small --learning-rate 0.5 \
            --vocabulary 10000 "${arm[@]}"
        ;;
    *)
        echo "parity.sh: unknown name '$name': give lm, nmt, ner, ptb, ptb-small, conll or multi30k" >&2
        exit 2
        ;;
esac
