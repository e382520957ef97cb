//! Mutation of the engine's blocks, and what the regression notices: see `scripts/mutate.sh --engine`.
//!
//! Arguments: mutants, seed, a folder, seconds for each proof. Results are lines of its `results.txt`, what a solver says of those
//! that nothing notices lines of `verdicts.txt`: what is there already is not done again.

use heddle_engine::Sizes;
use heddle_testbenches::mutation::engine::{build, config, lockstep, netlist, notice, Regression};
use heddle_testbenches::mutation::equal::Verdict;
use heddle_testbenches::mutation::lockstep::Found;
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
    let seconds = number(3, 60) as usize;
    let file = &dir.join("results.txt");
    let mut done = read(file);
    let left = missing(seed, mutants.iter(), &done);
    eprintln!("{} mutants, {} to do", mutants.len(), left.len());
    if !left.is_empty() {
        let library = build(&verilog).expect("a model");
        let mut regression = Regression::new(Sizes::new(&config())).expect("programs that fit");
        // The control: without a mutant there is nothing to notice.
        let found = regression.calibrate(&library).expect("an engine");
        assert_eq!(found, None, "without a mutant");
        eprintln!("built and calibrated");
        each(seed, &left, file, |mutant| {
            notice(&regression, &library, mutant.number).unwrap_or_else(|| SURVIVES.into())
        });
        done = read(file);
    }
    let survivors = mutants.iter().filter(|of| {
        done.get(&key(seed, of))
            .is_some_and(|found| found == SURVIVES)
    });
    let file = &dir.join("verdicts.txt");
    let left = missing(seed, survivors, &read(file));
    if !left.is_empty() && seconds > 0 {
        eprintln!("{} to compare with the original", left.len());
        let compared = lockstep(&left, dir).expect("a design to compare");
        each(seed, &left, file, |mutant| {
            let Found { verdict, place } =
                compared.verdict(mutant.number, seconds, dir).expect("abc");
            format!("{verdict:?}: {place}")
        });
    }
    report(seed, &mutants, &done, &read(file));
}

/// Those that have no line yet.
fn missing<'m>(
    seed: u64,
    mutants: impl Iterator<Item = &'m Mutant>,
    done: &BTreeMap<String, String>,
) -> Vec<&'m Mutant> {
    mutants
        .filter(|mutant| !done.contains_key(&key(seed, mutant)))
        .collect()
}

/// Does `work` on each of `mutants`, on all cores, and writes what it says as a line of `file`.
fn each(seed: u64, mutants: &[&Mutant], file: &Path, work: impl Fn(&Mutant) -> String + Sync) {
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
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let line = format!("{}\t{}\n", key(seed, mutant), work(mutant));
                    let mut out = out.lock().expect("no panic");
                    out.write_all(line.replace('\r', " ").as_bytes())
                        .expect("written");
                }
            });
        }
    });
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

/// Mutants, those that were tried, those noticed by what the engine did, and by how long it took only; those proved equal.
#[derive(Clone, Copy, Default)]
struct Count([usize; 5]);

fn report(
    seed: u64,
    mutants: &[Mutant],
    done: &BTreeMap<String, String>,
    verdicts: &BTreeMap<String, String>,
) {
    let mut table: BTreeMap<&str, Count> = BTreeMap::new();
    let mut survivors = Vec::new();
    for mutant in mutants {
        let found = done.get(&key(seed, mutant)).map(String::as_str);
        let late = found.is_some_and(|found| found.starts_with("cycles: "));
        let survives = found == Some(SURVIVES);
        let verdict = verdicts.get(&key(seed, mutant)).filter(|_| survives);
        let equal = verdict.is_some_and(|said| said.starts_with(&format!("{:?}", Verdict::Equal)));
        let add = [
            true,
            found.is_some(),
            found.is_some() && !late && !survives,
            late,
            equal,
        ];
        for name in [mutant.part, "all"] {
            let count = table.entry(name).or_default();
            for (count, add) in count.0.iter_mut().zip(add) {
                *count += usize::from(add);
            }
        }
        if survives || late {
            let said = verdict.map_or(found.unwrap_or_default(), String::as_str);
            survivors.push((mutant, said));
        }
    }
    println!(
        "{:20} {:>7} {:>6} {:>8} {:>8} {:>6} {:>9} {:>7}",
        "", "mutants", "tried", "noticed", "by time", "equal", "surviving", "killed"
    );
    for (name, Count([all, tried, noticed, late, equal])) in table {
        // Equal ones are none: nothing could notice them.
        let killed = 100.0 * (noticed + late) as f64 / (tried - equal).max(1) as f64;
        let left = tried - noticed - late - equal;
        println!(
            "{name:20} {all:7} {tried:6} {noticed:8} {late:8} {equal:6} {left:9} {killed:5.1} %"
        );
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
