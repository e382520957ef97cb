#!/usr/bin/env bash
# The tests of Heddle, set-up included.
#
#   scripts/test.sh            every test: of the code, documents, generated folders, proofs, areas
#   scripts/test.sh FILTER...  only the tests of the code whose names contain FILTER
#
# Arguments are passed on to `cargo test`. HEDDLE_FULL=1 runs the long versions of the random
# regressions instead of a sample, svlint, the faults planted against proofs, equivalences and engines,
# the Python package and a page of reports in a browser as well: half an hour more.
source "$(dirname "$0")/setup.sh"
case "${1:-}" in -h | --help) show_help ;; esac

need_rust
need_debian g++ make perl python3 python3-venv zlib1g-dev liblz4-dev verilator yosys iverilog cadical z3 \
    zsh fish man-db
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
export MUTANTS=$built/examples/mutants
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
stage "linting and simulating generated folders with FuseSoC, and spoiled ones"
scripts/fusesoc.sh --fast
stage "linting generated folders, and spoiled ones"
scripts/lint.sh
stage "testing generated engines with cocotb"
scripts/cocotb.sh --fast
if [ "$(id -u)" -eq 0 ]; then
    stage "running work in pieces as job arrays of a Slurm of its own"
    folder=$(mktemp -d)
    scripts/farm-test.sh --short "$folder"
    rm -r "$folder"
else
    stage "left out, since its nodes run as root: scripts/farm-test.sh --short"
fi
stage "proving the fast properties"
scripts/formal.sh --fast
stage "proving the Verilog equal to that of Heddle 0.1, and the mesh for simulation to the emitted one"
scripts/equivalence.sh --fast
scripts/equivalence.sh --simulation --fast
stage "comparing the int8 PE with one written by hand, and with a spoiled one"
scripts/pe-area.sh
scripts/pe-area.sh --control
if [ -n "${HEDDLE_FULL:-}" ]; then
    stage "finding the faults planted against engines, proofs and equivalences"
    scripts/cocotb.sh --controls
    scripts/formal.sh --fast --controls
    scripts/equivalence.sh --fast --controls
    scripts/equivalence.sh --simulation --fast --controls
    stage "testing the Python package"
    scripts/python.sh
    stage "opening a page of reports in Chromium, and spoiled ones"
    scripts/page-test.sh
    scripts/page-test.sh --controls
fi
stage "done"
