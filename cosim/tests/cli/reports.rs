//! What all JSON reports have in common: how they begin, and names that mean one thing.

use super::{fixture, heddle, json, run};
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Fields whose own fields are names of other things: cells, modules, mappings, tools.
const FREE: [&str; 4] = ["cells_by_kind", "groups", "mappings", "tools"];

/// The fields that the tables of `cosim/REPORTS.md` name.
fn documented() -> &'static BTreeSet<String> {
    static FIELDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    FIELDS.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("REPORTS.md");
        let text = std::fs::read_to_string(file).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
        let cells = rows.filter_map(|row| row.split(" |").next());
        let names = cells.flat_map(|cell| cell.split([',', '`', ' ']));
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    })
}

fn fields<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                found.insert(name);
                if !FREE.contains(&name.as_str()) {
                    fields(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

/// Checks what holds for the report of any command; `json` calls it on every report that any
/// test prints.
pub fn check(command: &Command, report: &Value) {
    assert_eq!(report["schema_version"], 2);
    assert_eq!(report["program"]["name"], "heddle");
    assert_eq!(report["program"]["version"], env!("CARGO_PKG_VERSION"));
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    let made_by = &report["made_by"];
    let digest = &made_by["configuration_sha256"];
    assert!(
        digest.is_null() || digest.as_str().unwrap().len() == 64,
        "{made_by}"
    );
    assert!(made_by["tools"].is_object(), "{made_by}");
    let told = report["command"].as_array().unwrap();
    assert!(told[0].as_str().unwrap().ends_with("heddle"));
    assert_eq!(json!(told[1..]), json!(words));
    super::schemas::check(report);
    let mut found = BTreeSet::new();
    fields(report, &mut found);
    let missing: Vec<_> = found
        .into_iter()
        .filter(|name| !documented().contains(*name))
        .collect();
    assert!(
        missing.is_empty(),
        "fields that cosim/REPORTS.md lacks: {missing:?}"
    );
}

/// The array is called the same and is as complete in every report, whatever was given.
#[test]
fn every_report_has_the_whole_array_under_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let array = "--rows 2 --cols 2 --format int8 --json";
    let of = |command: &str| json(&mut heddle(&format!("{command} {array}")))["array"].clone();
    let generate = format!("generate --out {}", folder.path().join("rtl").display());
    let expected = of(&generate);
    let names: Vec<_> = expected.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "rows",
            "cols",
            "format",
            "acc_bits",
            "overflow",
            "multiplier",
            "mul_stages",
            "add_stages",
            "skew",
            "reset",
            "gating",
            "dataflow"
        ]
    );
    for command in [
        "cosim --random 1 --max-dim 3",
        "cycles --phase fp --m 2 --k 2 --n 2",
        "cycles --network ner-conll",
        "run --hidden 4 --batch 2 --window 2 --vocabulary 20 --epochs 1 --record-times 1",
    ] {
        assert_eq!(of(command), expected, "{command}");
    }
    let explore = "explore --network ner-conll --rows 2 --dataflow ws --p .5 --format int8 --json";
    assert_eq!(json(&mut heddle(explore))["points"][0]["array"], expected);
}

/// The digest is that of what is asked for: not of the words that ask for it, nor of what comes out.
#[test]
fn a_report_tells_its_configuration_and_its_seed() {
    let made_by =
        |command: &str| json(&mut heddle(&format!("{command} --json")))["made_by"].clone();
    let product = "cycles --phase fp --m 20 --k 65 --n 26";
    let digest = |command: &str| made_by(command)["configuration_sha256"].clone();
    assert_eq!(
        digest(product),
        digest(&format!("{product} --rows 16 --times 1"))
    );
    assert_ne!(digest(product), digest(&format!("{product} --rows 8")));
    assert_ne!(digest(product), digest(&product.replace("65", "66")));
    let seeded = "cycles --target engine --phase fp --m 4 --k 6 --n 8 --seed 7";
    assert_eq!(made_by(seeded)["seed"], 7);
    assert_eq!(made_by(product)["seed"], Value::Null);
}

#[test]
fn a_report_is_written_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let printed = json(heddle("cycles --network ner-conll --json --report").arg(&file));
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(printed, written);
    // Without --json there is a table, and the file all the same.
    let mut command = heddle("trace inspect --report");
    let output = run(command.arg(&file).arg(fixture("pytorch.safetensors")));
    assert!(String::from_utf8_lossy(&output.stdout).contains("18 jobs"));
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    check(&command, &written);
    assert_eq!(written["jobs"], 18);
}

/// The committed results are of the same form as what is printed now, by hand of
/// `scripts/convert_reports.py` where they are older.
#[test]
fn the_committed_results_are_of_this_form() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
    let entries = std::fs::read_dir(results)
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut count = 0;
    for path in entries {
        let file = match path.extension() {
            Some(extension) if extension == "json" => path,
            None => path.join("parity.json"),
            _ => continue,
        };
        let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(report["schema_version"], 2, "{}", file.display());
        assert_eq!(report["program"]["name"], "heddle", "{}", file.display());
        let mut found = BTreeSet::new();
        fields(&report, &mut found);
        found.retain(|name| !documented().contains(*name));
        assert!(found.is_empty(), "{}: {found:?}", file.display());
        count += 1;
    }
    assert_eq!(count, 15);
}
