//! Chooses how a product is laid onto the array: which operand stays in the PEs, which
//! way round, in which order the tiles come, and whether the time steps of a weight
//! gradient are chained into one reduction.
//!
//! All mappings give the same bits, so that the choice is one of cycles, of bandwidth and
//! of what must be transposed in memory ([`layout`]). The mapper counts every candidate
//! with the cycle model. The fewest cycles win, but a transposition in memory must be
//! worth it, and so must a chain, which holds back the operands of a whole window: among
//! the candidates within 1 % of the fewest cycles it takes the one that needs the fewest
//! operands transposed, then one that does not transpose the product, then one that is not
//! chained, then the fewest cycles, then the fewest bytes.
//!
//! A chain of packed jobs sends the m that any of its jobs keeps. Unless they all keep
//! the same ones, all m are counted: with many time steps nearly every m is kept by one.

pub mod bandwidth;
mod candidate;
pub mod layout;
mod rules;

pub use candidate::Candidate;
pub use rules::{FlowChoice, Rules};

use crate::mapping::{Flow, Mapping};
use crate::tiler::{extent, TileOrder};
use crate::Counter;
use crate::ScheduleError;
use bandwidth::Kept;
use candidate::MappedWork;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::ArrayConfig;
use layout::Layout;
use std::collections::HashMap;

/// A product that is to be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// Phase of training, which says where the operands lie.
    pub phase: Phase,
    /// M x K x N.
    pub shape: Shape,
    /// How many of each are kept.
    pub kept: Shape,
    /// What becomes of the others.
    pub policy: Policy,
}

impl Product {
    fn work(&self) -> MappedWork {
        let extent = extent(self.policy, self.shape, self.kept);
        let Shape { m, k, n } = self.kept;
        let words = |x: usize, y: usize| x as u64 * y as u64;
        MappedWork {
            extent,
            jobs: 1,
            sent: extent.macs(),
            useful: self.kept.macs(),
            kept: Kept {
                m_by_k: words(m, k),
                k_by_n: words(k, n),
                m_by_n: words(m, n),
            },
        }
    }
}

/// Chooses mappings on one array, and remembers its choices.
#[derive(Clone, Debug)]
pub struct Mapper {
    counter: Counter,
    rules: Rules,
    chosen: HashMap<Product, Candidate>,
}

impl Mapper {
    /// A mapper for the array of `config`.
    ///
    /// # Errors
    /// [`ScheduleError::Input`] if `rules` want a flow that the array does not have.
    pub fn new(config: ArrayConfig, rules: Rules) -> Result<Self, ScheduleError> {
        rules.check(&config)?;
        Ok(Self {
            counter: Counter::new(config),
            rules,
            chosen: HashMap::new(),
        })
    }

    /// The array.
    pub fn config(&self) -> &ArrayConfig {
        self.counter.config()
    }

    /// What it may choose from.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Every way to map `product`: first the one that [`Mapper::choose`] takes, then the
    /// others by their cycles. None if the rules allow none. A chain is not among them.
    pub fn candidates(&mut self, product: &Product) -> Vec<Candidate> {
        let (phase, work) = (product.phase, product.work());
        let mut found: Vec<_> = self
            .mappings()
            .into_iter()
            .filter_map(|mapping| self.candidate(phase, &work, mapping))
            .collect();
        candidate::sort(&mut found);
        found
    }

    /// Every way to run `times` jobs that are alike in what they keep only in numbers, one
    /// after another or as a chain: first the best, then the others by their cycles.
    pub fn candidates_over(&mut self, product: &Product, times: usize) -> Vec<Candidate> {
        let one_by_one = self.candidates(product).into_iter();
        let mut found: Vec<_> = one_by_one.map(|one| one.repeated(times)).collect();
        let alike = product.kept.m == product.shape.m;
        found.extend(self.chain(&vec![*product; times], alike));
        candidate::sort(&mut found);
        found
    }

    /// The best way to map `product`.
    ///
    /// # Errors
    /// [`ScheduleError::Input`] if the rules allow none.
    pub fn choose(&mut self, product: &Product) -> Result<Candidate, ScheduleError> {
        if let Some(chosen) = self.chosen.get(product) {
            return Ok(chosen.clone());
        }
        let best = self.candidates(product).into_iter().next();
        let best = best.ok_or_else(|| self.rules.none_left(product.phase))?;
        self.chosen.insert(*product, best.clone());
        Ok(best)
    }

    /// The weight gradients `products` of successive time steps as one reduction, if the
    /// array and the rules allow it and there is more than one. They have one shape, and
    /// keep the same m if `alike`; see the module's notes if not.
    pub fn chain(&mut self, products: &[Product], alike: bool) -> Option<Candidate> {
        let [first, _, ..] = products else {
            return None;
        };
        let output_stationary = self
            .rules
            .flows(self.config())
            .contains(&Flow::OutputStationary);
        if first.phase != Phase::WeightGradient || !output_stationary {
            return None;
        }
        let mut work = first.work();
        work.jobs = products.len();
        if !alike {
            work.extent.m = first.shape.m;
        }
        let (rows, n) = (
            if alike { first.kept.m } else { first.shape.m },
            first.kept.n,
        );
        work.kept.m_by_n = rows as u64 * n as u64;
        for product in &products[1..] {
            let other = product.work();
            work.sent += other.sent;
            work.useful += other.useful;
            work.kept.m_by_k += other.kept.m_by_k;
            work.kept.k_by_n += other.kept.k_by_n;
        }
        if work.sent == 0 {
            work.extent.m = 0;
        }
        let mapping = Mapping {
            flow: Flow::OutputStationary,
            chained: true,
            ..Mapping::plain(self.config())
        };
        self.candidate(first.phase, &work, mapping)
    }

    /// Every mapping of a single job that the rules allow, preferred ones first.
    fn mappings(&self) -> Vec<Mapping> {
        let mut mappings = Vec::new();
        for transposed in [false, true] {
            for &flow in self.rules.flows(self.config()) {
                let orders: &[_] = match flow {
                    Flow::WeightStationary => {
                        &[TileOrder::Blocked, TileOrder::KOuter, TileOrder::NOuter]
                    }
                    _ => &[TileOrder::Blocked],
                };
                mappings.extend(orders.iter().map(|&order| Mapping {
                    flow,
                    transposed,
                    order,
                    ..Mapping::plain(self.config())
                }));
            }
        }
        mappings
    }

    /// The candidate, if the rules allow it.
    fn candidate(
        &mut self,
        phase: Phase,
        work: &MappedWork,
        mapping: Mapping,
    ) -> Option<Candidate> {
        let layout = Layout::new(phase, self.rules.units);
        let candidate = Candidate::new(&mut self.counter, &layout, work, mapping);
        // Mappings that cannot be counted are not proposed.
        candidate
            .ok()
            .filter(|candidate| !self.rules.no_transpose || candidate.transpositions.is_empty())
    }
}

#[cfg(test)]
mod tests;
