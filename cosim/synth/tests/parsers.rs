//! The parsers on what the tools really wrote, and on damaged copies of it.

use heddle_synth::{Hierarchy, Placed, Statistics, SynthError, Timing, FRAME};

const STAT: &str = include_str!("fixtures/ecp5-stat.json");
const STAT_023: &str = include_str!("fixtures/ecp5-stat-modules-0.23.json");
const HIERARCHY: &str = include_str!("fixtures/hierarchy.json");
const NEXTPNR: &str = include_str!("fixtures/ecp5-nextpnr.json");
const STA: &str = include_str!("fixtures/osu018-sta.log");

fn hierarchy() -> Hierarchy {
    Hierarchy::parse("hierarchy", HIERARCHY, "heddle_array").unwrap()
}

/// The error names the report and says what is wrong with it.
fn fails<T: std::fmt::Debug>(result: Result<T, SynthError>, problem: &str) {
    let error = result.expect_err(problem);
    assert!(matches!(error, SynthError::Unreadable { .. }), "{error}");
    assert!(
        error.to_string().contains(problem),
        "'{problem}' not in: {error}"
    );
}

/// A copy with one thing changed, which must be there.
fn damaged(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the fixture lacks '{from}'");
    text.replacen(from, to, 1)
}

#[test]
fn statistics_keep_design_and_frame_apart() {
    let found = Statistics::parse("stat", STAT).unwrap();
    let design = found.module("heddle_array").unwrap();
    assert_eq!(design["MULT18X18D"], 4);
    assert_eq!(design["TRELLIS_FF"], 909);
    assert!(!design.contains_key("$scopeinfo"));
    let frame = found.module(FRAME).unwrap();
    assert_eq!(frame["heddle_array"], 1);
    assert!(!frame.contains_key("MULT18X18D"));
}

#[test]
fn statistics_of_an_older_yosys_are_read_although_they_are_no_json() {
    assert!(serde_json::from_str::<serde_json::Value>(STAT_023).is_err());
    let found = Statistics::parse("stat", STAT_023).unwrap();
    assert_eq!(found.module("heddle_west_edge").unwrap()["TRELLIS_FF"], 20);
    assert_eq!(found.module("heddle_pe").unwrap()["heddle_mul_int8"], 1);
}

#[test]
fn damaged_statistics_are_errors() {
    let cut = &STAT[..STAT.len() / 2];
    fails(Statistics::parse("stat", cut), "stat cannot be understood");
    fails(Statistics::parse("stat", ""), "stat cannot be understood");
    fails(Statistics::parse("stat", "{}"), "lists no modules");
    let changed = damaged(STAT, "\"TRELLIS_FF\": 909", "\"TRELLIS_FF\": 908");
    fails(Statistics::parse("stat", &changed), "add up to");
    let renamed = damaged(STAT, "num_cells_by_type", "cells_by_type");
    fails(Statistics::parse("stat", &renamed), "num_cells_by_type");
    let found = Statistics::parse("stat", STAT).unwrap();
    fails(found.module("heddle_core"), "heddle_core");
}

#[test]
fn a_flat_name_is_located_in_its_module() {
    let hierarchy = hierarchy();
    assert_eq!(
        hierarchy.locate("mesh.row_1.pe_0.add.sum_q[3]"),
        ("mesh.row_1.pe_0.add", "heddle_add_int32", "sum_q[3]")
    );
    assert_eq!(hierarchy.locate("beat_q"), ("", "heddle_array", "beat_q"));
    // no such PE: what is known of the name is used
    assert_eq!(
        hierarchy.locate("mesh.row_1.pe_10.x"),
        ("mesh.row_1", "heddle_row", "pe_10.x")
    );
    let counts = hierarchy.counts();
    assert_eq!((counts["heddle_pe"], counts["heddle_array"]), (4, 1));
    fails(
        Hierarchy::parse("hierarchy", HIERARCHY, "heddle_core"),
        "heddle_core",
    );
}

#[test]
fn a_placed_design_has_its_clock_and_its_path() {
    let placed = Placed::parse("report", NEXTPNR, &hierarchy()).unwrap();
    let path = &placed.critical_path;
    assert!(
        (placed.fmax_mhz - 1000.0 / path.delay_ns).abs() < 0.01,
        "{placed:?}"
    );
    assert!((path.logic_ns + path.routing_ns.unwrap() - path.delay_ns).abs() < 1e-9);
    assert_eq!(path.from.module, "heddle_mul_int8");
    assert_eq!(path.from.signal, "weight_i[7]");
    assert_eq!(path.to.module, "heddle_pe");
    assert_eq!(path.to.instance, "mesh.row_0.pe_0");
    assert_eq!(path.to.signal, "product_0_q");
}

#[test]
fn damaged_placement_reports_are_errors() {
    let parse = |text: &str| Placed::parse("report", text, &hierarchy());
    fails(parse(&NEXTPNR[..NEXTPNR.len() - 20]), "report cannot");
    fails(parse(&damaged(NEXTPNR, "\"fmax\"", "\"fmex\"")), "no clock");
    fails(
        parse(&damaged(NEXTPNR, "\"achieved\": 1", "\"achieved\": -1")),
        "not possible",
    );
    let renamed = damaged(NEXTPNR, "\"critical_paths\"", "\"paths\"");
    fails(parse(&renamed), "no critical path");
    fails(parse(&damaged(NEXTPNR, "\"delay\"", "\"dulay\"")), "lacks");
}

#[test]
fn the_worst_of_several_timing_paths_is_taken() {
    let timing = Timing::parse("sta", STA, &hierarchy(), 1.0).unwrap();
    assert!((timing.fmax_mhz - 164.8).abs() < 0.1, "{timing:?}");
    let path = &timing.critical_path;
    assert_eq!(path.from.module, "heddle_counters");
    assert_eq!(path.from.signal, "count_q[0]");
    assert_eq!(path.to.instance, "counters");
    assert_eq!(path.levels, 33);
    // the same figures where the library counts in picoseconds
    let faster = Timing::parse("sta", STA, &hierarchy(), 1e-3).unwrap();
    assert!((faster.fmax_mhz / timing.fmax_mhz - 1000.0).abs() < 1e-6);
    assert!((faster.critical_path.delay_ns * 1000.0 - path.delay_ns).abs() < 1e-9);
}

#[test]
fn damaged_timing_reports_are_errors() {
    let parse = |text: &str| Timing::parse("sta", text, &hierarchy(), 1.0);
    fails(parse(""), "no period");
    fails(
        parse(&damaged(STA, "HEDDLE_PERIOD ", "HEDDLE_PERIOD -")),
        "no period",
    );
    fails(
        parse(&damaged(STA, "HEDDLE_PERIOD 6", "HEDDLE_PERIOD x")),
        "no period",
    );
    fails(parse(&STA.replace("slack (", "slick (")), "no slack");
    fails(
        parse(&STA.replace("0.0000   slack", "0.5000   slack")),
        "has a slack of",
    );
    fails(
        parse(&format!("{STA}\nError: no network has been linked.\n")),
        "no network",
    );
    fails(parse(&STA.replace("Startpoint", "Start")), "no path");
}
