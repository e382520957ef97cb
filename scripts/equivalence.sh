#!/usr/bin/env bash
# Proves that the Verilog emitted today does what that of Heddle 0.1 did: same outputs of
# heddle_array, bit for bit, for all inputs and all times from reset. With --simulation it proves
# the same of the mesh for simulation and the emitted one. See
# testbenches/fixtures/verilog-0.1/README.md.
#
# usage: scripts/equivalence.sh [--simulation] [--fast] [--controls] [--list] [NAME...]
#   NAME...     only these configurations, of cases.txt there
#   --fast      only those marked fast
#   --controls  instead, plants the faults of controls.txt into the old text, or those of
#               controls-simulation.txt into the mesh for simulation: each must be found
#   --list      lists the configurations
#   HEDDLE=...  the program that emits; YOSYS=... the tool that reads
# Logs go to target/equivalence. Exit status 1 if a proof fails, or a fault is not found.
source "$(dirname "$0")/setup.sh"

fixtures=$PWD/testbenches/fixtures/verilog-0.1
formal=$PWD/testbenches/formal
fast=0 controls=0 simulation=0 names=()
for arg in "$@"; do
    case $arg in
        --fast) fast=1 ;;
        --controls) controls=1 ;;
        --simulation) simulation=1 ;;
        --list)
            awk -F' *[|] *' '!/^(#|$)/ { printf "%-26s %-5s %s\n", $1, $2, $3 }' "$fixtures/cases.txt"
            exit ;;
        -h | --help) show_help ;;
        -*) printf "error: unknown option '%s': see --help\n" "$arg" >&2; exit 2 ;;
        *)
            grep -q "^$arg |" "$fixtures/cases.txt" ||
                { printf "error: unknown configuration '%s': see --list\n" "$arg" >&2; exit 2; }
            names+=("$arg") ;;
    esac
done

need_debian yosys cadical python3
yosys=${YOSYS:-yosys}
need_heddle
work=${CARGO_TARGET_DIR:-target}/equivalence faults_of=$fixtures/controls.txt
if [ $simulation -eq 1 ]; then
    need_fast_text
    work+=-simulation faults_of=$fixtures/controls-simulation.txt
fi
mkdir -p "$work"
work=$(realpath "$work")

# read_circuit OUT EXTRA FILE...: yosys commands that write the gates of heddle_array
read_circuit() {
    local out=$1 extra=$2 word defines='' preload='' half=''
    shift 2
    for word in $extra; do
        case $word in
            -D*) defines+=" $word" ;;
            PRELOAD=*) preload=" -chparam PRELOAD ${word#*=}" ;;
            half) half=1 ;;
        esac
    done
    echo "read_verilog$defines $*"
    # A net that nothing drives is an input of its own, so that it cannot hide; but words beyond the
    # last of a bank, where nobody reads, are zero.
    printf '%s\n' "hierarchy -check -top heddle_array$preload" proc opt_expr opt_clean \
        'setundef -undriven -anyseq' memory_map 'setundef -undriven -zero' opt_expr opt_clean
    # Registers with an asynchronous reset, or on gated clocks, are of the gates' own time.
    if [ -n "$half" ]; then echo clk2fflogic; else echo async2sync; fi
    # Gates are made of each module once. The counters of the old text that do not take all values
    # are seen from outside, so that correspond.py knows them.
    printf '%s\n' "techmap -map $formal/multiply.v" techmap opt_expr opt_clean dffunmap aigmap \
        opt_clean flatten "expose w:*phase_0_q w:*.at_q" 'setundef -zero -init' \
        "write_aiger -zinit -symbols $out"
}

