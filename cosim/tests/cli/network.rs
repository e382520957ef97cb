//! `heddle network`, and networks as files.

use super::{fails, heddle, json, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.at(name), bytes).unwrap();
        self.at(name).display().to_string()
    }
}

/// Counts and nothing that says where they come from.
fn counts(arguments: &str) -> Value {
    let mut report = json(&mut heddle(&format!("{arguments} --json")));
    let object = report.as_object_mut().unwrap();
    for name in ["command", "made_by", "network", "network_sha256"] {
        object.remove(name);
    }
    report
}

#[test]
fn the_schema_is_the_committed_one_and_the_list_has_every_name() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("network/networks/schema.json");
    let committed = std::fs::read_to_string(committed).unwrap();
    assert_eq!(stdout(&mut heddle("network schema")), committed);
    let report = json(&mut heddle("network list --json"));
    let names = report["networks"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|row| row["network"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "zaremba-small",
            "zaremba-medium",
            "zaremba-large",
            "opennmt-iwslt",
            "ner-conll",
            "awd-lstm-ptb",
            "gnmt-wmt16",
            "gnmt-8-layers",
            "deepspeech2"
        ]
    );
    assert!(stdout(&mut heddle("network list")).contains("awd-lstm-ptb"));
}

/// The negative control: another p is another count.
#[test]
fn a_network_that_is_shown_counts_as_the_one_built_in() {
    let folder = Folder::new();
    let text = stdout(&mut heddle("network show ner-conll"));
    let same = folder.write("mine.toml", &text);
    let other = folder.write("other.toml", text.replace("p = 0.5", "p = 0.25"));
    for command in ["cycles", "explore --rows 8 --p .5 --dataflow ws"] {
        let built_in = counts(&format!("{command} --network ner-conll"));
        assert_eq!(
            counts(&format!("{command} --network {same}")),
            built_in,
            "{command}"
        );
    }
    assert_ne!(
        counts(&format!("cycles --network {other}")),
        counts("cycles --network ner-conll")
    );
    let report = json(&mut heddle(&format!("cycles --network {same} --json")));
    assert_eq!(report["network"], "ner-conll", "its name is in the file");
}

/// Products of a file are those of `cycles --phase`, one by one.
#[test]
fn plain_products_count_as_they_do_by_themselves() {
    let folder = Folder::new();
    let file = folder.write(
        "products.toml",
        "product = [{ name = \"gradient\", phase = \"wg\", m = 650, k = 20, n = 260, keep = 300, times = 35 }]",
    );
    let network = json(&mut heddle(&format!(
        "cycles --network {file} --dataflow both --json"
    )));
    assert_eq!(network["network"], "products");
    let place = &network["places"][0];
    assert_eq!(
        (&place["name"], &place["jobs"]),
        (&"gradient".into(), &35.into())
    );
    for policy in ["dense", "gated", "packed"] {
        let alone = json(&mut heddle(&format!(
            "cycles --phase wg --m 650 --k 20 --n 260 --keep 300 --times 1 --policy {policy} --dataflow both --json"
        )));
        let counted = &network["policies"][policy];
        assert_eq!(
            counted["macs"].as_u64().unwrap(),
            35 * alone["macs"].as_u64().unwrap()
        );
        assert!(counted["cycles"].as_u64().unwrap() <= 35 * alone["cycles"].as_u64().unwrap());
    }
    // without dropout at its site nothing is dropped, and then packed is dense
    let none = json(&mut heddle(&format!(
        "cycles --network {file} --sites rh --json"
    )));
    assert_eq!(
        none["policies"]["packed"]["macs"],
        none["policies"]["dense"]["macs"]
    );
}

