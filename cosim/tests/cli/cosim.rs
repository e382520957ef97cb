//! `heddle cosim` on Verilated arrays.

use super::{fails, fixture, heddle, json, run, stdout, with_environment};
use heddle_format::Format;
use heddle_hdl::emit::Module;
use heddle_hdl::ArrayConfig;
use std::path::Path;

#[test]
fn a_trace_replays_without_a_wrong_bit() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut command = heddle("cosim --rows 3 --cols 4 --format int8 --json --trace");
    command.arg(fixture("pytorch-int8.safetensors"));
    command
        .arg("--report")
        .arg(file("report.json"))
        .arg("--plot")
        .arg(file("plot.svg"));
    let report = json(&mut command);
    assert_eq!(report["jobs"], 18);
    for policy in ["dense", "gated", "packed"] {
        let part = &report["policies"][policy];
        assert_eq!(
            (&part["mismatches"], &part["cycle_model_differences"]),
            (&0.into(), &0.into())
        );
        assert!(part["cycles"].as_u64().unwrap() > 0 && part["macs"].as_u64().unwrap() > 0);
    }
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file("report.json")).unwrap()).unwrap();
    assert_eq!(written, report);
    assert!(std::fs::read_to_string(file("plot.svg"))
        .unwrap()
        .contains("weight gradient"));
}

#[test]
fn random_jobs_replay_without_a_wrong_bit() {
    let report = json(&mut heddle("cosim --random 20 --seed 3 --max-dim 12 --rows 2 --cols 2 --format bf16 --policy packed,dense --json"));
    assert_eq!(report["source"]["seed"], 3);
    assert_eq!(report["policies"].as_object().unwrap().len(), 2);
    assert_eq!(report["policies"]["packed"]["jobs"], 20);
    assert_eq!(report["mismatches"], 0);
    assert_eq!(report["cycle_model_differences"], 0);
    let text = stdout(&mut heddle(
        "cosim --random 5 --max-dim 12 --rows 2 --cols 2 --format bf16",
    ));
    assert!(text.contains("every bit equals the golden model"), "{text}");
}

#[test]
fn jobs_stream_in_batches_and_disturbed() {
    let random = "cosim --random 10 --seed 3 --max-dim 12 --rows 2 --cols 2 --format bf16";
    let report = json(&mut heddle(&format!(
        "{random} --flow mixed --batch 4 --json"
    )));
    assert_eq!(
        (&report["jobs"], &report["mismatches"]),
        (&10.into(), &0.into())
    );
    assert_eq!(report["cycle_model_differences"], 0);
    let disturbed = stdout(&mut heddle(&format!("{random} --batch 3 --disturb")));
    assert!(
        disturbed.contains("10 jobs, disturbed: every bit"),
        "{disturbed}"
    );
    assert!(!disturbed.contains("every cycle"), "{disturbed}");
}

#[test]
fn a_flow_that_the_array_lacks_is_bad_input() {
    fails(
        &mut heddle("cosim --random 1 --rows 2 --cols 2 --format int8 --flow os"),
        2,
        &["flow = os", "--dataflow both"],
    );
    fails(
        &mut heddle("cosim --random 1 --batch 0"),
        2,
        &["--batch", "'0'", "1 to 1000"],
    );
}

/// Writes the Verilog of an array with one text replaced, which must be there.
pub fn planted(config: &ArrayConfig, folder: &Path, from: &str, to: &str) {
    planted_in(
        &heddle_hdl::generate(config).unwrap().modules,
        folder,
        from,
        to,
    );
}

/// The same of any modules.
pub fn planted_in(modules: &[Module], folder: &Path, from: &str, to: &str) {
    let mut found = 0;
    for module in modules {
        found += module.text.matches(from).count();
        std::fs::write(
            folder.join(format!("{}.v", module.name)),
            module.text.replace(from, to),
        )
        .unwrap();
    }
    assert!(found > 0, "'{from}' is nowhere in the Verilog");
}

