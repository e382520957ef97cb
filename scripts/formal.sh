#!/usr/bin/env bash
# Proves properties of the emitted Verilog: see testbenches/formal/README.md.
#
# usage: scripts/formal.sh [--fast] [--controls] [--list] [PROOF...]
#   PROOF...    only these, of testbenches/formal/proofs.txt
#   --fast      only those marked fast
#   --controls  instead, plants the faults of controls.txt: each must make its proof fail
#   --list      lists the proofs
#   HEDDLE=..., FAST_TEXT=..., ENGINE_BLOCK=...  the programs that emit; YOSYS=..., ABC=..., SMTBMC=... the tools
# Logs go to target/formal. Exit status 1 if a proof fails, or a planted fault is not found.
source "$(dirname "$0")/setup.sh"

formal=$PWD/testbenches/formal
fast=0 controls=0 names=()
for arg in "$@"; do
    case $arg in
        --fast) fast=1 ;;
        --controls) controls=1 ;;
        --list)
            awk -F' *[|] *' '!/^#/ { printf "%-24s %-5s %s\n", $1, $2, $3 }' "$formal/proofs.txt"
            exit ;;
        -h | --help) show_help ;;
        -*) printf "error: unknown option '%s': see --help\n" "$arg" >&2; exit 2 ;;
        *)
            awk -F' *[|] *' -v name="$arg" '$1 == name { found = 1 } END { exit !found }' \
                "$formal/proofs.txt" ||
                { printf "error: unknown proof '%s': see --list\n" "$arg" >&2; exit 2; }
            names+=("$arg") ;;
    esac
done

need_debian yosys z3 cadical python3
yosys=${YOSYS:-yosys} abc=${ABC:-yosys-abc} smtbmc=${SMTBMC:-yosys-smtbmc}
# Seconds after which a solver has no answer, which counts as a failure.
limit=1800
target=${CARGO_TARGET_DIR:-target}
need_heddle
need_fast_text
need_engine_block
work=$target/formal
mkdir -p "$work"
work=$(realpath "$work")

# rings DIR: adds the lines of the text for simulation as heddle_ring and heddle_ring_data
rings() {
    local line
    "$fast_text" "$1" "$1/fast" >>"$1/log" || return
    for line in "$1"/fast/heddle_delay*.v; do
        sed 's/heddle_delay/heddle_ring/' "$line" >"${line/fast\/heddle_delay/heddle_ring}" || return
        line=${line##*/}
        echo "${line/delay/ring}" >>"$1/heddle.f"
    done
}

# configure DIR CONFIG: DIR/engine.toml, a configuration with an engine of these KEY=VALUEs; those
# of the array, too, if they are not 2 x 2 int8
configure() {
    local -A array=([rows]=2 [cols]=2 [format]='"int8"')
    local engine=() word key
    for word in $2; do
        key=${word%%=*}
        case $key in
            rows | cols | dataflow) array[$key]=${word#*=} ;;
            *) engine+=("$word") ;;
        esac
    done
    for key in "${!array[@]}"; do printf '%s = %s\n' "$key" "${array[$key]}"; done >"$1/engine.toml"
    printf '%s\n' '[engine]' "${engine[@]}" >>"$1/engine.toml"
}

# others DIR KEEP: the modules in DIR but the engine and the block that is proved, and those of KEEP, with commas
others() {
    local file module
    while read -r file; do
        module=${file%.v}
        case ",$top,heddle_engine,$2," in
            *",$module,"*) ;;
            # With and without parameters.
            *) printf ' %s $paramod*%s*' "$module" "\\$module" ;;
        esac
    done <"$1/heddle.f"
}

