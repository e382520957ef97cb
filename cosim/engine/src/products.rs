//! Programs of products that are given: those of a trace, and one that is asked for by its shape.

use crate::descriptor::{Layout, Place};
use crate::memory::{Kind, Memory};
use crate::operands::{fill, room, Lie};
use crate::planner::{Chain, Planner, Product, Seeds};
use crate::program::Program;
use crate::random::Numbers;
use crate::{EngineError, Sizes};
use heddle_gemm::{Mask, Phase, Policy, Shape};

/// A product whose operands are bytes, row-major and little-endian.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// How the operands are to lie in memory.
    pub layout: Layout,
    /// M, K and N.
    pub shape: Shape,
    /// A, M x K.
    pub a: &'a [u8],
    /// B, K x N.
    pub b: &'a [u8],
    /// C0, M x N sums; from zero without.
    pub c0: Option<&'a [u8]>,
    /// Masks on m, k and n.
    pub keep: [Option<&'a Mask>; 3],
}

/// A product that is asked for by its phase and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The phase: which dimension is masked, and how operands lie.
    pub phase: Phase,
    /// M, K and N.
    pub shape: Shape,
    /// How many of the masked dimension are kept; all if it is absent, and there is no mask then.
    pub keep: Option<usize>,
    /// So many time steps.
    pub times: usize,
    /// Seed of operands and masks.
    pub seed: u64,
}

/// Descriptors of the largest ring that is used.
const RING_BITS: usize = 6;

/// A program without jobs for an engine, with the largest ring that it takes up to 64 descriptors.
fn empty(sizes: &Sizes) -> Program {
    Program::new(
        Memory::new(0x1000_0000),
        sizes.engine.ring_bits.min(RING_BITS) as u32,
    )
}

/// Rows and columns exchanged, of elements of `bytes` bytes.
fn transposed(of: &[u8], (rows, cols): (usize, usize), bytes: usize) -> Vec<u8> {
    let element = |row: usize, col: usize| {
        let at = (row * cols + col) * bytes;
        &of[at..at + bytes]
    };
    (0..cols)
        .flat_map(|col| (0..rows).flat_map(move |row| element(row, col).iter().copied()))
        .collect()
}

/// Products one after the other, each with memory of its own, the last of which tells its end. C0 lies where C
/// does.
///
/// # Errors
/// [`EngineError::Fit`] if the engine cannot do one of them.
pub fn given(sizes: &Sizes, policy: Policy, products: &[Given]) -> Result<Program, EngineError> {
    let mut program = empty(sizes);
    let memory = &mut program.memory;
    let mut planner = Planner::new(*sizes);
    let (operand, sum) = (sizes.operand_bytes, sizes.sum_bytes);
    let mut jobs = Vec::new();
    for of in products {
        let Shape { m, k, n } = of.shape;
        let put = |memory: &mut Memory, kind, shape, bytes: &[u8]| {
            let place = room(memory, kind, shape, operand, Lie::default());
            fill(memory, place, shape, operand, bytes);
            place
        };
        let (a_shape, b_shape) = (of.layout.a(of.shape), of.layout.b(of.shape));
        let a = match of.layout {
            Layout::Tn => put(memory, Kind::A, a_shape, &transposed(of.a, (m, k), operand)),
            Layout::Nn | Layout::Nt => put(memory, Kind::A, a_shape, of.a),
        };
        let b = match of.layout {
            Layout::Nt => put(memory, Kind::B, b_shape, &transposed(of.b, (k, n), operand)),
            Layout::Nn | Layout::Tn => put(memory, Kind::B, b_shape, of.b),
        };
        let c = room(memory, Kind::C, (m, n), sum, Lie::default());
        if let Some(seeds) = of.c0 {
            fill(memory, c, (m, n), sum, seeds);
        }
        let chain = Chain {
            layout: of.layout,
            policy,
            m,
            n,
            products: vec![Product {
                a,
                b,
                k,
                keep_m: of.keep[0],
                keep_k: of.keep[1],
            }],
            keep_n: of.keep[2],
            seeds: of.c0.map_or(Seeds::Zero, |_| Seeds::InPlace),
            c,
            fence: false,
            irq: false,
        };
        jobs.extend(planner.jobs(memory, &chain)?);
    }
    if let Some(last) = jobs.last_mut() {
        last.irq = true;
    }
    program.descriptors = jobs.iter().map(|job| job.pack()).collect();
    Ok(program)
}

