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

impl Given<'_> {
    /// Whether the engine can add both up in the same sums.
    pub fn adds_up_with(&self, other: &Self) -> bool {
        let of = |of: &Self| (of.layout, of.shape.m, of.shape.n);
        of(self) == of(other) && self.keep[2] == other.keep[2]
    }
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

/// Sums one after the other, each with memory of its own, the last of which tells its end: of one product each, or of
/// several that add up, whose first one says where they start. C0 lies where C does.
///
/// # Errors
/// [`EngineError::Fit`] if the engine cannot do one of them, or if those of a sum are not alike.
pub fn given<'a>(
    sizes: &Sizes,
    policy: Policy,
    sums: impl IntoIterator<Item = &'a [Given<'a>]>,
) -> Result<Program, EngineError> {
    let mut program = empty(sizes);
    let memory = &mut program.memory;
    let mut planner = Planner::new(*sizes);
    let (operand, sum) = (sizes.operand_bytes, sizes.sum_bytes);
    let mut jobs = Vec::new();
    for products in sums {
        let Some(first) = products.first() else {
            continue;
        };
        let Shape { m, n, .. } = first.shape;
        let put = |memory: &mut Memory, kind, shape, bytes: &[u8]| {
            let place = room(memory, kind, shape, operand, Lie::default());
            fill(memory, place, shape, operand, bytes);
            place
        };
        let mut places = Vec::new();
        for of in products {
            if !first.adds_up_with(of) {
                return Err(EngineError::Fit {
                    what: format!("a sum of products of {} and of {}", first.shape, of.shape),
                    reason: "layout, M, N and mask on n have to be the same".into(),
                });
            }
            let k = of.shape.k;
            let (a_shape, b_shape) = (of.layout.a(of.shape), of.layout.b(of.shape));
            let a = match of.layout {
                Layout::Tn => put(memory, Kind::A, a_shape, &transposed(of.a, (m, k), operand)),
                Layout::Nn | Layout::Nt => put(memory, Kind::A, a_shape, of.a),
            };
            let b = match of.layout {
                Layout::Nt => put(memory, Kind::B, b_shape, &transposed(of.b, (k, n), operand)),
                Layout::Nn | Layout::Tn => put(memory, Kind::B, b_shape, of.b),
            };
            places.push(Product {
                a,
                b,
                k,
                keep_m: of.keep[0],
                keep_k: of.keep[1],
            });
        }
        let c = room(memory, Kind::C, (m, n), sum, Lie::default());
        if let Some(seeds) = first.c0 {
            fill(memory, c, (m, n), sum, seeds);
        }
        let chain = Chain {
            layout: first.layout,
            policy,
            m,
            n,
            products: places,
            keep_n: first.keep[2],
            seeds: first.c0.map_or(Seeds::Zero, |_| Seeds::InPlace),
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

/// A product of each time step of a window, of which only shapes and masks are told.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The phase: which dimension is masked, and how operands lie.
    pub phase: Phase,
    /// M, K and N.
    pub shape: Shape,
    /// The mask of each step.
    pub masks: &'a [Option<&'a Mask>],
}

/// What operands and masks hold.
trait Contents {
    fn operands(&mut self, memory: &mut Memory, place: Place, shape: (usize, usize));
    fn bias(&mut self, memory: &mut Memory, place: Place, sums: usize);
    /// The mask of each time step, of a dimension of this length.
    fn masks(&mut self, masked: usize) -> Vec<Option<Mask>>;
}

/// Everything is drawn.
struct Drawn {
    numbers: Numbers,
    /// Bytes of an operand and of a sum.
    bytes: (usize, usize),
    keep: Option<usize>,
    times: usize,
}

impl Contents for Drawn {
    fn operands(&mut self, memory: &mut Memory, place: Place, shape: (usize, usize)) {
        let elements = self.numbers.operands(shape.0 * shape.1);
        fill(memory, place, shape, self.bytes.0, &elements);
    }

    fn bias(&mut self, memory: &mut Memory, place: Place, sums: usize) {
        let elements = self.numbers.sums(sums);
        fill(memory, place, (1, sums), self.bytes.1, &elements);
    }

    fn masks(&mut self, masked: usize) -> Vec<Option<Mask>> {
        let mut draw = || self.keep.map(|keep| self.numbers.mask(masked, keep));
        (0..self.times).map(|_| draw()).collect()
    }
}

impl Contents for Window<'_> {
    fn operands(&mut self, _: &mut Memory, _: Place, _: (usize, usize)) {}

    fn bias(&mut self, _: &mut Memory, _: Place, _: usize) {}

    fn masks(&mut self, _: usize) -> Vec<Option<Mask>> {
        self.masks.iter().map(|mask| mask.cloned()).collect()
    }
}

