//! The register description, read by the compiler of PeakRDL (`scripts/setup.sh` installs it into
//! .venv).

use crate::{common, config};
use heddle_hdl::engine::registers::{registers, Access};
use heddle_hdl::engine::software::system_rdl;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the file.
const SYSTEM_RDL: &str = "heddle_engine.rdl";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Python that has the compiler; says so if there is none, so that a test that skips is seen.
fn python() -> Option<PathBuf> {
    let own = repository().join(".venv/bin/python");
    let python = std::env::var_os("HEDDLE_PYTHON").map_or(own, PathBuf::from);
    let found = Command::new(&python)
        .args(["-c", "import systemrdl"])
        .output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!(
        "SKIPPED: .venv has no systemrdl-compiler, so the register description is not checked"
    );
    None
}

/// What the compiler is to say of each register and field.
fn expected() -> String {
    let config = config();
    let mut text = String::new();
    for register in registers() {
        text += &format!("{} {:#x} 32\n", register.name, register.offset);
        for field in register.fields {
            let (access, on_write, reset) = match field.access {
                Access::Constant(value) => ("r", "none", value(&config).to_string()),
                Access::Read => ("r", "none", "none".to_owned()),
                Access::Write => ("rw", "none", "0".to_owned()),
                Access::Clear => ("rw", "woclr", "0".to_owned()),
                Access::Command => ("w", "none", "0".to_owned()),
            };
            let high = field.lsb + field.bits - 1;
            text += &format!(
                "  {} {high}:{} {access} {on_write} {reset}\n",
                field.name, field.lsb
            );
        }
    }
    text
}

/// What it says.
fn compiled(python: &Path, text: &str) -> String {
    let (_guard, dir) = common::folder();
    std::fs::write(dir.join(SYSTEM_RDL), text).expect("written");
    let script = repository().join("scripts/system_rdl.py");
    let python = python.to_str().expect("a path");
    common::run(
        &dir,
        python,
        &[script.to_str().expect("a path"), SYSTEM_RDL],
    )
    .1
}

#[test]
fn peakrdl_reads_what_the_table_says() {
    let Some(python) = python() else { return };
    let text = system_rdl(&config(), "heddle_engine");
    assert_eq!(compiled(&python, &text), expected());
    for (right, wrong) in [
        ("@ 0x070", "@ 0x078"),
        ("tag[31:16]", "tag[30:16]"),
        ("onwrite = woclr;", ""),
    ] {
        assert!(text.contains(right), "{right}");
        let said = compiled(&python, &text.replacen(right, wrong, 1));
        assert_ne!(said, expected(), "{wrong} went unnoticed");
    }
}
