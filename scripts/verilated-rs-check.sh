#!/usr/bin/env bash
# Shows why Heddle has a Verilator binding of its own: verilated-rs, the crates
# `verilated` 0.1.2 and `verilator` 0.1.6, does not work with Verilator 5.
#
#   scripts/verilated-rs-check.sh
#
# Builds both in a temporary folder against the Verilator on the path. Needs cargo,
# g++ and Debian's verilator; downloads both crates and what they depend on.
# Exits with 0 if both fail as described, 1 if one of them works or fails otherwise,
# 2 if the check cannot be made.
set -u

for program in cargo g++ verilator verilator_bin; do
    if ! command -v "$program" >/dev/null; then
        echo "cannot check: there is no '$program' on the path;" \
            "'apt-get install cargo g++ verilator' brings it" >&2
        exit 2
    fi
done
version=$(verilator --version)
case $version in
    "Verilator 5"*) ;;
    *)
        echo "cannot check: this is about Verilator 5, but the path has '$version'" >&2
        exit 2
        ;;
esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CARGO_TARGET_DIR=$folder/target
unset VERILATOR_ROOT
echo "$version, $(g++ --version | head -n 1), $(cargo --version)"

# project NAME DEPENDENCY-LINES: an empty crate with its own workspace.
project() {
    mkdir -p "$folder/$1/src"
    cat >"$folder/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2021"
[workspace]
$2
TOML
    echo 'fn main() {}' >"$folder/$1/src/main.rs"
}

# judge NAME SIGN: builds the crate and looks for the sign of the known failure.
status=0
judge() {
    echo
    echo "$3"
    if ! (cd "$folder/$1" && cargo fetch --quiet) 2>"$folder/$1.log"; then
        tail -n 5 "$folder/$1.log" >&2
        echo "cannot check: the crates cannot be downloaded" >&2
        exit 2
    fi
    if (cd "$folder/$1" && cargo build --quiet) >"$folder/$1.log" 2>&1; then
        echo "  it WORKS: Heddle's reason for a binding of its own is gone"
        status=1
    elif line=$(grep -m 1 -e "$2" "$folder/$1.log"); then
        echo "  fails as known: $(echo "${line#*: }" | sed "s|$folder/||g")"
    else
        echo "  fails, but not as known:"
        grep -m 5 -e error "$folder/$1.log"
        status=1
    fi
}

project runtime '[dependencies]
verilated = "=0.1.2"'
judge runtime "error: .VerilatedVoidCb. was not declared" \
    "verilated 0.1.2, the runtime's interface:"

project builder '[build-dependencies]
verilator = "=0.1.6"'
cat >"$folder/builder/build.rs" <<'RUST'
fn main() {
    verilator::gen::Verilator::default().file("inverter.v").build("inverter");
}
RUST
cat >"$folder/builder/inverter.v" <<'VERILOG'
module inverter (input a_i, output q_o);
    assign q_o = ~a_i;
endmodule
VERILOG
judge builder "fatal error: .*Vinverter__Slow.cpp: No such file" \
    "verilator 0.1.6, the builder:"

exit $status
