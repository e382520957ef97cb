//! The schemas of the reports: as they are committed, and what holds reports to them.

use super::{fails, heddle, stdout};
use heddle_cosim::forms::Form;
use jsonschema::Validator;
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The schema called `name`, ready to validate.
fn validator(name: &str) -> &'static Validator {
    static ALL: OnceLock<BTreeMap<&str, Validator>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let one = |form: Form| {
            (
                form.name,
                jsonschema::validator_for(&form.schema()).unwrap(),
            )
        };
        Form::ALL.into_iter().map(one).collect()
    });
    all.get(name)
        .unwrap_or_else(|| panic!("no schema is called {name}"))
}

/// The form of a command's report, from its words after the program's name.
fn form(words: &[String]) -> String {
    let groups = ["bench", "trace", "network", "farm"];
    let first = words
        .iter()
        .position(|word| !word.starts_with('-'))
        .unwrap();
    let mut name = words[first].clone();
    if groups.contains(&name.as_str()) {
        name = format!("{name}-{}", words[first + 1]);
    }
    name.replace("farm-resume", "farm-submit")
}

fn wrong(name: &str, report: &Value) -> Vec<String> {
    let errors = validator(name).iter_errors(report);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Checks that a report is as the schema of its command says.
pub fn check(report: &Value) {
    let words = report["command"].as_array().unwrap();
    let words: Vec<_> = words[1..]
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect();
    let wrong = wrong(&form(&words), report);
    assert!(
        wrong.is_empty(),
        "{words:?}: {}\n{report:#}",
        wrong.join("\n")
    );
}

fn in_docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas")
}

/// `heddle schema --out docs/schemas` writes them anew.
#[test]
fn the_committed_schemas_are_up_to_date() {
    let committed = std::fs::read_dir(in_docs()).unwrap();
    let committed = committed.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let committed: std::collections::BTreeSet<_> = committed.collect();
    let names = Form::ALL.map(|form| format!("{}.json", form.name));
    assert_eq!(committed, names.into());
    for form in Form::ALL {
        let file = in_docs().join(format!("{}.json", form.name));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(
            text == stdout(heddle("schema").arg(form.name)),
            "{} is not up to date",
            form.name
        );
        // what a validator may ignore is said in words that it knows
        jsonschema::meta::validate(&form.schema()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    stdout(heddle("schema --out").arg(folder.path()));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let committed = std::fs::read(in_docs().join(entry.file_name())).unwrap();
        assert!(std::fs::read(entry.path()).unwrap() == committed);
    }
    let list = stdout(&mut heddle("schema"));
    assert!(Form::ALL.iter().all(|form| list.contains(form.name)));
    fails(&mut heddle("schema weave"), 2, &["'weave'", "cycles"]);
}

#[test]
fn the_committed_results_are_as_their_schemas_say() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
    let mut count = 0;
    for entry in std::fs::read_dir(&results).unwrap() {
        let path = entry.unwrap().path();
        let file = match path.extension() {
            Some(extension) if extension == "json" => path,
            None => path.join("parity.json"),
            _ => continue,
        };
        let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        // Some were rewritten from version 1, which had no command: their names say it.
        let name = file.strip_prefix(&results).unwrap().to_string_lossy();
        let name = match name.split(['-', '.', '/']).next().unwrap() {
            "bench" => "bench-train",
            name => name,
        };
        assert_eq!(wrong(name, &report), [""; 0], "{}", file.display());
        count += 1;
    }
    assert_eq!(count, 15);
    let generated = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated");
    let mut count = 0;
    for entry in std::fs::read_dir(generated).unwrap() {
        let Ok(text) = std::fs::read(entry.unwrap().path().join("manifest.json")) else {
            continue;
        };
        let manifest: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(wrong("manifest", &manifest), [""; 0]);
        count += 1;
    }
    assert!(count > 3);
}

/// The control: a report with a field too many, too few, of another kind or with another word.
#[test]
fn a_wrong_report_is_found() {
    let product = stdout(&mut heddle("cycles --phase fp --m 4 --k 6 --n 8 --json"));
    let right: Value = serde_json::from_str(&product).unwrap();
    assert_eq!(wrong("cycles", &right), [""; 0]);
    let spoiled = |at: &str, value: Option<Value>| {
        let mut report = right.clone();
        let (path, name) = at.rsplit_once('/').unwrap();
        let object = report.pointer_mut(path).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => drop(object.insert(name.to_owned(), value)),
            None => drop(object.remove(name).unwrap()),
        }
        report
    };
    for (at, value) in [
        ("/weave", Some(json!(1))),
        ("/breakdown/weave", Some(json!(1))),
        ("/array/weave", Some(json!(1))),
        ("/cycles", Some(json!("100"))),
        ("/cycles", Some(json!(-1))),
        ("/phase", Some(json!("up"))),
        ("/schema_version", Some(json!(1))),
        ("/program/name", Some(json!("treadle"))),
        ("/ports/sums/words", Some(json!(1.5))),
        ("/cycles", None),
        ("/command", None),
        ("/array/rows", None),
        ("/ports/sums", None),
    ] {
        let report = spoiled(at, value.clone());
        assert_ne!(wrong("cycles", &report), [""; 0], "{at} {value:?}");
    }
    assert_ne!(wrong("explore", &right), [""; 0]);
}
