# What people run. `just` lists it; each recipe is a script or a cargo command that runs without just, too.

# This list.
default:
    @just --list

# The main job, set-up included: train, generate, co-simulate, check every bit.
run *args:
    scripts/run.sh {{args}}

# Every test; with a filter only those of the code whose names contain it.
test *filter:
    scripts/test.sh {{filter}}

# What continuous integration runs.
ci:
    .ci/run

# Format and lints, as continuous integration wants them.
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets --quiet -- -D warnings

# Licences, sources and advisories of the dependencies.
deny:
    cargo deny check

# The book, into target/book.
docs:
    scripts/docs.sh

# Writes anew what documents quote from commands, and the pictures.
docs-update:
    scripts/docs.sh --update

# Builds the book, checks links, quotations and pictures, runs the tutorials.
docs-check:
    scripts/docs.sh --check

# The table of ports in hdl/INTERFACE.md, from the fields of the array.
interface-table:
    HEDDLE_UPDATE=1 cargo test -p heddle-hdl --test interface_table

# The reference Verilog in generated/, after a change of the hardware.
regenerate:
    HEDDLE_REGENERATE=1 cargo test --release -p heddle-testbenches folders_are_up_to_date

# Lints generated folders with five tools.
lint-verilog:
    scripts/lint.sh

# Proofs; --fast the short ones, --controls the planted faults.
prove *args:
    scripts/formal.sh {{args}}

# Generated engines under cocotb; --fast the short run, --controls the planted faults.
cocotb *args:
    scripts/cocotb.sh {{args}}

# The Python package: tests and notebook; --wheel builds a wheel.
python *args:
    scripts/python.sh {{args}}

# That today's Verilog equals that of Heddle 0.1.
equivalence *args:
    scripts/equivalence.sh {{args}}

# Generated folders as FuseSoC cores.
fusesoc *args:
    scripts/fusesoc.sh {{args}}

# Mutants of the Verilog that the regression must notice.
mutate *args:
    scripts/mutate.sh {{args}}

# Coverage of the Verilog by the regression.
coverage:
    scripts/coverage.sh

# Opens a page of reports in Chromium; --controls spoiled ones.
page *args:
    scripts/page-test.sh {{args}}

# Fuzzes parsers and tiler.
fuzz *args:
    scripts/fuzz.sh {{args}}

# The int8 PE against one written by hand; areas of PEs and arrays on ECP5.
area:
    scripts/pe-area.sh
    scripts/ecp5-area.sh pe array

# Training steps, dense against packed; with a Python that has PyTorch against that, too.
bench *python:
    scripts/bench.sh {{python}}

# Dropout cases over seeds: lm, nmt, ner, or a set of the papers (its head says which).
parity *args:
    scripts/parity.sh {{args}}
