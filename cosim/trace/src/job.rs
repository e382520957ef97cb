//! One job of a trace: what its header says, and its tensors.

use crate::TraceError;
use half::bf16;
use heddle_format::{Format, Overflow};
use heddle_gemm::{Element, Job, Label, Mask, MatMut, MatRef, Phase, Shape};
use safetensors::Dtype;
use serde_json::{Map, Value};

/// What a trace says about a job, besides its tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct JobHeader {
    /// Unique in the trace; the prefix of the job's tensors.
    pub name: String,
    /// The phase of training.
    pub phase: Phase,
    /// M x K x N.
    pub shape: Shape,
    /// Format of the operands.
    pub format: Format,
    /// LSTM layer, from 0.
    pub layer: Option<u64>,
    /// Time step in the window, from 0.
    pub time: Option<u64>,
    /// Training step in the run, from 0.
    pub step: Option<u64>,
    /// The dropout site that masked the job: `nr`, `rh`, `out` or another word.
    pub site: Option<String>,
    /// Jobs that have the same number here add into the same sums, in their order.
    pub sums: Option<u64>,
    /// Bits of an integer sum; the format's default if absent.
    pub acc_bits: Option<usize>,
    /// What an integer sum does on overflow; wraps if absent.
    pub overflow: Option<Overflow>,
    /// Power-of-two scale that A was quantised with.
    pub scale_a: Option<f64>,
    /// Power-of-two scale that B was quantised with.
    pub scale_b: Option<f64>,
    /// Fields that this version does not know: kept, and written back.
    pub other: Map<String, Value>,
}

impl JobHeader {
    /// A header with the required fields only.
    pub fn new(name: impl Into<String>, phase: Phase, shape: Shape, format: Format) -> Self {
        Self {
            name: name.into(),
            phase,
            shape,
            format,
            layer: None,
            time: None,
            step: None,
            site: None,
            sums: None,
            acc_bits: None,
            overflow: None,
            scale_a: None,
            scale_b: None,
            other: Map::new(),
        }
    }

    /// Bytes that a run of the job takes at most beside the job itself: C as the array gives it and
    /// as the golden model does for two kinds of policy, as much again as the operands, and the plan
    /// of tiles of `rows` x `cols`.
    pub fn run_bytes(&self, rows: usize, cols: usize) -> u128 {
        let Shape { m, k, n } = self.shape;
        let [m, k, n, rows, cols] = [m, k, n, rows, cols].map(|size| size as u128);
        let operand = self.format.operand_bits() as u128 / 8;
        let sum = if self.format == Format::Int16 { 8 } else { 4 };
        let tiles = (k.div_ceil(rows) * n.div_ceil(cols)).max(m.div_ceil(rows) * n.div_ceil(cols));
        3 * m * n * sum + k * (m + n) * operand + tiles * TILE_BYTES
    }

    /// Bits of a sum: what the job says, or the format's default.
    pub fn sum_bits(&self) -> usize {
        self.acc_bits.unwrap_or(self.format.default_acc_bits())
    }
}

/// About what a tile takes in a plan.
const TILE_BYTES: u128 = 128;

/// The tensors of a job in one format, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operands<E: Element> {
    /// A, `m` x `k`.
    pub a: Vec<E>,
    /// B, `k` x `n`.
    pub b: Vec<E>,
    /// C0, `m` x `n`; zero if absent.
    pub c0: Option<Vec<E::Acc>>,
    /// The expected result, `m` x `n`.
    pub c: Option<Vec<E::Acc>>,
}

/// The tensors of a job, by format.
#[derive(Clone, Debug, PartialEq)]
pub enum Tensors {
    /// 8-bit integers with 32-bit sums.
    Int8(Operands<i8>),
    /// 16-bit integers with sums sign-extended to 64 bits.
    Int16(Operands<i16>),
    /// bfloat16 with f32 sums.
    Bf16(Operands<bf16>),
}

/// An element type that a trace can hold, and how it holds it.
pub trait TraceElement: Element + bytemuck::Pod {
    /// The format that has these operands.
    const FORMAT: Format;
    /// How safetensors calls the operands' type.
    const DTYPE: Dtype;
    /// How safetensors calls the sums' type.
    const SUM_DTYPE: Dtype;
    /// Sums as the bytes of a tensor.
    fn sum_bytes(sums: &[Self::Acc]) -> &[u8];
    /// The bytes of sums, to be filled from a tensor.
    fn sum_bytes_mut(sums: &mut [Self::Acc]) -> &mut [u8];
    /// Whether a sum fits an accumulator of `bits` bits; every f32 does.
    fn fits(sum: Self::Acc, bits: usize) -> bool;
    /// The tensors as a value of the format-independent type.
    fn pack(operands: Operands<Self>) -> Tensors;
    /// The tensors, if they are of this element type.
    fn unpack(tensors: &Tensors) -> Option<&Operands<Self>>;
}

