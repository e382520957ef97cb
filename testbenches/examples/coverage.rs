//! Coverage of the emitted Verilog by the regression: see `scripts/coverage.sh`.
//!
//! Arguments: a file of exclusions, lines `MODULE | TEXT OF THE POINT | REASON`; names of designs
//! (all without).

use half::bf16;
use heddle_array::build::builder;
use heddle_array::VerilatedArray;
use heddle_format::Format;
use heddle_hdl::emit::Design;
use heddle_hdl::{generate, ArrayConfig};
use heddle_testbenches::counters;
use heddle_testbenches::coverage::{self, add, designs, line_with_what_it_writes, Kind, Point};
use heddle_testbenches::mutation::{first_difference, Thorough, PRELOADS};
use heddle_testbenches::{arrays, check_names};
use heddle_verilator::{Builder, Coverage, Library};
use std::collections::BTreeMap;
use std::path::Path;

/// Points, and how often each was reached.
type Points = BTreeMap<Point, u64>;

/// Points that are not asked for: module, start of the text, reason.
struct Exclusions(Vec<[String; 3]>);

impl Exclusions {
    fn read(file: Option<&str>) -> Self {
        let text = file.map_or(String::new(), |file| {
            std::fs::read_to_string(file).unwrap_or_else(|error| {
                eprintln!("error: {file}: {error}");
                std::process::exit(2)
            })
        });
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let fields = lines.filter_map(|line| {
            let mut fields = line.split('|').map(|field| field.trim().to_owned());
            Some([fields.next()?, fields.next()?, fields.next()?])
        });
        Self(fields.collect())
    }

    fn has(&self, point: &Point) -> bool {
        let matches = |[module, what, _]: &[String; 3]| {
            *module == point.module && (point.what.starts_with(what) || point.text == *what)
        };
        self.0.iter().any(matches)
    }
}

/// Lines, branches, toggles and excluded points: how many there are and how many were reached.
#[derive(Clone, Copy, Default)]
struct Tally([[usize; 2]; 4]);

impl Tally {
    fn add(&mut self, point: &Point, count: u64, excluded: bool) {
        let row = &mut self.0[if excluded { 3 } else { point.kind as usize }];
        row[0] += 1;
        row[1] += usize::from(count > 0);
    }