#[test]
fn groups_of_a_batch_have_products_of_their_own() {
    let folder = Folder::new();
    let text = "batch = 12\nwindow = 3\np = 0.5\nlayer = [{ input = 20, hidden = 16 }]\n";
    let whole = folder.write("whole.toml", text);
    let groups = folder.write("groups.toml", format!("groups = 4\n{text}"));
    let of = |file: &str| json(&mut heddle(&format!("cycles --network {file} --json")));
    let (whole, groups) = (of(&whole), of(&groups));
    assert_eq!(whole["jobs"], 3 * 2 * 3 - 1);
    assert_eq!(groups["jobs"], 4 * (3 * 2 * 3 - 1));
    let macs = |report: &Value, policy: &str| report["policies"][policy]["macs"].clone();
    for policy in ["dense", "packed"] {
        assert_eq!(
            macs(&whole, policy),
            macs(&groups, policy),
            "each keeps half"
        );
    }
    let cycles = |report: &Value| report["policies"]["packed"]["cycles"].as_u64().unwrap();
    assert!(
        cycles(&groups) > cycles(&whole),
        "shorter products fill the array less"
    );
    let engine = json(&mut heddle(&format!(
        "cycles --target engine --network {} --json",
        folder.at("groups.toml").display()
    )));
    assert_eq!(engine["jobs"], groups["jobs"]);
}

/// A safetensors file without values: what is imported is in its header.
fn safetensors(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let mut at = 0;
    let entries: Vec<String> = tensors
        .iter()
        .map(|(name, shape)| {
            let end = at + 4 * shape.iter().product::<usize>();
            let entry = format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{at},{end}]}}");
            at = end;
            entry
        })
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes
}

#[test]
fn a_state_dict_becomes_the_network_that_it_is_of() {
    let folder = Folder::new();
    let file = folder.write(
        "model.safetensors",
        safetensors(&[
            ("rnn.weight_ih_l0", &[1024, 130]),
            ("rnn.weight_hh_l0", &[1024, 256]),
            ("rnn.bias_ih_l0", &[1024]),
            ("rnn.weight_ih_l0_reverse", &[1024, 130]),
            ("rnn.weight_hh_l0_reverse", &[1024, 256]),
            ("tags.weight", &[9, 512]),
        ]),
    );
    let out = folder.at("net.toml").display().to_string();
    let import = format!("network import {file} --batch 16 --times 15 --p .5 --out {out}");
    assert_eq!(stdout(&mut heddle(&import)), "");
    let places = |network: &str| {
        let mut report = counts(&format!("cycles --network {network}"));
        let places = report["places"].as_array_mut().unwrap();
        places
            .iter_mut()
            .for_each(|place| drop(place.as_object_mut().unwrap().remove("name")));
        report
    };
    assert_eq!(places(&out), places("ner-conll"));
}

#[test]
fn a_topology_becomes_its_products() {
    let folder = Folder::new();
    let file = folder.write(
        "mlp.csv",
        "Layer, M, N, K,\nFC1, 20, 2600, 650,\nFC2, 1, 40, 30,\n",
    );
    let out = folder.at("mlp.toml").display().to_string();
    let import = format!("network import {file} --p .5 --out {out}");
    assert_eq!(stdout(&mut heddle(&import)), "");
    let report = json(&mut heddle(&format!("cycles --network {out} --json")));
    let alone = json(&mut heddle(
        "cycles --phase fp --m 20 --k 650 --n 2600 --keep 325 --policy packed --json",
    ));
    assert_eq!(report["places"][0]["name"], "FC1");
    assert_eq!(
        report["places"][0]["policies"]["packed"]["cycles"],
        alone["cycles"]
    );
    assert_eq!(report["places"][1]["policies"]["dense"]["macs"], 600);
}

#[test]
fn the_table_of_a_network_as_comma_separated_values() {
    let folder = Folder::new();
    let csv = folder.at("cycles.csv");
    let mut command = heddle("cycles --network ner-conll --json --csv");
    let report = json(command.arg(&csv));
    let text = std::fs::read_to_string(csv).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 1 + 12 * 3);
    assert_eq!(lines[0][..5], ["layer", "site", "phase", "jobs", "policy"]);
    let column = lines[0].iter().position(|name| *name == "cycles").unwrap();
    let cycles = report["places"][0]["policies"]["dense"]["cycles"].to_string();
    assert_eq!(lines[1][column], cycles);
    assert!(
        lines.iter().all(|line| line.len() == lines[0].len()),
        "{text}"
    );
}

