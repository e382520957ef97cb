//! The counters of arrays that are too large to simulate whole.

use heddle_format::Format;
use heddle_hdl::{generate, ArrayConfig, Dataflow};
use heddle_testbenches::mutation::PRELOADS;
use heddle_testbenches::{counters, full};
use heddle_verilator::{Builder, Library};

fn library(config: &ArrayConfig, preload: u64) -> Library {
    let dir = tempfile::tempdir().unwrap();
    let design = generate(config).unwrap();
    let modules = design.modules.iter();
    let of_counters = modules.filter(|module| module.name.starts_with("heddle_count"));
    let files = of_counters.map(|module| {
        let path = dir.path().join(format!("{}.v", module.name));
        std::fs::write(&path, &module.text).unwrap();
        path
    });
    let builder = Builder::new(counters::MODULE).files(files).clock("clk_i");
    builder
        .flag(format!("-GPRELOAD=48'h{preload:x}"))
        .build()
        .unwrap()
}

#[test]
fn counters_of_large_arrays_count() {
    let (rows, cols) = if full() { (256, 256) } else { (40, 70) };
    for dataflow in [Dataflow::Ws, Dataflow::Os, Dataflow::Both] {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(rows, cols, Format::Int8)
        };
        let library = library(&config, PRELOADS[0]);
        let run = |config: &ArrayConfig, preload| {
            counters::check(config, &mut library.model().unwrap(), preload)
        };
        assert_eq!(run(&config, PRELOADS[0]), Ok(()), "{dataflow}");
        // Controls: another start, another number of PEs.
        assert!(run(&config, PRELOADS[1]).is_err());
        let other = ArrayConfig {
            cols: cols - 1,
            ..config
        };
        assert!(run(&other, PRELOADS[0]).is_err());
    }
}
