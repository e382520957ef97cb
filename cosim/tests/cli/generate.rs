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
    // The file has neither command nor commit: the same flags give the same bytes.
    let mut printed = manifest.clone();
    printed.as_object_mut().unwrap().remove("command");
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
