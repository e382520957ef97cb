//! `heddle train` on the three tasks, and their products on the array.

use super::{fails, heddle, json, run, stdout};
use std::path::Path;

/// Sizes at which every task trains in a second or two.
const SMALL: [&str; 3] = [
    "--task lm --hidden 8 --batch 4 --window 5 --vocabulary 60",
    "--task nmt --languages en-vi --hidden 8 --batch 16 --vocabulary 60",
    "--task ner --hidden 4 --embedding 8 --vocabulary 200",
];

#[test]
fn every_task_reports_its_metric_and_its_curves() {
    let folder = tempfile::tempdir().unwrap();
    for (task, metric) in SMALL.into_iter().zip(["perplexity", "perplexity", "f1"]) {
        let (csv, svg) = (folder.path().join("c.csv"), folder.path().join("c.svg"));
        let mut command = heddle(&format!("train {task} --epochs 2 --json --csv"));
        let report = json(command.arg(&csv).arg("--plot").arg(&svg));
        let value = report[format!("test_{metric}")].as_f64().unwrap();
        assert!(value.is_finite() && value >= 0.0, "{task}: {value}");
        assert_eq!(report["epochs"].as_array().unwrap().len(), 2, "{task}");
        let csv = std::fs::read_to_string(csv).unwrap();
        assert_eq!(csv.lines().count(), 3, "{csv}");
        let svg = std::fs::read_to_string(svg).unwrap();
        assert!(svg.contains("valid") && svg.contains("epoch"));
        assert_eq!(report.get("test_bleu").is_some(), task.contains("nmt"));
    }
}

/// The control: the default is one of them.
#[test]
fn the_order_of_sentences_is_chosen() {
    for (task, default) in [(SMALL[1], 0), (SMALL[2], 1)] {
        let of = |rest: &str| epoch_of(task, rest);
        let orders = ["length", "coarse", "none"].map(|order| of(&format!("--bucket {order}")));
        assert_eq!(of(""), orders[default], "{task}");
        assert!(orders[0] != orders[1] && orders[1] != orders[2], "{task}");
    }
    let wrong = format!("train {} --bucket none", SMALL[0]);
    let words = ["--bucket", "--task nmt or --task ner"];
    fails(&mut heddle(&wrong), 2, &words);
}

/// Each is checked against the same dropout said otherwise; the control: plain dropout is another run.
#[test]
fn dropout_may_differ_by_site_and_spare_inputs() {
    for task in SMALL {
        let of = |rest: &str| epoch_of(task, &format!("--layers 1 {rest}"));
        let plain = of("--p 0.5");
        let without = |sites: &str| of(&format!("--p 0.5 --sites {sites}"));
        // one layer: every input is a first layer's
        for (flags, sites) in [
            ("--keep-inputs", "rh,out"),
            ("--p-nr 0", "rh,out"),
            ("--p-rh 0", "nr,out"),
            ("--p-out 0", "nr,rh"),
        ] {
            let found = of(&format!("--p 0.5 {flags}"));
            assert!(found == without(sites), "{task} {flags}");
            assert!(found != plain, "{task} {flags}");
        }
        assert!(of("--p 0.2 --p-nr 0.5 --p-rh 0.5 --p-out 0.5") == plain);
    }
    let of = |rest: &str| epoch_of(SMALL[0], &format!("--layers 2 --p 0.5 {rest}"));
    assert!(
        of("--keep-inputs") != of("--p-nr 0"),
        "the second layer's input"
    );
    assert!(of("--keep-inputs") != of(""));
    for (flags, words) in [
        ("--sites nr --p-rh 0.3", ["--p-rh", "--sites"]),
        ("--sites rh --keep-inputs", ["--keep-inputs", "nr"]),
        ("--p-nr 1", ["--p-nr", "1"]),
    ] {
        fails(&mut heddle(&format!("train {flags}")), 2, &words);
    }
    fails(
        &mut heddle("parity --out x --p-nr 0.3"),
        2,
        &["--p-nr", "--grid"],
    );
}

/// Without layers above others only the output is dropped; the control: its feed is, too.
#[test]
fn a_translator_has_the_sites_of_opennmt() {
    let of = |rest: &str| {
        let command = format!("train {} --layers 1 --epochs 1 --json {rest}", SMALL[1]);
        json(&mut heddle(&command))
    };
    let report = of("--p 0.5 --sites opennmt");
    assert_eq!(report["dropout"]["feed_dropped"], true);
    assert_eq!(report["dropout"]["rh"], 0.0);
    assert!(report["losses"] != of("--p 0.5 --sites out")["losses"]);
    assert_eq!(report["losses"], of("--p 0.5 --sites opennmt")["losses"]);
    for task in ["lm", "ner"] {
        let words = ["--sites", "opennmt", "--task nmt"];
        let command = format!("train --task {task} --sites opennmt");
        fails(&mut heddle(&command), 2, &words);
    }
}

