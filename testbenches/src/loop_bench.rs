//! The driving loop in Rust against a plain C++ main.
//!
//! Both drive the same Verilated model with the same stimuli, one cycle at a time:
//! all inputs, the clock low, all outputs into a checksum, the clock high. The C++
//! main is built the usual way, by Verilator's own makefile, at the same
//! optimisation. Rounds of both alternate, so that a slow spell of the machine hits
//! both, time is time on a CPU, and every round's checksums must agree.

use heddle_verilator::{Builder, Direction, Library, Model, Port, VerilatorError};
use rustix::time::{clock_gettime, ClockId};
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use tempfile::NamedTempFile;

/// Why loops cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// The model cannot be built or driven.
    #[error(transparent)]
    Verilator(#[from] VerilatorError),
    /// The stimuli or the C++ program cannot be written to.
    #[error("cannot drive the C++ program: {0}")]
    Io(#[from] std::io::Error),
    /// The loops disagree, or the C++ program fails.
    #[error("cannot compare the driving loops: {detail}")]
    Disagree {
        /// Why.
        detail: String,
    },
}

/// CPU times of both loops over the same cycles.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Cycles in a round.
    pub cycles: usize,
    /// Of all outputs in all cycles of a round: of equal designs it is equal.
    pub checksum: u64,
    /// Time of each round in Rust.
    pub rust: Vec<Duration>,
    /// Time of each round in C++.
    pub cpp: Vec<Duration>,
}

impl Comparison {
    /// The Rust loop's speed as a fraction of the C++ loop's: the median over the
    /// rounds of C++ time by Rust time.
    pub fn ratio(&self) -> f64 {
        let ratios = self.cpp.iter().zip(&self.rust);
        median(ratios.map(|(cpp, rust)| cpp.as_secs_f64() / rust.as_secs_f64()))
    }

    /// Median speed of the Rust loop in cycles per second.
    pub fn rust_rate(&self) -> f64 {
        self.cycles as f64 / median(self.rust.iter().map(Duration::as_secs_f64))
    }

