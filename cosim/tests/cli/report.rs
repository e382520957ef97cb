//! `report`: pages of reports that are made here, and of the committed ones.

use super::{fails, fixture, heddle, json, run, stdout};
use html5ever::tendril::TendrilSink;
use html5ever::{parse_document, ParseOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A page as a browser's parser sees it.
struct Page {
    text: String,
    dom: RcDom,
}

impl Page {
    fn parse(text: String) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(text.as_str());
        Self { text, dom }
    }

    fn nodes(&self) -> Vec<Handle> {
        let mut found = Vec::new();
        let mut todo = vec![self.dom.document.clone()];
        while let Some(node) = todo.pop() {
            todo.extend(node.children.borrow().iter().rev().cloned());
            found.push(node);
        }
        found
    }

    fn named(&self, element: &str) -> Vec<Handle> {
        self.nodes()
            .into_iter()
            .filter(|node| name(node) == element)
            .collect()
    }

    /// What is read on it: no style, script or data.
    fn visible(&self) -> String {
        let mut text = String::new();
        for of in self.named("main") {
            text += &text_of(&of);
        }
        text
    }
}

fn name(node: &Handle) -> String {
    match &node.data {
        NodeData::Element { name, .. } => name.local.to_string(),
        _ => String::new(),
    }
}

fn attribute(node: &Handle, wanted: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    let attrs = attrs.borrow();
    let found = attrs.iter().find(|attr| &*attr.name.local == wanted);
    found.map(|attr| attr.value.to_string())
}

fn text_of(node: &Handle) -> String {
    if let NodeData::Text { contents } = &node.data {
        return contents.borrow().to_string();
    }
    let children = node.children.borrow();
    children.iter().map(text_of).collect()
}

/// Makes a page of files and checks what holds for every page.
fn page_of(files: &[&Path]) -> Page {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("page.html");
    let said = stdout(heddle("report").args(files).arg("--html").arg(&html));
    assert!(
        said.ends_with(&format!("the page: {}\n", html.display())),
        "{said}"
    );
    let page = Page::parse(std::fs::read_to_string(&html).unwrap());
    check(&page, files);
    page
}

/// A page is well formed, fetches nothing, leads nowhere that is not, begins with a verdict and has every report
/// whole.
fn check(page: &Page, files: &[&Path]) {
    let errors: Vec<_> = page
        .dom
        .errors
        .borrow()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(errors.is_empty(), "{files:?}: {errors:?}");
    let nodes = page.nodes();
    let ids: Vec<_> = nodes
        .iter()
        .filter_map(|node| attribute(node, "id"))
        .collect();
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "{files:?}: ids stand twice");
    for node in &nodes {
        for outside in ["src", "srcset", "data", "action"] {
            assert_eq!(attribute(node, outside), None, "{files:?}");
        }
        if let Some(to) = attribute(node, "href") {
            let to = to
                .strip_prefix('#')
                .unwrap_or_else(|| panic!("{to} leads out of the page"));
            assert!(ids.iter().any(|id| id == to), "{files:?}: #{to} is nowhere");
        }
    }
    let head = page.named("main").remove(0);
    let first = text_of(&head).trim_start().chars().next();
    let signs = ['\u{2713}', '\u{2717}', '?', '\u{2013}'];
    assert!(
        first.is_some_and(|first| signs.contains(&first)),
        "{files:?} begins with {first:?}"
    );
    let data = page.named("script");
    let data: Vec<Value> = data
        .iter()
        .filter(|node| attribute(node, "type").as_deref() == Some("application/json"))
        .map(|node| serde_json::from_str(&text_of(node)).unwrap())
        .collect();
    let visible = page.visible();
    assert_eq!(data.len(), files.len());
    for (data, file) in data.iter().zip(files) {
        let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(*data, report, "{}", file.display());
        let version = heddle_files::shown(report["program"]["version"].as_str().unwrap());
        assert!(visible.contains(&*version), "{}", file.display());
        for word in report["command"].as_array().into_iter().flatten() {
            let word = heddle_files::shown(word.as_str().unwrap());
            assert!(visible.contains(&*word), "{}: {word}", file.display());
        }
        shown(page, &report, file);
    }
}

