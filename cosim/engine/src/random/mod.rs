//! Random descriptors: every layout, policy and start of the sums, shapes from 1, masks from none kept
//! to all kept, rows at any address with any gap, chains, kept A, fences, and bad ones of every kind.

mod bad;
mod draw;
mod numbers;

use crate::descriptor::{Descriptor, Layout};
use crate::memory::{Kind, Memory};
use crate::operands::{fill, room, Lie};
use crate::planner::{Chain, Planner, Product, Seeds};
use crate::program::Program;
use crate::{EngineError, Sizes};
use bad::Bad;
use draw::Draw;
use heddle_gemm::{Mask, Policy, Shape};
pub use numbers::Numbers;
use numbers::Spread;

/// Jobs of one program, about.
const JOBS: u64 = 24;

/// Which programs to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomPrograms {
    /// The engine.
    pub sizes: Sizes,
    /// Seed of all draws.
    pub seed: u64,
    /// M, K and N are drawn from 1 to this.
    pub max_dim: usize,
    /// The policy of all jobs.
    pub policy: Policy,
    /// So many of the jobs are to fail, by bad fields and bus errors in turn.
    pub errors: u64,
    /// Descriptors of all programs together, those that fail among them.
    pub count: u64,
}

/// A chain with its own memory for masks.
struct Drawn {
    m: usize,
    n: usize,
    layout: Layout,
    seeds: Seeds,
    c: crate::descriptor::Place,
    keep_n: Option<Mask>,
    products: Vec<(crate::descriptor::Place, crate::descriptor::Place, usize)>,
    masks: Vec<(Option<Mask>, Option<Mask>)>,
}

impl RandomPrograms {
    /// Number of programs.
    pub fn programs(&self) -> u64 {
        self.count.div_ceil(JOBS).max(1)
    }

    /// So many of `all` things fall to program `index`.
    fn share(&self, all: u64, index: u64) -> u64 {
        let programs = self.programs();
        all / programs + u64::from(index < all % programs)
    }

    /// The `index`-th program.
    ///
    /// # Errors
    /// [`EngineError::Fit`] if the engine's buffers are too small for any job.
    pub fn program(&self, index: u64) -> Result<Program, EngineError> {
        let mut draw = Draw::new(self.seed, index);
        // somewhere in the lower half of the addresses
        let pages = 1 << (self.sizes.engine.addr_bits - 13);
        let memory = Memory::new(4096 * draw.below(pages));
        let most = u64::from(self.sizes.engine.ring_bits as u32).min(4);
        let mut program = Program::new(memory, 1 + draw.below(most) as u32);
        let jobs = self.share(self.count, index) as usize;
        let errors = self.share(self.errors.min(self.count), index) as usize;
        let mut planner = Planner::new(self.sizes);
        let mut descriptors = Vec::new();
        while descriptors.len() < jobs {
            let drawn = self.draw_chain(&mut draw, &mut program.memory)?;
            let jobs = self.plan(&mut planner, &mut program.memory, &drawn)?;
            descriptors.extend(self.vary(&mut draw, jobs));
            if draw.one_in(3) {
                planner.forget();
            }
        }
        descriptors.truncate(jobs);
        close(&mut descriptors);
        program.descriptors = descriptors.iter().map(Descriptor::pack).collect();
        Bad::new(&self.sizes).plant(&mut draw, &mut program, errors);
        Ok(program)
    }

    fn layout(&self, draw: &mut Draw) -> Layout {
        let there: Vec<_> = Layout::ALL
            .into_iter()
            .filter(|layout| self.sizes.has(*layout))
            .collect();
        *draw.pick(&there)
    }

