//! Arrays under other names: what `--prefix` renames, and two arrays in one design.

mod common;

use heddle_format::Format;
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::manifest::{write_folder, Manifest, MANIFEST};
use heddle_hdl::package::FolderOptions;
use heddle_hdl::{
    generate, generate_as, ArrayConfig, Dataflow, Gating, HdlError, MultiplierCell, Prefix, Skew,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn prefix(name: &str) -> Prefix {
    name.parse().unwrap()
}

fn write(config: &ArrayConfig, name: &str, dir: &Path) -> Manifest {
    let design = generate_as(config, &prefix(name)).unwrap();
    write_folder(&design, config, &FolderOptions::default(), dir).unwrap()
}

fn texts(dir: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// Between them they have every module that there is.
fn configs() -> [ArrayConfig; 3] {
    let both = |config| ArrayConfig {
        dataflow: Dataflow::Both,
        ..config
    };
    [
        ArrayConfig {
            gating: Gating::ClockGate,
            ..both(ArrayConfig::new(3, 2, Format::Int8))
        },
        both(ArrayConfig::new(2, 3, Format::Bf16)),
        ArrayConfig {
            multiplier: Some(MultiplierCell::Ecp5),
            skew: Some(Skew::Ram),
            ..ArrayConfig::new(6, 6, Format::Int16)
        },
    ]
}

#[test]
fn every_name_begins_with_the_prefix_and_nothing_else_changes() {
    for config in configs() {
        let (_guard, dir) = common::folder();
        let (plain, named) = (dir.join("plain"), dir.join("named"));
        let design = generate(&config).unwrap();
        write_folder(&design, &config, &FolderOptions::default(), &plain).unwrap();
        let manifest = write(&config, "acme_2", &named);
        let expected: BTreeMap<_, _> = texts(&plain)
            .into_iter()
            .map(|(name, text)| {
                (
                    name.replace("heddle", "acme_2"),
                    text.replace("heddle", "acme_2"),
                )
            })
            .filter(|(name, _)| name != MANIFEST)
            .collect();
        let mut found = texts(&named);
        found.remove(MANIFEST);
        assert_eq!(found, expected, "{}", config.slug());

        let plain = Manifest::read(&plain).unwrap();
        assert_eq!(manifest.top, "acme_2_array");
        assert_eq!(
            (&manifest.array, &manifest.ports, &manifest.program),
            (&plain.array, &plain.ports, &plain.program)
        );
        assert_eq!(Manifest::read(&named).unwrap().prefix, prefix("acme_2"));
        assert!(!plain.to_json().contains("\"prefix\""));
    }
}

#[test]
fn the_default_spelt_out_gives_the_same_bytes() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig::new(2, 2, Format::Int8);
    let design = generate(&config).unwrap();
    write_folder(&design, &config, &FolderOptions::default(), &dir.join("a")).unwrap();
    write(&config, "heddle", &dir.join("b"));
    assert_eq!(texts(&dir.join("a")), texts(&dir.join("b")));
}

#[test]
fn no_two_prefixes_have_a_module_in_common() {
    // `a_b_c` would be both b_c of the prefix a and c of the prefix a_b, which is refused then.
    let mut names = BTreeSet::from(["synth_frame".to_owned()]);
    for config in configs() {
        let array = generate_as(&config, &prefix("p")).unwrap();
        let engine = ArrayConfig {
            engine: Some(EngineConfig::default()),
            ..config
        };
        let engine = engine_design(&engine, &prefix("p")).unwrap();
        for module in array.modules.iter().chain(&engine.modules) {
            names.insert(module.name["p_".len()..].to_owned());
        }
    }
    assert!(names.len() > 20, "{names:?}");
    let mut pairs = 0;
    for (long, short) in names
        .iter()
        .flat_map(|long| names.iter().map(move |short| (long, short)))
    {
        if let Some(start) = long.strip_suffix(&format!("_{short}")) {
            assert!(
                format!("a_{start}").parse::<Prefix>().is_err(),
                "{long}, {short}"
            );
            pairs += 1;
        }
    }
    assert_eq!(
        pairs, 2,
        "fma_count and count, engine_counters and counters"
    );
}

#[test]
fn a_folder_keeps_to_one_prefix() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig::new(2, 2, Format::Int8);
    write(&config, "one", &dir);
    let before = texts(&dir);
    let design = generate_as(&config, &prefix("two")).unwrap();
    let error = write_folder(&design, &config, &FolderOptions::default(), &dir).unwrap_err();
    assert!(
        matches!(&error, HdlError::Config { name: "prefix", remedy, .. } if remedy.contains("prefix is one")),
        "{error}"
    );
    assert_eq!(texts(&dir), before);
    // Verilog of an earlier array goes, whatever the prefix.
    write(&ArrayConfig::new(2, 2, Format::Bf16), "one", &dir);
    assert!(!texts(&dir).contains_key("one_mul_int8.v"));
}

