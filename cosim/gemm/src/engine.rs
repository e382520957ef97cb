//! The trait that everything which evaluates a masked product implements.

use crate::{Element, GemmError, Host, Job, MatMut};
use heddle_format::named;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of the dropped rows and columns of a product.
///
/// | policy | dropped rows and columns | time | energy |
/// |--------|--------------------------|------|--------|
/// | dense  | multiplied as zeros: the baseline | 1 | 1 |
/// | gated  | present but switched off | 1 | lower |
/// | packed | never sent: the kept ones are packed together | 1-p | lower |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Dropped k are multiplied as zeros; results at dropped m and n are discarded.
    Dense,
    /// Dropped rows and columns occupy their slots, but multiply nothing.
    Gated,
    /// Dropped rows and columns are skipped.
    Packed,
}

named!(
    Policy,
    "policy",
    Dense = "dense",
    Gated = "gated",
    Packed = "packed"
);

/// Names a weight that many jobs share, and its version.
///
/// An engine may keep a prepared form of the weight (packed panels, rounded
/// operands) under `id`; it must drop that form when it meets another `version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeightKey {
    id: u64,
    version: u64,
}

impl WeightKey {
    /// A key that no other weight of this process has.
    #[allow(clippy::new_without_default)] // two defaults would differ
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            version: 0,
        }
    }

    /// To be called after every update of the weight.
    pub fn invalidate(&mut self) {
        self.version += 1;
    }

    /// The weight's identity.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// How often the weight was updated.
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// Working memory of the engines, owned by the caller and reused between calls,
/// so that nothing is allocated once the largest job has been seen.
#[derive(Debug, Default)]
pub struct Scratch {
    words: Vec<u64>,
}

impl Scratch {
    /// Bytes held: they grow to the largest job's need and stay.
    pub fn bytes(&self) -> usize {
        size_of_val(self.words.as_slice())
    }

    /// `N` buffers, the i-th of `lens[i]` elements, 64-byte aligned relative to each
    /// other. What they hold is left over from the last use.
    pub fn buffers<T: bytemuck::Pod, const N: usize>(&mut self, lens: [usize; N]) -> [&mut [T]; N] {
        const LINE: usize = 8; // u64 words in 64 bytes
        let words = |len: usize| (len * size_of::<T>()).div_ceil(8).next_multiple_of(LINE);
        let total: usize = lens.iter().map(|&len| words(len)).sum();
        if self.words.len() < total {
            self.words.resize(total, 0);
        }
        let mut rest = &mut self.words[..total];
        lens.map(|len| {
            let (head, tail) = std::mem::take(&mut rest).split_at_mut(words(len));
            rest = tail;
            &mut bytemuck::cast_slice_mut(head)[..len]
        })
    }
}

/// Something that evaluates masked products.
///
/// A batch is evaluated as if its jobs ran one after another in order; an engine
/// may overlap or interleave them where no bit changes (back-to-back tiles on the
/// array, weight panel outer and time step inner on the CPU). Jobs that name the
/// same output are chained through it.
///
/// Bit-exact engines accumulate every sum strictly in increasing k, one rounding
/// per step, seeded with C0; `f32` and `f64` engines of the CPU are exempt and are
/// compared by the error bound `2 k eps sum|a||b|`.
pub trait Engine<E: Element> {
    /// What the engine is called in reports.
    fn name(&self) -> &str;

    /// What the work between the products may use: the fastest kernel and the calling
    /// thread, unless the engine was told otherwise. An engine around another one passes
    /// that one's on.
    fn host(&self) -> Host {
        Host::default()
    }

    /// Evaluates `jobs` in order under `policy`, each into `outputs[job.c]`.
    ///
    /// # Errors
    /// [`GemmError::Shape`] if a job does not fit; [`GemmError::Engine`] if the
    /// engine itself fails. Outputs are then unspecified.
    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
        outputs: &mut [MatMut<'_, E::Acc>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError>;
}
