//! The flows with the real tools, which `scripts/setup.sh` installs.

use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow, Gating, Tune};
use heddle_synth::{
    synthesize, Cancel, Cells, EngineArea, Options, Part, Report, Resources, Source, SynthError,
    Target,
};
use std::path::Path;

fn options(target: Target, cache: &Path) -> Options {
    Options {
        target,
        device: None,
        seeds: 1,
        seed_minutes: 30,
        aim_mhz: 50,
        placer: None,
        cells: Cells::default(),
        yosys: None,
        nextpnr: None,
        sta: None,
        cache: cache.to_owned(),
    }
}

fn config(size: usize) -> ArrayConfig {
    ArrayConfig::new(size, size, heddle_format::Format::Int8)
}

fn run(source: &Source, options: &Options) -> Result<Report, SynthError> {
    synthesize(source, options, &Cancel::default(), &|_, _, _| {})
}

#[test]
fn a_design_that_does_not_fit_is_reported_with_its_numbers() {
    let cache = tempfile::tempdir().unwrap();
    let source = Source::generate(&config(4), Part::Array).unwrap();
    let report = run(&source, &options(Target::Ice40, cache.path())).unwrap();
    assert!(!report.fits);
    assert_eq!((report.fmax_mhz, report.runs.len()), (None, 0));
    let short = &report.exceeds[0];
    assert_eq!((short.resource, short.needs, short.has), ("mult18", 16, 8));
}

#[test]
fn one_multiplier_per_pe_and_a_cache_that_knows_its_input() {
    let cache = tempfile::tempdir().unwrap();
    let options = options(Target::Ecp5, cache.path());
    let source = Source::generate(&config(1), Part::Array).unwrap();
    let first = run(&source, &options).unwrap();
    assert!(first.fits && !first.cached);
    assert_eq!(first.area.mult18, Some(1));
    let path = first.critical_path.as_ref().unwrap();
    assert!(path.delay_ns > 0.0 && first.fmax_mhz.unwrap() > 20.0);
    // carries count double
    let kinds = &first.cells_by_kind;
    assert_eq!(first.area.lut4, Some(kinds["LUT4"] + 2 * kinds["CCU2C"]));
    // modules add up to the whole
    let top = first
        .modules
        .iter()
        .find(|module| module.module == "heddle_array");
    let own: u64 = first
        .modules
        .iter()
        .map(|module| module.own.ff * module.instances)
        .sum();
    assert_eq!(top.unwrap().whole.ff, own);

    let again = run(&source, &options).unwrap();
    assert!(again.cached);
    assert_eq!(
        Report {
            cached: false,
            ..again
        },
        first
    );

    // a seed that does not end is left out, and said so; the first one comes from the cache
    let mut hurried = Options {
        seeds: 2,
        seed_minutes: 0,
        ..options.clone()
    };
    let two = run(&source, &hurried).unwrap();
    assert_eq!((two.runs.len(), two.unfinished_seeds), (1, vec![2]));
    hurried.aim_mhz += 1;
    let error = run(&source, &hurried).unwrap_err();
    assert!(error.to_string().contains("--seed-minutes"), "{error}");

    let mut changed = source.clone();
    changed.files[0].1.push_str("// changed\n");
    assert!(!run(&changed, &options).unwrap().cached);

    // a damaged entry is no figure: it is made again
    let report = first.logs[2].join("report.json");
    std::fs::write(&report, "{}").unwrap();
    let mended = run(&source, &options).unwrap();
    assert!(!mended.cached);
    assert_eq!(mended, first);
}

/// The smallest engine that has all of its blocks.
fn small_engine() -> Source {
    let engine = EngineConfig {
        bus_bits: 32,
        addr_bits: 32,
        reads: 2,
        writes: 2,
        max_dim: 64,
        a_words: 512,
        b_slots: 64,
        slot_words: 4,
        sum_words: 1024,
        ring_bits: 2,
    };
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(engine),
        tune: Some(Tune::Ecp5),
        ..config(1)
    };
    Source::engine(&config).unwrap()
}

/// The blocks add up to the whole, and every one is told by its instance.
fn blocks_add_up(report: &Report) -> &EngineArea {
    let engine = report.engine.as_ref().unwrap();
    let sum = engine.blocks.iter().map(|block| block.area);
    let sum = sum.fold(Resources::default(), |sum, area| sum + area);
    let top = report
        .modules
        .iter()
        .find(|module| module.module == report.top);
    assert_eq!(sum, top.unwrap().whole);
    for part in ["u_core.u_array", "u_core.u_buffers", "u_masks", ""] {
        let found = engine.blocks.iter().filter(|block| block.instance == part);
        assert_eq!(found.count(), 1, "{part}: {:?}", engine.blocks);
    }
    engine
}

