#!/usr/bin/env bash
# Fuzzes the parsers and the tiler, guided by coverage: libFuzzer, on a stable compiler.
#
# usage: scripts/fuzz.sh [--seconds N] [--minimise] [TARGET...]
#   TARGET...    config, trace, data or tiler; all, one after the other, if none is named
#   --seconds N  how long each runs [default: 60]
#   --minimise   instead, makes the corpus small: keeps what adds coverage
# New inputs go to target/fuzz/TARGET, those that fail to target/fuzz/failures. What is worth
# keeping belongs into testbenches/fuzz/corpus/TARGET: every `cargo test` replays that. Exit
# status 1 if an input makes a target panic, hang for 10 seconds, or take more than 2 GiB.
source "$(dirname "$0")/setup.sh"

seconds=60 minimise=0 targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --seconds)
            [[ ${2:-} =~ ^[0-9]+$ ]] ||
                { printf "error: --seconds '%s': give a number\n" "${2:-}" >&2; exit 2; }
            seconds=$2; shift ;;
        --minimise) minimise=1 ;;
        -h | --help) show_help ;;
        config | trace | data | tiler) targets+=("$1") ;;
        *) printf "error: unknown target '%s': see --help\n" "$1" >&2; exit 2 ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=(config trace data tiler)

need_debian g++
need_rust
fuzz=$PWD/testbenches/fuzz
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
mkdir -p "$target"
# libFuzzer's instrumentation, which the stable compiler offers as flags of LLVM.
flags='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4'
flags+=' -Cllvm-args=-sanitizer-coverage-inline-8bit-counters'
flags+=' -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares'
# With --target, build scripts and macros stay without it.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS=$flags cargo build --release --quiet --manifest-path "$fuzz/Cargo.toml" \
    --target "$host" --target-dir "$target"

failed=0
for name in "${targets[@]}"; do
    found=$target/$name
    mkdir -p "$found" "$target/failures" "$fuzz/corpus/$name"
    program=$target/$host/release/$name
    if [ $minimise -eq 1 ]; then
        small=$(mktemp -d)
        "$program" -set_cover_merge=1 -max_len=512 "$small" "$fuzz/corpus/$name" "$found" 2>&1 | tail -n 1
        rm -rf "$fuzz/corpus/$name"
        mv "$small" "$fuzz/corpus/$name"
        chmod 755 "$fuzz/corpus/$name"
        continue
    fi
    status=0
    "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$target/failures/$name-" \
        "$found" "$fuzz/corpus/$name" >"$target/$name.log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$target/$name.log")
    coverage=$(grep -o 'cov: [0-9]*' "$target/$name.log" | tail -n 1 || true)
    printf '%-7s %5d s  %s runs, %s edges, exit status %d\n' \
        "$name" "$seconds" "${runs:-?}" "${coverage#cov: }" "$status"
    [ $status -eq 0 ] || { failed=1; tail -n 30 "$target/$name.log" >&2; }
done
exit $failed
