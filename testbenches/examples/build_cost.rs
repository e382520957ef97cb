//! What it costs to simulate large arrays: time and peak memory to build their models, and
//! simulated cycles per second, one array after another, each built anew. Verilator's runtime,
//! which is compiled once per cache and linked to every model, is built first, with a 1 x 1
//! array, and has a row of its own. Times are those of the CPU, which other work on the machine does not change much; the clock's is given beside
//! it. `heddle cosim` estimates from this table (`cosim/src/array/estimate.rs`). A build that
//! takes more minutes than the limit is ended, and reported as that. Linux only: it reads /proc.
//!
//! `cargo run --release -p heddle-testbenches --example build_cost [--minutes N] FORMAT:SIZE...`

use half::bf16;
use heddle_array::build::{build, BuildOptions};
use heddle_array::verilated::VerilatedArray;
use heddle_array::ArrayError;
use heddle_array::{ArrayEngine, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{Job, MatMut, MatRef, Policy};
use heddle_hdl::ArrayConfig;
use heddle_testbenches::batch::Tested;
use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at the memory.
const PERIOD: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let mut minutes = 15;
    let mut arrays = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--minutes" {
            match words.next().and_then(|word| word.parse().ok()) {
                Some(number) => minutes = number,
                None => return wrong("--minutes wants a number"),
            }
            continue;
        }
        let array = word.split_once(':').and_then(|(format, size)| {
            Some((format.parse::<Format>().ok()?, size.parse::<usize>().ok()?))
        });
        match array {
            Some((format, size)) => arrays.push(ArrayConfig::new(size, size, format)),
            None => return wrong(&format!("'{word}' is no FORMAT:SIZE, such as int8:32")),
        }
    }
    if arrays.is_empty() {
        return wrong("give arrays, such as int8:16 bf16:16");
    }
    println!("format  size  build, CPU       clock  peak memory  cycles/CPU s  load");
    let cache = tempfile::tempdir().expect("a folder for the models");
    let first = ArrayConfig::new(1, 1, Format::Int8);
    for config in std::iter::once(first).chain(arrays) {
        if let Err(error) = measure(config, Duration::from_secs(60 * minutes), cache.path()) {
            println!("{:6}  {:4}  {error}", config.format, config.rows);
        }
    }
    ExitCode::SUCCESS
}

fn wrong(what: &str) -> ExitCode {
    eprintln!("build_cost: {what}");
    ExitCode::from(2)
}

fn measure(config: ArrayConfig, limit: Duration, cache: &Path) -> Result<(), ArrayError> {
    let cancel = Arc::new(AtomicBool::new(false));
    let options = BuildOptions {
        cache_dir: Some(cache.to_owned()),
        cancel: Some(cancel.clone()),
        ..BuildOptions::default()
    };
    let (done, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let (start, before) = (Instant::now(), cpu_seconds(true));
    let library = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(descendants(), Ordering::Relaxed);
                if start.elapsed() > limit {
                    cancel.store(true, Ordering::Relaxed);
                }
                thread::sleep(PERIOD);
            }
        });
        let library = build(&config, &options);
        done.store(true, Ordering::Relaxed);
        library
    });
    let spent = cpu_seconds(true) - before;
    let (took, peak) = (start.elapsed(), peak.load(Ordering::Relaxed) as f64);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let gib = peak / f64::from(1 << 30);
    let rate = match library {
        Ok(library) => {
            let array = VerilatedArray::new(&config, &library, None)?;
            let mut engine = ArrayEngine::on(config, Box::new(array), DriverOptions::default());
            let rate = match config.format {
                Format::Int8 => rate::<i8>(&mut engine, |i| (i % 251) as u8 as i8)?,
                Format::Int16 => rate::<i16>(&mut engine, |i| (i % 65_521) as u16 as i16)?,
                Format::Bf16 => rate(&mut engine, |i| bf16::from_f32((i % 251) as f32 - 100.0))?,
            };
            format!("{rate:.0}")
        }
        Err(ArrayError::Cancelled) => "not ended".to_owned(),
        Err(error) => error.to_string(),
    };
    println!(
        "{:6}  {:4}  {spent:8.1} s  {:8.1} s  {gib:7.2} GiB  {rate:>12}  {load}",
        config.format,
        config.rows,
        took.as_secs_f64(),
    );
    Ok(())
}

/// CPU seconds of this process, or of its children that have ended.
fn cpu_seconds(children: bool) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    // utime and stime are fields 14 and 15, those of the children the next two; in 1/100 s
    let first = if children { 13 } else { 11 };
    let ticks = fields.split_whitespace().skip(first).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Simulated cycles per CPU second over ten seconds of dense products that fill the array.
fn rate<E: Tested>(engine: &mut ArrayEngine, number: fn(usize) -> E) -> Result<f64, ArrayError> {
    let (m, k, n) = (20, 2 * engine.config().rows, 2 * engine.config().cols);
    let a: Vec<E> = (0..m * k).map(|i| number(i * 7)).collect();
    let b: Vec<E> = (0..k * n).map(|i| number(i * 11)).collect();
    let job = Job::new(MatRef::row_major(&a, m, k), MatRef::row_major(&b, k, n), 0);
    let (start, mut cycles) = (cpu_seconds(false), 0);
    while cpu_seconds(false) - start < 10.0 {
        let mut sums = vec![E::Acc::default(); m * n];
        let mut out = [MatMut::row_major(&mut sums, m, n)];
        let policy = Policy::Dense;
        let report = engine.stream(policy, &[job], &mut out, None)?;
        cycles += report.cycles;
    }
    Ok(cycles as f64 / (cpu_seconds(false) - start))
}

/// Resident memory of all processes below this one, in bytes.
fn descendants() -> u64 {
    let mut parents: HashMap<u32, (u32, u64)> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // One that has ended meanwhile has no memory.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // After the name, which is in parentheses: state, parent, ... pages (field 24).
        let Some((_, fields)) = stat.rsplit_once(')') else {
            continue;
        };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        if let (Some(parent), Some(pages)) = (number(1), number(21)) {
            parents.insert(pid, (parent as u32, pages * 4096));
        }
    }
    let own = std::process::id();
    let below = |mut pid: u32| loop {
        match parents.get(&pid) {
            Some((parent, _)) if *parent == own => return true,
            Some((parent, _)) if *parent > 1 => pid = *parent,
            _ => return false,
        }
    };
    let sum = |(_, (_, bytes)): (&u32, &(u32, u64))| *bytes;
    parents
        .iter()
        .filter(|(pid, _)| below(**pid))
        .map(sum)
        .sum()
}