/// A folder with both arrays of `pair.v` and that; the files. Their names begin with what is given.
fn pair(dir: &Path, names: [&str; 2]) -> Vec<String> {
    let configs = [
        ArrayConfig::new(3, 2, Format::Int8),
        ArrayConfig::new(2, 3, Format::Bf16),
    ];
    let mut files = vec!["pair.v".to_owned()];
    std::fs::write(dir.join("pair.v"), include_str!("pair.v")).unwrap();
    for (config, (folder, name)) in configs.iter().zip(["first", "second"].iter().zip(names)) {
        let manifest = write(config, name, &dir.join(folder));
        let modules = manifest.files.iter().map(|file| &file.name);
        let verilog = modules.filter(|name| name.ends_with(".v"));
        files.extend(verilog.map(|name| format!("{folder}/{name}")));
    }
    files
}

fn icarus(dir: &Path, top: &str, files: &[String]) -> (bool, String) {
    let mut args = vec!["-g2001", "-Wall", "-o", "design.vvp", "-s", top];
    args.extend(files.iter().map(String::as_str));
    let (output, text) = common::run(dir, "iverilog", &args);
    if !output.status.success() {
        return (false, text);
    }
    let (output, text) = common::run(dir, "vvp", &["-n", "design.vvp"]);
    (output.status.success(), text)
}

#[test]
fn two_arrays_work_in_one_design() {
    let (_guard, dir) = common::folder();
    let files = pair(&dir, ["first", "second"]);
    if common::has("iverilog") {
        for top in ["pair", "tb_first_array", "tb_second_array"] {
            let (success, text) = icarus(&dir, top, &files);
            assert!(success && text.contains("PASS: "), "{top}: {text}");
        }
        // Without names of their own they do not even compile.
        let (_guard, dir) = common::folder();
        let (success, text) = icarus(&dir, "pair", &pair(&dir, ["heddle", "heddle"]));
        assert!(!success && text.contains("heddle_pe"), "{text}");
    }
    let verilog: Vec<_> = files.iter().filter(|name| !name.contains("tb_")).collect();
    for verilator in common::verilators() {
        let mut args = vec!["--binary", "-Wno-fatal", "-CFLAGS", "-O0 -fcoroutines"];
        args.extend(["--top-module", "pair", "-o", "pair"]);
        args.extend(verilog.iter().map(|name| name.as_str()));
        let (output, text) = common::run(&dir, &verilator, &args);
        assert!(output.status.success(), "{verilator}: {text}");
        let (output, text) = common::run(&dir, "obj_dir/pair", &[]);
        let passed = output.status.success() && text.contains("PASS: ");
        assert!(passed, "{verilator}: {text}");
        std::fs::remove_dir_all(dir.join("obj_dir")).unwrap();
    }
    if common::has("yosys") {
        let arrays: Vec<_> = verilog.iter().filter(|name| **name != "pair.v").collect();
        let names: Vec<_> = arrays.iter().map(|name| name.as_str()).collect();
        let read = format!("read_verilog {}", names.join(" "));
        let script = format!("{read}; hierarchy -check -top first_array; proc; check -assert");
        let (output, text) = common::run(&dir, "yosys", &["-q", "-p", &script]);
        assert!(output.status.success() && text.is_empty(), "{text}");
    }
}