# prepare DIR TOP EXTRA CONFIG [MODULE SED]: emits, inserts, plants; sets sources, defines,
# parameters, cases, and the modules that are free
prepare() {
    local dir=$1 top=$2 extra=$3 config=$4 word before
    local inside=()
    rm -rf "$dir"
    mkdir -p "$dir"
    case " $extra " in
        *' BLOCK='*)
            word=${extra##*BLOCK=}
            configure "$dir" "$config"
            "$engine_block" "${word%% *}" "$dir/engine.toml" "$dir" >"$dir/log" || return ;;
        *) "$heddle" generate $config --out "$dir" >"$dir/log" || return ;;
    esac
    [[ " $extra " != *" RING "* ]] || rings "$dir" || return
    if [ -n "${5:-}" ]; then
        before=$(cksum <"$dir/$5.v")
        sed -i "$6" "$dir/$5.v"
        [ "$before" != "$(cksum <"$dir/$5.v")" ] ||
            { echo "error: the fault '$6' is nowhere in $5" >&2; return 1; }
    fi
    defines='' parameters='' cases=('') free=''
    for word in $extra; do
        case $word in
            +*) inside+=("$formal/inside/${word#+}.sv") ;;
            -D*) defines+=" $word" ;;
            RING | BLOCK=*) ;;
            KEEP=*) free=$(others "$dir" "${word#KEEP=}") ;;
            CASE=*)
                cases=()
                for word in $(tr ',' ' ' <<<"${word#CASE=}"); do
                    case $word in
                        *..*) cases+=($(seq "${word%..*}" "${word#*..}")) ;;
                        *) cases+=("$word") ;;
                    esac
                done ;;
            *) parameters+=" -set ${word%=*} ${word#*=}" ;;
        esac
    done
    [ ${#inside[@]} -eq 0 ] || python3 "$formal/insert.py" "$dir" "$top" "${inside[@]}" || return
    sources=$(cd "$dir" && tr '\n' ' ' <heddle.f)
    [ ! -f "$formal/$top.sv" ] || sources="$formal/$top.sv $sources"
}

# read_design TOP CASE: the yosys commands up to a flat netlist
read_design() {
    echo "read_verilog -sv -formal$defines $sources"
    [ -z "$parameters" ] || echo "chparam$parameters $1"
    [ -z "$2" ] || echo "chparam -set CASE $2 $1"
    # Outputs of the top are nobody's property.
    printf '%s\n' "hierarchy -check -top $1" proc
    [ -z "$free" ] || echo "cutpoint$free"
    printf '%s\n' flatten 'delete -output' opt_clean
}

# write_aig TOP CASE HALF: proof.aig
write_aig() {
    {
        read_design "$1" "$2"
        [ -z "$3" ] || echo clk2fflogic
        printf '%s\n' memory_map opt async2sync 'setundef -undriven -anyseq' techmap \
            opt 'setundef -undriven -anyseq' dffunmap aigmap opt_clean \
            'write_aiger -B -zinit proof.aig'
    } >proof.ys
    "$yosys" -q proof.ys >>log 2>&1
}

# prove_sat TOP CASE CYCLES HALF: proved, refuted, or what went wrong. With CYCLES, that many
# from a state in which each register that has no initial value in the text is arbitrary; `pdr`
# is all cycles.
prove_sat() {
    local unroll='' said
    [ -z "$3" ] || [ "$3" = pdr ] || unroll="frames -i -F $3;"
    write_aig "$1" "$2" "$4" || { echo "yosys failed"; return; }
    if [ "$3" = pdr ]; then
        said=$(timeout "$limit" \
            "$abc" -q 'read_aiger proof.aig; fold; strash; dc2; orpos; scorr; pdr' 2>&1) || true
        printf '%s\n' "$said" >>log
        case $said in
            *'Property proved'*) echo proved ;;
            *'was asserted in frame'*) echo refuted ;;
            *) echo "no answer" ;;
        esac
        return
    fi
    # Constraints become part of the property, all assertions one output; what is
    # equivalent by structure is merged before the solver sees it.
    "$abc" -q "read_aiger proof.aig; fold; strash; $unroll ifraig; dc2; orpos; strash;
        write_cnf proof.cnf" >>log 2>&1
    [ -s proof.cnf ] || { echo "abc failed"; return; }
    timeout "$limit" cadical -q proof.cnf >verdict 2>>log || true
    case $(head -n 1 verdict) in
        's UNSATISFIABLE') echo proved ;;
        's SATISFIABLE') echo refuted ;;
        *) echo "no answer" ;;
    esac
}

# prove_bmc TOP CASE CYCLES: the first CYCLES from reset, no more
prove_bmc() {
    local said
    write_aig "$1" "$2" '' || { echo "yosys failed"; return; }
    "$abc" -q "read_aiger proof.aig; fold; strash; orpos; bmc3 -v -F $3 -T $limit" >verdict 2>&1 || true
    cat verdict >>log
    said=$(<verdict)
    case $said in
        *'was asserted in frame'*) echo refuted ;;
        # Fewer frames are no answer.
        *"No output asserted in $3 frames."*) echo proved ;;
        *) echo "no answer" ;;
    esac
}

