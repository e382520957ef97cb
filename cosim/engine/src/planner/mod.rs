//! Turns masked products of any shape into descriptors that fit the engine's buffers.
//!
//! A [`Chain`] is one result, C = C0 + the sum of some products: one product, the two of a step of an
//! LSTM, or the weight gradients of a window. C is cut into pieces that fit half of the accumulators, so that
//! loads and stores of one go beside the computation of the next; each piece passes all products, and where
//! K is too long for the buffers it is cut, too: the sums stay on chip until the last.

mod masks;
mod pieces;

pub use pieces::{Cut, Pieces};

use crate::descriptor::{Descriptor, Layout, Place, Words};
use crate::memory::Memory;
use crate::{EngineError, Sizes};
use heddle_gemm::{Mask, Policy, Shape};
use masks::MaskStore;
use std::ops::Range;

/// Where the sums of a chain start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// From zero.
    Zero,
    /// From what C holds.
    InPlace,
    /// From another matrix; with a stride of 0 one row of it is the seed of all.
    At(Place),
}

/// One product of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// A in memory, in the chain's layout.
    pub a: Place,
    /// B in memory.
    pub b: Place,
    /// K.
    pub k: usize,
    /// Mask on m.
    pub keep_m: Option<&'a Mask>,
    /// Mask on k.
    pub keep_k: Option<&'a Mask>,
}

/// Products that are added up.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    /// How all operands lie.
    pub layout: Layout,
    /// What becomes of dropped elements.
    pub policy: Policy,
    /// M.
    pub m: usize,
    /// N.
    pub n: usize,
    /// The products, in the order in which they are added.
    pub products: Vec<Product<'a>>,
    /// Mask on n.
    pub keep_n: Option<&'a Mask>,
    /// Where sums start.
    pub seeds: Seeds,
    /// Where they end.
    pub c: Place,
    /// Something that is read was written by an earlier job.
    pub fence: bool,
    /// Tell the end by an interrupt.
    pub irq: bool,
}

/// Plans chains one after the other.
#[derive(Clone, Debug)]
pub struct Planner {
    sizes: Sizes,
    /// Which half of the accumulators is next.
    half: usize,
    before: Option<Descriptor>,
}

