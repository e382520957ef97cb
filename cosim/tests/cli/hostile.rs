//! Names and paths, whoever they come from, are never commands; nor is a cache of others'.

use super::{fails, heddle, run, stdout};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Part of each path: something would leave a mark if it took them for more than names.
const FOLDERS: [&str; 4] = [
    "a b'\"$(touch $HEDDLE_MARK)`touch $HEDDLE_MARK`",
    "-x;touch $HEDDLE_MARK;#&|<>",
    "$(shell touch $$HEDDLE_MARK)\\",
    "new\nline; exec -- touch $HEDDLE_MARK\n[exec touch $env(HEDDLE_MARK)]",
];

/// Debian's yosys, whose scripts can run commands, as the wheel's cannot.
fn yosys() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join("yosys"));
    let found = found.into_iter().find(|program| program.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no yosys on the path");
    }
    found
}

/// A generated folder, and the text of its manifest.
fn generated(folder: &Path) -> (PathBuf, String) {
    let rtl = folder.join("rtl");
    stdout(heddle("generate --rows 1 --cols 1 --format int8 --out").arg(&rtl));
    let manifest = rtl.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    (manifest, text)
}

#[test]
fn a_manifest_with_commands_for_names_is_refused() {
    let Some(yosys) = yosys() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (manifest, text) = generated(folder.path());
    let mark = folder.path().join("mark");
    let exec = format!("exec -- touch {}", mark.display());
    let mut faults = vec![
        (
            "\"heddle_array\"",
            format!("\"heddle_array; {exec}; #\""),
            "top = ",
        ),
        (
            "\"heddle_array\"",
            format!("\"heddle_array\\n{exec}\""),
            "top = ",
        ),
        (
            "\"heddle_array\"",
            "\"heddle_array [exec touch mark]\"".into(),
            "top = ",
        ),
        ("\"heddle_array\"", "\"-import\"".into(), "top = "),
        ("\"heddle_array\"", "\"module\"".into(), "top = "),
        (
            "\"clk_i\"",
            "\"clk_i(); initial $c(0); //\"".into(),
            "port ",
        ),
        ("\"clk_i\"", "\"rst_ni\"".into(), "listed once"),
        ("\"heddle.f\"", "\"heddle.f\\u001b[2J\"".into(), "\\u{1b}"),
    ];
    // a file of each of these names is there, as the manifest says
    let verilog = manifest.with_file_name("heddle_pe.v");
    for name in [
        "x.v; exec -- touch $HEDDLE_MARK; #.v",
        "-x.v",
        "x y.v",
        "x\n.v",
        "x\\.v",
    ] {
        fs::copy(&verilog, manifest.with_file_name(name)).unwrap();
        faults.push((
            "\"heddle_pe.v\"",
            serde_json::json!(name).to_string(),
            "file ",
        ));
    }
    for name in ["../rtl/heddle_pe.v", "..", "", "./heddle_pe.v"] {
        faults.push(("\"heddle_pe.v\"", format!("\"{name}\""), "file "));
    }
    faults.push((
        "\"heddle_pe.v\"",
        format!("{:?}", verilog.display().to_string()),
        "file ",
    ));
    for (from, to, word) in &faults {
        let hostile = text.replacen(from, to, 1);
        assert_ne!(hostile, text, "{from}");
        fs::write(&manifest, hostile).unwrap();
        for flow in ["synth --target ecp5", "synth --target liberty", "power"] {
            let mut command = heddle(flow);
            let command = command.arg("--manifest").arg(&manifest);
            let command = command.arg("--yosys").arg(&yosys);
            let command = command.env("HEDDLE_MARK", &mark);
            fails(command, 2, &["--manifest", word]);
            assert!(!mark.exists(), "{to} was run by {flow}");
        }
    }
}