/// Every number of a report is on its page, to be read or as the exact value of what is.
fn shown(page: &Page, report: &Value, file: &Path) {
    let visible = page.visible();
    let mut exact: std::collections::BTreeSet<String> = page
        .nodes()
        .iter()
        .flat_map(|node| [attribute(node, "title"), attribute(node, "data-v")])
        .flatten()
        .collect();
    for (name, words) in [("true", "yes"), ("false", "no")] {
        if visible.contains(words) {
            exact.insert(name.to_owned());
        }
    }
    let mut todo = vec![(String::new(), report)];
    while let Some((path, value)) = todo.pop() {
        match value {
            Value::Object(fields) => todo.extend(
                fields
                    .iter()
                    .map(|(name, of)| (format!("{path}.{name}"), of)),
            ),
            // a list of numbers stands in a cell, the first of them; a curve has them all
            Value::Array(values) if values.iter().any(|of| of.is_object() || of.is_array()) => {
                let all = values.iter().enumerate();
                todo.extend(all.map(|(at, of)| (format!("{path}.{at}"), of)))
            }
            Value::Number(number) if path != ".schema_version" => {
                let text = number.to_string();
                assert!(
                    exact.contains(&text),
                    "{}: {path} = {text} is not shown",
                    file.display()
                );
            }
            Value::String(text) => {
                let text = heddle_files::shown(text);
                assert!(
                    visible.contains(&*text),
                    "{}: {path} = {text} is not shown",
                    file.display()
                );
            }
            _ => {}
        }
    }
}

/// A report of a command, in a file.
fn report_of(folder: &Path, name: &str, command: &str) -> PathBuf {
    let file = folder.join(name);
    let report = json(&mut heddle(&format!("{command} --json")));
    std::fs::write(&file, report.to_string()).unwrap();
    file
}

fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../results")
}

#[test]
fn a_page_reads_the_form_that_reports_have() {
    assert_eq!(heddle_page::FORM, u64::from(heddle_report::SCHEMA_VERSION));
}

#[test]
fn counted_reports_have_their_tables_and_plots() {
    let folder = tempfile::tempdir().unwrap();
    let array = "--rows 4 --cols 4 --format int8";
    let product = "--phase wg --m 13 --k 5 --n 9 --keep 6 --policy packed";
    for (command, words) in [
        (format!("cycles {array} {product} --times 3 --dataflow both --explain"), "Mappings to choose from"),
        (format!("cycles {array} --network ner-conll"), "By place in the network"),
        (format!("cycles {array} {product} --target engine"), "Roofline"),
        ("explore --network ner-conll --rows 2,4 --dataflow ws,os --p .3,.5 --format int8".into(), "Pareto front"),
        (
            "explore --target engine --units 9 --width 8 --batch 2 --phase fp --rows 4 --format int8 --bus-bits 64,128 --p .5".into(),
            "Left out",
        ),
    ] {
        let file = report_of(folder.path(), "report.json", &command);
        let page = page_of(&[&file]);
        let visible = page.visible();
        assert!(visible.trim_start().starts_with("\u{2013} no verdict"), "{command}");
        assert!(visible.contains(words) || words == "Left out", "{command}: {words}");
        assert!(!page.named("svg").is_empty(), "{command} has no plot");
    }
}

#[test]
fn a_training_has_its_curves() {
    let folder = tempfile::tempdir().unwrap();
    let file = report_of(
        folder.path(),
        "train.json",
        "train --hidden 4 --batch 2 --window 3 --vocabulary 20 --epochs 2",
    );
    let page = page_of(&[&file]);
    assert!(page.visible().contains("Loss by epoch"));
    assert_eq!(page.named("svg").len(), 2);
}

