//! The four streams of the array's edge: weights in, beats in, seeds of output-stationary
//! tiles in, sums out.
//!
//! Each stream walks through the plan at its own pace and moves words between the host's
//! memory and the ports. What a lane carries is decided here, and only here:
//!
//! | lane                         | dense | gated  | packed |
//! |------------------------------|-------|--------|--------|
//! | kept k, m or n               | its operand | its operand | its operand |
//! | dropped k, m or n            | +0    | poison, keep bit low | not sent |
//! | padding of a ragged edge     | poison, keep bit low | poison, keep bit low | poison, keep bit low |
//!
//! Poison is an operand that would show in the sums if a gate leaked it. An m that one job
//! of a chain drops and another keeps is switched off for the former's k under every
//! policy.

mod beats;
mod exchanges;
mod sums;
mod weights;

pub(super) use beats::BeatStream;
pub(super) use exchanges::ExchangeStream;
pub(super) use sums::SumStream;
pub(super) use weights::WeightStream;

use super::element::ArrayElement;
use super::lanes;
use super::observer::FetchObserver;
use super::tile_lanes::{Lane, Lanes, TileLanes};
use heddle_gemm::{Job, MatMut, Policy};
use heddle_hdl::ArrayConfig;
use heddle_schedule::plan::{Group, Plan, Step};
use heddle_schedule::tiler::Sent;
use heddle_schedule::Mapping;

/// Who is told of words.
pub(super) type Observer<'a, 'o> = &'a mut Option<&'o mut dyn FetchObserver>;

/// What all streams read.
pub(super) struct Work<'w, 'j, E: ArrayElement> {
    pub config: &'w ArrayConfig,
    pub policy: Policy,
    /// As they are laid out.
    pub jobs: &'w [Job<'j, E>],
    pub mappings: &'w [Mapping],
    pub plan: &'w Plan,
    /// See [`DriverOptions`](super::driver::DriverOptions).
    pub holds_lanes: bool,
}

impl<E: ArrayElement> Clone for Work<'_, '_, E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E: ArrayElement> Copy for Work<'_, '_, E> {}

