#!/usr/bin/env bash
# Random descriptors on the Verilated engine, every byte of memory compared, in many configurations.
#
# usage: scripts/engine.sh [COUNT [ERRORS [SEED]]]
#   COUNT   descriptors for each policy on int8 8 x 8 with 128 bits, without errors, and again with; a tenth of
#           them in each other configuration [default: 3000]
#   ERRORS  how many of the second time fail, by a bad field or a bus error, a tenth in each other [default: 500]
#   SEED    what all is drawn from [default: 1]
#   HEDDLE=..., CASES=...  the program; the names of the configurations to run, all if none is named
# Shapes from 1, all layouts, masks from none kept to all kept, rows at any address, chains, a memory that pauses. Reports
# go to target/engine. Exit status 1 if a run was not clean.
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) show_help ;; esac
count=${1:-3000} errors=${2:-500} seed=${3:-1}
for number in "$count" "$errors" "$seed"; do
    [[ $number =~ ^[0-9]+$ ]] || { printf "error: '%s' is not a number: see --help\n" "$number" >&2; exit 2; }
done
need_heddle
out=${CARGO_TARGET_DIR:-target}/engine
mkdir -p "$out"

# name | count and errors, by | arguments
configurations=(
    'int8 | 1 | --rows 8 --cols 8 --format int8 --bus-bits 128 --max-dim 24'
    'bf16 | 10 | --rows 4 --cols 4 --format bf16 --bus-bits 64 --max-dim 20'
    'int16 | 10 | --rows 3 --cols 5 --format int16 --bus-bits 256 --max-dim 20'
    'ws | 10 | --rows 4 --cols 4 --format int8 --bus-bits 32 --max-dim 20 --dataflow ws'
    'os | 10 | --rows 4 --cols 3 --format int8 --bus-bits 64 --max-dim 20 --dataflow os'
    'async | 10 | --rows 2 --cols 3 --format int8 --bus-bits 64 --max-dim 16 --reset async --gating none'
    'unreset | 10 | --rows 3 --cols 2 --format bf16 --bus-bits 128 --max-dim 16 --reset none'
    'gates | 10 | --rows 2 --cols 2 --format int16 --bus-bits 512 --max-dim 16 --gating clock-gate'
    'narrow | 10 | --rows 1 --cols 7 --format int8 --bus-bits 64 --max-dim 20'
    'tall | 10 | --rows 7 --cols 1 --format bf16 --bus-bits 32 --max-dim 20'
    'saturating | 10 | --rows 5 --cols 3 --format int8 --acc-bits 20 --overflow saturate --bus-bits 128 --max-dim 20'
)

failed=0
for line in "${configurations[@]}"; do
    IFS='|' read -r name by arguments <<<"$line"
    name=${name// /}
    [[ -z "${CASES:-}" || " $CASES " == *" $name "* ]] || continue
    for bad in 0 "$((errors / by))"; do
        report=$out/$name-$bad.json
        # shellcheck disable=SC2086
        if "$heddle" cosim --target engine $arguments --random "$((count / by))" --errors "$bad" --seed "$seed" \
            --disturb --json >"$report"; then
            said=clean
        else
            said=WRONG failed=1
        fi
        python3 - "$name" "$said" "$report" <<'EOF'
import json, sys
name, said, report = sys.argv[1:]
policies = json.load(open(report))["policies"].values()
total = lambda key: sum(policy[key] for policy in policies)
keys = ("jobs", "mismatches", "wrong_bytes", "guard_violations", "hangs", "overflows", "overflow_differences")
told = [f"{total(key)} {key.replace('_', ' ')}" for key in keys]
told += [f"{total(f'{what}_seen')} of {total(f'{what}_expected')} {what}" for what in ("interrupts", "errors")]
print(f"{name:10} {said}: {', '.join(told)}")
EOF
    done
done
exit $failed
