//! Descriptors that cannot be done, and bus errors.

use super::Draw;
use crate::descriptor::{Descriptor, Words};
use crate::expect::Expected;
use crate::memory::{Direction, Fault, FaultAt, Kind, Response};
use crate::program::Program;
use crate::{Code, Sizes};
use std::collections::BTreeSet;

/// How often a bad field of a kind is tried to be found.
const TRIES: usize = 40;

/// Plants errors.
pub(super) struct Bad<'a> {
    sizes: &'a Sizes,
}

impl<'a> Bad<'a> {
    pub(super) fn new(sizes: &'a Sizes) -> Self {
        Self { sizes }
    }

    /// Makes `count` jobs fail, about half of them by a bus error. A job that resumes what one of them was
    /// to leave fails as well.
    pub(super) fn plant(&self, draw: &mut Draw, program: &mut Program, count: usize) {
        let jobs = program.descriptors.len();
        let mut free: Vec<usize> = (0..jobs).collect();
        let mut chains = BTreeSet::new();
        for number in 0..count.min(jobs) {
            let index = free.swap_remove(draw.below(free.len() as u64) as usize);
            let chain = chain_of(program, index);
            // A chain that has an error already: what comes behind it in the chain fails anyway, and
            // whether its operands are still fetched is the engine's affair.
            let first = chains.insert(chain);
            if number % 2 == 0 || !first || !self.bus_error(draw, program, index) {
                self.bad_field(draw, program, index);
            }
        }
    }

    fn bad_field(&self, draw: &mut Draw, program: &mut Program, index: usize) {
        let codes = &Code::ALL[..Code::ALL.len() - 1];
        let good = program.descriptors[index];
        for _ in 0..TRIES {
            let wanted = *draw.pick(codes);
            self.spoil(draw, &mut program.descriptors[index], wanted);
            let told = Expected::dry(self.sizes, program).outcomes[index].code;
            if told == Some(wanted) {
                return;
            }
            program.descriptors[index] = good;
        }
    }

    /// Changes a field that makes a job fail with `code`, if it can.
    fn spoil(&self, draw: &mut Draw, words: &mut Words, code: Code) {
        let engine = &self.sizes.engine;
        let dimension = 1 + draw.below(3) as usize;
        let large = engine.max_dim as u32 - draw.below(engine.max_dim as u64 / 4) as u32;
        match code {
            Code::Layout => words[0] |= 3,
            Code::Policy => words[0] |= 3 << 2,
            Code::Reserved => {
                // among them an address that is too high, where addresses have less than 64 bits
                let bits = [
                    (0, 13),
                    (0, 15),
                    (1, 16),
                    (3, 31),
                    (5, 20),
                    (13, 31),
                    (24, 0),
                    (31, 31),
                ];
                let (word, bit) = *draw.pick(&bits);
                words[word] |= 1 << bit;
            }
            Code::Zero => words[dimension] = 0,
            Code::Dim => {
                let beyond = 0xffff - engine.max_dim as u64;
                words[dimension] =
                    (engine.max_dim as u64 + 1 + draw.below(beyond)).min(0xffff) as u32;
            }
            Code::Align => {
                let place = *draw.pick(&[6, 8, 10, 12, 14, 15, 16, 17, 18, 20, 22]);
                words[place] ^= 1 << if place >= 18 { draw.below(6) } else { 0 };
            }
            Code::ASpace => words[1 + draw.below(2) as usize] = large,
            Code::SumSpace => words[5] = 0xffff - draw.below(16) as u32,
            Code::BSpace => {
                words[if words[0] & 3 == 2 { 2 } else { 3 }] = large;
                words[4] = 0;
                words[1] = 1;
            }
            // resume, or go on with another mask of n
            Code::NoSums if draw.one_in(2) => words[0] |= 1 << 5,
            Code::NoSums => words[0] ^= 1 << 12,
            Code::KeepA => words[0] = words[0] & !(1 << 5) | 1 << 9,
            Code::Copy => {
                words[0] |= 1 << 4 | 1 << 12;
                words[10] ^= 0x400;
            }
            Code::Bus => {}
        }
    }

    /// Has one of the bursts of job `index` fail; false if it has none.
    fn bus_error(&self, draw: &mut Draw, program: &mut Program, index: usize) -> bool {
        let expected = Expected::dry(self.sizes, program);
        let outcome = &expected.outcomes[index];
        if outcome.code.is_some() {
            return false;
        }
        let ring = 1 << program.ring_bits;
        let reads = outcome.reads.iter().map(|range| (Direction::Read, range));
        let written = outcome.stores.iter().map(|run| {
            let bytes = run.sums as u64 * self.sizes.sum_bytes as u64;
            (Direction::Write, run.at..run.at + bytes)
        });
        let all: Vec<_> = reads.chain(written).collect();
        // by kind first, so that masks and descriptors have their part
        let kind = |range: &std::ops::Range<u64>| {
            let region = program.memory.region_of(range.clone());
            region.map(|region| program.memory.regions()[region].kind)
        };
        let mut kinds: Vec<_> = all
            .iter()
            .map(|(direction, range)| (*direction, kind(range)))
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        if index < ring {
            kinds.push((Direction::Read, Some(Kind::Descriptors)));
        }
        if kinds.is_empty() {
            return false;
        }
        let wanted = *draw.pick(&kinds);
        let at = if wanted.1 == Some(Kind::Descriptors) {
            program.slot(index as u64) + draw.below(128)
        } else {
            let of: Vec<_> = all
                .iter()
                .filter(|(direction, range)| (*direction, kind(range)) == wanted)
                .collect();
            let (_, range) = draw.pick(&of);
            range.start + draw.below(range.end - range.start)
        };
        let response = *draw.pick(&[Response::Slverr, Response::Decerr]);
        program.faults.push(Fault {
            direction: wanted.0,
            at: FaultAt::Address(at..at + 1),
            response,
        });
        true
    }
}

/// The first job of the chain that job `index` belongs to.
fn chain_of(program: &Program, index: usize) -> usize {
    let resumes =
        |index: usize| Descriptor::unpack(&program.descriptors[index]).is_ok_and(|job| job.resume);
    let mut first = index;
    while first > 0 && resumes(first) {
        first -= 1;
    }
    first
}
