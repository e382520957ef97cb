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

/// Verilog of what registers and memories become for yosys's `techmap`: boxes whose pins are the design's.
const CUTS: &str = include_str!("cuts.v");
/// Those boxes.
const BOXES: &str = include_str!("boxes.v");
/// The cut design.
const FILE: &str = "cut.aig";
/// Cycles from reset that are looked through for a difference before a proof is tried.
const CYCLES: usize = 40;
/// Bits of registers that a mutant may have of its own: where there are more it is not hidden.
const MOST_APART: usize = 400;

/// What is said of a mutant, and where it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Equal, different at a pin or in what is written to a memory, or open.
    pub verdict: Verdict,
    /// Of a different one the pin; of an open one registers that can differ.
    pub place: String,
}

/// A bit of a register: its input and output in the cut design.
struct Register {
    input: usize,
    output: usize,
}

/// A cut design with mutants.
pub struct Lockstep {
    cut: Aiger,
    registers: Vec<Register>,
    /// Of each output of the cut design the register's bit that it is written to, if it is one.
    written: Vec<Option<usize>>,
    /// Inputs of the cut design that are anything.
    free: Vec<usize>,
    reset: usize,
    /// Bits of the choice of the mutant, from the lowest.
    choice: Vec<usize>,
}

/// The name of a register's bit, of its input (`.D`) or output (`.Q`).
fn bit(name: &str, pin: &str) -> Option<(String, String)> {
    let (cell, rest) = name.rsplit_once(pin)?;
    (rest.is_empty() || rest.starts_with('[')).then(|| (cell.to_owned(), rest.to_owned()))
}

impl Lockstep {
    /// Cuts what the yosys `commands` make, a flat design `top` with a clock, an active-low reset `reset`, and an input
    /// `mutsel` that chooses a mutant; works in `dir`.
    ///
    /// # Errors
    /// What yosys said, as text; what is not as expected.
    pub fn of(commands: &str, top: &str, reset: &str, dir: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        std::fs::write(dir.join("cuts.v"), CUTS).map_err(failed)?;
        std::fs::write(dir.join("boxes.v"), BOXES).map_err(failed)?;
        yosys(
            dir,
            &format!(
                "{commands}opt_clean\ndffunmap\ntechmap -map cuts.v\nread_verilog boxes.v\nhierarchy -top {top}\n\
                 expose -evert {top}\nsetundef -undriven -zero\nsetundef -zero\ntechmap\nopt\naigmap\nopt_clean\n\
                 write_aiger -symbols {FILE}\n"
            ),
        )?;
        let bytes = std::fs::read(dir.join(FILE)).map_err(failed)?;
        Self::new(&bytes, reset, "mutsel")
    }

    fn new(bytes: &[u8], reset: &str, mutsel: &str) -> Result<Self, String> {
        let cut = Aiger::read(bytes)?;
        if cut.latches() > 0 {
            return Err(format!("{} registers are not cut", cut.latches()));
        }
        let inputs = cut.inputs();
        let mut outputs_of: BTreeMap<_, usize> = BTreeMap::new();
        let mut choice = BTreeMap::new();
        let (mut free, mut reset_at) = (Vec::new(), None);
        for (at, name) in inputs.iter().enumerate() {
            let number = name
                .strip_prefix(mutsel)
                .and_then(|rest| rest.strip_prefix('['));
            if let Some(number) = number {
                let number: usize = number
                    .trim_end_matches(']')
                    .parse()
                    .map_err(|_| format!("the input {name}"))?;
                choice.insert(number, at);
            } else if let Some(key) = bit(name, ".Q") {
                outputs_of.insert(key, at);
            } else if *name == reset {
                reset_at = Some(at);
            } else {
                free.push(at);
            }
        }
        let (mut registers, mut written) = (Vec::new(), Vec::new());
        for (at, (name, _)) in cut.outputs().iter().enumerate() {
            let register = bit(name, ".D").map(|key| -> Result<usize, String> {
                let output = outputs_of.remove(&key);
                let output = output.ok_or(format!("the register {name} has no output"))?;
                registers.push(Register { input: at, output });
                Ok(registers.len() - 1)
            });
            written.push(register.transpose()?);
        }
        if let Some((cell, bit)) = outputs_of.keys().next() {
            return Err(format!("the register {cell}{bit} has no input"));
        }
        let reset = reset_at.ok_or(format!("no input {reset}"))?;
        let choice = choice.into_values().collect();
        Ok(Self {
            cut,
            registers,
            written,
            free,
            reset,
            choice,
        })
    }

    /// Bits of registers, and inputs that are anything.
    pub fn sizes(&self) -> (usize, usize) {
        (self.registers.len(), self.free.len())
    }

