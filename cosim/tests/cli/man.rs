//! Manual pages: one for each command, with what its help says, and such that `man` shows them.

use super::{fails, heddle, stdout};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The commands that a help lists, but for `help` itself.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command, word by word, from the helps; the program itself is the empty one.
fn commands() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while let Some(words) = all.get(at).cloned() {
        let help = stdout(heddle("").args(&words).arg("--help"));
        all.extend(
            listed(&help)
                .into_iter()
                .map(|name| [&*words, &[name]].concat()),
        );
        at += 1;
    }
    all
}

/// The page as a reader sees it, and what `man` complains of.
fn rendered(page: &Path) -> (String, String) {
    let mut man = Command::new("man");
    let man = man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(page);
    let output = man.env("MANWIDTH", "100").env("LC_ALL", "C.UTF-8").output();
    let output = output.expect("man is installed (Debian: man-db)");
    assert!(output.status.success(), "{}", page.display());
    let shown = String::from_utf8(output.stdout).unwrap();
    (shown, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_command_has_a_page_that_man_shows() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man1");
    let said = stdout(heddle("man --out").arg(&out));
    let commands = commands();
    assert!(commands.len() > 25, "{commands:?}");
    assert!(
        said.starts_with(&format!("{} pages", commands.len())),
        "{said}"
    );
    let mut expected = BTreeSet::new();
    for words in &commands {
        let name = [&["heddle".to_owned()], &**words].concat().join("-");
        let file = out.join(format!("{name}.1"));
        assert!(expected.insert(file.clone()));
        let page = std::fs::read(&file).unwrap();
        assert_eq!(stdout(heddle("man").args(words)).as_bytes(), page, "{name}");
        // the options of the help are those of the page
        let page = String::from_utf8(page).unwrap().replace("\\-", "-");
        let help = stdout(heddle("").args(words).arg("--help"));
        let options = help
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        let name_of = |word: &str| {
            let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            word[..end.unwrap_or(word.len())].to_owned()
        };
        for option in options.map(name_of) {
            assert!(page.contains(&option), "{name} lacks {option}");
        }
    }
    let found = std::fs::read_dir(&out).unwrap();
    let found: BTreeSet<_> = found.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found, expected);
    for page in ["heddle", "heddle-cycles", "heddle-trace-record"] {
        let (shown, complaints) = rendered(&out.join(format!("{page}.1")));
        assert_eq!(complaints, "", "{page}");
        for heading in ["NAME", "SYNOPSIS", "OPTIONS"] {
            assert!(shown.contains(&format!("\n{heading}\n")), "{page}: {shown}");
        }
    }
    let (shown, _) = rendered(&out.join("heddle-cycles.1"));
    let examples = shown.split("\nEXAMPLES\n").nth(1).unwrap();
    let line = "       heddle cycles --network zaremba-medium --dataflow both\n";
    assert!(examples.contains(line), "{examples}");
}

/// The control: what is no page is complained of.
#[test]
fn man_tells_a_spoiled_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heddle.1");
    let page = stdout(&mut heddle("man")).replace(".SH SYNOPSIS", ".SHY SYNOPSIS");
    std::fs::write(&file, page).unwrap();
    assert_ne!(rendered(&file).1, "");
}

#[test]
fn a_page_that_is_not_there_and_a_place_that_cannot_be() {
    fails(&mut heddle("man weave"), 2, &["= weave ", "cycles"]);
    fails(&mut heddle("man trace weave"), 2, &["= weave ", "record"]);
    fails(
        &mut heddle("man cycles weave"),
        2,
        &["= weave ", "heddle-cycles"],
    );
    fails(&mut heddle("man --out /dev/null/x"), 2, &["/dev/null/x"]);
    fails(&mut heddle("man cycles --out x"), 2, &["--out"]);
}