# prove NAME EXTRA [MODULE SED]: sets verdict
prove() {
    local dir=$work/$1 extra=$2 before primitive='' logic='' old new planted
    rm -rf "$dir"
    mkdir -p "$dir/new"
    verdict="not prepared"
    "$heddle" generate --config "$fixtures/$1.toml" --out "$dir/new" >"$dir/log" || return 0
    new=$(sed "s|^|$dir/new/|" "$dir/new/heddle.f")
    if [ $simulation -eq 1 ]; then
        # yosys knows no register whose asynchronous reset gives it anything but a constant, and that
        # a clock gate holds what its enable was is no equality of registers.
        if grep -qE 'reset = "async"|gating = "clock-gate"' "$fixtures/$1.toml"; then
            verdict="by simulation only: asynchronous reset or gated clocks"
            return
        fi
        if [[ " $extra " == *" large "* ]]; then
            verdict="by simulation only: too large for yosys"
            return
        fi
        if [[ " $extra " == *" unproved "* ]]; then
            verdict="by simulation only: the method has no answer"
            return
        fi
        old=$new logic=--logic planted=$dir/fast/heddle_mesh.v
        case $("$fast_text" "$dir/new" "$dir/fast") in
            written) new=${new/"$dir/new/heddle_mesh.v"/$planted} ;;
            *) verdict="has no text for simulation"; return ;;
        esac
    else
        old=$dir/old.v planted=$dir/old.v
        gunzip <"$fixtures/$1.v.gz" >"$old"
    fi
    if [ -n "${3:-}" ]; then
        before=$(cksum <"$planted")
        sed -i "/^module $3 /,/^endmodule/ {
            $4
        }" "$planted"
        [ "$before" != "$(cksum <"$planted")" ] ||
            { verdict="the fault is nowhere in $3"; return; }
    fi
    if [[ $extra == *HEDDLE_ECP5* ]]; then
        sed -n '/^module MULT18X18D/,/^endmodule/p' "$formal/dsp.sv" >"$dir/primitive.v"
        primitive=$dir/primitive.v
    fi
    read_circuit "$dir/old.aig" "$extra" $primitive $old >"$dir/old.ys"
    read_circuit "$dir/new.aig" "$extra" $primitive $new >"$dir/new.ys"
    "$yosys" -q "$dir/old.ys" >>"$dir/log" 2>&1 || { verdict="yosys failed on the old"; return; }
    "$yosys" -q "$dir/new.ys" >>"$dir/log" 2>&1 || { verdict="yosys failed on the new"; return; }
    verdict=$(python3 "$formal/correspond.py" $logic "$dir/old.aig" "$dir/new.aig" 2>>"$dir/log") || true
    [ -n "$verdict" ] || verdict="correspond.py failed"
    rm -f "$dir"/*.aig
}

chosen() {
    if [ ${#names[@]} -gt 0 ]; then
        [[ " ${names[*]} " == *" $1 "* ]]
    else
        [ $fast -eq 0 ] || [ "$2" = fast ]
    fi
}

failed=0
row() {
    printf '%-26s %6.1f  %s\n' "$1" "$(awk "BEGIN { print $EPOCHREALTIME - $start }")" "$2"
}
printf '%-26s %6s  %s\n' configuration s result
while IFS='|' read -r name set extra; do
    name=${name// /} set=${set// /}
    case $name in '' | \#*) continue ;; esac
    chosen "$name" "$set" || continue
    if [ $controls -eq 0 ]; then
        start=$EPOCHREALTIME
        prove "$name" "$extra"
        row "$name" "$verdict"
        [[ $verdict == proved* || $verdict == "has no text"* || $verdict == "by simulation"* ]] || failed=1
        continue
    fi
    faults=$(sed -n "s/^$name | \([^ ]*\) | /\1\t/p" "$faults_of")
    while IFS=$'\t' read -r module fault; do
        [ -n "$module" ] || continue
        start=$EPOCHREALTIME
        prove "$name" "$extra" "$module" "$fault"
        case $verdict in
            refuted* | 'no answer: '*' differs in a state'*) row "$name" "found ($verdict): $module $fault" ;;
            *) row "$name" "NOT FOUND ($verdict): $module $fault"; failed=1 ;;
        esac
    done <<<"$faults"
done <"$fixtures/cases.txt"
exit $failed