#[test]
fn simulated_reports_say_that_all_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let array = "--rows 2 --cols 2 --format int8";
    for command in [
        format!("cosim {array} --random 4 --max-dim 4"),
        format!("run {array} --hidden 4 --batch 2 --window 2 --vocabulary 20 --epochs 1 --record-times 1"),
    ] {
        let file = report_of(folder.path(), "report.json", &command);
        let page = page_of(&[&file]);
        assert!(page.visible().trim_start().starts_with("\u{2713} right"), "{command}");
        assert!(page.visible().contains("Where the cycles went"), "{command}");
    }
}

/// What is wrong stands first, with its job, its numbers and the waveform around it.
#[test]
fn a_wrong_sum_stands_first_with_its_waveform() {
    let config = heddle_hdl::ArrayConfig::new(3, 4, heddle_format::Format::Int8);
    for kind in ["vcd", "fst"] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        super::cosim::planted(&config, folder.path(), " * $signed", " + $signed");
        let waveform = format!("wrong.{kind}");
        let mut command = heddle("cosim --rows 3 --cols 4 --format int8 --trace");
        command
            .arg(fixture("pytorch-int8.safetensors"))
            .arg("--verilog")
            .arg(folder.path());
        command
            .arg("--waveform")
            .arg(at(&waveform))
            .arg("--report")
            .arg(at("r.json"));
        assert_eq!(run(&mut command).status.code(), Some(1));
        let report: Value = serde_json::from_slice(&std::fs::read(at("r.json")).unwrap()).unwrap();
        let page = page_of(&[&at("r.json")]);
        let visible = page.visible();
        assert!(
            visible.trim_start().starts_with("\u{2717} wrong"),
            "{visible}"
        );
        let found = report["first_mismatch"]["found"].as_str().unwrap();
        let value = found.split(' ').next().unwrap();
        assert!(visible.contains("leaves the array (lane"), "{visible}");
        let titles: Vec<_> = page.named("title").iter().map(text_of).collect();
        let marked = titles
            .iter()
            .any(|title| title.starts_with("s_o, lane") && title.ends_with(&format!(": {value}")));
        assert!(marked, "{value} is not drawn: {titles:?}");
        assert!(
            page.text.contains("href=\"#r1-dense-fp\""),
            "the job's numbers are linked"
        );
        // A report that is handed on without it says so and is a page all the same.
        std::fs::rename(at("r.json"), at("moved.json")).unwrap();
        std::fs::remove_file(at(&waveform)).unwrap();
        assert!(page_of(&[&at("moved.json")])
            .visible()
            .contains("keep it beside the report"));
        // Damaged, likewise; a library's panic would be told.
        std::fs::write(at(&waveform), b"$timescale 1ns $end $scope").unwrap();
        assert!(page_of(&[&at("moved.json")])
            .visible()
            .contains("No waveform is drawn"));
    }
}

