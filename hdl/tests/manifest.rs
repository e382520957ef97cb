//! Generated folders: complete, repeatable, never half-written.

mod common;

use heddle_format::Format;
use heddle_hdl::manifest::{write_design, Manifest, MANIFEST};
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
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
fn a_folder_is_complete_and_its_hashes_are_right() {
    let (_guard, dir) = common::folder();
    let dir = dir.join("deep/er");
    let config = ArrayConfig::new(3, 2, Format::Bf16);
    let design = generate(&config).unwrap();
    let manifest = write_design(&design, &config, &dir).unwrap();
    let files = contents(&dir);
    assert_eq!(
        files.len(),
        manifest.files.len() + 1,
        "files beside the manifest's: {:?}",
        files.keys()
    );
    for entry in &manifest.files {
        let digest = Sha256::digest(&files[&entry.name]);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(entry.sha256, hex, "{}", entry.name);
    }
    let list = String::from_utf8(files["heddle.f"].clone()).unwrap();
    assert_eq!(list.lines().count(), design.modules.len());
    assert_eq!(list.lines().last(), Some("heddle_array.v"));
    assert_eq!(Manifest::read(&dir).unwrap(), manifest);
    // bf16 has one stage of product registers and an adder of four.
    let latencies = manifest.latencies;
    assert_eq!(
        (latencies.beat_to_sum, latencies.round_trip),
        (3 * 4 + 2 + 1, 3 * 4 + 2 + 2)
    );
    assert_eq!(manifest.array.acc_bits, Some(32));
    assert!(manifest.ports.iter().all(|port| !port.purpose.is_empty()));
}

#[test]
fn phases_are_those_of_arrays_that_have_them() {
    for (dataflow, format, phases) in [
        (Dataflow::Ws, Format::Bf16, None),
        (Dataflow::Os, Format::Int8, Some(1)),
        (Dataflow::Os, Format::Bf16, Some(4)),
        (Dataflow::Both, Format::Bf16, Some(4)),
    ] {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(2, 2, format)
        };
        let manifest = Manifest::new(&generate(&config).unwrap(), &config).unwrap();
        assert_eq!(manifest.latencies.phases, phases, "{dataflow} {format}");
        assert_eq!(manifest.array.dataflow, dataflow);
        // A weight-stationary array's manifest reads as it did before there were others.
        let text = manifest.to_json();
        assert_eq!(text.contains("\"phases\""), phases.is_some(), "{text}");
        assert_eq!(manifest, serde_json::from_str(&text).unwrap());
    }
}

#[test]
fn the_same_bytes_again_and_defaults_spelt_out_too() {
    let (_a, first) = common::folder();
    let (_b, second) = common::folder();
    let config = ArrayConfig::new(2, 3, Format::Int8);
    let spelt = ArrayConfig {
        acc_bits: Some(32),
        mul_stages: Some(1),
        add_stages: Some(1),
        ..config
    };
    write_design(&generate(&config).unwrap(), &config, &first).unwrap();
    write_design(&generate(&spelt).unwrap(), &spelt, &second).unwrap();
    assert_eq!(contents(&first), contents(&second));
}

#[test]
fn another_design_replaces_the_last_and_leaves_other_files() {
    let (_guard, dir) = common::folder();
    let gated = ArrayConfig {
        gating: Gating::ClockGate,
        ..ArrayConfig::new(2, 2, Format::Int8)
    };
    write_design(&generate(&gated).unwrap(), &gated, &dir).unwrap();
    std::fs::write(dir.join("heddle_mine.v"), "not generated").unwrap();
    assert!(dir.join("heddle_clock_gate.v").exists());
    let plain = ArrayConfig::new(2, 2, Format::Bf16);
    let manifest = write_design(&generate(&plain).unwrap(), &plain, &dir).unwrap();
    let files = contents(&dir);
    assert!(!files.contains_key("heddle_clock_gate.v"));
    assert!(!files.contains_key("heddle_mul_int8.v"));
    assert!(files.contains_key("heddle_mine.v"));
    assert_eq!(files.len(), manifest.files.len() + 2);
}

#[test]
fn a_name_outside_the_folder_is_never_removed() {
    let (_guard, dir) = common::folder();
    let inner = dir.join("inner");
    let config = ArrayConfig::new(1, 1, Format::Int8);
    let design = generate(&config).unwrap();
    let mut manifest = write_design(&design, &config, &inner).unwrap();
    manifest.files[0].name = "heddle_/../../heddle_victim.v".into();
    std::fs::write(inner.join(MANIFEST), manifest.to_json()).unwrap();
    std::fs::create_dir(inner.join("heddle_")).unwrap();
    std::fs::write(dir.join("heddle_victim.v"), "mine").unwrap();
    write_design(&design, &config, &inner).unwrap();
    assert!(dir.join("heddle_victim.v").exists());
}

#[test]
fn a_failure_leaves_the_old_files_whole_and_no_others() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig::new(2, 2, Format::Int8);
    write_design(&generate(&config).unwrap(), &config, &dir).unwrap();
    // A folder where a file of the next design belongs: its rename fails.
    let next = ArrayConfig::new(2, 2, Format::Int16);
    std::fs::create_dir(dir.join("heddle_mul_int16.v")).unwrap();
    std::fs::write(dir.join("heddle_mul_int16.v/occupied"), "").unwrap();
    let error = write_design(&generate(&next).unwrap(), &next, &dir).unwrap_err();
    assert!(error.to_string().contains("heddle_mul_int16.v"), "{error}");
    std::fs::remove_dir_all(dir.join("heddle_mul_int16.v")).unwrap();
    for (name, bytes) in contents(&dir) {
        assert!(!name.starts_with(".heddle-"), "{name} was left behind");
        let text = String::from_utf8(bytes).unwrap();
        let whole = text.ends_with("`default_nettype wire\n") || !name.ends_with(".v");
        assert!(whole, "{name} is half-written");
    }
    // The manifest still is the old one: it vouches for nothing that is not there.
    assert_eq!(Manifest::read(&dir).unwrap().array.format, Format::Int8);
}

#[test]
fn a_file_in_place_of_the_folder_is_named() {
    let (_guard, dir) = common::folder();
    let file = dir.join("taken");
    std::fs::write(&file, "").unwrap();
    let config = ArrayConfig::new(1, 1, Format::Int8);
    let error = write_design(&generate(&config).unwrap(), &config, &file).unwrap_err();
    assert!(error.to_string().contains("taken"), "{error}");
}
