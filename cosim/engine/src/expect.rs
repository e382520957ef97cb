//! What a program has to do, and where a run departs from it.

use crate::descriptor::{Descriptor, Words};
use crate::memory::{Bytes, Direction, Fired, Kind, Memory};
use crate::program::Program;
use crate::ranges::Ranges;
use crate::reference::{Failure, Outcome, Reference, Run};
use crate::registers::{ErrorRecord, NUMBERS};
use crate::{Code, Sizes};
use heddle_hdl::engine::codes::operand;
use std::collections::BTreeMap;

/// What a program has to do.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Memory after it.
    pub memory: Memory,
    /// What becomes of each job.
    pub outcomes: Vec<Outcome>,
}

impl Expected {
    /// That of a program whose jobs meet these bus errors.
    pub fn of(sizes: &Sizes, program: &Program, failures: &BTreeMap<usize, Failure>) -> Self {
        Self::by(Reference::new(*sizes), program, failures)
    }

    /// The same of a program without bus errors, whose sums take no steps: codes and addresses.
    pub fn dry(sizes: &Sizes, program: &Program) -> Self {
        Self::by(Reference::dry(*sizes), program, &BTreeMap::new())
    }

    fn by(
        mut reference: Reference,
        program: &Program,
        failures: &BTreeMap<usize, Failure>,
    ) -> Self {
        let mut memory = program.memory.clone();
        let outcomes = program
            .descriptors
            .iter()
            .enumerate()
            .map(|(index, words)| {
                let failure = failures.get(&index).copied();
                reference.step(&mut memory, words, failure)
            })
            .collect();
        Self { memory, outcomes }
    }

    /// Bytes that may be read, the ring among them, and bytes that may be written.
    pub fn accesses(&self, program: &Program) -> (Ranges, Ranges) {
        let bytes = (crate::descriptor::BYTES as u64) << program.ring_bits;
        let reads = self.outcomes.iter().flat_map(|of| of.reads.iter());
        let reads = reads.chain(Some(program.ring..program.ring + bytes));
        let writes = self.outcomes.iter().flat_map(|of| of.writes.iter());
        (Ranges::new(reads), Ranges::new(writes))
    }

    /// How many jobs fail.
    pub fn errors(&self) -> u64 {
        self.outcomes.iter().filter(|of| of.code.is_some()).count() as u64
    }

    /// The jobs, by number, that ask for an interrupt: those that are done, and those that fail.
    pub fn interrupts(&self, descriptors: &[Words]) -> (Vec<u64>, Vec<u64>) {
        let asks = |words: &Words| Descriptor::unpack(words).is_ok_and(|job| job.irq);
        let all = (0..).zip(self.outcomes.iter().zip(descriptors));
        let (done, failed): (Vec<_>, Vec<_>) = all
            .filter(|(_, (_, words))| asks(words))
            .partition(|(_, (outcome, _))| outcome.code.is_none());
        let numbers = |of: Vec<(u64, _)>| of.into_iter().map(|(index, _)| index).collect();
        (numbers(done), numbers(failed))
    }
}

/// What the engine said was for `kind`, read or written.
pub fn operand_of(kind: Kind, direction: Direction) -> u8 {
    match (kind, direction) {
        (Kind::Descriptors, _) => operand::DESCRIPTOR,
        (Kind::Mask, _) => operand::MASK,
        (Kind::A, _) => operand::A,
        (Kind::B, _) => operand::B,
        (Kind::C0, _) | (Kind::C, Direction::Read) => operand::C0,
        (Kind::C, Direction::Write) => operand::C,
    }
}