/// The control: two groups are another run than one.
#[test]
fn a_batch_is_in_groups_of_masks() {
    for task in SMALL {
        let of = |rest: &str| {
            let command = format!("train {task} --p 0.5 --epochs 1 --json {rest}");
            json(&mut heddle(&command))
        };
        let (one, two) = (of("--mask-groups 1"), of("--mask-groups 2"));
        assert_eq!(one["losses"], of("")["losses"], "{task}");
        assert!(one["losses"] != two["losses"], "{task}");
        assert_eq!(two["dropout"]["mask_groups"], 2);
        assert!(one["dropout"].get("mask_groups").is_none());
    }
    for (flags, words) in [
        ("--batch 20 --mask-groups 3", ["3", "1, 2, 4, 5, 10, 20"]),
        ("--case I --mask-groups 2", ["2", "III and IV"]),
        ("--mask-groups 0", ["--mask-groups", "0"]),
    ] {
        fails(&mut heddle(&format!("train {flags}")), 2, &words);
    }
}

/// The control: without the flag there is none.
#[test]
fn the_noise_of_masks_is_told_by_epoch_and_site() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, svg) = (folder.path().join("c.csv"), folder.path().join("c.svg"));
    let of = |rest: &str| {
        let command = format!(
            "train {} --p 0.5 --sites nr,out --epochs 2 {rest}",
            SMALL[0]
        );
        heddle(&command)
    };
    let mut command = of("--mask-noise 3 --json --csv");
    let told = json(command.arg(&csv).arg("--plot").arg(&svg));
    let plain = json(&mut of("--json"));
    assert_eq!(told["losses"], plain["losses"]);
    for (told, plain) in [0, 1].map(|e| (&told["epochs"][e], &plain["epochs"][e])) {
        let noise = &told["mask_noise"];
        assert_eq!(noise["draws"], 3);
        assert!(noise["nr"].as_f64().unwrap() > 0.0 && noise["out"].as_f64().unwrap() > 0.0);
        assert!(noise.get("rh").is_none() && plain.get("mask_noise").is_none());
    }
    let csv = std::fs::read_to_string(csv).unwrap();
    let head = csv.lines().next().unwrap();
    assert!(head.ends_with("clipped,noise_nr,noise_out"), "{head}");
    assert!(std::fs::read_to_string(svg).unwrap().contains("mask noise"));
    let table = stdout(&mut of("--mask-noise 2"));
    assert!(table.contains("noise nr"), "{table}");
    assert!(!stdout(&mut of("")).contains("noise"));
    for (flags, word) in [
        ("--p 0 --mask-noise 2", "nothing is dropped"),
        ("--p 0.5 --mask-noise 1", "2"),
        ("--p 0.5 --share-sites --mask-noise 2", "masks of their own"),
    ] {
        let command = format!("train {} {flags}", SMALL[0]);
        fails(&mut heddle(&command), 2, &[word]);
    }
}

/// The losses of a run; they do not depend on the clock.
fn losses(command: &mut std::process::Command) -> Vec<serde_json::Value> {
    json(command)["losses"].as_array().unwrap().clone()
}

/// The losses of an epoch of a task with these flags.
fn epoch_of(task: &str, flags: &str) -> Vec<serde_json::Value> {
    losses(&mut heddle(&format!(
        "train {task} --epochs 1 --json {flags}"
    )))
}

#[test]
fn threads_do_not_change_a_bit_and_kernels_are_kept() {
    for task in SMALL {
        let of = |rest: &str| epoch_of(task, rest);
        let one = of("--threads 1 --kernel portable");
        for threads in [2, 3, 7] {
            let rest = format!("--threads {threads} --kernel portable");
            assert_eq!(of(&rest), one, "{task}: {threads} threads");
        }
        // negative control: another seed is another run
        assert_ne!(of("--kernel portable --seed 2"), one, "{task}");
    }
}

#[test]
fn a_resumed_run_has_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    for (index, task) in SMALL.into_iter().enumerate() {
        let file = folder.path().join(format!("{index}.safetensors"));
        let whole = losses(&mut heddle(&format!("train {task} --epochs 2 --json")));
        let mut first = heddle(&format!("train {task} --epochs 1 --checkpoint"));
        stdout(first.arg(&file));
        let mut second = heddle(&format!("train {task} --epochs 2 --json --resume"));
        assert_eq!(losses(second.arg(&file)), whole, "{task}");
    }
    // of another task, of another model, cut in half
    let file = folder.path().join("0.safetensors");
    let mut other = heddle(&format!("train {} --resume", SMALL[1]));
    fails(other.arg(&file), 2, &["it is of task lm", "--task lm"]);
    let mut other = heddle(&format!("train {} --layers 1 --resume", SMALL[0]));
    fails(other.arg(&file), 2, &["another model", "layers is 2"]);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let mut cut = heddle(&format!("train {} --resume", SMALL[0]));
    fails(cut.arg(&file), 2, &["not a whole safetensors file"]);
    assert_eq!(std::fs::read(&file).unwrap().len(), bytes.len() / 2);
}

