#!/usr/bin/env bash
# Heddle's int8 processing element against one of the same function and pipeline that is written
# by hand (testbenches/area/minimal_pe_int8.v): proves them equal for all inputs and times, then
# counts both on ECP5, LUT4 with two for each carry cell. Fails if Heddle's is larger.
#
# usage: scripts/pe-area.sh [--control]     --control: with a fault planted into the hand-written
#                                           one, which the proof must find
#   YOSYS=...   the yosys that counts (default: Debian's)
#   HEDDLE=...  the program that emits, instead of one that is built
source "$(dirname "$0")/setup.sh"

control=
case ${1:-} in
  '') ;;
  --control) control=1 ;;
  -h | --help) show_help ;;
  *) printf "error: unknown option '%s': use --control or none\n" "$1" >&2; exit 2 ;;
esac
need_rust
need_debian yosys g++
yosys=${YOSYS:-yosys} prover=yosys abc=yosys-abc
need_heddle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$heddle" generate --format int8 --rows 1 --cols 1 --out "$work/pe" >/dev/null
cp testbenches/area/minimal_pe_int8.v "$work/minimal.v"
[ -z "$control" ] || sed -i 's/wanted = swap_i | !full/wanted = !full/' "$work/minimal.v"
cd "$work"
sources='pe/heddle_pe.v pe/heddle_mul_int8.v pe/heddle_add_int32.v'

stage "proving the two equal, from reset"
# All registers are zero after reset, in both. What both multiply is merged before the solver
# sees it, since both products are of the same structure.
cat >equal.ys <<X
read_verilog $sources
hierarchy -check -top heddle_pe
proc
flatten
opt_clean
design -stash gold
read_verilog minimal.v
hierarchy -check -top minimal_pe
proc
flatten
opt_clean
design -stash gate
design -copy-from gold -as gold heddle_pe
design -copy-from gate -as gate minimal_pe
miter -equiv -flatten gold gate miter
hierarchy -top miter
setundef -zero -init
opt
techmap
opt
dffunmap
aigmap
opt_clean
write_aiger -zinit equal.aig
X
"$prover" -q equal.ys
said=$("$abc" -q 'read_aiger equal.aig; fold; strash; dc2; scorr; pdr' 2>&1)
case $said in
  *'Property proved'*) verdict=equal ;;
  *'was asserted in frame'*) verdict=different ;;
  *) printf '%s\n' "$said" >&2; echo "error: no answer from the prover" >&2; exit 1 ;;
esac
echo "$verdict"
if [ -n "$control" ]; then
  [ "$verdict" = different ] || { echo "error: the planted fault was not found" >&2; exit 1; }
  exit
fi
[ "$verdict" = equal ] || exit 1

stage "counting cells on ECP5"
# cells TOP FILE...: LUT4 with carries, registers, multipliers
cells() {
  local top=$1
  shift
  "$yosys" -q -p "read_verilog $*; synth_ecp5 -top $top; tee -o stat.txt stat" >/dev/null
  # The count stands before the name in newer versions, behind it in older ones.
  awk '
    function count() { return $1 ~ /^[0-9]+$/ ? $1 : $2 }
    /(^| )LUT4( |$)/ { lut = count() }
    /(^| )CCU2C( |$)/ { carry = count() }
    /(^| )TRELLIS_FF( |$)/ { ff = count() }
    /(^| )MULT18X18D( |$)/ { mult = count() }
    END { print lut + 2 * carry, ff + 0, mult + 0 }' stat.txt
}
"$yosys" -V
read -r lut ff mult <<<"$(cells heddle_pe $sources)"
read -r hand_lut hand_ff hand_mult <<<"$(cells minimal_pe minimal.v)"
printf '%-10s %5s %10s %5s\n' PE LUT4 registers MULT
printf '%-10s %5s %10s %5s\n' Heddle "$lut" "$ff" "$mult" by-hand "$hand_lut" "$hand_ff" "$hand_mult"
[ "$((lut + ff))" -le "$((hand_lut + hand_ff))" ] || { echo "error: Heddle's is larger" >&2; exit 1; }
