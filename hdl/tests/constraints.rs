//! The emitted constraints: what they say, and that OpenSTA reads them on the mapped netlist.

mod common;

use heddle_format::Format;
use heddle_hdl::manifest::{write_folder, FileRole, Manifest};
use heddle_hdl::package::{default_clock_mhz, FolderOptions};
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating, HdlError, Reset};
use std::path::Path;

/// Standard cells of Debian's package `qflow-tech-osu018`.
const CELLS: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

fn clock(mhz: f64) -> FolderOptions {
    FolderOptions {
        clock_mhz: Some(mhz),
        ..FolderOptions::default()
    }
}

fn written(config: &ArrayConfig, clock_mhz: f64, dir: &Path) -> (String, String) {
    write_folder(&generate(config).unwrap(), config, &clock(clock_mhz), dir).unwrap();
    let read = |name| std::fs::read_to_string(dir.join(name)).unwrap();
    (read("heddle.sdc"), read("heddle.lpf"))
}

#[test]
fn the_clock_is_the_one_that_is_asked_for() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig::new(2, 2, Format::Int8);
    let (sdc, lpf) = written(&config, 62.5, &dir);
    assert!(sdc.contains("create_clock -name clk_i -period 16.000 [get_ports clk_i]\n"));
    assert!(sdc.contains("set_input_delay 4.800 -clock clk_i"), "{sdc}");
    assert!(
        lpf.contains("FREQUENCY PORT \"clk_i\" 62.5 MHZ;\n"),
        "{lpf}"
    );
    assert_eq!(Manifest::read(&dir).unwrap().clock_mhz, Some(62.5));
    let (sdc, _) = written(&config, default_clock_mhz(&config), &dir);
    assert!(!sdc.contains("test_en_i") && !sdc.contains("gating_check"));
}

#[test]
fn a_clock_out_of_range_writes_nothing() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig::new(1, 1, Format::Int8);
    let design = generate(&config).unwrap();
    let dir = dir.join("rtl");
    for clock_mhz in [0.0, -1.0, 5001.0, f64::NAN, f64::INFINITY] {
        let error = write_folder(&design, &config, &clock(clock_mhz), &dir).unwrap_err();
        assert!(
            matches!(
                error,
                HdlError::Config {
                    name: "clock_mhz",
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(!dir.exists());
}

#[test]
fn every_port_but_the_clock_has_a_delay() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        gating: Gating::ClockGate,
        ..ArrayConfig::new(2, 3, Format::Int8)
    };
    let (sdc, _) = written(&config, 100.0, &dir);
    for port in &generate(&config).unwrap().top().unwrap().ports {
        let name = match port.bits {
            1 => port.name.clone(),
            _ => format!("{}[*]", port.name),
        };
        let lines = sdc.lines().filter(|line| {
            let line = line.trim_start();
            line.strip_prefix(name.as_str())
                .is_some_and(|rest| rest == " \\")
        });
        let expected = usize::from(port.name != "clk_i");
        assert_eq!(lines.count(), expected, "{name}:\n{sdc}");
    }
}

#[test]
fn files_have_the_role_that_they_play() {
    let (_guard, dir) = common::folder();
    let config = ArrayConfig::new(1, 1, Format::Int8);
    written(&config, 100.0, &dir);
    let manifest = Manifest::read(&dir).unwrap();
    let names = |role| -> Vec<&str> {
        let of = manifest.files.iter().filter(|file| file.role == role);
        of.map(|file| file.name.as_str()).collect()
    };
    let list = std::fs::read_to_string(dir.join("heddle.f")).unwrap();
    assert_eq!(names(FileRole::Rtl), list.lines().collect::<Vec<_>>());
    assert_eq!(names(FileRole::Testbench), ["tb_heddle_array.v"]);
    assert_eq!(names(FileRole::Frame), ["heddle_synth_frame.v"]);
    assert_eq!(names(FileRole::Constraints), ["heddle.sdc", "heddle.lpf"]);
    assert_eq!(names(FileRole::Core), ["heddle.core"]);
    // One written before there were roles.
    let text = manifest.to_json().replace("\"role\"", "\"was\"");
    let old: Manifest = serde_json::from_str(&text).unwrap();
    assert!(old.files.iter().all(|file| file.role == FileRole::Rtl));
}

/// What OpenSTA says about `sdc`, of a mapped netlist, between reading it and the end.
fn sta(dir: &Path, sdc: &str) -> String {
    std::fs::write(dir.join("asked.sdc"), sdc).unwrap();
    let script = format!(
        "read_liberty {CELLS}\nread_verilog mapped.v\nlink_design heddle_array\n\
         puts HEDDLE_SDC\nread_sdc asked.sdc\ncheck_setup\n\
         puts \"slack [expr {{[worst_slack -max] < 1e3}}]\"\nputs HEDDLE_END\nexit\n"
    );
    std::fs::write(dir.join("asked.tcl"), script).unwrap();
    let (_, text) = common::run(dir, "sta", &["-exit", "asked.tcl"]);
    text.split_once("HEDDLE_SDC\n")
        .unwrap_or_else(|| panic!("{text}"))
        .1
        .to_owned()
}

#[test]
fn opensta_reads_them() {
    let tools = common::has("yosys") && common::has("sta");
    if !tools || !Path::new(CELLS).exists() {
        eprintln!("SKIPPED: yosys, OpenSTA or the OSU018 cells are not installed");
        return;
    }
    let small = ArrayConfig::new(2, 1, Format::Int8);
    for config in [
        small,
        ArrayConfig {
            reset: Some(Reset::Async),
            gating: Gating::ClockGate,
            dataflow: Dataflow::Both,
            ..small
        },
    ] {
        let (_guard, dir) = common::folder();
        let (sdc, _) = written(&config, 100.0, &dir);
        let list = std::fs::read_to_string(dir.join("heddle.f")).unwrap();
        let script = format!(
            "read_liberty -lib {CELLS}; read_verilog {}; synth -flatten -top heddle_array; \
             dfflibmap -liberty {CELLS}; abc -liberty {CELLS}; splitnets; opt_clean -purge; \
             write_verilog -noattr -noexpr -nohex mapped.v",
            list.replace('\n', " ")
        );
        let (output, text) = common::run(&dir, "yosys", &["-q", "-p", &script]);
        assert!(output.status.success(), "{text}");
        // No port without a delay, no register without a clock, and paths that are timed.
        assert_eq!(
            sta(&dir, &sdc),
            "slack 1\nHEDDLE_END\n",
            "{}",
            config.slug()
        );
        // A port that is not there, one that is left out, no clock.
        let wrong = [
            sdc.replace(" w_valid_i ", " w_vaild_i "),
            sdc.replace("  a_first_i \\\n", ""),
            sdc.replace("-period 10.000 [get_ports clk_i]", "-period 10.000"),
        ];
        for wrong in wrong {
            assert_ne!(wrong, sdc);
            let said = sta(&dir, &wrong);
            assert!(said.contains("Warning") || said.contains("Error"), "{said}");
        }
    }
}