/// The program of a product that is asked for: FP from a bias, BP from zero, WG from zero and with the steps
/// of a window as one chain. W is the same in all steps, operands and masks of each are its own.
///
/// # Errors
/// [`EngineError::Fit`] if the engine cannot do it.
pub fn asked(sizes: &Sizes, policy: Policy, of: &Asked) -> Result<Program, EngineError> {
    let mut program = empty(sizes);
    let memory = &mut program.memory;
    let mut numbers = Numbers::plain(sizes, of.seed);
    let (operand, sum) = (sizes.operand_bytes, sizes.sum_bytes);
    let layout = Layout::of(of.phase);
    let Shape { m, k, n } = of.shape;
    let mut matrix = |memory: &mut Memory, kind, shape: (usize, usize)| {
        let place = room(memory, kind, shape, operand, Lie::default());
        let elements = numbers.operands(shape.0 * shape.1);
        fill(memory, place, shape, operand, &elements);
        place
    };
    let weights = match of.phase {
        Phase::Forward | Phase::Backward => Some(matrix(memory, Kind::B, layout.b(of.shape))),
        Phase::WeightGradient => None,
    };
    let steps: Vec<(Place, Place)> = (0..of.times)
        .map(|_| {
            let a = matrix(memory, Kind::A, layout.a(of.shape));
            let b = weights.unwrap_or_else(|| matrix(memory, Kind::B, layout.b(of.shape)));
            (a, b)
        })
        .collect();
    let masked = match of.phase {
        Phase::Forward => k,
        Phase::Backward => n,
        Phase::WeightGradient => m,
    };
    let masks: Vec<Option<Mask>> = (0..of.times)
        .map(|_| of.keep.map(|keep| numbers.mask(masked, keep)))
        .collect();
    let product = |step: usize| {
        let mask = masks[step].as_ref();
        Product {
            a: steps[step].0,
            b: steps[step].1,
            k,
            keep_m: mask.filter(|_| of.phase == Phase::WeightGradient),
            keep_k: mask.filter(|_| of.phase == Phase::Forward),
        }
    };
    let chains: Vec<Vec<usize>> = match of.phase {
        Phase::WeightGradient => vec![(0..of.times).collect()],
        Phase::Forward | Phase::Backward => (0..of.times).map(|step| vec![step]).collect(),
    };
    let seeds = match of.phase {
        Phase::Forward => {
            let bias = room(memory, Kind::C0, (1, n), sum, Lie::default());
            fill(memory, bias, (1, n), sum, &numbers.sums(n));
            Seeds::At(Place { stride: 0, ..bias })
        }
        Phase::Backward | Phase::WeightGradient => Seeds::Zero,
    };
    let mut planner = Planner::new(*sizes);
    let mut jobs = Vec::new();
    for steps in chains {
        let c = room(memory, Kind::C, (m, n), sum, Lie::default());
        let mask = steps.first().and_then(|&step| masks[step].as_ref());
        let chain = Chain {
            layout,
            policy,
            m,
            n,
            products: steps.iter().map(|&step| product(step)).collect(),
            keep_n: mask.filter(|_| of.phase == Phase::Backward),
            seeds,
            c,
            fence: false,
            irq: false,
        };
        jobs.extend(planner.jobs(memory, &chain)?);
    }
    if let Some(last) = jobs.last_mut() {
        last.irq = true;
    }
    program.descriptors = jobs.iter().map(|job| job.pack()).collect();
    Ok(program)
}
