#!/usr/bin/env bash
# Area on ECP5, by yosys, of arrays with each dataflow: LUT4 (two for each carry cell, four
# for each 16 x 4 distributed RAM), registers, multipliers; of a PE alone and of a 16 x 16
# array. Ratios are against the weight-stationary one.
#
# usage: scripts/ecp5-area.sh [pe] [array]     (default: pe; an array takes minutes each)
#   YOSYS=...   the yosys to use
#   HEDDLE=...  the program that emits, instead of one that is built
source "$(dirname "$0")/setup.sh"

for arg in "$@"; do
  case $arg in
    pe | array) ;;
    -h | --help) show_help ;;
    *) printf "error: unknown part '%s': use pe, array or both\n" "$arg" >&2; exit 2 ;;
  esac
done
need_rust
need_debian yosys g++
yosys=${YOSYS:-yosys}
need_heddle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
what=("$@")
[ ${#what[@]} -gt 0 ] || what=(pe)

# cells FORMAT FLOW TOP: LUT4, registers, distributed RAMs, multipliers
cells() {
  local dir=$work/$1_$2
  [ -d "$dir" ] || "$heddle" generate --rows 16 --cols 16 --format "$1" --dataflow "$2" --out "$dir" > /dev/null
  (cd "$dir" && "$yosys" -q -p "read_verilog $(tr '\n' ' ' < heddle.f); synth_ecp5 -top $3; tee -o stat.txt stat" > /dev/null)
  # The count stands before the name in newer versions, behind it in older ones.
  awk '
    function count() { return $1 ~ /^[0-9]+$/ ? $1 : $2 }
    /(^| )LUT4( |$)/ { lut = count() }
    /(^| )CCU2C( |$)/ { carry = count() }
    /(^| )TRELLIS_FF( |$)/ { ff = count() }
    /(^| )TRELLIS_DPR16X4( |$)/ { ram = count() }
    /(^| )MULT18X18D( |$)/ { mult = count() }
    END { print lut + 2 * carry + 4 * ram, ff + 0, ram + 0, mult + 0 }' "$dir/stat.txt"
}

"$yosys" -V
printf '%-6s %-6s %-8s %8s %7s %9s %7s %6s %5s\n' what format dataflow LUT4 ratio registers ratio RAM16 MULT
for each in "${what[@]}"; do
  case $each in
    pe) top=heddle_pe formats="int8 bf16" ;;
    array) top=heddle_array formats=int8 ;;
  esac
  for format in $formats; do
    base_lut=1 base_ff=1
    for flow in ws both os; do
      read -r lut ff ram mult < <(cells "$format" "$flow" "$top")
      [ "$flow" != ws ] || { base_lut=$lut; base_ff=$ff; }
      printf '%-6s %-6s %-8s %8d %7s %9d %7s %6d %5d\n' "$each" "$format" "$flow" "$lut" \
        "$(awk "BEGIN { printf \"%.2f\", $lut / $base_lut }")" "$ff" \
        "$(awk "BEGIN { printf \"%.2f\", $ff / $base_ff }")" "$ram" "$mult"
    done
  done
done