#[test]
fn an_engine_is_told_by_block_with_its_buffers_in_block_ram() {
    let cache = tempfile::tempdir().unwrap();
    let options = Options {
        seeds: 0,
        ..options(Target::Ecp5, cache.path())
    };
    let report = run(&small_engine(), &options).unwrap();
    let engine = blocks_add_up(&report);
    assert_eq!(engine.array_alone.mult18, Some(1));
    assert!(engine.array_alone.ff < report.area.ff / 2, "{report:?}");
    // 512 and 256 words of 9 bits, and two halves of 512 words of 32 bits.
    for (memory, count) in [("a", 1), ("b", 1), ("low", 1), ("high", 1)] {
        let path = format!("u_core.u_buffers.u_{memory}");
        let found = engine
            .memories
            .iter()
            .find(|memory| memory.instance == path);
        let found = found.unwrap_or_else(|| panic!("{path}: {:?}", engine.memories));
        assert_eq!(found.block_ram, Some(count), "{path}");
    }
    let all = engine.memories.iter().filter_map(|memory| memory.block_ram);
    assert_eq!(report.area.block_ram, Some(all.sum()));
}

#[test]
fn an_engine_in_standard_cells_has_its_memories_beside_it() {
    let cache = tempfile::tempdir().unwrap();
    let report = run(&small_engine(), &options(Target::Liberty, cache.path())).unwrap();
    let engine = blocks_add_up(&report);
    let bits: u64 = engine.memories.iter().filter_map(|of| of.memory_bits).sum();
    assert_eq!(report.area.memory_bits, Some(bits));
    let buffers = 9 * (512 + 256) + 2 * 512 * 32;
    assert!(bits > buffers, "{bits}");
    // None of them is in registers: those of the rest, mostly queues, are fewer than half as many.
    assert!(report.area.ff < buffers / 2, "{report:?}");
    assert!(engine.array_alone.area_um2.unwrap() < report.area.area_um2.unwrap());
    assert!(report.fmax_mhz.unwrap() > 20.0);
}

#[test]
fn standard_cells_have_an_area_and_a_clock_in_each_gating_style() {
    let cache = tempfile::tempdir().unwrap();
    for gating in [Gating::None, Gating::Enable, Gating::ClockGate] {
        let config = ArrayConfig {
            gating,
            ..config(1)
        };
        let source = Source::generate(&config, Part::Pe).unwrap();
        let report = run(&source, &options(Target::Liberty, cache.path())).unwrap();
        assert_eq!((report.fits, report.area.lut4), (true, None));
        assert!(report.area.area_um2.unwrap() > 10_000.0);
        assert!(report.area.ff >= 90, "{report:?}");
        assert!((50.0..2000.0).contains(&report.fmax_mhz.unwrap()));
        assert_eq!(report.modules[0].module, "heddle_pe");
    }
}

/// An adder between registers: a path that is known by its names, mapped in a second.
const SMALL: &str = "module small (input clk_i, input [7:0] step_i, output [7:0] count_o);
  reg [7:0] step_q, count_q;
  always @(posedge clk_i) begin step_q <= step_i; count_q <= count_q + step_q; end
  assign count_o = count_q;
endmodule
";

/// The small design on Liberty files of these texts.
fn run_small(texts: &[String]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let files = texts.iter().enumerate().map(|(number, text)| {
        let path = folder.path().join(format!("{number}.lib"));
        std::fs::write(&path, text).unwrap();
        path
    });
    let source = Source {
        files: vec![("small.v".into(), SMALL.into())],
        top: "small".into(),
        ports: Vec::new(),
        config: config(1),
        prefix: Default::default(),
        array: None,
        ram: None,
    };
    let options = Options {
        cells: Cells {
            files: files.collect(),
            dont_use: Vec::new(),
        },
        ..options(Target::Liberty, &folder.path().join("cache"))
    };
    run(&source, &options).unwrap()
}

