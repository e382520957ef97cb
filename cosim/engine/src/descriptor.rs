//! A job as the engine reads it: 128 bytes of fields, `hdl/ENGINE.md`.

use crate::Code;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::engine::descriptor as table;
pub use heddle_hdl::engine::descriptor::{BYTES, WORDS};

/// A descriptor's words as they lie in memory, right or wrong.
pub type Words = [u32; WORDS];

/// How the operands lie in memory, as BLAS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Layout {
    /// `A B`: A in memory is `[M][K]`, B is `[K][N]`.
    Nn = 0,
    /// `A B^T`: A in memory is `[M][K]`, B is `[N][K]`.
    Nt = 1,
    /// `A^T B`: A in memory is `[K][M]`, B is `[K][N]`.
    Tn = 2,
}

impl Layout {
    /// In the order of their numbers.
    pub const ALL: [Layout; 3] = [Layout::Nn, Layout::Nt, Layout::Tn];

    /// The layout in which a phase of training finds its operands.
    pub const fn of(phase: Phase) -> Self {
        match phase {
            Phase::Forward => Layout::Nn,
            Phase::Backward => Layout::Nt,
            Phase::WeightGradient => Layout::Tn,
        }
    }

    /// The name in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Layout::Nn => "NN",
            Layout::Nt => "NT",
            Layout::Tn => "TN",
        }
    }

    /// The phase of training that has it.
    pub const fn phase(self) -> Phase {
        match self {
            Layout::Nn => Phase::Forward,
            Layout::Nt => Phase::Backward,
            Layout::Tn => Phase::WeightGradient,
        }
    }

    /// Rows and columns of A in memory.
    pub const fn a(self, Shape { m, k, .. }: Shape) -> (usize, usize) {
        match self {
            Layout::Nn | Layout::Nt => (m, k),
            Layout::Tn => (k, m),
        }
    }

    /// Rows and columns of B in memory.
    pub const fn b(self, Shape { k, n, .. }: Shape) -> (usize, usize) {
        match self {
            Layout::Nn | Layout::Tn => (k, n),
            Layout::Nt => (n, k),
        }
    }
}

/// A descriptor's fields. What stands in two words is one number here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// How the operands lie.
    pub layout: Layout,
    /// What becomes of dropped elements.
    pub policy: Policy,
    /// Sums that are not resident start from C0 in memory, else from zero.
    pub c0: bool,
    /// Sums start from what the job before left.
    pub resume: bool,
    /// Sums stay for the next job.
    pub stay: bool,
    /// Interrupt when done.
    pub irq: bool,
    /// Nothing is read before all earlier jobs are done.
    pub fence: bool,
    /// A is that of the job before.
    pub keep_a: bool,
    /// Told in the error record.
    pub tag: u16,
    /// M, K and N, 16 bits each.
    pub shape: Shape,
    /// n-tiles whose sums take turns, 0: all.
    pub panel: usize,
    /// First word of the accumulators.
    pub sums: usize,
    /// Base and stride of A in bytes.
    pub a: Place,
    /// Of B.
    pub b: Place,
    /// Of C0.
    pub c0_at: Place,
    /// Of C.
    pub c: Place,
    /// Bases of the masks on m, k and n, where there is one.
    pub masks: [Option<u64>; 3],
}

/// Where a matrix lies in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Address of its first element.
    pub base: u64,
    /// Bytes from one row to the next.
    pub stride: u32,
}

impl Place {
    /// Address of row `row`.
    pub const fn row(self, row: usize) -> u64 {
        self.base.wrapping_add(self.stride as u64 * row as u64)
    }
}

/// Bits that have a meaning, by word.
fn defined() -> Words {
    let mut words = [0; WORDS];
    for field in table::FIELDS {
        let bits = field.most() << field.lsb;
        words[field.word] |= bits as u32;
        if field.bits > 32 {
            words[field.word + 1] |= (bits >> 32) as u32;
        }
    }
    words
}

impl Descriptor {
    /// A job from memory to memory without masks, at address 0.
    pub fn new(layout: Layout, policy: Policy, shape: Shape) -> Self {
        Self {
            layout,
            policy,
            c0: false,
            resume: false,
            stay: false,
            irq: false,
            fence: false,
            keep_a: false,
            tag: 0,
            shape,
            panel: 0,
            sums: 0,
            a: Place::default(),
            b: Place::default(),
            c0_at: Place::default(),
            c: Place::default(),
            masks: [None; 3],
        }
    }

    /// Whether C0 lies where C does.
    pub fn in_place(&self) -> bool {
        self.c0 && self.c0_at == self.c
    }

    /// Whether one row of C0 is the seed of every m.
    pub fn is_bias(&self) -> bool {
        self.c0 && self.c0_at.stride == 0
    }

