//! Mutation of the engine's blocks, and what the regression notices: see `scripts/mutate.sh --engine`.
//!
//! Arguments: mutants, seed, a folder. Results are lines of its `results.txt`: what is there already is not done again.

use heddle_engine::Sizes;
use heddle_testbenches::mutation::engine::{build, config, netlist, notice, Regression};
use heddle_testbenches::mutation::Mutant;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// What the results of a mutant that nothing notices say.
const SURVIVES: &str = "survives";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| match arguments.get(at) {
        None => default,
        Some(text) => text.parse().unwrap_or_else(|_| {
            eprintln!("error: '{text}' is not a number");
            std::process::exit(2)
        }),
    };
    let (count, seed) = (number(0, 700) as usize, number(1, 1));
    let dir = arguments
        .get(2)
        .map_or("target/engine-mutants", String::as_str);
    let dir = Path::new(dir);
    let (verilog, mutants) = netlist(count, seed, dir).expect("a netlist");
    let file = &dir.join("results.txt");
    let mut done = read(file);
    let same = |mutant: &Mutant| done.contains_key(&key(seed, mutant));
    let left: Vec<&Mutant> = mutants.iter().filter(|mutant| !same(mutant)).collect();
    eprintln!("{} mutants, {} to do", mutants.len(), left.len());
    if !left.is_empty() {
        let library = build(&verilog).expect("a model");
        let mut regression = Regression::new(Sizes::new(&config())).expect("programs that fit");
        // The control: without a mutant there is nothing to notice.
        let found = regression.calibrate(&library).expect("an engine");
        assert_eq!(found, None, "without a mutant");
        eprintln!("built and calibrated");
        let out = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file);
        let out = Mutex::new(out.expect("a file of results"));
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(mutant) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let found = notice(&regression, &library, mutant.number);
                        let found = found.unwrap_or_else(|| SURVIVES.into());
                        let line = format!("{}\t{found}\n", key(seed, mutant));
                        let mut out = out.lock().expect("no panic");
                        out.write_all(line.replace('\r', " ").as_bytes())
                            .expect("written");
                    }
                });
            }
        });
        done = read(file);
    }
    report(seed, &mutants, &done);
}

/// What a mutant is called in the file of results.
fn key(seed: u64, mutant: &Mutant) -> String {
    let Mutant {
        number,
        mode,
        place,
        ..
    } = mutant;
    format!("{seed}.{number} {mode} {place}")
}

/// Mutants of the file, and what noticed them.
fn read(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs
        .map(|(key, found)| (key.into(), found.into()))
        .collect()
}

/// Mutants, those that were tried, those noticed by what the engine did, and by how long it took only.
#[derive(Clone, Copy, Default)]
struct Count([usize; 4]);

fn report(seed: u64, mutants: &[Mutant], done: &BTreeMap<String, String>) {
    let mut table: BTreeMap<&str, Count> = BTreeMap::new();
    let mut survivors = Vec::new();
    for mutant in mutants {
        let found = done.get(&key(seed, mutant)).map(String::as_str);
        let late = found.is_some_and(|found| found.starts_with("cycles: "));
        let survives = found == Some(SURVIVES);
        let add = [
            true,
            found.is_some(),
            found.is_some() && !late && !survives,
            late,
        ];
        for name in [mutant.part, "all"] {
            let count = table.entry(name).or_default();
            for (count, add) in count.0.iter_mut().zip(add) {
                *count += usize::from(add);
            }
        }
        if survives || late {
            survivors.push((mutant, found.unwrap_or_default()));
        }
    }
    println!(
        "{:20} {:>7} {:>6} {:>8} {:>8} {:>9} {:>7}",
        "", "mutants", "tried", "noticed", "by time", "surviving", "killed"
    );
    for (name, Count([all, tried, noticed, late])) in table {
        let killed = 100.0 * (noticed + late) as f64 / tried.max(1) as f64;
        let left = tried - noticed - late;
        println!("{name:20} {all:7} {tried:6} {noticed:8} {late:8} {left:9} {killed:5.1} %");
    }
    for (mutant, found) in survivors {
        let Mutant {
            number,
            part,
            mode,
            place,
            source,
            ..
        } = mutant;
        println!("{number} {part}: {mode} {place}\n    {source}\n    {found}");
    }
}