    /// Original and mutant `number`, which has copies of its own of the registers `apart`: the circuit, and of each of its outputs,
    /// which are true where the two differ, the output of the cut design.
    fn circuit(&self, number: usize, apart: &BTreeSet<usize>) -> (Vec<u8>, Vec<usize>) {
        let (bits, free) = (self.registers.len(), self.free.len());
        // Inputs: what is anything, and what registers hold at first. Latches: out of reset, registers, copies.
        let mut logic = Logic::new(free + bits, 1 + bits + apart.len());
        let running = logic.latch(0);
        let mut inputs = vec![0; self.cut.inputs().len()];
        for (at, input) in self.free.iter().enumerate() {
            inputs[*input] = logic.input(at);
        }
        inputs[self.reset] = running;
        for (at, register) in self.registers.iter().enumerate() {
            let (first, latch) = (logic.input(free + at), logic.latch(1 + at));
            inputs[register.output] = logic.choose(running, latch, first);
        }
        let original = logic.outputs_of(&self.cut, &inputs);
        for (at, &register) in apart.iter().enumerate() {
            let (first, latch) = (logic.input(free + register), logic.latch(1 + bits + at));
            inputs[self.registers[register].output] = logic.choose(running, latch, first);
        }
        for (at, input) in self.choice.iter().enumerate() {
            inputs[*input] = number >> at & 1;
        }
        let mutant = logic.outputs_of(&self.cut, &inputs);
        let mut next = vec![1];
        next.extend(self.registers.iter().map(|of| original[of.input]));
        next.extend(apart.iter().map(|&of| mutant[self.registers[of].input]));
        let (mut differ, mut of) = (Vec::new(), Vec::new());
        for at in 0..original.len() {
            let own = self.written[at].is_some_and(|register| apart.contains(&register));
            let different = logic.differ(original[at], mutant[at]);
            if different != 0 && !own {
                differ.push(different);
                of.push(at);
            }
        }
        (logic.circuit(&next, &differ), of)
    }

    /// Compares mutant `number` with the original, within `seconds` or so; works in `dir`.
    ///
    /// # Errors
    /// What could not be run.
    pub fn verdict(&self, number: usize, seconds: usize, dir: &Path) -> Result<Found, String> {
        let end = Instant::now() + Duration::from_secs(seconds as u64);
        let mut apart = BTreeSet::new();
        let names = self.cut.outputs();
        loop {
            let (bytes, of) = self.circuit(number, &apart);
            let place = || {
                let cells = apart
                    .iter()
                    .map(|&at: &usize| names[self.registers[at].input].0);
                let cells: BTreeSet<_> = cells.filter_map(|name| name.split(".D").next()).collect();
                cells.into_iter().collect::<Vec<_>>().join(", ")
            };
            if of.is_empty() {
                let (verdict, place) = (Verdict::Equal, place());
                return Ok(Found { verdict, place });
            }
            let left = end.saturating_duration_since(Instant::now()).as_secs();
            if left == 0 || apart.len() > MOST_APART {
                let (verdict, place) = (Verdict::Open, place());
                return Ok(Found { verdict, place });
            }
            let name = format!("lockstep-{number}.aig");
            std::fs::write(dir.join(&name), bytes).map_err(|error| error.to_string())?;
            let look = format!("read_aiger {name}; strash; bmc3 -a -v -F {CYCLES} -T {left}");
            let mut wrong = asserted(&abc(dir, &look)?);
            if wrong.is_empty() {
                let prove = format!("read_aiger {name}; strash; scorr; pdr -T {left}");
                let said = abc(dir, &prove)?;
                wrong = asserted(&said);
                if wrong.is_empty() {
                    let verdict = match said.contains("Property proved") {
                        true => Verdict::Equal,
                        false => Verdict::Open,
                    };
                    let place = place();
                    return Ok(Found { verdict, place });
                }
            }
            for at in wrong {
                let output = *of.get(at).ok_or("an output that there is not")?;
                match self.written[output] {
                    Some(register) => {
                        apart.insert(register);
                    }
                    None => {
                        let (verdict, place) = (Verdict::Different, names[output].0.to_owned());
                        return Ok(Found { verdict, place });
                    }
                }
            }
        }
    }
}

/// What abc says to some commands.
fn abc(dir: &Path, commands: &str) -> Result<String, String> {
    let abc = std::env::var_os("ABC").unwrap_or_else(|| "yosys-abc".into());
    let output = Command::new(&abc)
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
            .contains("was asserted in frame")
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
                    No output asserted in 9 frames.\nOutput   12 was asserted in frame  2 (solved 1 out of 3).";
        assert_eq!(asserted(said), [3, 12]);
        assert_eq!(
            asserted("No output asserted in 40 frames. Resource limit"),
            []
        );
    }
}
