#!/usr/bin/env bash
# Runs the targets of heddle.core on small generated arrays and an engine with FuseSoC: lint (Verilator),
# sim (Icarus, Verilator), synth (yosys, nextpnr, ecppack); then on spoiled copies of them,
# which must fail. --fast leaves out synthesis and Verilator's simulation.
source "$(dirname "$0")/setup.sh"

case "${1-}" in
    '') fast= ;;
    --fast) fast=1 ;;
    -h | --help) show_help ;;
    *) printf "error: unknown option '%s': use --fast or none\n" "$1" >&2; exit 2 ;;
esac
need_rust
need_debian g++ make python3 python3-venv verilator yosys iverilog
need_fusesoc
[ -n "$fast" ] || need_synthesis
cargo build --quiet --release --bin heddle

root=$PWD
out=$root/target/fusesoc
rm -rf "$out"
mkdir -p "$out/bin"
# The names that edalize calls. Its yosys must know Tcl, which the wheel's does not.
for tool in nextpnr-ecp5 ecppack; do
    ln -s "$root/.venv/bin/yowasp-$tool" "$out/bin/$tool"
done
export PATH=$out/bin:$PATH
# No configuration of the user's but this one.
export XDG_CONFIG_HOME=$out/xdg XDG_CACHE_HOME=$out/xdg XDG_DATA_HOME=$out/xdg

# generate FOLDER FLAGS...: an array into a folder.
generate() {
    local folder=$1
    shift
    target/release/heddle generate --out "$out/$folder" "$@" >/dev/null
}

# run_target FOLDER TARGET [TOOL]: runs a target of the core in a folder; sets `log`.
run_target() {
    local folder=$1 target=$2 core tool=()
    [ -z "${3-}" ] || tool=(--tool "$3")
    log=$out/$folder-$target${3:+-$3}.log
    core=$(sed -n 's/^name: //p' "$out/$folder"/*.core)
    (cd "$out" && "$root/.venv/bin/python" -m fusesoc.main --cores-root "$folder" run \
        --build-root "build/$folder${3:+-$3}" --target "$target" "$core" "${tool[@]}") \
        >"$log" 2>&1
}

# passes FOLDER TARGET [TOOL]
passes() {
    stage "$*"
    run_target "$@" || {
        tail -n 20 "$log" >&2
        fail "target $2 of $1 fails; see $log"
    }
    [ "$2" != sim ] || grep '^PASS: ' "$log" || fail "the simulation of $1 did not say PASS: see $log"
}

# fails_with TEXT FOLDER TARGET [TOOL]: it fails, and for the reason that is meant.
fails_with() {
    local text=$1
    shift
    stage "$*, which must fail"
    ! run_target "$@" || fail "target $2 does not notice what is wrong with $1"
    grep -q "$text" "$log" || {
        tail -n 20 "$log" >&2
        fail "target $2 of $1 fails, but says nothing of '$text'"
    }
}

# spoil FOLDER COPY FILE EXPRESSION: a copy with one file changed by sed.
spoil() {
    cp -r "$out/$1" "$out/$2"
    sed -i "$4" "$out/$2/$3"
    ! cmp -s "$out/$1/$3" "$out/$2/$3" || fail "nothing to spoil in $3 of $1"
}

# pair FOLDER FIRST SECOND: a design with two arrays, whose prefixes are given. Its core depends on
# both of theirs.
pair() {
    mkdir "$out/$1"
    generate "$1/first" --rows 3 --cols 2 --format int8 --prefix "$2"
    generate "$1/second" --rows 2 --cols 3 --format bf16 --prefix "$3"
    cp hdl/tests/pair.v "$out/$1/"
    printf '%s\n' CAPI=2: 'name: heddle:test:pair:1' 'filesets:' '  bench:' \
        '    files: [pair.v: {file_type: verilogSource}]' '    depend:' >"$out/$1/pair.core"
    sed -n 's/^name: /      - /p' "$out/$1"/{first,second}/*.core >>"$out/$1/pair.core"
    printf '%s\n' 'targets:' '  sim:' '    filesets: [bench]' '    toplevel: pair' '    flow: sim' \
        '    flow_options: {tool: icarus, iverilog_options: [-g2001]}' >>"$out/$1/pair.core"
}

generate int8 --rows 4 --cols 4 --format int8 --multiplier ecp5
generate bf16 --rows 2 --cols 2 --format bf16
generate both --rows 4 --cols 4 --format int8 --dataflow both
generate engine --engine --rows 2 --cols 2 --format int8 --bus-bits 64
for folder in int8 bf16 both engine; do
    passes $folder lint
    passes $folder sim
done

pair two_arrays first second
passes two_arrays sim
pair one_name heddle heddle
fails_with "heddle_array.*already" one_name sim
generate waves --rows 2 --cols 2 --format int8 --prefix acme --waveform
passes waves sim
find "$out/build/waves" -name tb_acme_array.fst -size +1k | grep -q . || fail "the bench of waves wrote no waveform"
spoil int8 masks heddle_array.v 's/\.row_keep_i\( *\)(row_keep_i)/.row_keep_i\1(~row_keep_i)/'
fails_with '^FAIL: ' masks sim
spoil engine stride heddle_engine_store.v 's/job_c_stride_q <= last_c_stride_i/job_c_stride_q <= ~last_c_stride_i/'
fails_with '^FAIL: ' stride sim
spoil int8 unused heddle_array.v 's/^endmodule/  wire nothing;\nendmodule/'
fails_with UNUSED unused lint
if [ -z "$fast" ]; then
    # Not twice: it compiles a model for a minute.
    passes both sim verilator
    passes waves sim verilator
    fails_with '^FAIL: ' masks sim verilator
    # Smaller ones: place and route takes minutes for the others.
    generate small_int8 --rows 2 --cols 2 --format int8 --multiplier ecp5
    # Debian's yosys makes a fused multiply-add that misses the default clock.
    generate small_bf16 --rows 1 --cols 1 --format bf16 --clock-mhz 40
    generate small_both --rows 2 --cols 1 --format int8 --dataflow both
    for folder in small_int8 small_bf16 small_both; do
        passes $folder synth
        grep -h 'Max frequency' "$log" | tail -n 1
    done
    # A clock that no ECP5 has: the constraint is read, and missed.
    generate hasty --rows 1 --cols 1 --format int8 --clock-mhz 900
    fails_with 'FAIL at 900' hasty synth
fi
stage "done"
