//! `heddle generate`

use super::{fails, heddle, json, stdout};
use std::collections::BTreeMap;
use std::path::Path;

const SMALL: &str = "generate --rows 3 --cols 2 --format int8 --out";

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_same_flags_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a/b"), folder.path().join("second"));
    let manifest = json(heddle(SMALL).arg(&first).arg("--json"));
    let text = stdout(heddle(SMALL).arg(&second));
    assert!(text.contains("3 x 2 int8"), "{text}");
    let files = files(&first);
    assert_eq!(files, self::files(&second));
    // The file has neither command nor commit, nor what a report was made by: the same flags give the same bytes.
    let mut printed = manifest.clone();
    for absent in ["command", "made_by"] {
        assert!(
            printed
                .as_object_mut()
                .unwrap()
                .shift_remove(absent)
                .is_some(),
            "{absent}"
        );
    }
    printed["program"].as_object_mut().unwrap().remove("commit");
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&files["manifest.json"]).unwrap(),
        printed
    );
    assert_eq!(manifest["array"]["rows"], 3);
    let listed = String::from_utf8(files["heddle.f"].clone()).unwrap();
    for line in listed.lines().filter(|line| line.ends_with(".v")) {
        assert!(
            files.contains_key(line.trim()),
            "{line} is listed, but is not there"
        );
    }
    assert!(files.contains_key("heddle_array.v"));
}

#[test]
fn a_folder_that_cannot_be_written_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    fails(
        heddle(SMALL).arg(file.join("rtl")),
        2,
        &["cannot write", "file"],
    );
    fails(
        heddle(SMALL).arg("/dev/null/rtl"),
        2,
        &["cannot write /dev/null/rtl"],
    );
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn the_clock_goes_into_the_constraints_and_not_into_the_verilog() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, fast] = ["plain", "fast"].map(|name| folder.path().join(name));
    assert_eq!(
        json(heddle(SMALL).arg(&plain).arg("--json"))["clock_mhz"],
        75.0
    );
    let manifest = json(
        heddle(SMALL)
            .arg(&fast)
            .args(["--json", "--clock-mhz", "125"]),
    );
    assert_eq!(manifest["clock_mhz"], 125.0);
    let (plain, fast) = (files(&plain), files(&fast));
    let differ: Vec<_> = plain
        .keys()
        .filter(|name| plain[*name] != fast[*name])
        .collect();
    assert_eq!(differ, ["heddle.lpf", "heddle.sdc", "manifest.json"]);
}

#[test]
fn a_prefix_names_everything_and_the_waveform_only_the_bench() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, acme] = ["plain", "acme"].map(|name| folder.path().join(name));
    json(
        heddle(SMALL)
            .arg(&plain)
            .args(["--json", "--prefix", "acme"]),
    );
    let manifest =
        json(
            heddle(SMALL)
                .arg(&acme)
                .args(["--json", "--prefix", "acme", "--waveform"]),
        );
    assert_eq!(
        (&manifest["prefix"], &manifest["top"]),
        (&"acme".into(), &"acme_array".into())
    );
    let (plain, waves) = (files(&plain), files(&acme));
    assert!(waves
        .keys()
        .all(|name| name.contains("acme") || name == "manifest.json"));
    let differ: Vec<_> = plain
        .keys()
        .filter(|name| plain[*name] != waves[*name])
        .collect();
    assert_eq!(differ, ["acme.core", "manifest.json", "tb_acme_array.v"]);
    fails(
        heddle(SMALL).arg(&acme),
        2,
        &["prefix = heddle", "prefix is acme", "another folder"],
    );
}

#[test]
fn values_out_of_range_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rtl");
    for prefix in ["module", "2x", "a-b", "../a", "", "tb_x"] {
        fails(
            heddle(SMALL).arg(&out).args(["--prefix", prefix]),
            2,
            &[&format!("prefix = '{prefix}'"), "use "],
        );
    }
    fails(
        heddle(SMALL).arg(&out).args(["--clock-mhz", "0"]),
        2,
        &["clock_mhz = 0", "from 1 to 5000"],
    );
    fails(
        heddle("generate --rows 300 --out").arg(&out),
        2,
        &["300", "--rows", "from 1 to 256"],
    );
    assert!(!out.exists());
}

