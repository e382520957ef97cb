//! The crates of the workspace stand in layers, and arrows go down only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// From the bottom to the top: a crate may use those before it.
const LAYERS: &[&str] = &[
    "heddle-format",
    "heddle-derive",
    "heddle-emit",
    "heddle-files",
    "heddle-toolbox",
    "heddle-farm",
    "heddle-liberty",
    "heddle-hdl",
    "heddle-verilator",
    "heddle-gemm",
    "heddle-lstm",
    "heddle-synth",
    "heddle-power",
    "heddle-schedule",
    "heddle-engine",
    "heddle-network",
    "heddle-array",
    "heddle-trace",
    "heddle-report",
    "heddle-study",
    "heddle-page",
    "heddle-cosim",
    "heddle-testbenches",
    "heddle-python",
];

/// What draws or reads a command line, and takes long to compile.
const OF_THE_COMMAND_LINE: [&str; 3] = ["clap", "plotters", "comfy-table"];

/// What each crate uses, tests and examples aside.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = |path: &Path| -> toml::Table {
        let text = std::fs::read_to_string(path.join("Cargo.toml")).expect("a manifest");
        text.parse().expect("TOML")
    };
    let workspace = table(&root);
    let members = workspace["workspace"]["members"]
        .as_array()
        .expect("a list");
    members
        .iter()
        .map(|member| {
            let manifest = table(&root.join(member.as_str().expect("a folder")));
            let name = manifest["package"]["name"].as_str().expect("a name");
            let uses = manifest["dependencies"].as_table().expect("a table");
            (name.to_owned(), uses.keys().cloned().collect())
        })
        .collect()
}

/// Arrows that do not go down: from, to.
fn upwards(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<(String, String)> {
    let layer = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let mut found = Vec::new();
    for (from, all) in uses {
        let own = layer(from).unwrap_or_else(|| panic!("{from} is in no layer: add it to LAYERS"));
        for to in all {
            if layer(to).is_some_and(|to| to >= own) {
                found.push((from.clone(), to.clone()));
            }
        }
    }
    found
}

/// All that a crate needs.
fn needs(uses: &BTreeMap<String, BTreeSet<String>>, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut todo = vec![name.to_owned()];
    while let Some(next) = todo.pop() {
        for each in uses.get(&next).into_iter().flatten() {
            if found.insert(each.clone()) {
                todo.push(each.clone());
            }
        }
    }
    found
}

#[test]
fn arrows_go_down() {
    let mut uses = uses();
    assert_eq!(uses.len(), LAYERS.len());
    assert_eq!(upwards(&uses), []);
    let planted = uses.get_mut("heddle-schedule").unwrap();
    planted.insert("heddle-array".into());
    assert_eq!(
        upwards(&uses),
        [("heddle-schedule".to_owned(), "heddle-array".to_owned())]
    );
}

#[test]
fn the_emitter_knows_no_array() {
    let uses = uses();
    let of_ours: Vec<_> = needs(&uses, "heddle-emit")
        .into_iter()
        .filter(|name| name.starts_with("heddle-"))
        .collect();
    assert_eq!(of_ours, ["heddle-derive"]);
    assert!(needs(&uses, "heddle-hdl").contains("heddle-emit"));
}

#[test]
fn test_benches_need_no_command_line_and_no_plots() {
    let uses = uses();
    let needs = needs(&uses, "heddle-testbenches");
    assert!(needs.contains("heddle-array"));
    for name in OF_THE_COMMAND_LINE {
        assert!(!needs.contains(name), "{name}");
        assert!(self::needs(&uses, "heddle-cosim").contains(name), "{name}");
    }
}