/// The job as its caller knows it is what counts here: an operand or an output that was
/// transposed is transposed back.
impl<'w, E: ArrayElement> Work<'w, '_, E> {
    fn step(&self, step: usize) -> Option<&'w Step> {
        self.plan.steps.get(step)
    }

    /// Poisons the lanes of a bus of operands, for those that will carry no word.
    fn poison(&self, bus: &mut [u32]) {
        if !self.holds_lanes {
            fill(bus, self.config.operand_bits(), E::POISON);
        }
    }

    /// The same of the bus of seeds.
    fn poison_seeds(&self, bus: &mut [u32]) {
        if !self.holds_lanes {
            bus.fill(u32::MAX);
        }
    }

    /// The seed of an element.
    fn seed(&self, outputs: &[MatMut<'_, E::Acc>], job: usize, m: usize, n: usize) -> E::Acc {
        let c = &outputs[self.jobs[job].c];
        if self.mappings[job].transposed {
            c.at(n, m)
        } else {
            c.at(m, n)
        }
    }

    fn store(
        &self,
        outputs: &mut [MatMut<'_, E::Acc>],
        job: usize,
        (m, n): (usize, usize),
        sum: E::Acc,
    ) {
        let c = &mut outputs[self.jobs[job].c];
        if self.mappings[job].transposed {
            c.set(n, m, sum);
        } else {
            c.set(m, n, sum);
        }
    }

    fn tell_weight(
        &self,
        observer: &mut dyn FetchObserver,
        job: usize,
        (k, n): (usize, usize),
        address: usize,
    ) {
        if self.mappings[job].transposed {
            observer.activation(job, n, k, address);
        } else {
            observer.weight(job, k, n, address);
        }
    }

    fn tell_activation(
        &self,
        observer: &mut dyn FetchObserver,
        job: usize,
        (m, k): (usize, usize),
        address: usize,
    ) {
        if self.mappings[job].transposed {
            observer.weight(job, k, m, address);
        } else {
            observer.activation(job, m, k, address);
        }
    }

    fn tell_seed(&self, observer: &mut dyn FetchObserver, job: usize, m: usize, n: usize) {
        if self.mappings[job].transposed {
            observer.seed(job, n, m);
        } else {
            observer.seed(job, m, n);
        }
    }

    fn tell_sum(&self, observer: &mut dyn FetchObserver, job: usize, m: usize, n: usize) {
        if self.mappings[job].transposed {
            observer.sum(job, n, m);
        } else {
            observer.sum(job, m, n);
        }
    }
}

/// A place in the plan: a step (or use) and a beat of it.
#[derive(Clone, Copy, Default)]
struct Cursor {
    step: usize,
    beat: usize,
}

impl Cursor {
    /// Goes on to the next of `beats` beats; true if that is in another step.
    fn advance(&mut self, beats: usize) -> bool {
        self.beat += 1;
        if self.beat == beats {
            *self = Self {
                step: self.step + 1,
                beat: 0,
            };
            return true;
        }
        false
    }
}

/// The lanes of a group's tiles, one for each phase.
struct GroupLanes {
    tiles: Vec<TileLanes>,
    /// The job of a chain whose rows they show.
    part: Option<usize>,
}

/// What a beat of a group carries.
struct OsBeat {
    /// Its tile.
    phase: usize,
    /// Position among the beats of its tile.
    position: usize,
    /// The job that its k belongs to.
    job: usize,
    k: Lane,
}

impl GroupLanes {
    fn new(config: &ArrayConfig) -> Self {
        Self {
            tiles: (0..config.phases())
                .map(|_| TileLanes::new(config))
                .collect(),
            part: None,
        }
    }

    /// The lanes of seeds and sums.
    fn enter<E: ArrayElement>(&mut self, work: &Work<'_, '_, E>, group: &Group) {
        self.part = None;
        let unit = &work.plan.units[group.unit];
        for (phase, lanes) in self.tiles.iter_mut().enumerate() {
            match group.tiles.get(phase) {
                Some(tile) => lanes.set_os(work.policy, work.jobs, unit, tile),
                None => lanes.clear(),
            }
        }
    }

    /// What beat number `beat` of the group carries; the lanes become those of its job.
    fn beat<E: ArrayElement>(
        &mut self,
        work: &Work<'_, '_, E>,
        group: &Group,
        beat: usize,
    ) -> OsBeat {
        let (phase, position) = (beat % self.tiles.len(), beat / self.tiles.len());
        let unit = &work.plan.units[group.unit];
        let part = unit.part(position);
        if unit.is_chain() && self.part != Some(part.job) {
            self.part = Some(part.job);
            for (lanes, tile) in self.tiles.iter_mut().zip(&group.tiles) {
                lanes.set_os_part(work.policy, work.jobs, unit, part.job, tile);
            }
        }
        let job = &work.jobs[part.job];
        let sent = Sent::new(work.policy, job.keep_k, job.a.cols());
        let k = if phase < group.tiles.len() {
            Lane::new(work.policy, job.keep_k, sent.at(position - part.first))
        } else {
            Lane::Gated
        };
        OsBeat {
            phase,
            position,
            job: part.job,
            k,
        }
    }
}

/// Puts a line of operands onto a bus of `bits` bits wide lanes: those of `across` that
/// have data, and +0 in those that are dropped and sent all the same. The line begins at
/// `data[base]` and goes on by `stride`. `tell` hears the index and the place of each word.
fn put_line<E: ArrayElement>(
    bus: &mut [u32],
    bits: usize,
    across: &Lanes,
    (data, base, stride): (&[E], usize, usize),
    mut tell: Option<impl FnMut(usize, usize)>,
) {
    for &lane in &across.zeros {
        lanes::put(bus, bits, lane, 0);
    }
    for &(lane, index) in &across.data {
        let address = base + index * stride;
        lanes::put(bus, bits, lane, data[address].to_bits());
        if let Some(tell) = &mut tell {
            tell(index, address);
        }
    }
}

/// Every lane of a bus of `bits` (8 or 16) bits wide elements.
fn fill(bus: &mut [u32], bits: usize, value: u64) {
    let value = value as u32;
    bus.fill(if bits == 8 {
        value * 0x0101_0101
    } else {
        value * 0x0001_0001
    });
}
