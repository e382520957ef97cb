#!/usr/bin/env bash
# The tests of Heddle, set-up included.
#
#   scripts/test.sh            every test: of the code, documents, generated folders, proofs, areas
#   scripts/test.sh FILTER...  only the tests of the code whose names contain FILTER
#
# Arguments are passed on to `cargo test`. HEDDLE_FULL=1 runs the long versions of the random
# regressions instead of a sample.
source "$(dirname "$0")/setup.sh"
case "${1:-}" in -h | --help) show_help ;; esac

need_rust
need_debian g++ make perl python3 python3-venv zlib1g-dev liblz4-dev verilator yosys iverilog cadical z3 \
    zsh fish
need_verilator
need_synthesis
need_system_rdl
stage "building the tests (cargo downloads what it needs)"
cargo test --release --workspace --no-run
stage "running the tests"
if [ $# -gt 0 ]; then
    ran=$(mktemp)
    trap 'rm -f "$ran"' EXIT
    cargo test --release --workspace "$@" 2>&1 | tee "$ran"
    grep -qE '^test result: ok\. [1-9]' "$ran" || fail "no test was run by: $*"
    stage "done; without arguments: documents, FuseSoC, proofs and areas as well"
    exit
fi
cargo test --release --workspace
# The tests have built these with the features of the whole workspace; a package alone would be built again.
built=$(realpath "${CARGO_TARGET_DIR:-target}")/release
export HEDDLE=$built/heddle FAST_TEXT=$built/examples/fast_text ENGINE_BLOCK=$built/examples/engine_block
stage "running the examples to copy"
folder=$(mktemp -d)
for example in product engine "generate $folder"; do
    # Words of the example's own follow its name.
    # shellcheck disable=SC2086
    "$built"/examples/$example
done
rm -r "$folder"
stage "building the book; checking its links, quotations, pictures and tutorials"
scripts/docs.sh --check
stage "testing the Python package"
scripts/python.sh
stage "linting and simulating generated folders with FuseSoC, and spoiled ones"
scripts/fusesoc.sh --fast
stage "linting generated folders with five tools, and spoiled ones"
scripts/lint.sh
stage "testing generated engines with cocotb, and finding planted faults"
scripts/cocotb.sh --fast
scripts/cocotb.sh --controls
stage "proving the fast properties, and finding the faults planted against them"
scripts/formal.sh --fast
scripts/formal.sh --fast --controls
stage "proving the Verilog equal to that of Heddle 0.1, and finding the faults planted into that"
scripts/equivalence.sh --fast
scripts/equivalence.sh --fast --controls
stage "proving the mesh for simulation equal to the emitted one, and finding faults planted into it"
scripts/equivalence.sh --simulation --fast
scripts/equivalence.sh --simulation --fast --controls
stage "opening a page of reports in Chromium, and spoiled ones"
scripts/page-test.sh
scripts/page-test.sh --controls
stage "comparing the int8 PE with one written by hand, and with a spoiled one"
scripts/pe-area.sh
scripts/pe-area.sh --control
stage "done"
