//! The flows with the real tools, which `scripts/setup.sh` installs.

use heddle_hdl::{ArrayConfig, Gating};
use heddle_synth::{synthesize, Cancel, Cells, Options, Part, Report, Source, SynthError, Target};
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