    fn print(&self, design: &str, module: &str) {
        let cell = |[all, hit]: [usize; 2]| match all {
            0 => "-".to_owned(),
            _ => format!(
                "{hit}/{all} {:.1}%",
                (1000.0 * hit as f64 / all as f64).floor() / 10.0
            ),
        };
        let [lines, branches, toggles, [excluded, _]] = self.0;
        println!(
            "{design:10} {module:26} {:>14} {:>14} {:>18} {excluded:>9}",
            cell(lines),
            cell(branches),
            cell(toggles),
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let exclusions = Exclusions::read(arguments.first().map(String::as_str));
    let names = arguments.get(1..).unwrap_or_default();
    assert!(Kind::Toggle as usize == 2, "the columns are those of Kind");
    println!(
        "{:10} {:26} {:>14} {:>14} {:>18} {:>9}",
        "design", "module", "lines", "branches", "toggles", "excluded"
    );
    let mut merged = Points::new();
    let designs = designs();
    let known = designs.iter().map(|(name, _)| *name);
    check_names(names, known.chain([coverage::counters().0]));
    let wanted = |name: &str| names.is_empty() || names.iter().any(|given| given == name);
    for (at, (name, config)) in designs.into_iter().enumerate() {
        if !wanted(name) {
            continue;
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut points = Points::new();
        let preload = PRELOADS[at % PRELOADS.len()];
        let design = generate(&config).expect("a design");
        let library = build(&design, heddle_hdl::TOP, preload, dir.path());
        array(&config, &library, preload, dir.path());
        read(&design, dir.path(), &mut points);
        print(name, &points, &exclusions);
        for (point, count) in points {
            *merged.entry(point).or_default() += count;
        }
    }
    let (name, config) = coverage::counters();
    if wanted(name) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut points = Points::new();
        let design = generate(&config).expect("a design");
        for preload in PRELOADS {
            let library = build(&design, counters::MODULE, preload, dir.path());
            let mut model = library.model().expect("a model");
            counters::check(&config, &mut model, preload).expect("right counts");
            let file = dir.path().join(FILE);
            model.write_coverage(&file).expect("a file of coverage");
            read(&design, dir.path(), &mut points);
        }
        // What only so many lanes have is not asked for.
        let known = points
            .into_iter()
            .filter(|(point, _)| merged.contains_key(point));
        let known: Points = known.collect();
        print(name, &known, &exclusions);
        for (point, count) in known {
            *merged.entry(point).or_default() += count;
        }
    }
    println!();
    print("merged", &merged, &exclusions);
    println!();
    for (point, count) in &merged {
        if *count == 0 && !exclusions.has(point) {
            println!(
                "not covered: {} {:?} {} {}",
                point.module, point.kind, point.what, point.text
            );
        }
    }
    for [module, what, _] in &exclusions.0 {
        let reached = merged.iter().any(|(point, count)| {
            *count > 0 && point.module == *module && point.what.starts_with(what)
        });
        if reached {
            println!("excluded, but reached: {module} {what}");
        }
    }
}

/// A line for each module, and one for all.
fn print(design: &str, points: &Points, exclusions: &Exclusions) {
    let mut modules: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    for (point, &count) in points {
        let excluded = exclusions.has(point);
        let module = modules.entry(&point.module).or_default();
        module.add(point, count, excluded);
        all.add(point, count, excluded);
    }
    for (module, tally) in modules {
        tally.print(design, module);
    }
    all.print(design, "all");
}

/// The file that a model writes its counts to.
const FILE: &str = "coverage.dat";

/// The model of module `top` of `design`, with coverage.
fn build(design: &Design, top: &str, preload: u64, dir: &Path) -> Library {
    let mut files = Vec::new();
    for module in &design.modules {
        // Of an array's counters the rest is none of.
        if top == heddle_hdl::TOP || module.name.starts_with("heddle_count") {
            files.push(dir.join(format!("{}.v", module.name)));
            std::fs::write(&files[files.len() - 1], &module.text).expect("a file");
        }
    }
    let builder = match top {
        heddle_hdl::TOP => builder(&files, &arrays::build_options()),
        _ => Builder::new(top).files(&files).clock("clk_i"),
    };
    let builder = builder.coverage(Coverage::LineAndToggle);
    let library = builder.flag(format!("-GPRELOAD=48'h{preload:x}")).build();
    library.expect("a model")
}

/// Runs the whole regression on an array of `config`.
fn array(config: &ArrayConfig, library: &Library, preload: u64, dir: &Path) {
    let mut array = VerilatedArray::new(config, library, None).expect("an array");
    array.drive_idle_buses();
    let found = match config.format {
        Format::Int8 => first_difference::<i8>(config, &mut array, preload, Thorough::Full),
        Format::Int16 => first_difference::<i16>(config, &mut array, preload, Thorough::Full),
        Format::Bf16 => first_difference::<bf16>(config, &mut array, preload, Thorough::Full),
    };
    assert_eq!(found, None, "{}", config.slug());
    let result = array.write_coverage(&dir.join(FILE));
    result.expect("a file of coverage");
}

/// Adds the counts in `dir`, of `design`.
fn read(design: &Design, dir: &Path, points: &mut Points) {
    let source = |module: &str, line| {
        let found = design.modules.iter().find(|found| found.name == module);
        found.map_or(String::new(), |found| {
            line_with_what_it_writes(&found.text, line)
        })
    };
    let text = std::fs::read_to_string(dir.join(FILE)).expect("what was written");
    add(&text, source, points);
}
