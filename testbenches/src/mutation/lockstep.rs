//! Whether a mutant goes in step with the original: a comparison of large designs, register by register.
//!
//! Both have the same registers, so there is one copy of them: the original's. In each state that the original reaches,
//! what the mutant would write into registers and memories and drive at its pins has to be the same. If it is, for all
//! times from reset, the two are never apart, and the mutant is no fault. Most of the logic is then the same by structure,
//! and the solver sees the rest.
//!
//! A register that can differ is not visible yet: from then on the mutant has a copy of it of its own, and all others have to
//! stay the same whatever that copy holds. So a fault that only changes what nobody reads is told from one that shows.
//!
//! Memories are cut: what is read of them is anything, the same in both as long as the same was written. Inputs are
//! anything in every cycle. Both allow more than can happen: equal is equal, different may be in no run.

use super::aiger::Aiger;
use super::equal::Verdict;
use super::logic::Logic;
use super::netlist::yosys;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What yosys's `techmap` makes of a memory.
const CUTS: &str = include_str!("cuts.v");
/// The design with cut memories.
const FILE: &str = "cut.aig";
/// Seconds of a proof about one bit of a register or one pin.
const EACH: u64 = 10;
/// Seconds more than asked for that abc may take.
const GRACE: u64 = 10;
/// Cycles from reset that are looked through for a difference if no proof was found.
const CYCLES: usize = 40;
/// Bits of registers that a mutant may have of its own: where there are more it is not hidden.
const MOST_APART: usize = 400;

/// What is said of a mutant, and where it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Equal, different at a pin, or open.
    pub verdict: Verdict,
    /// Of a different one the pin; of an open one the registers that can differ, or that memories are asked or told
    /// something else.
    pub place: String,
}

/// A design with mutants and cut memories.
pub struct Lockstep {
    cut: Aiger,
    /// Its inputs: reset, the bits of the choice of the mutant, from the lowest, and those that are anything.
    reset: usize,
    choice: Vec<usize>,
    free: Vec<usize>,
}

impl Lockstep {
    /// Cuts what the yosys `commands` make, a flat design with one clock, an active-low reset `reset`, and an input
    /// `mutsel` that chooses a mutant; works in `dir`.
    ///
    /// # Errors
    /// What yosys said, as text; what is not as expected.
    pub fn of(commands: &str, reset: &str, dir: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        std::fs::write(dir.join("cuts.v"), CUTS).map_err(failed)?;
        let defined = "setundef -undriven -zero\nsetundef -zero\n";
        yosys(
            dir,
            &format!(
                "{commands}opt_clean\ntechmap -map cuts.v\n{defined}techmap\nopt\ndffunmap\n{defined}aigmap\nopt_clean\n\
                 write_aiger -symbols {FILE}\n"
            ),
        )?;
        let bytes = std::fs::read(dir.join(FILE)).map_err(failed)?;
        Self::new(&bytes, reset, "mutsel")
    }

    /// Takes a design in AIGER's form, made so.
    ///
    /// # Errors
    /// What is not as expected.
    pub fn new(bytes: &[u8], reset: &str, mutsel: &str) -> Result<Self, String> {
        let cut = Aiger::read(bytes)?;
        let mut choice = BTreeMap::new();
        let (mut free, mut reset_at) = (Vec::new(), None);
        for (at, name) in cut.inputs().iter().enumerate() {
            let number = name
                .strip_prefix(mutsel)
                .and_then(|rest| rest.strip_prefix('['));
            if let Some(number) = number {
                let number = number.trim_end_matches(']').parse::<usize>();
                choice.insert(number.map_err(|_| format!("the input {name}"))?, at);
            } else if *name == reset {
                reset_at = Some(at);
            } else {
                free.push(at);
            }
        }
        if choice.is_empty() {
            return Err(format!("no input {mutsel}"));
        }
        Ok(Self {
            cut,
            reset: reset_at.ok_or(format!("no input {reset}"))?,
            choice: choice.into_values().collect(),
            free,
        })
    }

    /// Original and mutant `number`, which has copies of its own of the registers' bits `apart`: the circuit, and of each of its
    /// outputs, which are true where the two differ, what differs.
    fn circuit(&self, number: usize, apart: &BTreeSet<usize>) -> (Vec<u8>, Vec<Shown>) {
        let (bits, free) = (self.cut.latches(), self.free.len());
        // Inputs: what is anything, and what registers hold at first. Latches: out of reset, registers, copies.
        let mut logic = Logic::new(free + bits, 1 + bits + apart.len());
        let running = logic.latch(0);
        let inputs = self.cut.inputs().len();
        let mut leaves = vec![0; inputs + bits];
        for (at, input) in self.free.iter().enumerate() {
            leaves[*input] = logic.input(at);
        }
        leaves[self.reset] = running;
        for register in 0..bits {
            let (first, latch) = (logic.input(free + register), logic.latch(1 + register));
            leaves[inputs + register] = logic.choose(running, latch, first);
        }
        let original = logic.copy(&self.cut, &leaves);
        for (at, &register) in apart.iter().enumerate() {
            let (first, latch) = (logic.input(free + register), logic.latch(1 + bits + at));
            leaves[inputs + register] = logic.choose(running, latch, first);
        }
        for (at, input) in self.choice.iter().enumerate() {
            leaves[*input] = number >> at & 1;
        }
        let mutant = logic.copy(&self.cut, &leaves);
        let mut next = vec![1];
        next.extend(&original.next);
        next.extend(apart.iter().map(|&register| mutant.next[register]));
        let registers = (0..bits).filter(|register| !apart.contains(register));
        let registers = registers.map(|at| (original.next[at], mutant.next[at], Shown::In(at)));
        let pins = original.outputs.iter().zip(&mutant.outputs).enumerate();
        let pins = pins.map(|(at, (&original, &mutant))| (original, mutant, Shown::At(at)));
        let (mut differ, mut shown) = (Vec::new(), Vec::new());
        for (original, mutant, what) in registers.chain(pins) {
            let different = logic.differ(original, mutant);
            if different != 0 {
                differ.push(different);
                shown.push(what);
            }
        }
        (logic.circuit(&next, &differ), shown)
    }

