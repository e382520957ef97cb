//! Completions, tried in the shells themselves: bash, zsh and fish must be installed.

use super::{fixture, heddle, stdout};
use std::path::Path;
use std::process::Command;

/// A shell with the program on its path.
fn shell(name: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_heddle")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new(name);
    command.env("PATH", format!("{}:{path}", program.display()));
    command
}

/// What bash offers for a command line whose last word is not finished.
fn bash(line: &str) -> Vec<String> {
    let script = r#"
        source <(heddle completions bash)
        read -r -a COMP_WORDS <<<"$1"
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_TYPE=9
        function=$(complete -p heddle | sed 's/.*-F \([^ ]*\) .*/\1/')
        "$function" heddle "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let found = stdout(shell("bash").args(["--norc", "-c", script, "bash", line]));
    found.lines().map(|word| word.trim().to_owned()).collect()
}

fn fish(line: &str) -> Vec<String> {
    let script = "heddle completions fish | source; complete -C $argv[1]";
    let found = stdout(shell("fish").args(["--no-config", "-c", script, line]));
    // A description may follow, after a TAB.
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    found.lines().map(value).collect()
}

/// zsh shows columns: the words between the line as typed and the mark.
fn zsh(line: &str) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/complete.zsh");
    let shown = stdout(shell("zsh").arg("-f").arg(script).arg(line));
    let before = shown.split("<END:").next().unwrap();
    let escape = |text: &str| -> String {
        let mut plain = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                // ESC [ parameters letter
                '\x1b' => drop(rest.by_ref().skip(1).find(|c| c.is_ascii_alphabetic())),
                '\r' | '\n' => plain.push(' '),
                c => plain.push(c),
            }
        }
        plain
    };
    let words = escape(before);
    words.split_whitespace().map(str::to_owned).collect()
}

/// A command line, what is offered, and what is not.
type Case = (String, Vec<&'static str>, Vec<&'static str>);

fn cases() -> Vec<Case> {
    let trace = fixture("pytorch.saf").display().to_string();
    let offered = |line: &str, right: &[&'static str], wrong: &[&'static str]| {
        (line.to_owned(), right.to_vec(), wrong.to_vec())
    };
    vec![
        offered(
            "heddle cosim --format ",
            &["int8", "int16", "bf16"],
            &["ws"],
        ),
        offered("heddle cosim --format i", &["int8", "int16"], &["bf16"]),
        offered(
            "heddle generate --dataflow ",
            &["ws", "os", "both"],
            &["int8"],
        ),
        offered(
            "heddle cycles --network zaremba-",
            &["zaremba-small", "zaremba-medium", "zaremba-large"],
            &["ner-conll"],
        ),
        offered(
            "heddle network show g",
            &["gnmt-wmt16", "gnmt-8-layers"],
            &["ner-conll"],
        ),
        offered("heddle train --task ", &["lm", "nmt", "ner"], &["demo"]),
        offered(
            "heddle train --preset ",
            &["demo", "small", "large"],
            &["lm"],
        ),
        offered(
            "heddle bench train --preset ",
            &["small", "medium", "large"],
            // what earlier versions called them is understood, not offered
            &["demo", "zaremba-small"],
        ),
        offered("heddle train --case ", &["I", "II", "III", "IV"], &["nr"]),
        offered(
            "heddle cosim --policy dense,",
            &["dense,gated", "dense,packed"],
            &["gated"],
        ),
        offered(
            "heddle train --sites nr,",
            &["nr,rh", "nr,out"],
            &["nr,none"],
        ),
        offered("heddle power --policy k", &["kept"], &["gated"]),
        offered(
            "heddle synth --target ",
            &["ecp5", "ice40", "liberty"],
            &["85k"],
        ),
        offered("heddle trace ", &["record", "inspect", "check"], &["cosim"]),
        offered("heddle train --se", &["--seed"], &["--train-seed"]),
        offered(
            "heddle train --train-",
            &["--train-policy", "--train-text"],
            &["--train-seed"],
        ),
        (
            format!("heddle cosim --trace {trace}"),
            vec![],
            vec!["dense"],
        ),
    ]
}

fn check(name: &str, shell: fn(&str) -> Vec<String>) {
    for (line, right, wrong) in cases() {
        let found = shell(&line);
        for word in right {
            assert!(found.iter().any(|f| f == word), "{name}: {line}: {found:?}");
        }
        for word in wrong {
            assert!(
                !found.iter().any(|f| f == word),
                "{name}: {line}: {found:?}"
            );
        }
        if line.contains("--trace") {
            let file = |f: &String| f.ends_with("pytorch.safetensors");
            assert!(found.iter().any(file), "{name}: {line}: {found:?}");
        }
    }
}

#[test]
fn bash_completes_names_lists_and_files() {
    check("bash", bash);
}

#[test]
fn fish_completes_names_lists_and_files() {
    check("fish", fish);
}

#[test]
fn zsh_completes_names_lists_and_files() {
    check("zsh", zsh);
}

/// The negative control: without the script there is nothing to complete.
#[test]
fn without_the_script_nothing_is_offered() {
    let line = "heddle cosim --format ";
    let found = stdout(shell("fish").args(["--no-config", "-c", "complete -C $argv[1]", line]));
    assert!(!found.contains("bf16"), "{found}");
    super::fails(
        &mut heddle("completions tcsh"),
        2,
        &["'tcsh'", "bash", "fish"],
    );
}