#[test]
fn networks_that_cannot_be_are_bad_input() {
    let folder = Folder::new();
    let net = |name: &str, text: &str| format!("cycles --network {}", folder.write(name, text));
    let layer = "[[layer]]\ninput = 6\nhidden = 8\n";
    let huge = "batch = 65536\nwindow = 3\n[[layer]]\ninput = 16777216\nhidden = 16777216\n";
    let cut = &safetensors(&[("weight_ih_l0", &[32, 5])])[..20];
    let cut = folder.write("cut.safetensors", cut);
    let no_hh = folder.write("no.safetensors", safetensors(&[("weight_ih_l0", &[32, 5])]));
    let linear = folder.write(
        "linear.safetensors",
        safetensors(&[("fc.weight", &[32, 5])]),
    );
    let lstm = safetensors(&[("weight_ih_l0", &[32, 5]), ("weight_hh_l0", &[32, 8])]);
    let lstm = folder.write("lstm.safetensors", lstm);
    let csv = folder.write("a.csv", "Layer, M, N, K,\nFC1, 0, 2, 3,\n");
    let out = folder.at("never.toml");
    let import = |rest: &str| format!("network import {rest} --out {}", out.display());
    for (command, words) in [
        (
            "cycles --network alexnet".to_owned(),
            vec!["alexnet", "zaremba-medium", "a file"],
        ),
        (
            "explore --network alexnet".into(),
            vec!["alexnet", "gnmt-wmt16", "a file"],
        ),
        (
            "cycles --network /nonexistent/net.toml".into(),
            vec!["/nonexistent/net.toml"],
        ),
        (
            "network show alexnet".into(),
            vec!["alexnet", "zaremba-medium"],
        ),
        (
            net("a.toml", "batch = 2\nwidth = 3\n"),
            vec!["a.toml", "width", "line 2", "schema"],
        ),
        (net("b.toml", layer), vec!["b.toml", "batch = absent"]),
        (
            net(
                "c.toml",
                &format!("batch = 4\nwindow = 3\ngroups = 3\n{layer}"),
            ),
            vec!["groups = 3", "batch of 4"],
        ),
        (
            net(
                "d.toml",
                &format!("batch = 4\nwindow = 3\np = 1.5\n{layer}"),
            ),
            vec!["p = 1.5", "less than 1"],
        ),
        (
            net("e.toml", &format!("batch = 4\nwindow = 3\n{layer}{layer}")),
            vec!["input = 6", "hands on 8"],
        ),
        (net("f.toml", huge), vec!["multiply-accumulates", "at most"]),
        (net("g.toml", "not TOML"), vec!["g.toml", "line 1"]),
        (
            format!(
                "{} --epoch",
                net("h.toml", &format!("batch = 4\nwindow = 3\n{layer}"))
            ),
            vec!["tokens"],
        ),
        (
            format!("cycles --network {lstm}"),
            vec!["lstm.safetensors", "heddle network import"],
        ),
        (
            import(&format!("{cut} --batch 4 --times 3")),
            vec!["cut.safetensors", "truncated"],
        ),
        (
            import(&format!("{no_hh} --batch 4 --times 3")),
            vec!["weight_hh_l0", "missing"],
        ),
        (
            import(&format!("{linear} --batch 4 --times 3")),
            vec!["none of its 1 tensors", "nn.LSTM"],
        ),
        (import(&lstm), vec!["--batch = absent", "--times"]),
        (
            import(&format!("{lstm} --batch 4 --times 3 --groups 3")),
            vec!["groups = 3"],
        ),
        (
            import(&format!("{lstm} --batch 4 --times 3 --phase fp")),
            vec!["--phase = fp", "leave it out"],
        ),
        (
            import(&format!("{lstm} --batch 0 --times 3")),
            vec!["'0'", "--batch"],
        ),
        (import(&csv), vec!["a.csv", "m = 0", "FC1"]),
        (
            import(&format!("{csv} --batch 3")),
            vec!["--batch = 3", "leave it out"],
        ),
        (
            import("/nonexistent/net.onnx"),
            vec!["net.onnx", ".safetensors"],
        ),
    ] {
        fails(&mut heddle(&command), 2, &words);
    }
    assert!(!out.exists(), "nothing is written of what is refused");
}

/// Per-layer probabilities have no one p of a sweep.
#[test]
fn a_sweep_of_engines_wants_one_p() {
    let explore = "explore --target engine --network awd-lstm-ptb --whole-step --bus-bits 128";
    fails(&mut heddle(explore), 2, &["--p = absent", "give --p"]);
    fails(
        &mut heddle("explore --target engine --network gnmt-wmt16 --whole-step --batch 7 --p .5"),
        2,
        &["--batch = 7", "shapes of their own"],
    );
}