#[test]
fn the_products_of_every_task_are_right_on_the_array() {
    let folder = tempfile::tempdir().unwrap();
    for task in SMALL {
        let trace = folder.path().join("jobs.safetensors");
        let mut record = heddle(&format!(
            "trace record {task} --format bf16 --after 1 --record-times 0,1 --out"
        ));
        stdout(record.arg(&trace));
        let jobs = json(heddle("trace inspect --json").arg(&trace))["job_list"].clone();
        for phase in ["fp", "bp", "wg"] {
            for site in ["nr", "rh", "out"] {
                let found = jobs.as_array().unwrap().iter().any(|job| {
                    job["phase"] == phase && job["name"].as_str().unwrap().contains(site)
                });
                assert!(found, "{task}: no {phase} product of {site}");
            }
        }
        let mut replay = heddle("cosim --rows 2 --cols 2 --format bf16 --json --trace");
        let report = json(replay.arg(&trace));
        for policy in ["dense", "gated", "packed"] {
            let found = &report["policies"][policy];
            assert_eq!(found["mismatches"], 0, "{task}, {policy}: {found}");
        }
    }
}

#[test]
fn data_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, bytes: &[u8]| std::fs::write(path(name), bytes).unwrap();
    write("empty", b"");
    write("one", b"the whale swims\n");
    write("two", b"the whale swims\nthe ship sails\n");
    write("latin1", b"ok\nna\xefve\n");
    write("good.tsv", b"the whale\tder wal\n");
    write("no-tab.tsv", b"the whale\tder wal\nthe ship\n");
    write("good.conll", b"Ahab B-PER\nsails O\n\n");
    write("bad.conll", b"Ahab B-PER\nsails\n\n");
    write("tag.conll", b"Ahab X-PER\nsails O\n\n");
    write("long.conll", "word B-PER\n".repeat(9).as_bytes());
    let of = |task: &str, train: &str, valid: &str| {
        let files = [("train", train), ("valid", valid), ("test", valid)].map(|(part, names)| {
            let names: Vec<String> = names.split(',').map(path).collect();
            format!("--{part}-text {}", names.join(","))
        });
        format!("train --task {task} {}", files.join(" "))
    };
    for (command, words) in [
        (
            of("lm", "missing", "one"),
            vec!["--train-text", "missing", "No such file", "path of a text"],
        ),
        (of("lm", "empty", "one"), vec!["empty:1", "no word"]),
        (of("lm", "latin1", "one"), vec!["latin1:2", "UTF-8"]),
        (of("lm", "one,two", "one"), vec!["one file", "nmt"]),
        (
            of("lm", "one", "one") + " --csv " + &path("one"),
            vec!["--csv", "one", "another name"],
        ),
        (
            of("lm", "one", "one") + " --epochs 0",
            vec!["--epochs", "0"],
        ),
        (
            of("lm", "one", "one") + " --vocabulary 2",
            vec!["'2' for '--vocabulary", "from 3"],
        ),
        (
            of("nmt", "one,two", "one,one"),
            vec!["one", "two", "1", "2", "lines"],
        ),
        (
            of("nmt", "no-tab.tsv", "good.tsv"),
            vec!["no-tab.tsv:2", "TAB"],
        ),
        (
            of("nmt", "good.tsv", "good.tsv") + " --max-length 1",
            vec!["good.tsv:1", "none of the 1 pairs", "more than 1 tokens"],
        ),
        (of("ner", "bad.conll", "good.conll"), vec!["bad.conll:2"]),
        (
            of("ner", "tag.conll", "good.conll"),
            vec!["tag.conll:1", "X-PER"],
        ),
        (
            of("ner", "long.conll", "good.conll") + " --max-length 8",
            vec!["long.conll", "8"],
        ),
        (
            "train --preset huge".into(),
            vec!["'huge'", "demo, small, medium, large"],
        ),
        ("train --kernel sse".into(), vec!["sse", "avx512"]),
        (
            "train --resume missing.heddle".into(),
            vec!["missing.heddle"],
        ),
        (
            "train --beam 0 --task nmt".into(),
            vec!["'0' for '--beam", "from 1 to 1024"],
        ),
    ] {
        fails(&mut heddle(&command), 2, &words);
    }
}

/// A place that cannot be written to fails after the first epoch, and leaves nothing.
#[test]
fn a_checkpoint_that_cannot_be_written() {
    let command = format!(
        "train {} --epochs 1 --checkpoint /nonexistent/run",
        SMALL[0]
    );
    let output = run(&mut heddle(&command));
    assert_eq!(output.status.code(), Some(2));
    assert!(!Path::new("/nonexistent").exists());
}