/// Which jobs met which bus error, as their records say, and which errors no record tells.
pub fn failures(
    memory: &Memory,
    records: &[ErrorRecord],
    fired: &[Fired],
) -> (BTreeMap<usize, Failure>, Vec<Fired>) {
    let mut untold: Vec<Option<&Fired>> = fired.iter().map(Some).collect();
    let mut failures = BTreeMap::new();
    let mut wraps = Numbers::default();
    for record in records {
        let index = wraps.next(record.index);
        if record.code() != Some(Code::Bus) {
            continue;
        }
        let tells = |of: &Fired| {
            let kind = memory.region_of(of.burst.clone());
            let kind = kind.map(|region| memory.regions()[region].kind);
            of.burst.start == record.address
                && of.response as u8 == record.response
                && kind.is_none_or(|kind| operand_of(kind, of.direction) == record.operand)
        };
        if !fired.iter().any(tells) {
            continue;
        }
        for of in &mut untold {
            if of.is_some_and(tells) {
                *of = None;
            }
        }
        let failure = match record.operand {
            operand::DESCRIPTOR => Failure::Descriptor,
            operand::C => Failure::Write,
            _ => Failure::Read,
        };
        failures.insert(index as usize, failure);
    }
    (failures, untold.into_iter().flatten().cloned().collect())
}

/// Numbers of descriptors that only grow, from those of 16 bits that wrap.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers(u64);

impl Numbers {
    /// The first number from the last one on that has these low bits.
    pub fn next(&mut self, low: u16) -> u64 {
        let ahead = u64::from(low).wrapping_sub(self.0) % NUMBERS;
        self.0 += ahead;
        self.0
    }
}

/// What is wrong in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Sums of C.
    pub sums: u64,
    /// Bytes of them and bytes elsewhere.
    pub bytes: u64,
    /// Address of the first byte.
    pub at: Option<u64>,
    /// The first one, in words.
    pub first: Option<String>,
}

/// Compares memory with what is expected of it.
pub fn compare(sizes: &Sizes, expected: &Expected, found: &Memory) -> Wrong {
    let arithmetic = Reference::new(*sizes).arithmetic();
    let bytes = sizes.sum_bytes as u64;
    let mut runs: Vec<(Run, usize)> = Vec::new();
    let mut perhaps = BTreeMap::new();
    for (job, outcome) in expected.outcomes.iter().enumerate() {
        runs.extend(outcome.stores.iter().map(|run| (*run, job)));
        for (at, sum) in &outcome.perhaps {
            let new = sum.to_le_bytes().into_iter().take(sizes.sum_bytes);
            perhaps.extend((*at..).zip(new));
        }
    }
    runs.sort_by_key(|(run, _)| run.at);
    let sum_of = |at: u64| {
        let behind = runs.partition_point(|(run, _)| run.at <= at);
        let (run, job) = runs[..behind].last()?;
        let index = (at - run.at) / bytes;
        (index < run.sums as u64).then_some((run.at + index * bytes, *job))
    };
    let mut wrong = Wrong::default();
    let mut last = None;
    for at in expected.memory.differences(found) {
        let kind = expected.memory.region_of(at..at + 1);
        let kind = kind.map(|region| expected.memory.regions()[region].kind);
        if kind == Some(Kind::Descriptors) || perhaps.get(&at) == Some(&found.byte(at)) {
            continue;
        }
        let sum = sum_of(at);
        if sum.is_some_and(|(sum, _)| arithmetic.same(&expected.memory, found, sum)) {
            continue;
        }
        wrong.bytes += 1;
        wrong.at = wrong.at.or(Some(at));
        if sum.is_some() && sum != last {
            wrong.sums += 1;
        }
        last = sum;
        wrong.first.get_or_insert_with(|| match sum {
            Some((sum, job)) => format!(
                "job {job}, sum at 0x{sum:x}: expected 0x{:x}, found 0x{:x}",
                expected.memory.number(sum, sizes.sum_bytes),
                found.number(sum, sizes.sum_bytes)
            ),
            None => format!(
                "byte at 0x{at:x} ({}): 0x{:02x} became 0x{:02x}",
                kind.map_or("a guard", Kind::name),
                expected.memory.byte(at),
                found.byte(at)
            ),
        });
    }
    wrong
}
