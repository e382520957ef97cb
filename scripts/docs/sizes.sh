#!/usr/bin/env bash
# Prints a table: lines and bytes of the modules in each folder of `generated/`, without bench and frame, and of
# two larger int8 arrays. `heddle` is on the path.
set -euo pipefail
cd "$(dirname "$0")/../.."

size() {
    local name=$1 folder=$2 files
    mapfile -t files < <(ls "$folder"/heddle_*.v | grep -v _synth_frame)
    printf "| %s | %'d | %'d |\n" "$name" "$(cat "${files[@]}" | wc -l)" "$(cat "${files[@]}" | wc -c)"
}

echo '| array | lines | bytes |'
echo '| --- | --- | --- |'
for folder in generated/*; do
    size "\`$folder\`" "$folder"
done
larger=$(mktemp -d)
trap 'rm -rf "$larger"' EXIT
for n in 64 256; do
    heddle generate --rows $n --cols $n --format int8 --out "$larger/$n" >/dev/null
    size "int8 $n x $n" "$larger/$n"
done