#[test]
fn a_wrong_bit_is_named_and_its_waveform_kept() {
    let config = ArrayConfig::new(3, 4, Format::Int8);
    for waveform in ["wrong.vcd", "wrong.fst"] {
        let folder = tempfile::tempdir().unwrap();
        planted(&config, folder.path(), " * $signed", " + $signed");
        let waveform = folder.path().join(waveform);
        let mut command = heddle("cosim --rows 3 --cols 4 --format int8 --json --trace");
        command.arg(fixture("pytorch-int8.safetensors"));
        command
            .arg("--verilog")
            .arg(folder.path())
            .arg("--waveform")
            .arg(&waveform);
        let output = run(&mut command);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(report["mismatches"].as_u64().unwrap() > 0);
        assert_eq!(report["cycle_model_differences"], 0);
        assert_eq!(report["waveform"].as_str(), waveform.to_str());
        let first = &report["first_mismatch"];
        assert_eq!(first["job"], "fp.nr.t0");
        for word in [
            "job 'fp.nr.t0' (dense)",
            "row ",
            "column ",
            "golden model",
            first["found"].as_str().unwrap(),
        ] {
            assert!(errors.contains(word), "'{word}' not in: {errors}");
        }
        assert!(std::fs::metadata(&waveform).unwrap().len() > 1000);
    }
}

/// A limit on the size of files stands for a full disk. Models are built before it holds.
#[test]
fn a_waveform_that_finds_no_room_does_not_cost_the_report() {
    let config = ArrayConfig::new(3, 4, Format::Int8);
    let folder = tempfile::tempdir().unwrap();
    let rtl = folder.path().join("rtl");
    std::fs::create_dir(&rtl).unwrap();
    planted(&config, &rtl, " * $signed", " + $signed");
    let array = "--rows 3 --cols 4 --format int8 --random 20 --seed 3 --batch 20";
    let arguments = format!("cosim {array} --verilog rtl --waveform w.vcd --report r.json");
    for (limit, room) in [("unlimited", true), ("64", false)] {
        let mut plain = heddle(&arguments);
        plain.current_dir(folder.path());
        let mut limited = std::process::Command::new("bash");
        limited
            .args(["-c", "ulimit -f \"$0\"; exec \"$@\"", limit])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(folder.path());
        with_environment(&mut limited, &plain);
        let output = run(&mut limited);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert_eq!(errors.contains("File too large"), !room, "{errors}");
        assert_eq!(folder.path().join("w.vcd").exists(), room);
        let report = std::fs::read(folder.path().join("r.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert!(report["mismatches"].as_u64().unwrap() > 0);
        std::fs::remove_file(folder.path().join("r.json")).unwrap();
        let _ = std::fs::remove_file(folder.path().join("w.vcd"));
    }
}

#[test]
fn a_folder_with_a_prefix_is_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let rtl = folder.path().join("rtl");
    let array = "--rows 1 --cols 2 --format int8";
    stdout(heddle(&format!("generate {array} --prefix acme --out")).arg(&rtl));
    let mut command = heddle(&format!("cosim {array} --random 5 --max-dim 9 --verilog"));
    assert!(stdout(command.arg(&rtl)).contains("5 jobs: every bit equals the golden model"));
    // The folder's manifest says what array it is.
    let mut command = heddle("cosim --random 5 --max-dim 9 --json --verilog");
    let report = json(command.arg(&rtl));
    assert_eq!(report["array"]["cols"], 2);
    assert_eq!(report["simulated"]["folder"].as_str(), rtl.to_str());
    let mut command = heddle("cosim --random 5 --rows 2 --verilog");
    let words = ["--verilog", "int8_1x2", "int8_2x2", "leave these out"];
    fails(command.arg(&rtl), 2, &words);
}

#[test]
fn the_report_says_which_text_was_simulated() {
    let of = |more: &str| {
        let mut command = heddle(&format!(
            "cosim --rows 1 --cols 2 --format int8 --random 2 --max-dim 9 --json {more}"
        ));
        json(&mut command)["simulated"]["text"].clone()
    };
    assert_eq!(of(""), "fast");
    assert_eq!(of("--text emitted"), "emitted");
}

/// The last time of a VCD file.
fn last_time(path: &Path) -> u64 {
    let text = std::fs::read_to_string(path).unwrap();
    let mut times = text.lines().filter_map(|line| line.strip_prefix('#'));
    times.next_back().unwrap().parse().unwrap()
}

#[test]
fn a_waveform_of_a_right_job_is_written_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &str| {
        let mut command = heddle(&format!(
            "cosim --rows 2 --cols 2 --format int8 --random 3 --max-dim 9 --json {more}"
        ));
        json(command.current_dir(folder.path()))
    };
    let report = run("--waveform-of random.1.1");
    assert_eq!(report["waveform"], "heddle.vcd");
    assert_eq!(report["mismatches"], 0);
    let whole = folder.path().join("heddle.vcd");
    let text = std::fs::read_to_string(&whole).unwrap();
    for name in ["s_valid_o", "w_top_i", "g_row[1]", "g_pe[0]"] {
        assert!(text.contains(name), "{name} is not in the waveform");
    }
    run("--waveform-of random.1.1 --waveform-cycles 9 --waveform cut.vcd");
    let cut = last_time(&folder.path().join("cut.vcd"));
    assert!(cut > 0 && cut < last_time(&whole), "{cut}");
    run("--waveform-of random.1.2 --waveform wave.fst");
    assert!(folder.path().join("wave.fst").metadata().unwrap().len() > 100);
    // Nobody asks for one: none is written.
    assert!(run("")["waveform"].is_null());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    for job in ["random.1.3", "random.2.0", "random.1.01", "fp"] {
        let mut command = heddle(&format!(
            "cosim --rows 2 --cols 2 --format int8 --random 3 --waveform-of {job}"
        ));
        fails(
            command.current_dir(folder.path()),
            2,
            &["--waveform-of", job, "random.1.0 to random.1.2"],
        );
    }
}