impl Planner {
    /// A planner for an engine of these sizes.
    pub fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            half: 0,
            before: None,
        }
    }

    /// The descriptors of a chain. Masks are written into `memory`, which has its operands.
    ///
    /// # Errors
    /// [`EngineError::Fit`] if the array lacks the layout or no cut makes the chain fit.
    pub fn plan(&mut self, memory: &mut Memory, chain: &Chain) -> Result<Vec<Words>, EngineError> {
        let jobs = self.jobs(memory, chain)?;
        Ok(jobs.iter().map(Descriptor::pack).collect())
    }

    /// The same as descriptors whose fields can still be changed.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn jobs(
        &mut self,
        memory: &mut Memory,
        chain: &Chain,
    ) -> Result<Vec<Descriptor>, EngineError> {
        self.check(chain)?;
        let longest = chain.products.iter().map(|product| product.k).max();
        let shape = Shape::new(chain.m, longest.unwrap_or(0), chain.n);
        let bias = matches!(chain.seeds, Seeds::At(place) if place.stride == 0);
        let cut = Cut::of(&self.sizes, chain.layout, shape, bias)?;
        let mut masks = MaskStore::default();
        let mut jobs = Vec::new();
        let (rows, cols) = (self.sizes.rows, self.sizes.cols);
        let units = match chain.layout {
            Layout::Nn | Layout::Nt => (1, rows),
            Layout::Tn => (rows, 1),
        };
        for m in Pieces::new(chain.m, cut.m, units.0) {
            for n in Pieces::new(chain.n, cut.n, cols) {
                self.piece(
                    memory,
                    chain,
                    &mut masks,
                    (m.clone(), n, &cut, units.1),
                    &mut jobs,
                );
            }
        }
        if let Some(first) = jobs.first_mut() {
            first.fence = chain.fence;
        }
        if let Some(last) = jobs.last_mut() {
            last.irq = chain.irq;
        }
        Ok(jobs)
    }

    fn check(&self, chain: &Chain) -> Result<(), EngineError> {
        let refuse = |reason: &str| {
            Err(EngineError::Fit {
                what: format!("a product of layout {}", chain.layout.name()),
                reason: reason.into(),
            })
        };
        if !self.sizes.has(chain.layout) {
            return refuse("the array's dataflow lacks it: use dataflow = both");
        }
        let copies = |product: &Product| match chain.seeds {
            Seeds::At(place) => {
                place != chain.c
                    && (chain.keep_n.is_some() || product.keep_m.is_some() && place.stride != 0)
            }
            _ => false,
        };
        if chain.policy != Policy::Dense && chain.products.iter().any(copies) {
            return refuse("with a mask on m or n, C0 has to lie where C does");
        }
        Ok(())
    }

    /// Beats of a tile: kept m where sums take turns by n-tiles.
    fn beats(&self, chain: &Chain) -> usize {
        let kept = |product: &Product| match (chain.policy, product.keep_m) {
            (Policy::Packed, Some(mask)) => mask.kept().len(),
            _ => chain.m,
        };
        chain.products.iter().map(kept).min().unwrap_or(chain.m)
    }

    /// The jobs of a piece of C: all products, each in as many parts as K takes.
    fn piece(
        &mut self,
        memory: &mut Memory,
        chain: &Chain,
        masks: &mut MaskStore,
        (m, n, cut, unit): (Range<usize>, Range<usize>, &Cut, usize),
        jobs: &mut Vec<Descriptor>,
    ) {
        let first = jobs.len();
        let kept = match (chain.policy, chain.keep_n) {
            (Policy::Packed, Some(mask)) => mask
                .kept()
                .iter()
                .filter(|at| n.contains(&(**at as usize)))
                .count(),
            _ => n.len(),
        };
        let tiles = kept.div_ceil(self.sizes.cols);
        let panel = match cut.panel {
            0 => 0,
            most => pieces::panel(tiles, most, self.beats(chain), self.sizes.round_trip),
        };
        let sums = match cut.halves {
            true => self.half * self.sizes.engine.sum_words / 2,
            false => 0,
        };
        self.half ^= 1;
        let bytes = (self.sizes.operand_bytes, self.sizes.sum_bytes);
        for (number, product) in chain.products.iter().enumerate() {
            for k in Pieces::new(product.k, cut.k, unit) {
                let shape = Shape::new(m.len(), k.len(), n.len());
                let place = |of: Place, row: usize, col: usize, bytes: usize| Place {
                    base: of.row(row) + (col * bytes) as u64,
                    ..of
                };
                let (a, b) = match chain.layout {
                    Layout::Nn => ((m.start, k.start), (k.start, n.start)),
                    Layout::Nt => ((m.start, k.start), (n.start, k.start)),
                    Layout::Tn => ((k.start, m.start), (k.start, n.start)),
                };
                let c0_at = match chain.seeds {
                    Seeds::Zero => Place::default(),
                    Seeds::InPlace => place(chain.c, m.start, n.start, bytes.1),
                    Seeds::At(at) => place(at, m.start, n.start, bytes.1),
                };
                let mut mask = |of: Option<&Mask>, dim: usize, range: &Range<usize>| {
                    of.map(|of| masks.place(memory, (number, dim), of, range))
                };
                let mut job = Descriptor {
                    c0: chain.seeds != Seeds::Zero,
                    resume: jobs.len() > first,
                    stay: true,
                    tag: jobs.len() as u16,
                    panel,
                    sums,
                    a: place(product.a, a.0, a.1, bytes.0),
                    b: place(product.b, b.0, b.1, bytes.0),
                    c0_at,
                    c: place(chain.c, m.start, n.start, bytes.1),
                    masks: [
                        mask(product.keep_m, 0, &m),
                        mask(product.keep_k, 1, &k),
                        mask(chain.keep_n, 2, &n),
                    ],
                    ..Descriptor::new(chain.layout, chain.policy, shape)
                };
                job.keep_a = self.before.as_ref().is_some_and(|of| has_a_of(&job, of));
                self.before = Some(job.clone());
                jobs.push(job);
            }
        }
        if let Some(last) = jobs[first..].last_mut() {
            last.stay = false;
        }
    }

    /// The next chain shares nothing with those before: operands have changed.
    pub fn forget(&mut self) {
        self.before = None;
    }
}

/// Whether `job` has the same A as the job before.
fn has_a_of(job: &Descriptor, before: &Descriptor) -> bool {
    let of = |job: &Descriptor| {
        let Shape { m, k, .. } = job.shape;
        (
            (job.layout, job.policy),
            (m, k, job.a),
            (job.masks[0], job.masks[1]),
        )
    };
    of(job) == of(before)
}