    /// The words in memory.
    ///
    /// # Panics
    /// If a number does not fit its field.
    pub fn pack(&self) -> Words {
        let half = |number: usize| u16::try_from(number).expect("a field of 16 bits");
        let Shape { m, k, n } = self.shape;
        let [mask_m, mask_k, mask_n] = self.masks;
        table::Descriptor {
            layout: self.layout as u8,
            policy: policy_number(self.policy),
            c0: self.c0,
            resume: self.resume,
            stay: self.stay,
            irq: self.irq,
            fence: self.fence,
            keep_a: self.keep_a,
            mask_m: mask_m.is_some(),
            mask_k: mask_k.is_some(),
            mask_n: mask_n.is_some(),
            tag: self.tag,
            m: half(m),
            k: half(k),
            n: half(n),
            panel: half(self.panel),
            sums: half(self.sums),
            a: self.a.base,
            b: self.b.base,
            c0_base: self.c0_at.base,
            c: self.c.base,
            a_stride: self.a.stride,
            b_stride: self.b.stride,
            c0_stride: self.c0_at.stride,
            c_stride: self.c.stride,
            m_mask: mask_m.unwrap_or(0),
            k_mask: mask_k.unwrap_or(0),
            n_mask: mask_n.unwrap_or(0),
        }
        .words()
    }

    /// The fields of `words`.
    ///
    /// # Errors
    /// [`Code::Layout`], [`Code::Policy`] or [`Code::Reserved`], the first that applies.
    pub fn unpack(words: &Words) -> Result<Self, Code> {
        let raw = table::Descriptor::of_words(words);
        let layout = *Layout::ALL
            .get(usize::from(raw.layout))
            .ok_or(Code::Layout)?;
        let policy = *Policy::ALL
            .get(usize::from(raw.policy))
            .ok_or(Code::Policy)?;
        if words
            .iter()
            .zip(defined())
            .any(|(word, known)| word & !known != 0)
        {
            return Err(Code::Reserved);
        }
        let place = |base, stride| Place { base, stride };
        Ok(Self {
            layout,
            policy,
            c0: raw.c0,
            resume: raw.resume,
            stay: raw.stay,
            irq: raw.irq,
            fence: raw.fence,
            keep_a: raw.keep_a,
            tag: raw.tag,
            shape: Shape::new(raw.m.into(), raw.k.into(), raw.n.into()),
            panel: raw.panel.into(),
            sums: raw.sums.into(),
            a: place(raw.a, raw.a_stride),
            b: place(raw.b, raw.b_stride),
            c0_at: place(raw.c0_base, raw.c0_stride),
            c: place(raw.c, raw.c_stride),
            masks: [
                raw.mask_m.then_some(raw.m_mask),
                raw.mask_k.then_some(raw.k_mask),
                raw.mask_n.then_some(raw.n_mask),
            ],
        })
    }
}

/// A policy's number.
pub fn policy_number(policy: Policy) -> u8 {
    match policy {
        Policy::Dense => 0,
        Policy::Gated => 1,
        Policy::Packed => 2,
    }
}

/// Words as the bytes in memory.
pub fn to_bytes(words: &Words) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (to, word) in bytes.chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// The words of bytes in memory.
pub fn from_bytes(bytes: &[u8; BYTES]) -> Words {
    let mut words = [0; WORDS];
    for (word, from) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([from[0], from[1], from[2], from[3]]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Worked out by hand from the documentation's table.
    #[test]
    fn every_field_lies_where_the_documentation_says() {
        let job = Descriptor {
            c0: true,
            stay: true,
            fence: true,
            tag: 0xbeef,
            panel: 7,
            sums: 9,
            a: Place {
                base: 0x11_2222_3334,
                stride: 40,
            },
            c: Place {
                base: 0x99,
                stride: 1300,
            },
            masks: [None, Some(0x7_0000_0040), None],
            ..Descriptor::new(Layout::Tn, Policy::Packed, Shape::new(3, 4, 5))
        };
        let words = job.pack();
        assert_eq!(
            words[0],
            0xbeef_0000 | 1 << 11 | 1 << 8 | 1 << 6 | 1 << 4 | 2 << 2 | 2
        );
        assert_eq!(words[1..8], [3, 4, 5, 7, 9, 0x2222_3334, 0x11]);
        assert_eq!((words[12], words[14], words[17]), (0x99, 40, 1300));
        assert_eq!(words[18..22], [0, 0, 0x40, 7]);
        assert_eq!(words[24..], [0; 8]);
        assert_eq!(to_bytes(&words)[20], 9);
        assert_eq!(from_bytes(&to_bytes(&words)), words);
    }

    #[test]
    fn reserved_bits_are_told_behind_layout_and_policy() {
        let good = Descriptor::new(Layout::Nn, Policy::Dense, Shape::new(1, 1, 1)).pack();
        assert!(Descriptor::unpack(&good).is_ok());
        for (word, bits) in [
            (0, 13..16),
            (1, 16..32),
            (5, 16..32),
            (24, 0..32),
            (31, 0..32),
        ] {
            for bit in bits {
                let mut bad = good;
                bad[word] |= 1 << bit;
                assert_eq!(
                    Descriptor::unpack(&bad),
                    Err(Code::Reserved),
                    "{word}.{bit}"
                );
                bad[0] |= 0xc;
                assert_eq!(Descriptor::unpack(&bad), Err(Code::Policy));
                bad[0] |= 3;
                assert_eq!(Descriptor::unpack(&bad), Err(Code::Layout));
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_unpacked_packs_to_the_same_words(random in prop::array::uniform32(any::<u32>())) {
            let mut words = random;
            for (word, known) in words.iter_mut().zip(defined()) {
                *word &= known;
            }
            if let Ok(job) = Descriptor::unpack(&words) {
                for (i, mask) in job.masks.iter().enumerate() {
                    if mask.is_none() {
                        words[18 + 2 * i..20 + 2 * i].fill(0);
                    }
                }
                prop_assert_eq!(job.pack(), words);
            }
        }
    }
}
