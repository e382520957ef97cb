//! `heddle cosim --target engine` on an engine with a fault.

use super::cosim::planted_in;
use super::{heddle, run};
use heddle_format::Format;
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::{ArrayConfig, Dataflow, Prefix};
use std::path::Path;

const ENGINE: &str =
    "cosim --target engine --rows 2 --cols 2 --format int8 --bus-bits 32 --random 6 --max-dim 6";

/// Writes the Verilog of a small engine with one text replaced, which must be there.
fn engine(folder: &Path, from: &str, to: &str) {
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(EngineConfig {
            bus_bits: 32,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(2, 2, Format::Int8)
    };
    let design = engine_design(&config, &Prefix::default()).unwrap();
    planted_in(&design.modules, folder, from, to);
}

#[test]
fn a_wrong_byte_is_named_and_the_cycle_in_which_it_is_written_is_in_the_waveform() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    engine(folder.path(), " * $signed", " + $signed");
    let mut command = heddle(ENGINE);
    command.current_dir(folder.path());
    command.args(["--verilog", ".", "--report", "r.json"]);
    let output = run(&mut command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(at("r.json")).unwrap()).unwrap();
    assert_eq!(report["waveform"], "heddle-mismatch.vcd", "{errors}");
    let cycle = report["waveform_cycle"].as_u64().unwrap();
    let address = report["waveform_address"].as_str().unwrap();
    for text in [
        "program 0, dense: job ",
        "are in the waveform heddle-mismatch.vcd",
        &format!("{address} is written last in its cycle {cycle}"),
    ] {
        assert!(errors.contains(text), "'{text}' not in: {errors}");
    }
    // The page draws that cycle, and what is written in it is where the wrong byte lies.
    let page = at("page.html");
    let mut command = heddle("report");
    command.arg(at("r.json")).arg("--html").arg(&page);
    assert_eq!(run(&mut command).status.code(), Some(0));
    let page = std::fs::read_to_string(&page).unwrap();
    let about = format!("In cycle {cycle} the first wrong byte, at {address}, is written last.");
    assert!(page.contains(&about), "'{about}' is not on the page");
    assert!(page.contains(&format!("cycle {cycle}: the wrong byte")));
    assert!(page.contains("m_axi_wdata"));
}

#[test]
fn of_a_right_engine_there_is_no_waveform() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = heddle(ENGINE);
    command.current_dir(folder.path());
    command.args(["--waveform", "w.vcd", "--report", "r.json"]);
    assert_eq!(run(&mut command).status.code(), Some(0));
    let report = std::fs::read(folder.path().join("r.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    for field in ["waveform", "waveform_cycle", "waveform_address"] {
        assert!(report[field].is_null(), "{field}");
    }
    assert!(!folder.path().join("w.vcd").exists());
}