    /// Median speed of the C++ loop in cycles per second.
    pub fn cpp_rate(&self) -> f64 {
        self.cycles as f64 / median(self.cpp.iter().map(Duration::as_secs_f64))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Rust {:.0} cycles/s, C++ {:.0} cycles/s, Rust by C++ {:.3} \
             (median of {} interleaved rounds of {} cycles)",
            self.rust_rate(),
            self.cpp_rate(),
            self.ratio(),
            self.rust.len(),
            self.cycles
        )
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

/// Times the loops on the model that `builder` describes, clocked at `clock`, `rounds` times
/// `cycles` cycles after one round to warm up. Inputs are random, but for those in `fixed`,
/// which hold their value (a reset, an enable).
///
/// # Errors
/// [`LoopError::Verilator`] with an error of [`Builder::build`], a
/// [`VerilatorError::Request`] if the builder names no clock, a [`VerilatorError::NoPort`] for an
/// unknown name in `fixed`; [`LoopError::Disagree`] and [`LoopError::Io`] as they say.
pub fn compare_loops(
    builder: &Builder,
    clock: &str,
    cycles: usize,
    rounds: usize,
    fixed: &[(&str, u64)],
) -> Result<Comparison, LoopError> {
    let builder = builder.clone().clock(clock);
    let library = builder.build()?;
    let mut model = library.model()?;
    let stimuli = stimuli(&library, &model, clock, cycles, fixed)?;
    let mut plain = Plain::start(&builder, &stimuli, cycles)?;
    let mut comparison = Comparison {
        cycles,
        checksum: 0,
        rust: Vec::new(),
        cpp: Vec::new(),
    };
    let ports = Ports::of(&model, clock)?;
    for round in 0..=rounds {
        // Who goes first alternates as well.
        let (rust, cpp);
        if round % 2 == 0 {
            rust = ports.drive(&mut model, &stimuli)?;
            cpp = plain.drive()?;
        } else {
            cpp = plain.drive()?;
            rust = ports.drive(&mut model, &stimuli)?;
        }
        if rust.1 != cpp.1 {
            return Err(LoopError::Disagree {
                detail: format!(
                    "round {round}: checksum {:x} in Rust, {:x} in C++",
                    rust.1, cpp.1
                ),
            });
        }
        comparison.checksum = rust.1;
        if round > 0 {
            comparison.rust.push(rust.0);
            comparison.cpp.push(cpp.0);
        }
    }
    Ok(comparison)
}

/// Records of 32-bit words, one a cycle: the inputs in the order of the ports.
fn stimuli(
    library: &Library,
    model: &Model,
    clock: &str,
    cycles: usize,
    fixed: &[(&str, u64)],
) -> Result<Vec<u32>, VerilatorError> {
    for (name, _) in fixed {
        model.port(name)?;
    }
    let mut state = 0x5eed_u64;
    let mut random = || {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let inputs = library.ports().iter();
    let inputs = inputs.filter(|port| port.direction == Direction::Input && port.name != clock);
    let inputs: Vec<_> = inputs
        .map(|port| {
            let value = fixed.iter().find(|(name, _)| *name == port.name);
            (port.width, value.map(|(_, value)| *value))
        })
        .collect();
    let mut words = Vec::new();
    for _ in 0..cycles {
        for &(width, value) in &inputs {
            for word in 0..width.div_ceil(32) {
                let bits = (width - 32 * word).min(32);
                let value = match value {
                    Some(value) if word < 2 => (value >> (32 * word)) as u32,
                    Some(_) => 0,
                    None => random() as u32,
                };
                words.push(value & (u32::MAX >> (32 - bits)));
            }
        }
    }
    Ok(words)
}

/// How a port's value is moved.
enum Kind {
    /// Up to 32 bits.
    Word,
    /// Up to 64 bits.
    Long,
    /// This many words.
    Wide(usize),
}

/// The ports that the loop touches.
struct Ports {
    inputs: Vec<(Port, Kind)>,
    outputs: Vec<(Port, Kind)>,
}

impl Ports {
    fn of(model: &Model, clock: &str) -> Result<Self, VerilatorError> {
        let list = |way| {
            let ports = model.ports().iter();
            let ports = ports.filter(|port| port.direction == way && port.name != clock);
            ports
                .map(|port| {
                    let kind = match port.width {
                        0..=32 => Kind::Word,
                        33..=64 => Kind::Long,
                        width => Kind::Wide(width.div_ceil(32) as usize),
                    };
                    Ok((model.port(&port.name)?, kind))
                })
                .collect::<Result<_, VerilatorError>>()
        };
        Ok(Self {
            inputs: list(Direction::Input)?,
            outputs: list(Direction::Output)?,
        })
    }

    /// Drives every record once; gives the time and a checksum of all outputs.
    fn drive(&self, model: &mut Model, stimuli: &[u32]) -> Result<(Duration, u64), VerilatorError> {
        let mix = |sum: u64, value: u64| (sum ^ value).wrapping_mul(0x100_0000_01b3);
        let start = thread_time();
        let mut sum = 0;
        let mut rest = stimuli;
        while !rest.is_empty() {
            for (port, kind) in &self.inputs {
                let words;
                match *kind {
                    Kind::Word => {
                        (words, rest) = rest.split_at(1);
                        model.set(*port, u64::from(words[0]));
                    }
                    Kind::Long => {
                        (words, rest) = rest.split_at(2);
                        model.set(*port, u64::from(words[0]) | u64::from(words[1]) << 32);
                    }
                    Kind::Wide(length) => {
                        (words, rest) = rest.split_at(length);
                        model.words_mut(*port).copy_from_slice(words);
                    }
                }
            }
            model.settle()?;
            for (port, kind) in &self.outputs {
                match kind {
                    Kind::Word | Kind::Long => sum = mix(sum, model.get(*port)),
                    Kind::Wide(_) => {
                        for &word in model.words(*port) {
                            sum = mix(sum, u64::from(word));
                        }
                    }
                }
            }
            model.rise()?;
        }
        Ok((thread_time().saturating_sub(start), sum))
    }
}

/// This thread's time on a CPU: what else the machine does counts less than in the
/// time on the wall.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The running C++ program.
struct Plain {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Plain {
    fn start(builder: &Builder, stimuli: &[u32], cycles: usize) -> Result<Self, LoopError> {
        let mut file = NamedTempFile::new()?;
        for word in stimuli {
            file.write_all(&word.to_le_bytes())?;
        }
        let start = |program: &Path| {
            Command::new(program)
                .arg(file.path())
                .arg(cycles.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
        };
        let mut child = builder.program(include_str!("loop_main.cpp"), start)?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or_else(|| failed("it has no standard output"))?;
        let mut plain = Self {
            child,
            requests,
            answers: BufReader::new(answers),
        };
        // It needs the file until it has read it. It may not drive yet: its model
        // would be a round ahead.
        match plain.answer()?.trim() {
            "ready" => Ok(plain),
            other => Err(failed(format!("it began with '{other}'"))),
        }
    }

    /// Its next line.
    fn answer(&mut self) -> Result<String, LoopError> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line)
    }

    /// Has every record driven once; gives the time and the checksum.
    fn drive(&mut self) -> Result<(Duration, u64), LoopError> {
        let requests = self.requests.as_mut();
        let requests = requests.ok_or_else(|| failed("it has no standard input"))?;
        requests.write_all(b"go\n")?;
        let line = self.answer()?;
        let mut words = line.split_whitespace().map(str::parse);
        match (words.next(), words.next()) {
            (Some(Ok(time)), Some(Ok(sum))) => Ok((Duration::from_nanos(time), sum)),
            _ => Err(failed(format!("it answered '{}'", line.trim()))),
        }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // The end of its input ends the program.
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}

fn failed(detail: impl fmt::Display) -> LoopError {
    LoopError::Disagree {
        detail: format!("the C++ program failed: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_paired_rounds() {
        let times = |millis: [u64; 3]| millis.map(Duration::from_millis).to_vec();
        let comparison = Comparison {
            checksum: 0,
            cycles: 1000,
            rust: times([10, 20, 40]),
            cpp: times([9, 10, 44]),
        };
        assert!((comparison.ratio() - 0.9).abs() < 1e-9);
        assert!((comparison.rust_rate() - 50_000.0).abs() < 1e-6);
        assert!(median([1.0, 4.0, 2.0, 3.0].into_iter()) == 2.5);
    }
}