#[test]
fn no_part_of_a_path_is_run_on_the_way_to_standard_cells() {
    let Some(yosys) = yosys() else { return };
    let folder = tempfile::tempdir().unwrap();
    let here = FOLDERS
        .iter()
        .fold(folder.path().to_owned(), |path, name| path.join(name));
    let mark = folder.path().join("mark");
    fs::create_dir_all(here.join("tmp")).unwrap();
    let liberty = here.join(format!("{}.lib", FOLDERS[0]));
    fs::copy(heddle_synth::DEFAULT_LIBERTY, &liberty).unwrap();
    // what OpenSTA would run first, by a path that it takes for Tcl
    fs::write(here.join(".sta"), "exec touch $env(HEDDLE_MARK)\n").unwrap();
    let link = here.join("yo sys;#");
    symlink(&yosys, &link).unwrap();
    let inside = |command: &mut Command| {
        command
            .current_dir(&here)
            .env_remove("HEDDLE_CACHE")
            .env("HOME", &here)
            .env("XDG_CACHE_HOME", here.join("cache"))
            .env("TMPDIR", here.join("tmp"))
            .env("HEDDLE_MARK", &mark);
    };
    let mut command = heddle("generate --rows 1 --cols 1 --format int8 --out");
    inside(command.arg(here.join("rtl")));
    stdout(&mut command);
    let mut command = heddle("synth --target liberty --json");
    command
        .arg("--manifest")
        .arg(here.join("rtl/manifest.json"));
    command.arg("--liberty").arg(&liberty);
    command.arg("--yosys").arg(&link);
    command.arg("--output").arg(here.join("out"));
    inside(&mut command);
    let report: serde_json::Value = serde_json::from_str(&stdout(&mut command)).unwrap();
    assert!(report["fmax_mhz"].as_f64().unwrap() > 50.0, "{report}");
    assert!(here.join("cache/heddle/synth").is_dir());
    assert!(here.join("out/01-mapped-yosys.log").is_file());
    assert!(!mark.exists(), "a path was run");
}

#[test]
fn without_a_home_there_is_no_cache_but_an_error() {
    let temporary = tempfile::tempdir().unwrap();
    for flow in [
        "synth --rows 1 --cols 1 --format int8 --target ecp5",
        "power --rows 1 --cols 1 --format int8 --hidden 8 --after 0",
        "cosim --rows 1 --cols 1 --format int8 --random 1",
    ] {
        for home in [None, Some(""), Some("relative")] {
            let mut command = heddle(flow);
            for variable in ["HOME", "XDG_CACHE_HOME", "HEDDLE_CACHE"] {
                command.env_remove(variable);
            }
            if let Some(home) = home {
                command.env("HOME", home).env("XDG_CACHE_HOME", home);
            }
            command.env("TMPDIR", temporary.path());
            fails(
                &mut command,
                2,
                &["HOME", "XDG_CACHE_HOME", "--cache", "HEDDLE_CACHE"],
            );
        }
    }
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_cache_that_others_can_write_is_refused() {
    use std::os::unix::fs::{chown, MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    fs::create_dir(&cache).unwrap();
    let refused = |words: &[&str]| {
        for flow in [
            "synth --rows 1 --cols 1 --format int8 --target ecp5",
            "power --rows 1 --cols 1 --format int8 --hidden 8 --after 0",
            "cosim --rows 1 --cols 1 --format int8 --random 1",
        ] {
            fails(heddle(flow).arg("--cache").arg(&cache), 2, words);
            fails(heddle(flow).env("HEDDLE_CACHE", &cache), 2, words);
        }
    };
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    refused(&[
        "is not safe",
        "can be written by everybody",
        "chmod go-w",
        "--cache",
    ]);
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    if fs::metadata(&cache).unwrap().uid() == 0 {
        chown(&cache, Some(65534), None).unwrap();
        refused(&["belongs to the user with number 65534", "--cache"]);
    }
}

#[test]
fn yosys_says_itself_what_a_library_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let liberty = folder.path().join("only_inv.lib");
    fs::write(
        &liberty,
        r#"library (only_inv) {
  time_unit : "1ns"; voltage_unit : "1V"; capacitive_load_unit (1, pf);
  cell (INV) { area : 1.0;
    pin (A) { direction : input; capacitance : 0.001; }
    pin (Y) { direction : output; function : "!A";
      timing () { related_pin : "A"; timing_sense : negative_unate;
        intrinsic_rise : 0.01; intrinsic_fall : 0.01; rise_resistance : 1.0; fall_resistance : 1.0; } } }
}
"#,
    )
    .unwrap();
    let mut programs = vec![None];
    programs.extend(yosys().map(Some));
    for program in programs {
        let mut command = heddle("synth --rows 1 --cols 1 --format int8 --top pe --target liberty");
        command.arg("--liberty").arg(&liberty);
        command.arg("--cache").arg(folder.path().join("cache"));
        if let Some(program) = program {
            command.arg("--yosys").arg(program);
        }
        let output = run(&mut command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("D flip-flops are not supported"), "{said}");
        // the log is whole: what came first, and what came last
        let log = said
            .split("(log: ")
            .nth(1)
            .unwrap()
            .split(')')
            .next()
            .unwrap();
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains("Executing Verilog-2005 frontend"), "{log}");
        assert!(log.trim_end().ends_with("are not supported"), "{log}");
    }
}
