//! Mutation of the emitted Verilog, and what the regression notices: see `scripts/mutate.sh`.
//!
//! Arguments: mutants per design, seconds for each proof, seed, names of designs (all without).
//! With `--list`, mutants per design, seed and names of designs: prints a name for each mutant
//! (`int8.17`), whose model is built then. With `--judge`, such a name, mutants per design and seed:
//! prints what the regression notices of it. So mutants are pieces of `heddle farm`.

use heddle_hdl::ArrayConfig;
use heddle_testbenches::check_names;
use heddle_testbenches::mutation::equal::{Miter, Verdict};
use heddle_testbenches::mutation::{self, Mutant, Netlist, Thorough};
use heddle_verilator::Library;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// What became of a mutant.
struct Fate {
    design: &'static str,
    mutant: Mutant,
    /// What the regression noticed.
    noticed: Option<String>,
    /// What a proof said of it, if nothing.
    verdict: Option<Verdict>,
}

/// The netlist of a design with its mutants, and its model, of which without a mutant nothing is
/// noticed.
fn built(
    (design, config): (&str, &ArrayConfig),
    count: usize,
    seed: usize,
    dir: &Path,
) -> (Netlist, Library) {
    let netlist = Netlist::make(config, count, seed as u64, dir).expect("a netlist");
    let library = mutation::build(&netlist).expect("a model");
    // The control: without a mutant there is nothing to notice.
    let nothing = mutation::notice(config, &library, 0, Thorough::Full).expect("an array");
    assert_eq!(nothing, None, "{design} without a mutant");
    (netlist, library)
}

/// Prints the names of all mutants.
fn list(count: usize, seed: usize, names: &[String]) {
    for (design, config) in mutation::designs() {
        if names.is_empty() || names.iter().any(|given| given == design) {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let (netlist, _) = built((design, &config), count, seed, dir.path());
            for mutant in &netlist.mutants {
                println!("{design}.{}", mutant.number);
            }
        }
    }
}