    fn draw_chain(&self, draw: &mut Draw, memory: &mut Memory) -> Result<Drawn, EngineError> {
        let (operand, sum) = (self.sizes.operand_bytes, self.sizes.sum_bytes);
        let layout = self.layout(draw);
        let numbers = Spread::new(draw, &self.sizes);
        let (m, n) = (draw.dim(self.max_dim), draw.dim(self.max_dim));
        let products = 1 + if draw.one_in(3) {
            draw.below(4) as usize
        } else {
            0
        };
        let keep_n = draw.mask(n);
        let mut places = Vec::new();
        let mut masks = Vec::new();
        let lie = |draw: &mut Draw| {
            let gap = draw.below(3) * draw.below(40);
            Lie {
                gap: gap as usize * operand,
                offset: draw.below(64 / operand as u64) as usize * operand,
            }
        };
        for _ in 0..products {
            let k = draw.dim(self.max_dim);
            let mut matrix = |draw: &mut Draw, kind, shape: (usize, usize)| {
                let lie = lie(draw);
                let place = room(memory, kind, shape, operand, lie);
                let elements = numbers.operands(draw, shape.0 * shape.1);
                fill(memory, place, shape, operand, &elements);
                place
            };
            let a = matrix(draw, Kind::A, layout.a(Shape::new(m, k, n)));
            let b = matrix(draw, Kind::B, layout.b(Shape::new(m, k, n)));
            places.push((a, b, k));
            masks.push((draw.mask(m), draw.mask(k)));
        }
        let c = room(memory, Kind::C, (m, n), sum, lie(draw));
        let sums = numbers.sums(draw, m * n);
        fill(memory, c, (m, n), sum, &sums);
        let masked_m = masks.iter().any(|(keep_m, _)| keep_m.is_some());
        let dense = self.policy == Policy::Dense;
        // Elsewhere is refused with a mask on m or n.
        let elsewhere = dense || keep_n.is_none() && !masked_m;
        let bias = dense || keep_n.is_none();
        let seeds = match draw.below(4) {
            0 => Seeds::Zero,
            1 if elsewhere => {
                let at = room(memory, Kind::C0, (m, n), sum, lie(draw));
                fill(memory, at, (m, n), sum, &numbers.sums(draw, m * n));
                Seeds::At(at)
            }
            2 if bias => {
                let mut at = room(memory, Kind::C0, (1, n), sum, lie(draw));
                fill(memory, at, (1, n), sum, &numbers.sums(draw, n));
                at.stride = 0;
                Seeds::At(at)
            }
            _ => Seeds::InPlace,
        };
        Ok(Drawn {
            m,
            n,
            layout,
            seeds,
            c,
            keep_n,
            products: places,
            masks,
        })
    }

    fn plan(
        &self,
        planner: &mut Planner,
        memory: &mut Memory,
        of: &Drawn,
    ) -> Result<Vec<Descriptor>, EngineError> {
        let products = of.products.iter().zip(&of.masks);
        let products = products.map(|(&(a, b, k), (keep_m, keep_k))| Product {
            a,
            b,
            k,
            keep_m: keep_m.as_ref(),
            keep_k: keep_k.as_ref(),
        });
        let chain = Chain {
            layout: of.layout,
            policy: self.policy,
            m: of.m,
            n: of.n,
            products: products.collect(),
            keep_n: of.keep_n.as_ref(),
            seeds: of.seeds,
            c: of.c,
            fence: false,
            irq: false,
        };
        planner.jobs(memory, &chain)
    }

    /// Other legal values where the planner always has the same.
    fn vary(&self, draw: &mut Draw, mut jobs: Vec<Descriptor>) -> Vec<Descriptor> {
        let engine = &self.sizes.engine;
        let mut moved = 0;
        for job in &mut jobs {
            job.tag = draw.below(1 << 16) as u16;
            job.irq = draw.one_in(2);
            job.fence = draw.one_in(6);
            if job.keep_a && draw.one_in(4) {
                job.keep_a = false;
            }
            let tiles = job.shape.n.div_ceil(self.sizes.cols);
            if !job.resume {
                let left = engine.sum_words - self.sizes.sum_words(job.shape, job.is_bias());
                moved = draw.below(left as u64 + 1) as usize;
            }
            if draw.one_in(2) {
                job.sums = moved;
            }
            if job.resume || job.stay {
                // one place for all of a chain
                job.sums = moved;
            }
            let most = match job.layout {
                Layout::Nt => (engine.b_slots / self.sizes.cols).min(tiles),
                Layout::Nn | Layout::Tn => 0,
            };
            if most > 0 && draw.one_in(2) {
                job.panel = 1 + draw.below(most as u64) as usize;
            }
        }
        jobs
    }
}

/// A chain that was cut off ends in memory, and the last job tells that all is done.
fn close(jobs: &mut [Descriptor]) {
    if let Some(last) = jobs.last_mut() {
        last.stay = false;
        last.irq = true;
    }
}
