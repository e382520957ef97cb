//! The files that options name: destinations of every kind, inputs without end, files in use,
//! text that would give orders to a terminal.

use super::{fails, fixture, heddle, run, stdout};
use serde_json::Value;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{symlink, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

const PRODUCT: &str = "cycles --phase fp --m 20 --k 65 --n 26";
const NETWORK: &str = "cycles --network ner-conll --rows 8 --cols 8";
const EXPLORE: &str = "explore --network ner-conll --rows 8 --cols 8 --dataflow ws --p 0.5";
const RECORD: &str =
    "trace record --after 0 --hidden 4 --batch 2 --window 2 --vocabulary 20 --format int8";
const COSIM: &str = "cosim --random 1 --max-dim 4 --rows 2 --cols 2 --format bf16";

/// Every option that names a file to write, with the rest of its command, and an ending that
/// the option wants.
const OPTIONS: [(&str, &str, &str); 38] = [
    (PRODUCT, "--report", ""),
    (PRODUCT, "--csv", ""),
    (NETWORK, "--report", ""),
    (NETWORK, "--csv", ""),
    ("network list", "--report", ""),
    ("network list", "--csv", ""),
    ("network import pytorch.safetensors", "--out", ""),
    (NETWORK, "--plot", ".svg"),
    (EXPLORE, "--report", ""),
    (EXPLORE, "--csv", ""),
    (EXPLORE, "--plot", ".png"),
    (EXPLORE, "--pieces", ""),
    (RECORD, "--out", ""),
    ("trace inspect pytorch.safetensors", "--report", ""),
    ("trace inspect pytorch.safetensors", "--csv", ""),
    ("trace check pytorch.safetensors", "--report", ""),
    (COSIM, "--report", ""),
    (COSIM, "--csv", ""),
    (COSIM, "--plot", ".svg"),
    (COSIM, "--pieces", ""),
    (COSIM, "--waveform", ".vcd"),
    ("run", "--report", ""),
    ("run", "--csv", ""),
    ("run", "--trace", ""),
    ("run", "--plot", ".svg"),
    ("run", "--waveform", ".fst"),
    ("train", "--report", ""),
    ("train", "--checkpoint", ""),
    ("train", "--csv", ""),
    ("train", "--plot", ".png"),
    ("bench train", "--report", ""),
    ("bench train", "--csv", ""),
    ("synth --target ecp5", "--report", ""),
    ("synth --target ecp5", "--csv", ""),
    ("power --format int8", "--report", ""),
    ("power --format int8", "--csv", ""),
    ("power --format int8", "--plot", ".svg"),
    ("generate --out new", "--report", ""),
];

/// Options that name a folder to write.
const FOLDERS: [&str; 4] = [
    "generate --out",
    "synth --target ecp5 --out",
    "power --format int8 --out",
    "parity --out",
];

/// Makes a named pipe.
pub fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// The program in a folder of its own.
fn within(folder: &Path, arguments: &str) -> Command {
    let mut command = heddle(arguments);
    command.current_dir(folder);
    command
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        fixture("pytorch.safetensors"),
        folder.path().join("pytorch.safetensors"),
    )
    .unwrap();
    fs::create_dir(folder.path().join("new")).unwrap();
    for (command, option, ending) in OPTIONS {
        let command = format!("{command} {option} none/x{ending}");
        let command = &mut within(folder.path(), &command);
        fails(command, 2, &["cannot write none/x", "no folder none"]);
    }
    fs::write(folder.path().join("file"), "").unwrap();
    for command in FOLDERS {
        let command = &mut within(folder.path(), &format!("{command} file"));
        fails(command, 2, &["cannot write file", "not a folder"]);
    }
    fails(
        &mut within(folder.path(), &format!("{COSIM} --waveform wave.txt")),
        2,
        &["--waveform = wave.txt", ".vcd or .fst"],
    );
    assert_eq!(names(folder.path()), ["file", "new", "pytorch.safetensors"]);
    assert_eq!(names(&folder.path().join("new")), [""; 0]);
}

/// Every option of every command is in the table above: whoever adds one adds it there.
#[test]
fn the_table_of_file_options_is_complete() {
    let commands = [
        "run",
        "generate",
        "train",
        "parity",
        "bench train",
        "trace record",
        "trace inspect",
        "trace check",
        "cosim",
        "cycles",
        "explore",
        "network list",
        "network import",
        "synth",
        "power",
    ];
    let inputs = [
        "--config",
        "--network",
        "--sweep",
        "--manifest",
        "--resume",
        "--trace",
        "--liberty",
        "--train-text",
        "--valid-text",
        "--test-text",
        "--train-source",
        "--train-target",
        "--valid-source",
        "--valid-target",
        "--test-source",
        "--test-target",
        "--word-vectors",
    ];
    for command in commands {
        let help = stdout(heddle(command).arg("--help"));
        for line in help.lines().map(str::trim) {
            let Some(option) = line.strip_prefix("--").and_then(|line| {
                let (option, value) = line.split_once(' ')?;
                value.starts_with("<FILE").then(|| format!("--{option}"))
            }) else {
                continue;
            };
            let known = OPTIONS.iter().any(|(start, name, _)| {
                (start.starts_with(command) || command == "parity") && *name == option
            });
            let input = inputs.iter().any(|input| option.starts_with(input));
            assert!(known || input, "{command} {option} is not tried");
        }
    }
}