/// Prints what is noticed of one mutant.
fn judge(name: &str, count: usize, seed: usize) {
    let of = name.rsplit_once('.').and_then(|(design, number)| {
        let all = mutation::designs().into_iter();
        let config = all.into_iter().find(|(its, _)| *its == design)?.1;
        Some((config, number.parse::<usize>().ok()?))
    });
    let Some((config, number)) = of else {
        eprintln!("error: '{name}' is no mutant: --list prints their names");
        std::process::exit(2)
    };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let netlist = Netlist::make(&config, count, seed as u64, dir.path()).expect("a netlist");
    let library = mutation::build(&netlist).expect("a model");
    let Some(mutant) = netlist.mutants.iter().find(|of| of.number == number) else {
        eprintln!("error: there is no mutant {number} of {count}");
        std::process::exit(2)
    };
    let noticed = mutation::notice(&config, &library, number, Thorough::Full).expect("an array");
    let (part, mode) = (mutant.part, &mutant.mode);
    println!(
        "{}",
        serde_json::json!({ "part": part, "mode": mode, "noticed": noticed })
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| match arguments.get(at) {
        None => default,
        Some(text) => text.parse().unwrap_or_else(|_| {
            eprintln!("error: '{text}' is not a number");
            std::process::exit(2)
        }),
    };
    match arguments.first().map(String::as_str) {
        Some("--list") => {
            let names = arguments.get(3..).unwrap_or_default();
            check_names(names, mutation::designs().iter().map(|(design, _)| *design));
            return list(number(1, 170), number(2, 1), names);
        }
        Some("--judge") => {
            let name = arguments.get(1).map_or("", String::as_str);
            return judge(name, number(2, 170), number(3, 1));
        }
        _ => {}
    }
    let (count, seconds, seed) = (number(0, 170), number(1, 20), number(2, 1));
    let names = arguments.get(3..).unwrap_or_default();
    let designs = mutation::designs();
    check_names(names, designs.iter().map(|(design, _)| *design));
    let mut fates = Vec::new();
    for (design, config) in designs {
        if !names.is_empty() && !names.iter().any(|given| given == design) {
            continue;
        }
        let start = std::time::Instant::now();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (netlist, library) = built((design, &config), count, seed, dir.path());
        let built = start.elapsed().as_secs();
        let notice =
            |number| mutation::notice(&config, &library, number, Thorough::Full).expect("an array");
        let bar = bar(design, netlist.mutants.len());
        let noticed = in_parallel(&netlist.mutants, |mutant| {
            let noticed = notice(mutant.number);
            bar.inc(1);
            noticed
        });
        let simulated = start.elapsed().as_secs();
        let verdicts = verdicts(&config, &netlist, &noticed, seconds);
        let all = netlist.mutants.iter().zip(noticed).zip(verdicts);
        fates.extend(all.map(|((mutant, noticed), verdict)| Fate {
            design,
            mutant: mutant.clone(),
            noticed,
            verdict,
        }));
        bar.finish_and_clear();
        let all = start.elapsed().as_secs();
        eprintln!("{design}: built after {built} s, simulated after {simulated} s, {all} s in all");
    }
    report(&fates);
}

fn bar(message: &'static str, len: usize) -> indicatif::ProgressBar {
    let style = indicatif::ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    indicatif::ProgressBar::new(len as u64)
        .with_style(style.expect("a template"))
        .with_message(message)
}

/// Of each mutant that is not noticed, what a proof says.
fn verdicts(
    config: &ArrayConfig,
    netlist: &Netlist,
    noticed: &[Option<String>],
    seconds: usize,
) -> Vec<Option<Verdict>> {
    let all = netlist.mutants.iter().zip(noticed);
    let left: Vec<&Mutant> = all
        .filter(|(_, noticed)| noticed.is_none() && seconds > 0)
        .map(|(mutant, _)| mutant)
        .collect();
    if left.is_empty() {
        return vec![None; noticed.len()];
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let proved = Miter::new(config, netlist, &left, dir.path()).expect("a miter");
    let found = in_parallel(&left, |mutant| {
        let verdict = proved.verdict(mutant, seconds, dir.path());
        (mutant.number, verdict.expect("a verdict"))
    });
    let found: BTreeMap<_, _> = found.into_iter().collect();
    let of = |mutant: &Mutant| found.get(&mutant.number).copied();
    netlist.mutants.iter().map(of).collect()
}

/// `work` on each item, on as many threads as there are cores, in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, item)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    items.get(at).map(|item| (at, item))
                } {
                    let result = work(item);
                    done.lock().expect("no panic").push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no panic");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Mutants, those noticed, those proved equal.
#[derive(Clone, Copy, Default)]
struct Count([usize; 3]);

fn report(fates: &[Fate]) {
    println!(
        "{:20} {:>7} {:>8} {:>6} {:>9} {:>7}",
        "", "mutants", "noticed", "equal", "surviving", "killed"
    );
    let line = |name: &str, Count([all, noticed, equal]): Count| {
        // Equal ones are none: nothing could notice them.
        let killed = 100.0 * noticed as f64 / (all - equal).max(1) as f64;
        let left = all - noticed - equal;
        println!("{name:20} {all:7} {noticed:8} {equal:6} {left:9} {killed:5.1} %");
    };
    let keys: [&dyn Fn(&Fate) -> String; 3] = [
        &|fate| fate.design.into(),
        &|fate| fate.mutant.part.into(),
        &|fate| fate.mutant.mode.clone(),
    ];
    let add = |count: &mut Count, fate: &Fate| {
        count.0[0] += 1;
        count.0[1] += usize::from(fate.noticed.is_some());
        count.0[2] += usize::from(fate.verdict == Some(Verdict::Equal));
    };
    for key in keys {
        let mut table: BTreeMap<String, Count> = BTreeMap::new();
        for fate in fates {
            add(table.entry(key(fate)).or_default(), fate);
        }
        for (name, count) in table {
            line(&name, count);
        }
        println!();
    }
    let mut all = Count::default();
    fates.iter().for_each(|fate| add(&mut all, fate));
    line("all", all);
    println!();
    for Fate {
        design,
        mutant,
        verdict,
        ..
    } in fates.iter().filter(|fate| fate.noticed.is_none())
    {
        println!(
            "{design}: {verdict:?}: {} {}\n    {}\n    {}",
            mutant.mode, mutant.place, mutant.source, mutant.with_ctrl
        );
    }
    let gating = |what: &&String| what.contains("moves");
    let power = fates
        .iter()
        .filter_map(|fate| fate.noticed.as_ref())
        .filter(gating)
        .count();
    println!("{power} of those noticed move what should be still");
}
