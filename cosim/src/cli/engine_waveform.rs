//! The waveform of the first program that an engine did not do as it has to.

use super::output;
use super::simulator::SimulatorArgs;
use super::waveform::Waveform;
use crate::CosimError;
use heddle_engine::model::Modelled;
use heddle_engine::spot::{Recorded, Sought, Watch};
use heddle_engine::{Driver, DriverOptions, EnginePort, EngineReport, Program, RunReport, Sizes};
use heddle_files::{shown_path, Destination};
use heddle_gemm::Policy;
use heddle_verilator::Trace;
use serde_json::{json, Value};
use std::ops::Range;
use std::path::PathBuf;

/// Cycles that are kept before the one in which something shows and after it: a program may take millions.
const BEFORE: u64 = 4096;
const AFTER: u64 = 256;

/// The first program in which something was wrong, to be run once more.
#[derive(Debug)]
pub struct FirstWrong {
    policy: Policy,
    name: String,
    program: Program,
    options: DriverOptions,
    sought: Sought,
}

/// What programs brought, and the first of them in which something was wrong.
#[derive(Debug, Default)]
pub struct Runs {
    /// What they brought.
    pub report: EngineReport,
    wrong: Option<FirstWrong>,
}

impl Runs {
    /// Adds a run of `program`, compared with the cycle model if `modelled` is given.
    pub fn add(
        &mut self,
        (policy, name): (Policy, &str),
        (program, options): (&Program, &DriverOptions),
        run: &RunReport,
        modelled: Option<Option<&Modelled>>,
    ) {
        let was_right = self.report.first_problem.is_none();
        self.report.add(policy, name, run);
        if let Some(modelled) = modelled {
            self.report.compare(policy, name, run, modelled);
        }
        if was_right && self.report.first_problem.is_some() {
            self.wrong = Some(FirstWrong {
                policy,
                name: name.to_owned(),
                program: program.clone(),
                options: options.clone(),
                sought: Sought::of(run),
            });
        }
    }
}

/// A waveform that was kept.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    /// Where in it something shows, from 0 at its first rising edge.
    marked: Option<u64>,
    sought: Sought,
}

/// The fields of a report that say where the waveform is, and what in it.
pub fn json(kept: Option<&Kept>) -> Value {
    let address = kept.and_then(|kept| match kept.sought {
        Sought::Write(at) => Some(format!("0x{at:x}")),
        Sought::LastBeat => None,
    });
    json!({
        "waveform": kept.map(|kept| &kept.path),
        "waveform_cycle": kept.and_then(|kept| kept.marked),
        "waveform_address": address,
    })
}

impl SimulatorArgs {
    /// Tells what was wrong first, if anything, and keeps a waveform of it.
    pub fn keep_first_wrong(
        &self,
        sizes: &Sizes,
        runs: &Runs,
        waveform: &Waveform,
    ) -> Option<Kept> {
        output::warn(runs.report.first_problem.as_ref()?);
        let wrong = runs.wrong.as_ref()?;
        waveform.keep_wrong(|place, kind| self.first_wrong_waveform(sizes, wrong, (place, kind)))
    }

    fn first_wrong_waveform(
        &self,
        sizes: &Sizes,
        wrong: &FirstWrong,
        (place, kind): (&Destination, Trace),
    ) -> Result<(String, Kept), CosimError> {
        // Once for the cycle, once for the waveform of those around it.
        let bus_bytes = sizes.engine.bus_bytes();
        let mut driver = Driver::new(
            *sizes,
            Watch::new(self.engine(sizes)?, bus_bytes, wrong.sought),
        );
        driver.run(&wrong.program, &wrong.options)?;
        let (found, count) = driver.port().found();
        let cycles = around(found, count);
        let unfinished = place.outside()?;
        let engine = self.engine_on(sizes, &self.engine_library(sizes, kind)?)?;
        let recorded = Recorded::new(engine, &unfinished.path(), cycles.clone());
        let mut driver = Driver::new(*sizes, recorded);
        driver.run(&wrong.program, &wrong.options)?;
        driver.port().close_trace()?;
        unfinished.finish()?;
        let marked = found.map(|cycle| cycle - cycles.start);
        let what = match (wrong.sought, marked) {
            (Sought::Write(at), Some(cycle)) => {
                format!("0x{at:x} is written last in its cycle {cycle}")
            }
            (Sought::Write(at), None) => format!("0x{at:x} is never written"),
            (Sought::LastBeat, Some(cycle)) => {
                format!("the last beat on the bus is in its cycle {cycle}")
            }
            (Sought::LastBeat, None) => "nothing goes over the bus".to_owned(),
        };
        let FirstWrong { policy, name, .. } = wrong;
        let (Range { start, end }, path) = (cycles, shown_path(place.path()));
        let told = format!(
            "cycles {start} to {end} of {name} ({policy}) are in the waveform {path}: {what}"
        );
        let kept = Kept {
            path: place.path().to_owned(),
            marked,
            sought: wrong.sought,
        };
        Ok((told, kept))
    }
}

/// The cycles of a waveform: around what was found, else the last ones of all.
fn around(found: Option<u64>, count: u64) -> Range<u64> {
    let middle = found.unwrap_or(count);
    let end = count.min(middle + AFTER).max(1);
    middle.saturating_sub(BEFORE).min(end - 1)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_those_around_what_was_found_or_the_last() {
        assert_eq!(around(Some(10), 100), 0..100);
        assert_eq!(around(Some(5000), 1_000_000), 904..5256);
        assert_eq!(around(None, 1_000_000), 995_904..1_000_000);
        assert_eq!(around(None, 0), 0..1);
    }

    #[test]
    fn a_report_without_a_waveform_says_so() {
        let none = json(None);
        for field in ["waveform", "waveform_cycle", "waveform_address"] {
            assert!(none[field].is_null());
        }
        let kept = Kept {
            path: "w.vcd".into(),
            marked: Some(3),
            sought: Sought::Write(0x40),
        };
        let told = json(Some(&kept));
        assert_eq!(
            (&told["waveform"], &told["waveform_cycle"]),
            (&json!("w.vcd"), &json!(3))
        );
        assert_eq!(told["waveform_address"], "0x40");
    }
}
