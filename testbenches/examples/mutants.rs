//! Mutation of the emitted Verilog, and what the regression notices: see `scripts/mutate.sh`.
//!
//! Arguments: mutants per design, seconds for each proof, names of designs (all without).

use half::bf16;
use heddle_format::Format;
use heddle_testbenches::mutation::equal::{equal, Verdict};
use heddle_testbenches::mutation::{self, first_difference, Mutant, Thorough, PRELOAD};
use std::collections::BTreeMap;

/// Mutants, those noticed, those proved equal.
#[derive(Clone, Copy, Default)]
struct Count([usize; 3]);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| match arguments.get(at) {
        None => default,
        Some(text) => text.parse().unwrap_or_else(|_| {
            eprintln!("error: '{text}' is not a number");
            std::process::exit(2)
        }),
    };
    let (count, seconds) = (number(0, 300), number(1, 60));
    let names = arguments.get(2..).unwrap_or_default();
    let mut parts: BTreeMap<String, Count> = BTreeMap::new();
    let mut modes: BTreeMap<String, Count> = BTreeMap::new();
    let mut survivors = Vec::new();
    for (name, config) in mutation::designs() {
        if !names.is_empty() && !names.iter().any(|given| given == name) {
            continue;
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        let netlist = mutation::mutate(&config, count, 1, dir.path()).expect("a netlist");
        let library = mutation::build(&netlist).expect("a model");
        let bar = indicatif::ProgressBar::new(netlist.mutants.len() as u64);
        bar.set_style(
            indicatif::ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
                .expect("a template"),
        );
        bar.set_message(name);
        let notice = |number: usize| {
            let mut array = mutation::array(&config, &library, number).expect("an array");
            match config.format {
                Format::Bf16 => {
                    first_difference::<bf16>(&config, &mut array, PRELOAD, Thorough::Full)
                }
                _ => first_difference::<i8>(&config, &mut array, PRELOAD, Thorough::Full),
            }
        };
        // The control: without a mutant there is nothing to notice.
        assert_eq!(notice(0), None, "{name} without a mutant");
        for mutant in &netlist.mutants {
            let mut add = |column: usize| {
                parts.entry(mutant.part.into()).or_default().0[column] += 1;
                modes.entry(mutant.mode.clone()).or_default().0[column] += 1;
            };
            add(0);
            if notice(mutant.number).is_some() {
                add(1);
            } else {
                let verdict = equal(&config, &netlist, mutant, seconds, dir.path())
                    .unwrap_or_else(|error| panic!("{name}: {mutant:?}: {error}"));
                if verdict == Verdict::Equal {
                    add(2);
                }
                survivors.push((name, mutant.clone(), verdict));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
    }
    report(&parts, &modes, &survivors);
}

fn report(
    parts: &BTreeMap<String, Count>,
    modes: &BTreeMap<String, Count>,
    survivors: &[(&str, Mutant, Verdict)],
) {
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
    for table in [parts, modes] {
        for (name, count) in table {
            line(name, *count);
        }
        println!();
    }
    let mut all = Count::default();
    for Count(one) in parts.values() {
        all.0.iter_mut().zip(one).for_each(|(sum, x)| *sum += x);
    }
    line("all", all);
    println!();
    for (design, mutant, verdict) in survivors {
        println!(
            "{design}: {verdict:?}: {} {}\n    {}",
            mutant.mode, mutant.place, mutant.source
        );
    }
}