macro_rules! trace_element {
    ($type:ty, $variant:ident, $dtype:ident, $sum_dtype:ident, $fits:expr) => {
        impl TraceElement for $type {
            const FORMAT: Format = Format::$variant;
            const DTYPE: Dtype = Dtype::$dtype;
            const SUM_DTYPE: Dtype = Dtype::$sum_dtype;
            fn sum_bytes(sums: &[Self::Acc]) -> &[u8] {
                bytemuck::cast_slice(sums)
            }
            fn sum_bytes_mut(sums: &mut [Self::Acc]) -> &mut [u8] {
                bytemuck::cast_slice_mut(sums)
            }
            fn fits(sum: Self::Acc, bits: usize) -> bool {
                $fits(sum, bits)
            }
            fn pack(operands: Operands<Self>) -> Tensors {
                Tensors::$variant(operands)
            }
            fn unpack(tensors: &Tensors) -> Option<&Operands<Self>> {
                match tensors {
                    Tensors::$variant(operands) => Some(operands),
                    _ => None,
                }
            }
        }
    };
}
trace_element!(i8, Int8, I8, I32, |sum: i32, bits| fits(
    i64::from(sum),
    bits
));
trace_element!(i16, Int16, I16, I64, fits);
trace_element!(bf16, Bf16, BF16, F32, |_sum, _bits| true);

fn fits(sum: i64, bits: usize) -> bool {
    bits >= 64 || sum >> (bits - 1) == sum >> 63
}

/// A job with everything that it needs to run.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceJob {
    /// What the trace says about it.
    pub header: JobHeader,
    /// Its operands, seed and expected result.
    pub tensors: Tensors,
    /// Keep-mask on m; `None` keeps all.
    pub keep_m: Option<Mask>,
    /// Keep-mask on k; `None` keeps all.
    pub keep_k: Option<Mask>,
    /// Keep-mask on n; `None` keeps all.
    pub keep_n: Option<Mask>,
}

impl TraceJob {
    /// The job as an engine takes it, on output `c` of its batch, with B row-major.
    ///
    /// # Errors
    /// [`TraceError::Invalid`] if the tensors' lengths are not those of the header, which
    /// a job read from a file cannot have.
    pub fn job<'a, E: TraceElement>(
        &'a self,
        operands: &'a Operands<E>,
        c: usize,
    ) -> Result<Job<'a, E>, TraceError> {
        let Shape { m, k, n } = self.header.shape;
        let view = |data: &'a [E], rows, cols| {
            MatRef::strided(data, rows, cols, cols, 1)
                .map_err(|error| self.misfit(error.to_string()))
        };
        let mut job = Job::new(view(&operands.a, m, k)?, view(&operands.b, k, n)?, c);
        job.keep_m = self.keep_m.as_ref();
        job.keep_k = self.keep_k.as_ref();
        job.keep_n = self.keep_n.as_ref();
        Ok(job)
    }

    /// What the job is called among an engine's, its site aside.
    pub fn label(&self) -> Label {
        let place = |of: Option<u64>| of.unwrap_or(0);
        Label {
            phase: self.header.phase,
            layer: place(self.header.layer) as usize,
            time: place(self.header.time) as usize,
            step: place(self.header.step),
            site: "",
        }
    }

    /// What the job's output holds before it runs: C0, or zeros.
    pub fn seed<E: TraceElement>(&self, operands: &Operands<E>) -> Vec<E::Acc> {
        let len = self.header.shape.m * self.header.shape.n;
        operands
            .c0
            .clone()
            .unwrap_or_else(|| vec![E::Acc::default(); len])
    }

    /// A writable view of a buffer that holds the job's C.
    ///
    /// # Errors
    /// [`TraceError::Invalid`] if the buffer is too short.
    pub fn output<'a, T: Copy>(&self, data: &'a mut [T]) -> Result<MatMut<'a, T>, TraceError> {
        let Shape { m, n, .. } = self.header.shape;
        MatMut::strided(data, m, n, n, 1).map_err(|error| self.misfit(error.to_string()))
    }

    fn misfit(&self, problem: String) -> TraceError {
        TraceError::Invalid {
            place: format!("job '{}'", self.header.name),
            problem,
            remedy: "give every tensor the shape that m, k and n say".into(),
        }
    }

    /// M x K x N of what is kept.
    pub fn kept_shape(&self) -> Shape {
        let masks = [&self.keep_m, &self.keep_k, &self.keep_n];
        self.header.shape.kept(masks.map(Option::as_ref))
    }

    /// Bytes of the job's tensors.
    pub fn bytes(&self) -> u128 {
        fn of<E: Element>(operands: &Operands<E>) -> usize {
            let sums = [&operands.c0, &operands.c].into_iter().flatten();
            size_of::<E>() * (operands.a.len() + operands.b.len())
                + size_of::<E::Acc>() * sums.map(Vec::len).sum::<usize>()
        }
        (match &self.tensors {
            Tensors::Int8(operands) => of(operands),
            Tensors::Int16(operands) => of(operands),
            Tensors::Bf16(operands) => of(operands),
        }) as u128
    }
}
