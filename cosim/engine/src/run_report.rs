//! What a run brought, and whether that was right.

use crate::expect::{compare, failures, Expected, Numbers, Wrong};
use crate::interrupts::{account, Interrupts, Service};
use crate::memory::{AxiMemory, Fired, Traffic};
use crate::program::Program;
use crate::reference::Outcome;
use crate::registers::{Counters, ErrorRecord};
use crate::{Code, Sizes};
use heddle_hdl::engine::codes::operand;
use std::collections::BTreeMap;

/// What a run brought.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Cycles from the doorbell to the last interrupt.
    pub cycles: u64,
    /// What each job was to do.
    pub expected: Expected,
    /// What is wrong in memory.
    pub wrong: Wrong,
    /// Bytes written where nothing may be.
    pub guard_violations: u64,
    /// Beats read where nothing is to be.
    pub stray_reads: u64,
    /// Interrupts, told and not.
    pub interrupts: Interrupts,
    /// Error records in their order.
    pub errors: Vec<ErrorRecord>,
    /// How many records there should have been.
    pub errors_expected: u64,
    /// Records that say something else than what happened, and errors that none tells.
    pub wrong_errors: Vec<String>,
    /// How often the engine told of an overflow: it is cleared with the interrupts.
    pub overflows: u64,
    /// What it said of that is not what the reference says.
    pub wrong_overflow: Option<String>,
    /// The engine stopped with so many jobs to do.
    pub hung: Option<u64>,
    /// What AXI forbids, the first few.
    pub protocol: Vec<String>,
    /// How often AXI was violated.
    pub protocol_violations: u64,
    /// What the engine counted; nothing if it hung.
    pub counters: Counters,
    /// What went over the bus.
    pub traffic: Traffic,
}

impl RunReport {
    /// Whether all was right.
    pub fn is_clean(&self) -> bool {
        self.wrong == Wrong::default()
            && self.guard_violations == 0
            && self.stray_reads == 0
            && self.interrupts.lost == 0
            && self.interrupts.surplus == 0
            && self.errors_expected == self.errors.len() as u64
            && self.wrong_errors.is_empty()
            && self.wrong_overflow.is_none()
            && self.hung.is_none()
            && self.protocol_violations == 0
    }

    /// The first thing that was wrong.
    pub fn first_problem(&self) -> Option<String> {
        let hung = || {
            let left = self.hung?;
            Some(format!("the engine hangs with {left} jobs to do"))
        };
        let guards = || {
            let count = self.guard_violations;
            (count > 0).then(|| format!("{count} bytes written outside C"))
        };
        let strays = || {
            let count = self.stray_reads;
            (count > 0).then(|| format!("{count} beats read outside of what the jobs name"))
        };
        let interrupts = || {
            let Interrupts { lost, surplus, .. } = self.interrupts;
            (lost + surplus > 0).then(|| format!("{lost} interrupts lost, {surplus} too many"))
        };
        let errors = || {
            let (expected, seen) = (self.errors_expected, self.errors.len());
            (expected != seen as u64).then(|| format!("{seen} errors told, {expected} expected"))
        };
        hung()
            .or_else(|| self.wrong.first.clone())
            .or_else(guards)
            .or_else(|| self.protocol.first().cloned())
            .or_else(|| self.wrong_errors.first().cloned())
            .or_else(errors)
            .or_else(interrupts)
            .or_else(|| self.wrong_overflow.clone())
            .or_else(strays)
    }
}

/// What was seen during a run.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) cycles: u64,
    pub(crate) services: Vec<Service>,
    pub(crate) records: Vec<ErrorRecord>,
    pub(crate) overflows: u64,
    pub(crate) hung: Option<u64>,
}

/// What a run brought, compared with what it had to bring.
pub(crate) fn report(
    sizes: &Sizes,
    program: &Program,
    memory: &AxiMemory,
    log: Log,
    counters: Counters,
) -> RunReport {
    let (failures, untold) = failures(&memory.memory, &log.records, memory.fired());
    let expected = Expected::of(sizes, program, &failures);
    let done = program.descriptors.len() as u64 - log.hung.unwrap_or(0);
    let (mut told, failed) = expected.interrupts(&program.descriptors);
    told.retain(|index| *index < done);
    let wrong_errors = wrong_errors(program, &expected, &log.records, &untold);
    let wrong_overflow = match log.hung {
        None => wrong_overflow(&expected, log.overflows > 0),
        Some(_) => None,
    };
    RunReport {
        cycles: log.cycles,
        wrong: compare(sizes, &expected, &memory.memory),
        guard_violations: memory.guard_violations(),
        stray_reads: memory.stray_reads(),
        interrupts: account(&told, &failed, expected.errors(), &log.services),
        errors: log.records,
        errors_expected: expected.errors() + untold.len() as u64,
        wrong_errors,
        overflows: log.overflows,
        wrong_overflow,
        hung: log.hung,
        protocol: memory.protocol().told().to_vec(),
        protocol_violations: memory.protocol().count(),
        counters,
        traffic: memory.traffic().clone(),
        expected,
    }
}

/// Jobs whose reads failed may have computed something of something.
fn wrong_overflow(expected: &Expected, told: bool) -> Option<String> {
    let mut outcomes = expected.outcomes.iter();
    let due = outcomes.position(|outcome| outcome.overflows);
    let perhaps = |outcome: &Outcome| outcome.code == Some(Code::Bus);
    match (told, due) {
        (false, Some(job)) => Some(format!("job {job}: an overflow that is not told")),
        (true, None) if !expected.outcomes.iter().any(perhaps) => {
            Some("an overflow is told that was none".into())
        }
        _ => None,
    }
}

fn wrong_errors(
    program: &Program,
    expected: &Expected,
    records: &[ErrorRecord],
    untold: &[Fired],
) -> Vec<String> {
    let mut wrong: Vec<String> = untold
        .iter()
        .map(|of| format!("no record tells of {of:x?}"))
        .collect();
    let mut numbers = Numbers::default();
    let mut told = BTreeMap::new();
    for record in records {
        let index = numbers.next(record.index) as usize;
        let due = expected.outcomes.get(index).and_then(|of| of.code);
        let unread = record.code() == Some(Code::Bus) && record.operand == operand::DESCRIPTOR;
        let tag = match unread {
            true => Some(0),
            false => program
                .descriptors
                .get(index)
                .map(|words| (words[0] >> 16) as u16),
        };
        if record.code() != due || due.is_none() || Some(record.tag) != tag {
            wrong.push(format!("job {index}: expected {due:?}, told {record:x?}"));
        }
        *told.entry(index).or_insert(0) += 1;
    }
    for (index, outcome) in expected.outcomes.iter().enumerate() {
        let times = told.get(&index).copied().unwrap_or(0);
        if outcome.code.is_some() && times != 1 {
            wrong.push(format!(
                "job {index}: {:?} told {times} times",
                outcome.code
            ));
        }
    }
    wrong
}
