#!/usr/bin/env bash
# Lints generated arrays with slang, bench and frame included, every warning on; then spoiled
# copies, in which it must find what is wrong.
source "$(dirname "$0")/setup.sh"

case "${1-}" in
    '') ;;
    -h | --help) show_help ;;
    *) printf "error: unknown option '%s': it takes none\n" "$1" >&2; exit 2 ;;
esac
need_rust
need_debian python3 python3-venv
need_slang
heddle=${CARGO_TARGET_DIR:-target}/release/heddle
cargo build --quiet --release --bin heddle
out=target/slang
rm -rf "$out"

generate() {
    local folder=$1
    shift
    "$heddle" generate --out "$out/$folder" "$@" >/dev/null
}

lint() {
    .venv/bin/python scripts/slang.py "$@"
}

# finds TEXT FILE EXPRESSION: slang finds the fault that sed puts into a file of `one`.
finds() {
    rm -rf "$out/spoiled"
    cp -r "$out/one" "$out/spoiled"
    sed -i "$3" "$out/spoiled/$2"
    ! cmp -s "$out/one/$2" "$out/spoiled/$2" || fail "nothing to spoil in $2"
    ! lint "$out/spoiled" >"$out/log" 2>&1 || fail "slang does not notice what is wrong with $2"
    grep -q "$1" "$out/log" || { cat "$out/log" >&2; fail "slang says nothing of '$1'"; }
}

generate one --rows 1 --cols 1 --format int8
# Without --waveform: of a file's name slang takes no reg, which IEEE 1800-2017 (21.7.1.1) allows.
generate bf16 --rows 2 --cols 3 --prefix other
generate both --rows 3 --cols 2 --format int16 --dataflow both --gating clock-gate --reset async
generate os --rows 2 --cols 2 --dataflow os --multiplier ecp5 --skew ram
generate saturate --rows 5 --cols 4 --format int8 --acc-bits 16 --overflow saturate \
    --multiplier staged --dataflow both --reset none
lint generated/*/ "$out"/*/
finds Wincomplete-return tb_heddle_array.v '/random_mask = {LANES/d'
finds Wwidth-trunc heddle_pe.v "s/act_q <= act_i/act_q <= {1'b0, act_i}/"