/// The commands that write quickly, with what their files begin with.
fn quick(folder: &Path) -> Vec<(String, &'static str, &'static str, &'static [u8])> {
    let text = folder.join("text");
    fs::write(
        &text,
        "a few words to read over and over again\n".repeat(20),
    )
    .unwrap();
    let text = text.display();
    let train = format!(
        "train --hidden 4 --batch 2 --window 4 --epochs 1 --train-text {text} \
         --valid-text {text} --test-text {text}"
    );
    vec![
        (PRODUCT.into(), "--report", "", b"{"),
        (PRODUCT.into(), "--csv", "", b"array.rows,"),
        (NETWORK.into(), "--csv", "", b"layer,site,phase,"),
        (EXPLORE.into(), "--csv", "", b"rows,"),
        (NETWORK.into(), "--plot", ".svg", b"<svg"),
        (train.clone(), "--csv", "", b"epoch,"),
        // after eight bytes that say how long it is
        (train, "--checkpoint", "", b""),
    ]
}

#[test]
fn links_are_followed_and_modes_kept() {
    let texts = tempfile::tempdir().unwrap();
    for (command, option, ending, start) in quick(texts.path()) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(format!("{name}{ending}"));
        fs::write(at("real"), "old").unwrap();
        fs::set_permissions(at("real"), Permissions::from_mode(0o600)).unwrap();
        symlink(at("real"), at("link")).unwrap();
        symlink(at("made"), at("gap")).unwrap();
        for (name, real) in [("link", "real"), ("gap", "made")] {
            stdout(heddle(&command).arg(option).arg(at(name)));
            assert!(fs::symlink_metadata(at(name)).unwrap().is_symlink());
            let bytes = fs::read(at(real)).unwrap();
            assert!(
                bytes.len() > 10 && bytes.starts_with(start),
                "{command} {option}"
            );
        }
        assert_eq!(fs::metadata(at("real")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            4,
            "left behind"
        );
    }
}

#[test]
fn devices_and_pipes_are_written_to() {
    let texts = tempfile::tempdir().unwrap();
    for (command, option, _, start) in quick(texts.path()) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, minor, code) in [("null", "3", 0), ("full", "7", 1)] {
            let made = Command::new("mknod")
                .args([
                    at(name).as_os_str(),
                    "c".as_ref(),
                    "1".as_ref(),
                    minor.as_ref(),
                ])
                .stderr(Stdio::null())
                .status();
            let usable = made.is_ok_and(|made| made.success())
                && File::options().write(true).open(at(name)).is_ok();
            // who may not make a device uses the system's, which such a user cannot harm
            let path = match usable {
                true => at(name),
                false => Path::new("/dev").join(name),
            };
            let output = run(heddle(&command).arg(option).arg(&path));
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(code),
                "{command} {option}: {errors}"
            );
            assert!(fs::symlink_metadata(&path)
                .unwrap()
                .file_type()
                .is_char_device());
        }
        fifo(&at("pipe"));
        let reader = std::thread::spawn({
            let path = at("pipe");
            move || fs::read(path).unwrap()
        });
        stdout(heddle(&command).arg(option).arg(at("pipe")));
        let bytes = reader.join().unwrap();
        assert!(
            bytes.len() > 10 && bytes.starts_with(start),
            "{command} {option}"
        );
        assert!(fs::symlink_metadata(at("pipe"))
            .unwrap()
            .file_type()
            .is_fifo());
    }
}

#[test]
fn standard_output_takes_one_file_and_no_table_beside_it() {
    for place in ["-", "/dev/stdout", "/dev/fd/1"] {
        let output = run(heddle(PRODUCT).args(["--report", place]));
        assert!(output.status.success());
        let _: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
        let table = String::from_utf8(output.stderr).unwrap();
        assert!(
            table.contains("cycles"),
            "the table is on standard error: {table}"
        );
    }
    let svg = stdout(heddle(NETWORK).args(["--plot", "-"]));
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for arguments in ["--json --report -", "--report - --plot /dev/stdout"] {
        let command = format!("{NETWORK} {arguments}");
        fails(&mut heddle(&command), 2, &["has the same place"]);
    }
    // as the shell's >(command) passes it
    let program = heddle(PRODUCT);
    let output = Command::new("bash")
        .args(["-c", "\"$0\" \"$@\" --report >(wc -c >&2) >/dev/null; wait"])
        .arg(program.get_program())
        .args(PRODUCT.split(' '))
        .output()
        .unwrap();
    let counted = String::from_utf8(output.stderr).unwrap();
    assert!(
        counted.trim().parse::<u64>().is_ok_and(|bytes| bytes > 100),
        "{counted}"
    );
}