/// OSU018, with one thing said in another way.
fn osu018(from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(heddle_synth::DEFAULT_LIBERTY).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_library_says_the_same_in_any_unit_order_and_number_of_files() {
    let whole = osu018("", "");
    let first = run_small(std::slice::from_ref(&whole));
    let fmax = first.fmax_mhz.unwrap();
    let path = first.critical_path.as_ref().unwrap();
    let registers = ["step_q", "count_q"];
    let named = |signal: &str| registers.iter().any(|name| signal.starts_with(name));
    assert!(named(&path.from.signal), "{path:?}");

    let default = "default_operating_conditions : typical;";
    let cells = whole.find("cell (AND2X1)").unwrap();
    let (head, cells) = whole.split_at(cells);
    let cells: Vec<_> = cells
        .trim_end()
        .trim_end_matches('}')
        .split("\ncell (")
        .collect();
    let part = |number: usize| {
        let own = cells.iter().skip(number).step_by(5);
        let own: Vec<_> = own
            .map(|cell| format!("\ncell ({}", cell.trim_start_matches("cell (")))
            .collect();
        format!("{head}{}}}\n", own.concat())
    };
    for (what, texts) in [
        ("five files", [4, 1, 0, 2, 3].map(part).to_vec()),
        ("the default ahead", vec![osu018(default, "")
            .replacen("delay_model", &format!("{default} delay_model"), 1)]),
        ("no default", vec![osu018(default, "")]),
        ("a second output", vec![osu018(
            "  ff (DS0000,P0002) {\n    next_state : \"D\";\n    clocked_on : \"CLK\";",
            "  pin (QN) { direction : output; capacitance : 0; function : \"P0002\";\n timing () {\n \
             related_pin : \"CLK\"; timing_type : rising_edge; } }\n  ff (DS0000,P0002) {\n    \
             next_state : \"D\";\n    clocked_on : \"CLK\";",
        )]),
    ] {
        let found = run_small(&texts);
        assert_eq!(found.area, first.area, "{what}");
        assert_eq!(found.fmax_mhz, first.fmax_mhz, "{what}");
        assert_eq!(found.critical_path, first.critical_path, "{what}");
    }

    // the same numbers counted in picoseconds are a thousandth of the time
    let faster = run_small(&[osu018("\"1ns\"", "\"1ps\"")]);
    assert_eq!(faster.area, first.area);
    let ratio = faster.fmax_mhz.unwrap() / fmax;
    assert!((ratio / 1000.0 - 1.0).abs() < 1e-4, "{ratio}");

    // registers with nothing but an inverted output are known by the net behind the inverter
    let inverted = osu018("", "").replacen("function : \"DS0000\";", "function : \"P0002\";", 2);
    let found = run_small(&[inverted]);
    let path = found.critical_path.as_ref().unwrap();
    assert!(
        named(&path.from.signal) && named(&path.to.signal),
        "{path:?}"
    );
}

#[test]
fn cells_that_are_not_to_be_used_are_not() {
    let text = osu018("cell (XOR2X1) {", "cell (XOR2X1) {\n dont_use : true;");
    let with = run_small(&[osu018("", "")]);
    let without = run_small(&[text]);
    assert!(
        with.cells_by_kind.contains_key("XOR2X1") || with.cells_by_kind.contains_key("XNOR2X1")
    );
    assert!(!without.cells_by_kind.contains_key("XOR2X1"));
    let told = |report: &Report| report.notes.iter().any(|note| note.contains("XOR2X1"));
    assert!(told(&without) && !told(&with));
}

#[test]
fn verilog_that_is_wrong_ends_with_what_yosys_says_and_a_log() {
    let cache = tempfile::tempdir().unwrap();
    let mut source = Source::generate(&config(1), Part::Pe).unwrap();
    source.files[0].1 = "module broken (".into();
    let error = run(&source, &options(Target::Ecp5, cache.path())).unwrap_err();
    let SynthError::Failed { tool, log, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(tool, "yosys");
    assert!(
        log.is_file() && error.to_string().contains("ERROR"),
        "{error}"
    );
}

#[test]
fn cancelling_stops_the_tools() {
    let cache = tempfile::tempdir().unwrap();
    let source = Source::generate(&config(1), Part::Pe).unwrap();
    let cancel = Cancel::default();
    cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let options = options(Target::Ecp5, cache.path());
    let error = synthesize(&source, &options, &cancel, &|_, _, _| {}).unwrap_err();
    assert!(matches!(error, SynthError::Cancelled), "{error}");
    let left = std::fs::read_dir(cache.path()).unwrap().flatten();
    assert!(left.map(|entry| entry.path()).all(|path| path.is_file()));
}