/// The program of a product that is asked for: FP from a bias, BP from zero, WG from zero and with the steps
/// of a window as one chain. W is the same in all steps, operands and masks of each are its own.
///
/// # Errors
/// [`EngineError::Fit`] if the engine cannot do it.
pub fn asked(sizes: &Sizes, policy: Policy, of: &Asked) -> Result<Program, EngineError> {
    let mut contents = Drawn {
        numbers: Numbers::plain(sizes, of.seed),
        bytes: (sizes.operand_bytes, sizes.sum_bytes),
        keep: of.keep,
        times: of.times,
    };
    program(sizes, policy, (of.phase, of.shape, of.times), &mut contents)
}

/// The program of [`asked`] with masks that are given, and operands that nobody filled.
///
/// # Errors
/// [`EngineError::Fit`] if the engine cannot do it.
pub fn window(sizes: &Sizes, policy: Policy, of: &Window) -> Result<Program, EngineError> {
    let shape = (of.phase, of.shape, of.masks.len());
    program(sizes, policy, shape, &mut of.clone())
}

fn program(
    sizes: &Sizes,
    policy: Policy,
    (phase, shape, times): (Phase, Shape, usize),
    contents: &mut impl Contents,
) -> Result<Program, EngineError> {
    let mut program = empty(sizes);
    let memory = &mut program.memory;
    let (operand, sum) = (sizes.operand_bytes, sizes.sum_bytes);
    let layout = Layout::of(phase);
    let Shape { m, k, n } = shape;
    let mut matrix = |memory: &mut Memory, kind, shape: (usize, usize)| {
        let place = room(memory, kind, shape, operand, Lie::default());
        contents.operands(memory, place, shape);
        place
    };
    let weights = match phase {
        Phase::Forward | Phase::Backward => Some(matrix(memory, Kind::B, layout.b(shape))),
        Phase::WeightGradient => None,
    };
    let steps: Vec<(Place, Place)> = (0..times)
        .map(|_| {
            let a = matrix(memory, Kind::A, layout.a(shape));
            let b = weights.unwrap_or_else(|| matrix(memory, Kind::B, layout.b(shape)));
            (a, b)
        })
        .collect();
    let masked = match phase {
        Phase::Forward => k,
        Phase::Backward => n,
        Phase::WeightGradient => m,
    };
    let masks = contents.masks(masked);
    let product = |step: usize| {
        let mask = masks[step].as_ref();
        Product {
            a: steps[step].0,
            b: steps[step].1,
            k,
            keep_m: mask.filter(|_| phase == Phase::WeightGradient),
            keep_k: mask.filter(|_| phase == Phase::Forward),
        }
    };
    let chains: Vec<Vec<usize>> = match phase {
        Phase::WeightGradient => vec![(0..times).collect()],
        Phase::Forward | Phase::Backward => (0..times).map(|step| vec![step]).collect(),
    };
    let seeds = match phase {
        Phase::Forward => {
            let bias = room(memory, Kind::C0, (1, n), sum, Lie::default());
            contents.bias(memory, bias, n);
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
            keep_n: mask.filter(|_| phase == Phase::Backward),
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