const ENGINE: &str = "generate --engine --rows 3 --cols 2 --format int8 --bus-bits 64 --out";

#[test]
fn an_engine_has_what_software_and_integrators_need() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let manifest = json(heddle(ENGINE).arg(&first).arg("--json"));
    let text = stdout(heddle(ENGINE).arg(&second));
    assert!(
        text.contains("3 x 2 int8 engine with a bus of 64 bits"),
        "{text}"
    );
    assert_eq!(files(&first), files(&second));
    assert_eq!(manifest["kind"], "engine");
    assert_eq!(manifest["top"], "heddle_engine");
    assert_eq!(manifest["array"]["engine"]["bus_bits"], 64);
    assert_eq!(manifest["array"]["dataflow"], "both");
    let files = files(&first);
    for name in [
        "heddle.core",
        "heddle.f",
        "heddle.lpf",
        "heddle.sdc",
        "heddle_array.v",
        "heddle_engine.c",
        "heddle_engine.h",
        "heddle_engine.rdl",
        "heddle_engine.v",
        "heddle_engine_inst.vh",
        "heddle_synth_frame.v",
        "tb_heddle_engine.v",
    ] {
        assert!(files.contains_key(name), "{name}");
        let listed = manifest["files"].as_array().unwrap().iter();
        assert_eq!(
            listed.filter(|file| file["name"] == name).count(),
            1,
            "{name}"
        );
    }
    let list = String::from_utf8(files["heddle.f"].clone()).unwrap();
    assert_eq!(list.lines().last(), Some("heddle_engine.v"));
    // A manifest of an array is as it was.
    let array = json(heddle(SMALL).arg(folder.path().join("array")).arg("--json"));
    assert!(array["kind"].is_null());
}