# prove_smt TOP CYCLES: the same question on another way, for a check of the tools
prove_smt() {
    {
        read_design "$1" ''
        printf '%s\n' memory_map 'opt -full' async2sync dffunmap 'write_smt2 -wires proof.smt2'
    } >proof.ys
    "$yosys" -q proof.ys >>log 2>&1 || { echo "yosys failed"; return; }
    timeout "$limit" "$smtbmc" -s z3 --noprogress -t "$2" proof.smt2 >verdict 2>&1 || true
    cat verdict >>log
    case $(<verdict) in
        *'Status: PASSED'*) echo proved ;;
        *'Status: FAILED'*) echo refuted ;;
        *) echo "no answer" ;;
    esac
}

# prove_test FILE: the tests of the crate of the hardware, whose proofs name registers by their
# paths in rust-hdl, and plant faults of their own
prove_test() {
    if cargo test --release --quiet --workspace --test "$1" >>"$2" 2>&1; then
        echo proved
    else
        echo refuted
    fi
}

# prove NAME MODE TOP EXTRA CONFIG [MODULE SED]: sets verdict
prove() {
    local name=$1 mode=$2 top=$3 each
    case $mode in
        test*)
            mkdir -p "$work/$name"
            verdict=$(prove_test "${mode#test }" "$work/$name/log")
            return ;;
    esac
    prepare "$work/$name" "$top" "$4" "$5" "${6:-}" "${7:-}" || { verdict="not prepared"; return; }
    set -- $mode
    for each in "${cases[@]}"; do
        case $mode in
            sat) verdict=$(cd "$work/$name" && prove_sat "$top" "$each" '' '') ;;
            any*) verdict=$(cd "$work/$name" && prove_sat "$top" "$each" "$2" "${3:-}") ;;
            pdr) verdict=$(cd "$work/$name" && prove_sat "$top" "$each" pdr '') ;;
            bmc*) verdict=$(cd "$work/$name" && prove_bmc "$top" "$each" "$2") ;;
            bounded*) verdict=$(cd "$work/$name" && prove_smt "$top" "$2") ;;
        esac
        if [ "$verdict" != proved ]; then
            [ -z "$each" ] || verdict+=" (case $each)"
            return
        fi
    done
}

chosen() {
    if [ ${#names[@]} -gt 0 ]; then
        [[ " ${names[*]} " == *" $1 "* ]]
    else
        [ $fast -eq 0 ] || [ "$2" = fast ]
    fi
}

failed=0
printf '%-24s %-16s %-10s %6s  %s\n' proof mode solver s result
while IFS='|' read -r name set mode top extra config; do
    name=${name// /} set=${set// /} top=${top// /} mode=$(xargs <<<"$mode")
    case $name in '' | \#*) continue ;; esac
    # Whatever is run: a proof without a planted fault has no place in the list.
    case $mode in test*) ;; *)
        grep -q "^$name | " "$formal/controls.txt" ||
            { printf "error: proof '%s' has no control in controls.txt\n" "$name" >&2; failed=1; } ;;
    esac
    chosen "$name" "$set" || continue
    solver=z3
    case $mode in
        sat | any*) solver=cadical ;;
        pdr* | bmc*) solver=abc ;;
        test*) solver=yosys ;;
    esac
    row() { printf '%-24s %-16s %-10s %6.1f  %s\n' "$name" "$mode" "$solver" "$1" "$2"; }
    if [ $controls -eq 0 ]; then
        start=$EPOCHREALTIME
        prove "$name" "$mode" "$top" "$extra" "$config"
        row "$(awk "BEGIN { print $EPOCHREALTIME - $start }")" "$verdict"
        [ "$verdict" = proved ] || failed=1
        continue
    fi
    case $mode in test*) row 0 "has controls among its own tests"; continue ;; esac
    faults=$(sed -n "s/^$name | \([^ ]*\) | /\1\t/p" "$formal/controls.txt")
    while IFS=$'\t' read -r module fault; do
        start=$EPOCHREALTIME
        prove "$name" "$mode" "$top" "$extra" "$config" "$module" "$fault"
        case $verdict in
            refuted*) said="found: $fault" ;;
            *) said="NOT FOUND ($verdict): $fault" failed=1 ;;
        esac
        row "$(awk "BEGIN { print $EPOCHREALTIME - $start }")" "$said"
    done <<<"$faults"
done <"$formal/proofs.txt"
exit $failed
