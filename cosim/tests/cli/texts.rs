//! Texts of others: what is left out of them, where they are, and what is told.

use super::{fails, heddle, json, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// `train` with the same files for all three parts.
fn train(arguments: &str, flags: &[(&str, &Path)]) -> Command {
    let mut command = heddle(&format!("train {arguments}"));
    for part in ["train", "valid", "test"] {
        for (flag, path) in flags {
            command.arg(format!("--{part}-{flag}")).arg(path);
        }
    }
    command
}

const NMT: &str = "--task nmt --hidden 4 --epochs 1 --max-length 50";

#[test]
fn long_and_empty_pairs_are_not_trained_on_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let long = |word: &str| vec![word; 51].join(" ");
    for (source, target, left_out) in [
        (
            format!("a b c\n{}\nx y\n", long("w")),
            format!("d e f\n{}\nz u\n", long("v")),
            [1, 0],
        ),
        ("a b c\n\nx y\n".into(), "d e f\ng h\nz u\n".into(), [0, 1]),
    ] {
        let source = write(folder.path(), "iw.en", source);
        let target = write(folder.path(), "iw.vi", target);
        let flags = [("source", &*source), ("target", &*target)];
        let report = json(&mut train(&format!("{NMT} --json"), &flags));
        let data = &report["data"];
        assert_eq!(data["train_pairs"], 2);
        assert_eq!(data["train_pairs_left_out"]["long"], left_out[0]);
        assert_eq!(data["train_pairs_left_out"]["empty"], left_out[1]);
        assert_eq!(
            (&data["valid_pairs"], &data["test_pairs"]),
            (&3.into(), &3.into())
        );
        assert!(report["test_perplexity"].as_f64().unwrap().is_finite());
        let text = stdout(&mut train(NMT, &flags));
        let note = format!(
            "{} of 3 training pairs left out as longer than 50",
            left_out[0]
        );
        assert!(text.contains(&note), "{text}");
    }
}

#[test]
fn a_comma_in_a_path_has_a_way() {
    let folder = tempfile::tempdir().unwrap();
    let source = write(folder.path(), "a,b.en", "a b\nb a\n");
    let target = write(folder.path(), "a,b.de", "x y\ny x\n");
    let tsv = write(folder.path(), "a,b.tsv", "a b\tx y\nb a\ty x\n");
    let of = |flags: &[(&str, &Path)]| {
        json(&mut train(&format!("{NMT} --json"), flags))["losses"].clone()
    };
    let by_two = of(&[("source", &source), ("target", &target)]);
    assert_eq!(of(&[("text", &tsv)]), by_two);
    // the old spelling, where no name has a comma
    let plain = [
        write(folder.path(), "en", "a b\nb a\n"),
        write(folder.path(), "de", "x y\ny x\n"),
    ];
    let both = PathBuf::from(format!("{},{}", plain[0].display(), plain[1].display()));
    assert_eq!(of(&[("text", &both)]), by_two);
    let text = write(folder.path(), "te,xt", "the cat sat\nthe dog\n".repeat(40));
    stdout(&mut train(
        "--hidden 4 --batch 2 --epochs 1",
        &[("text", &text)],
    ));

    fails(
        &mut train(NMT, &[("source", &source)]),
        2,
        &["--train-source", "translations"],
    );
    fails(
        &mut train(NMT, &[("target", &target)]),
        2,
        &["--train-source"],
    );
    let three = PathBuf::from("x,y,z");
    fails(
        &mut train(NMT, &[("text", &three)]),
        2,
        &["x,y,z", "--train-source"],
    );
    fails(
        &mut train("", &[("source", &source), ("target", &target)]),
        2,
        &["--task nmt"],
    );
}

#[test]
fn what_is_no_text_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = "the cat sat on the mat\n".repeat(40);
    for task in ["lm", "nmt", "ner"] {
        for (bytes, words) in [
            (b"a\tx\rb\tO\rc\tO\r".to_vec(), &["CR alone", "tr"][..]),
            (b"a\tx\nb\0\tO\n".to_vec(), &[":2: ", "NUL"]),
            (b"\xff\xfea\0\n\0".to_vec(), &["UTF-16", "convert"]),
        ] {
            let path = write(folder.path(), "text", bytes);
            let arguments = format!("--task {task} --hidden 4");
            fails(&mut train(&arguments, &[("text", &path)]), 2, words);
        }
    }
    let eos = write(folder.path(), "eos", format!("{good}a <eos> b\n"));
    fails(
        &mut train("--hidden 4", &[("text", &eos)]),
        2,
        &["eos:41: ", "'<eos>'"],
    );
    for (arguments, words) in [
        ("train --train-text nope", &["--valid-text", "required"][..]),
        (
            "train --train-text nope --valid-text nope --test-text nope",
            &[
                "--train-text = nope",
                "No such file",
                "give the path of a text",
            ],
        ),
        (
            "train --train-text / --valid-text / --test-text /",
            &["--train-text = /", "folder"],
        ),
    ] {
        fails(&mut heddle(arguments), 2, words);
    }
}

/// A byte order mark is no part of a word, and CRLF is a line end: the same losses.
#[test]
fn marks_and_line_ends_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..60)
        .map(|i| format!("w{} w{} a w{}\n", i % 7, i % 5, i % 3))
        .collect();
    let pairs: String = (0..20)
        .map(|i| format!("w{} a\tv{} b\n", i % 7, i % 5))
        .collect();
    let tagged: String = (0..20)
        .map(|i| format!("w{} B-X\nis O\n\n", i % 7))
        .collect();
    for (task, text) in [
        ("lm --batch 4 --window 5", text),
        ("nmt", pairs),
        ("ner", tagged),
    ] {
        let losses = |text: &str| {
            let path = write(folder.path(), "text", text);
            let arguments = format!("--task {task} --hidden 4 --epochs 1 --json");
            json(&mut train(&arguments, &[("text", &path)]))["losses"].clone()
        };
        let plain = losses(&text);
        assert_eq!(losses(&format!("\u{feff}{text}")), plain, "{task}");
        assert_eq!(losses(&text.replace('\n', "\r\n")), plain, "{task}");
        // negative control
        assert_ne!(losses(&format!("more{text}")), plain, "{task}");
    }
}
