//! Tools that the tests of the Verilog call, and the bench of a design.
#![allow(dead_code)] // each test file uses some of it

#[path = "../../emit/tests/common/mod.rs"]
mod tools;

use heddle_hdl::emit::Design;
use heddle_hdl::package::bench_verilog;
use heddle_hdl::{ArrayConfig, Kind, Prefix};
pub use tools::*;

/// What a run of the emitted bench came to.
pub struct BenchRun {
    /// Exit status 0.
    pub success: bool,
    /// What it said.
    pub text: String,
    /// What the compiler said.
    pub warnings: String,
}

impl BenchRun {
    /// It passed; the bench says so only if it compared sums.
    pub fn passed(&self) -> bool {
        self.success && self.text.starts_with("PASS: ")
    }

    /// It failed, and told why.
    pub fn failed(&self) -> bool {
        !self.success && self.text.lines().any(|line| line.starts_with("FAIL: "))
    }
}

/// Runs the bench of `config` on `design` in Icarus.
pub fn bench(config: &ArrayConfig, design: &Design) -> BenchRun {
    bench_with(config, design, &[])
}

/// The same, with parameters of the bench set.
pub fn bench_with(config: &ArrayConfig, design: &Design, parameters: &[(&str, usize)]) -> BenchRun {
    let (_guard, dir) = folder();
    let mut files = write(design, &dir);
    let module = Kind::of(design).bench(&Prefix::of(design));
    let name = format!("{module}.v");
    // The bench of the right design, whatever became of this one.
    std::fs::write(dir.join(&name), bench_verilog(config, design, false))
        .expect("a temporary folder can be written");
    files.push(name);
    let mut args = vec!["-g2001", "-Wall", "-o", "bench.vvp", "-s", &module];
    let sets = parameters.iter();
    let sets: Vec<_> = sets
        .map(|(name, value)| format!("-P{module}.{name}={value}"))
        .collect();
    args.extend(sets.iter().chain(&files).map(String::as_str));
    let (output, warnings) = run(&dir, "iverilog", &args);
    assert!(output.status.success(), "{warnings}");
    let (output, text) = run(&dir, "vvp", &["-n", "bench.vvp"]);
    BenchRun {
        success: output.status.success(),
        text,
        warnings,
    }
}

/// Does something to each of `items` on all cores; the answers, in their order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| loop {
                let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(item) = items.get(index) else { break };
                let answer = each(item);
                done.lock().expect("no thread panics").push((index, answer));
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panics");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