#[test]
fn the_committed_reports_make_one_page_with_an_overview() {
    let files = |folder: PathBuf| {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    let mut all: Vec<PathBuf> = files(results())
        .filter(|path| path.extension().is_some_and(|of| of == "json"))
        .collect();
    all.extend(
        ["lm", "nmt", "ner"].map(|task| results().join(format!("parity-{task}/parity.json"))),
    );
    all.sort();
    assert!(all.len() > 10);
    let paths: Vec<&Path> = all.iter().map(|path| path.as_path()).collect();
    let page = page_of(&paths);
    let visible = page.visible();
    assert!(
        visible.trim_start().starts_with("\u{2717} wrong"),
        "of nmt a case is inferior"
    );
    for words in [
        "inferior",
        "non-inferior",
        "Power by group",
        "Time of a training step by part",
    ] {
        assert!(visible.contains(words), "{words}");
    }
    let linked = page
        .named("a")
        .iter()
        .filter(|a| attribute(a, "href").is_some_and(|to| to == "#all"))
        .count();
    assert_eq!(linked, all.len());
}

/// Text of a file gives no orders to a browser.
#[test]
fn text_of_a_report_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("<img src=x>.json");
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}";
    let report = serde_json::json!({
        "schema_version": 2, "program": { "name": "heddle", "version": evil, "commit": null },
        "command": ["heddle", evil], "source": { "trace": evil }, "jobs": 1, "mismatches": 1, "cycle_model_differences": 0,
        "array": { "rows": evil, "cols": evil, "format": evil },
        "policies": { evil: { "cycles": 5, "phases": { evil: { "cycles": 5, evil: evil } } } },
        "first_mismatch": { "job": evil, "policy": evil, "found": evil }, "waveform": evil, evil: [{ evil: evil }],
    });
    std::fs::write(&file, report.to_string()).unwrap();
    let page = page_of(&[&file]);
    assert!(page.named("img").is_empty());
    let scripts = page.named("script").len();
    assert_eq!(scripts, 2, "the data and the page's own");
    assert!(!page.visible().contains('\u{202e}'));
}

#[test]
fn what_is_no_report_is_told_and_leaves_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("page.html");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let good = report_of(
        folder.path(),
        "good.json",
        "cycles --phase fp --m 2 --k 2 --n 2",
    );
    for (path, words) in [
        (
            file("empty.json", ""),
            vec!["empty.json is empty", "--report FILE"],
        ),
        (
            file("text.json", "cycles: 5\n"),
            vec!["text.json is not JSON", "line 1 column 1"],
        ),
        (
            file("other.json", r#"{"creator":"yosys"}"#),
            vec!["no report of heddle", "schema_version"],
        ),
        (
            file("old.json", r#"{"schema_version":1,"config":{}}"#),
            vec![
                "old.json: schema_version = 1 is not possible",
                "scripts/convert_reports.py",
            ],
        ),
        (file("latin.json", ""), vec![]),
        (
            results().join("parity-lm/protocol.json"),
            vec!["parity.json"],
        ),
        (
            folder.path().join("none.json"),
            vec!["cannot read", "none.json"],
        ),
        (folder.path().to_owned(), vec!["it is a folder"]),
    ] {
        if words.is_empty() {
            std::fs::write(&path, b"{\"a\": \"\xff\"}").unwrap();
        }
        let mut command = heddle("report");
        command.arg(&good).arg(&path).arg("--html").arg(&html);
        fails(&mut command, 2, &words);
        assert!(!html.exists(), "{}", path.display());
    }
    let huge = folder.path().join("huge.json");
    std::fs::File::create(&huge)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    fails(
        heddle("report").arg(&huge).arg("--html").arg(&html),
        2,
        &["more than a report may have"],
    );
    for (place, words) in [
        (folder.path().join("none/page.html"), "cannot write"),
        (folder.path().to_owned(), "cannot write"),
        (good.clone(), "has the same place"),
    ] {
        fails(
            heddle("report").arg(&good).arg("--html").arg(&place),
            2,
            &[words],
        );
    }
    fails(heddle("report").arg(&good), 2, &["--html"]);
    fails(
        heddle("report --html x.html").current_dir(&folder),
        2,
        &["FILE"],
    );
}

#[test]
fn a_page_goes_to_standard_output_and_a_report_comes_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = report_of(
        folder.path(),
        "r.json",
        "cycles --phase fp --m 2 --k 2 --n 2",
    );
    let mut command = heddle("report - --html -");
    let text = stdout(command.stdin(std::fs::File::open(&file).unwrap()));
    assert!(
        text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>"),
        "{text}"
    );
    check(&Page::parse(text), &[&file]);
    let twice = |_| {
        let mut command: Command = heddle("report --html -");
        stdout(command.arg(&file))
    };
    assert_eq!(twice(1), twice(2), "the same bytes every time");
}