#[test]
fn what_a_killed_run_left_beside_an_output_goes() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".heddle-1-abc.tmp", "mine.tmp"] {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    stdout(
        heddle(PRODUCT)
            .arg("--report")
            .arg(folder.path().join("new")),
    );
    assert_eq!(names(folder.path()), ["mine.tmp", "new"]);
}

#[test]
fn inputs_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let sparse = folder.path().join("sparse");
    File::create(&sparse).unwrap().set_len(10 << 30).unwrap();
    let sparse = sparse.display().to_string();
    for path in ["/dev/zero", &sparse] {
        for arguments in [
            format!("{PRODUCT} --config {path}"),
            format!("synth --target liberty --manifest {path}"),
            format!("synth --target liberty --liberty {path} --rows 1 --cols 1 --format int8"),
            format!("train --hidden 4 --resume {path}"),
            format!("train --train-text {path} --valid-text {path} --test-text {path}"),
        ] {
            fails(&mut heddle(&arguments), 2, &[path, "bytes, more than"]);
        }
        for command in ["trace check", "trace inspect", "cosim --trace"] {
            fails(heddle(command).arg(path), 2, &[path]);
        }
    }
    // where a file has no end, but parts that are read in any order
    fifo(&folder.path().join("pipe"));
    let pipe = folder.path().join("pipe");
    fails(heddle("trace check").arg(pipe), 2, &["not a regular file"]);
}

#[test]
fn configurations_may_come_through_pipes() {
    let config = "rows = 3\ncols = 5\nformat = \"int8\"\n";
    let mut child = heddle(&format!("{PRODUCT} --json --config -"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, config.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["array"]["cols"], 5);
}

#[test]
fn a_checkpoint_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink("run", at("link")).unwrap();
    let train = "train --hidden 16 --epochs 1000 --checkpoint-every 1";
    let mut first = heddle(train)
        .arg("--checkpoint")
        .arg(at("run"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !at("run").exists() {
        assert!(first.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    for (option, name) in [
        ("--checkpoint", "run"),
        ("--checkpoint", "link"),
        ("--resume", "run"),
        ("--resume", "link"),
    ] {
        let mut second = heddle("train --hidden 16 --epochs 1000");
        fails(
            second.arg(option).arg(at(name)),
            2,
            &[name, "in use by another run"],
        );
    }
    // a dead owner's lock does not block, and what it wrote can be gone on from
    first.kill().unwrap();
    first.wait().unwrap();
    let mut next = heddle("train --hidden 16 --epochs 1000 --checkpoint-every 1");
    let mut next = next
        .args(["--resume".as_ref(), at("run").as_os_str()])
        .args(["--checkpoint".as_ref(), at("run").as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(next.try_wait().unwrap().is_none(), "it was refused");
    next.kill().unwrap();
    next.wait().unwrap();
}

#[test]
fn names_in_files_give_no_orders_to_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil.safetensors");
    let bytes = fs::read(fixture("pytorch.safetensors")).unwrap();
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&rest[..length]).unwrap();
    let jobs = header["__metadata__"]["heddle.jobs"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut jobs: Value = serde_json::from_str(&jobs).unwrap();
    let old = jobs[0]["name"].as_str().unwrap().to_owned();
    let new = "\u{1b}[2J\u{9b}1m\u{202e}evil\nheddle: all is well\u{7f} é";
    jobs[0]["name"] = new.into();
    header["__metadata__"]["heddle.jobs"] = jobs.to_string().into();
    let tensors: Vec<(String, Value)> = header
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, info)| {
            let renamed = name.strip_prefix(&format!("{old}/"));
            let name = renamed.map_or(name.clone(), |rest| format!("{new}/{rest}"));
            (name, info.clone())
        })
        .collect();
    let header = serde_json::to_string(&Value::Object(tensors.into_iter().collect())).unwrap();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(&rest[length..]);
    fs::write(&path, &bytes).unwrap();
    let clean = |text: &str| {
        let hidden = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(hidden), "{text:?}");
        assert!(!text.contains("\nheddle: all is well"), "{text}");
    };
    clean(&stdout(heddle("trace inspect --list").arg(&path)));
    let json = stdout(heddle("trace inspect --json").arg(&path));
    clean(&json);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["job_list"][0]["name"], new);
    // an error that names the job
    bytes.truncate(bytes.len() - 1);
    fs::write(&path, &bytes).unwrap();
    for text in [
        "trace check",
        "cosim --rows 9 --cols 9 --format int8 --trace",
    ] {
        let output = run(heddle(text).arg(&path));
        assert_eq!(output.status.code(), Some(2));
        clean(&String::from_utf8(output.stderr).unwrap());
    }
}