    /// What registers' bits are called.
    fn names(&self, registers: &BTreeSet<usize>) -> String {
        let names = self.cut.latch_names();
        let cells = registers.iter().map(|&at| match names[at] {
            "" => "a register without a name",
            name => name.split('[').next().unwrap_or(name),
        });
        let cells: BTreeSet<&str> = cells.collect();
        cells.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// Compares mutant `number` with the original, within `seconds` or so; works in `dir`.
    ///
    /// # Errors
    /// What could not be run.
    pub fn verdict(&self, number: usize, seconds: usize, dir: &Path) -> Result<Found, String> {
        let end = Instant::now() + Duration::from_secs(seconds as u64);
        let mut apart = BTreeSet::new();
        loop {
            let (bytes, shown) = self.circuit(number, &apart);
            let found = |verdict| Found {
                verdict,
                place: self.names(&apart),
            };
            if shown.is_empty() {
                return Ok(found(Verdict::Equal));
            }
            let left = end.saturating_duration_since(Instant::now()).as_secs();
            if left == 0 || apart.len() > MOST_APART {
                return Ok(found(Verdict::Open));
            }
            let name = format!("lockstep-{number}.aig");
            std::fs::write(dir.join(&name), bytes).map_err(|error| error.to_string())?;
            let each = 1000 * EACH.min(left);
            let prove = format!("read_aiger {name}; strash; pdr -a -H {each} -T {left}");
            let said = abc(dir, left, &prove)?;
            let mut wrong = asserted(&said);
            if wrong.is_empty() && said.contains("Undecided = 0.") {
                return Ok(found(Verdict::Equal));
            }
            if wrong.is_empty() {
                let look = format!("read_aiger {name}; strash; bmc3 -F {CYCLES} -T {left}");
                wrong = asserted(&abc(dir, left, &look)?);
            }
            if wrong.is_empty() {
                return Ok(found(Verdict::Open));
            }
            let wrong = wrong.into_iter().map(|at| shown.get(at).copied());
            let wrong: Option<Vec<Shown>> = wrong.collect();
            for what in wrong.ok_or("an output that there is not")? {
                match what {
                    Shown::In(register) => {
                        apart.insert(register);
                    }
                    Shown::At(output) => {
                        let (verdict, place) = match self.cut.outputs()[output].0 {
                            // what is asked of a memory, or written to it, may be read by nobody
                            "" => (Verdict::Open, "a memory"),
                            name => (Verdict::Different, name),
                        };
                        let place = place.to_owned();
                        return Ok(Found { verdict, place });
                    }
                }
            }
        }
    }
}

/// What can differ.
#[derive(Clone, Copy)]
enum Shown {
    /// What is written to a bit of a register.
    In(usize),
    /// A pin, or what a memory is asked.
    At(usize),
}

/// What abc says to some commands within `seconds` and a few more: its own limits hold between steps of a proof, and a step
/// may take long.
fn abc(dir: &Path, seconds: u64, commands: &str) -> Result<String, String> {
    let abc = std::env::var_os("ABC").unwrap_or_else(|| "yosys-abc".into());
    let output = Command::new("timeout")
        .arg((seconds + GRACE).to_string())
        .arg(&abc)
        .args(["-q", commands])
        .current_dir(dir)
        .output()
        .map_err(|error| format!("{}: {error}: install yosys", abc.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The outputs of which abc says that they can be true.
fn asserted(said: &str) -> Vec<usize> {
    let outputs = said.split("Output").skip(1).filter_map(|text| {
        let (number, rest) = text.trim_start().split_once(' ')?;
        let sentence = rest.split('.').next()?;
        sentence
            .contains("asserted in frame")
            .then(|| number.parse().ok())?
    });
    outputs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_that_can_be_true_are_read() {
        let said = "Output 3 of miter \"x\" was asserted in frame 7. Time = 1\n\
                    No output asserted in 9 frames.\nOutput   12 was trivially asserted in frame  2 (solved 1 out of 3).";
        assert_eq!(asserted(said), [3, 12]);
        assert!(asserted("No output asserted in 40 frames. Resource limit").is_empty());
    }
}