#[test]
fn an_engine_takes_its_keys_from_the_file_and_its_names_from_the_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("engine.toml");
    std::fs::write(
        &file,
        "rows = 2\ncols = 2\nformat = \"int8\"\n[engine]\na_words = 64\n",
    )
    .unwrap();
    let out = folder.path().join("out");
    let manifest = json(
        heddle("generate --engine --bus-bits 32 --prefix acme --waveform --json --config")
            .arg(&file)
            .arg("--out")
            .arg(&out),
    );
    let engine = &manifest["array"]["engine"];
    assert_eq!(
        (&engine["a_words"], &engine["bus_bits"]),
        (&64.into(), &32.into())
    );
    let names: Vec<_> = files(&out).into_keys().collect();
    for name in ["acme_engine.v", "acme_engine.rdl", "acme_engine_inst.vh"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    // Software is the same for every engine.
    let foreign: Vec<_> = names
        .iter()
        .filter(|name| !name.contains("acme") && *name != "manifest.json")
        .collect();
    assert_eq!(foreign, ["heddle_engine.c", "heddle_engine.h"]);
    let bench = String::from_utf8(files(&out)["tb_acme_engine.v"].clone()).unwrap();
    assert!(bench.contains("$dumpvars(0, tb_acme_engine)"));
    // An array in its place takes the engine's files away.
    stdout(heddle("generate --rows 2 --cols 2 --format int8 --prefix acme --out").arg(&out));
    let names: Vec<_> = files(&out).into_keys().collect();
    let left: Vec<_> = names
        .iter()
        .filter(|name| name.contains("engine"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_an_engine_cannot_be_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rtl");
    let engine = "generate --engine --rows 2 --cols 2 --format int8 --out";
    fails(
        heddle(engine).arg(&out).args(["--bus-bits", "96"]),
        2,
        &["engine.bus_bits = 96", "use 32, 64, 128, 256 or 512"],
    );
    fails(
        heddle(engine).arg(&out).args(["--bus-bits", "1024"]),
        2,
        &["1024", "--bus-bits"],
    );
    fails(
        heddle(SMALL).arg(&out).args(["--bus-bits", "64"]),
        2,
        &["--engine"],
    );
    fails(
        heddle(engine).arg(&out).args(["--prefix", "my_engine"]),
        2,
        &["prefix = 'my_engine'", "_engine"],
    );
    let few = folder.path().join("few.toml");
    std::fs::write(&few, "rows = 9\n[engine]\nb_slots = 8\n").unwrap();
    fails(
        heddle("generate --engine --format int8 --out")
            .arg(&out)
            .arg("--config")
            .arg(&few),
        2,
        &["engine.b_slots = 8", "9 rows"],
    );
    assert!(!out.exists());
}

/// Who reads the folder of an engine or of an array does not take it for the other.
#[test]
fn an_engine_is_not_taken_for_an_array() {
    let folder = tempfile::tempdir().unwrap();
    let [engine, array] = ["engine", "array"].map(|name| folder.path().join(name));
    stdout(heddle(ENGINE).arg(&engine));
    stdout(heddle(SMALL).arg(&array));
    let kind = "kind = engine, its top module is heddle_engine";
    fails(
        heddle("cosim --random 1 --verilog").arg(&engine),
        2,
        &[kind, "--target engine"],
    );
    let of_engine = "cosim --target engine --random 1";
    fails(
        heddle(of_engine).arg("--verilog").arg(&array),
        2,
        &["kind = array", "generate --engine"],
    );
    fails(
        heddle(of_engine)
            .args(["--bus-bits", "128", "--verilog"])
            .arg(&engine),
        2,
        &["--verilog", "its manifest says", "leave these out"],
    );
}

#[test]
fn modules_around_the_array_are_written_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rtl");
    let plain = json(heddle(SMALL).arg(folder.path().join("plain")).arg("--json"));
    let flags = "--dataflow both --stream --os-run --json";
    let manifest = json(heddle(SMALL).arg(&out).args(flags.split(' ')));
    assert_eq!(manifest["top"], "heddle_array");
    let written = files(&out);
    let role = |name: &str| {
        assert!(written.contains_key(name), "{name}");
        let mut listed = manifest["files"].as_array().unwrap().iter();
        listed.find(|file| file["name"] == name).unwrap()["role"].clone()
    };
    for name in ["heddle_stream", "heddle_os_run"] {
        assert_eq!(role(&format!("{name}.v")), "rtl");
        assert_eq!(role(&format!("{name}_inst.vh")), "instance");
    }
    let text = |name: &str| String::from_utf8(written[name].clone()).unwrap();
    let list = text("heddle.f");
    assert!(list.contains("heddle_stream.v\n") && list.contains("heddle_os_run.v\n"));
    assert_eq!(list.lines().last(), Some("heddle_array.v"));
    let core = text("heddle.core");
    for target in ["heddle_stream", "lint_heddle_stream", "lint_heddle_os_run"] {
        assert!(core.contains(&format!("\n  {target}:\n")), "{core}");
    }
    // Without the flags they are gone, and nothing else is another.
    let again = json(heddle(SMALL).arg(&out).arg("--json"));
    assert_eq!(again["files"], plain["files"]);
    let left: Vec<_> = files(&out).into_keys().collect();
    assert!(!left.iter().any(|name| name.contains("_os_")), "{left:?}");
    assert!(!left.iter().any(|name| name.contains("stream")), "{left:?}");
}

#[test]
fn what_no_array_has_around_it_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rtl");
    fails(
        heddle(SMALL).arg(&out).arg("--os-run"),
        2,
        &["dataflow = ws", "wants os or both"],
    );
    fails(
        heddle(ENGINE).arg(&out).arg("--stream"),
        2,
        &["--stream", "--engine"],
    );
    assert!(!out.exists());
}
