//! Coverage of the emitted Verilog by the regression: see `scripts/coverage.sh`.
//!
//! Argument: a file of exclusions, lines `MODULE | TEXT OF THE POINT | REASON`.

use half::bf16;
use heddle_cosim::array::verilated::builder;
use heddle_cosim::array::VerilatedArray;
use heddle_format::Format;
use heddle_hdl::generate;
use heddle_testbenches::arrays;
use heddle_testbenches::coverage::{add, Kind, Point};
use heddle_testbenches::mutation::{designs, first_difference, Thorough, PRELOADS};
use heddle_verilator::Coverage;
use std::collections::BTreeMap;
use std::path::Path;

fn main() {
    let file = std::env::args().nth(1);
    let text = file.map_or(String::new(), |file| {
        std::fs::read_to_string(&file).unwrap_or_else(|error| {
            eprintln!("error: {file}: {error}");
            std::process::exit(2)
        })
    });
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let excluded: Vec<(&str, &str)> = lines
        .filter_map(|line| {
            let mut fields = line.split('|').map(str::trim);
            Some((fields.next()?, fields.next()?))
        })
        .collect();
    println!(
        "{:10} {:26} {:>13} {:>13} {:>13} {:>9}",
        "design", "module", "lines", "branches", "toggles", "excluded"
    );
    let mut all = BTreeMap::new();
    let mut misses = Vec::new();
    for (name, config) in designs() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut points = BTreeMap::new();
        // Twice: with counters from zero, and with counters whose high bits move.
        for preload in PRELOADS {
            let report = run(&config, preload, dir.path());
            add(&report, &mut points);
        }
        let mut modules: BTreeMap<String, Vec<(Point, u64)>> = BTreeMap::new();
        for (point, count) in points {
            modules
                .entry(point.module.clone())
                .or_default()
                .push((point, count));
        }
        for (module, points) in modules {
            let leaves = |point: &Point| {
                let of = |text: &str| point.what.starts_with(text);
                excluded.iter().any(|(m, what)| *m == module && of(what))
            };
            let mut tally: [[usize; 2]; 4] = Default::default();
            for (point, count) in &points {
                let row = match leaves(point) {
                    true => 3,
                    false => point.kind as usize,
                };
                tally[row][0] += 1;
                tally[row][1] += usize::from(*count > 0);
                if *count == 0 && row < 3 {
                    misses.push(format!("{name} {point:?}"));
                }
            }
            print_row(name, &module, &tally);
            let sum: &mut [[usize; 2]; 4] = all.entry(()).or_default();
            for (sum, one) in sum.iter_mut().flatten().zip(tally.iter().flatten()) {
                *sum += one;
            }
        }
    }
    print_row("all", "", &all[&()]);
    println!();
    for miss in &misses {
        println!("not covered: {miss}");
    }
    assert!(Kind::Toggle as usize == 2, "the columns are those of Kind");
}

fn print_row(design: &str, module: &str, tally: &[[usize; 2]; 4]) {
    let cell = |[all, hit]: [usize; 2]| match all {
        0 => "-".to_owned(),
        _ => format!(
            "{hit}/{all} {:.0}%",
            (100.0 * hit as f64 / all as f64).floor()
        ),
    };
    println!(
        "{design:10} {module:26} {:>13} {:>13} {:>13} {:>9}",
        cell(tally[0]),
        cell(tally[1]),
        cell(tally[2]),
        tally[3][0]
    );
}

/// Verilator's counts of the whole regression on an array of `config`.
fn run(config: &heddle_hdl::ArrayConfig, preload: u64, dir: &Path) -> String {
    let design = generate(config).expect("a design");
    let files: Vec<_> = design
        .modules
        .iter()
        .map(|module| {
            let path = dir.join(format!("{}.v", module.name));
            std::fs::write(&path, &module.text).expect("a file");
            path
        })
        .collect();
    let library = builder(&files, &arrays::build_options())
        .coverage(Coverage::LineAndToggle)
        .flag(format!("-GPRELOAD=48'h{preload:x}"))
        .build()
        .expect("a model");
    let mut array = VerilatedArray::new(config, &library, None).expect("an array");
    array.drive_idle_buses();
    let found = match config.format {
        Format::Bf16 => first_difference::<bf16>(config, &mut array, preload, Thorough::Full),
        _ => first_difference::<i8>(config, &mut array, preload, Thorough::Full),
    };
    assert_eq!(found, None, "{}", config.slug());
    let file = dir.join("coverage.dat");
    array.write_coverage(&file).expect("a file of coverage");
    std::fs::read_to_string(file).expect("what was written")
}