#[test]
fn a_job_of_a_trace_that_is_not_there_is_named_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = heddle("cosim --rows 3 --cols 4 --format int8 --waveform-of fp.none --trace");
    command.arg(fixture("pytorch-int8.safetensors"));
    fails(
        command.current_dir(folder.path()),
        2,
        &["--waveform-of", "fp.none", "such as fp.nr.t0"],
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_broken_interface_names_the_job() {
    let config = ArrayConfig::new(3, 4, Format::Int8);
    let folder = tempfile::tempdir().unwrap();
    planted(
        &config,
        folder.path(),
        "assign a_ready_o = ",
        "assign a_ready_o = 1'b0 & ",
    );
    let mut command = heddle("cosim --rows 3 --cols 4 --format int8 --trace");
    command.arg(fixture("pytorch-int8.safetensors"));
    let waveform = folder.path().join("wave.vcd");
    command.arg("--verilog").arg(folder.path());
    command.arg("--waveform").arg(&waveform);
    fails(
        &mut command,
        1,
        &["job 'fp.nr.t0' (dense)", "broke its interface", "wave.vcd"],
    );
    assert!(std::fs::metadata(&waveform).unwrap().len() > 1000);
}

#[test]
fn a_missing_verilator_is_named_with_its_remedy() {
    let mut command = heddle(
        "cosim --random 1 --rows 2 --cols 2 --format int8 --verilator /nonexistent/verilator",
    );
    fails(&mut command, 1, &["/nonexistent/verilator", "install"]);
}

/// What wrote the trace stored a transposed view in the order of memory: not the array is
/// wrong, but the file.
#[test]
fn results_that_only_the_trace_has_otherwise_are_blamed_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = heddle("cosim --rows 4 --cols 4 --format int8 --trace");
    command.arg(fixture("transposed-view.safetensors"));
    command
        .arg("--waveform")
        .arg(folder.path().join("wave.vcd"));
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(1));
    let (told, printed) = (
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout),
    );
    for word in [
        "the array and the golden model give",
        "the trace's own result (c) is",
    ] {
        assert!(told.contains(word), "'{word}' not in: {told}");
    }
    for word in [
        "WRONG SUMS",
        "Golden model and array agree",
        "np.ascontiguousarray",
    ] {
        assert!(printed.contains(word), "'{word}' not in: {printed}");
    }
}
