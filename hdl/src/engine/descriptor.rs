//! The descriptor of a job, said once: where its fields are, for hardware, C header, documentation
//! and drivers.

/// Bytes of a descriptor, which lies at a multiple of them.
pub const BYTES: usize = 128;
/// Words of 32 bits of a descriptor.
pub const WORDS: usize = BYTES / 4;
/// Bits of a descriptor.
pub const BITS: usize = BYTES * 8;

/// What LAYOUT says, from 0 on.
pub const LAYOUTS: &[&str] = &["NN", "NT", "TN"];
/// What POLICY says, from 0 on.
pub const POLICIES: &[&str] = &["dense", "gated", "packed"];

/// Where a field of a descriptor is. A field of 64 bits goes on in the next word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its word.
    pub word: usize,
    /// Its lowest bit in the word.
    pub lsb: usize,
    /// How many bits it has.
    pub bits: usize,
    /// What it says.
    pub doc: &'static str,
}

impl Field {
    /// Its lowest bit in the descriptor, word 0 in the low bits.
    pub const fn first_bit(&self) -> usize {
        self.word * 32 + self.lsb
    }

    /// The largest value of it.
    pub const fn most(&self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// Its value in `words`.
    pub fn get(&self, words: &[u32; WORDS]) -> u64 {
        let high = match self.bits {
            ..=32 => 0,
            _ => u64::from(words[self.word + 1]),
        };
        (high << 32 | u64::from(words[self.word])) >> self.lsb & self.most()
    }

    /// Writes `value` into `words`.
    ///
    /// # Panics
    /// If the field is narrower than the value.
    pub fn set(&self, words: &mut [u32; WORDS], value: u64) {
        assert!(value <= self.most(), "{} = {value} is too large", self.name);
        let keep = !(self.most() << self.lsb);
        words[self.word] = words[self.word] & keep as u32 | (value << self.lsb) as u32;
        if self.bits > 32 {
            words[self.word + 1] = (value >> 32) as u32;
        }
    }
}

/// What a field of [`Descriptor`] is in Rust.
trait Value {
    fn of(bits: u64) -> Self;
}

impl Value for bool {
    fn of(bits: u64) -> Self {
        bits != 0
    }
}

macro_rules! values {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn of(bits: u64) -> Self {
                bits as $type
            }
        }
    )+};
}
values!(u8, u16, u32, u64);

/// `CONSTANT name: type = word [lowest bit; bits];`
macro_rules! descriptor {
    ($(#[doc = $doc:literal] $upper:ident $name:ident: $type:ty = $word:literal [$lsb:literal; $bits:literal];)+) => {
        $(
            #[doc = $doc]
            pub const $upper: Field = Field {
                name: stringify!($name),
                word: $word,
                lsb: $lsb,
                bits: $bits,
                doc: $doc,
            };
        )+

        /// All fields, in the order of their bits; those between them are reserved and zero.
        pub const FIELDS: &[Field] = &[$($upper),+];

        /// What a descriptor says.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct Descriptor {
            $(
                #[doc = $doc]
                pub $name: $type,
            )+
        }

        impl Descriptor {
            /// As it lies in memory, as words of 32 bits.
            ///
            /// # Panics
            /// If a value is too large for its field.
            pub fn words(&self) -> [u32; WORDS] {
                let mut words = [0; WORDS];
                $($upper.set(&mut words, self.$name.into());)+
                words
            }

            /// What `words` say; reserved bits are left out.
            pub fn of_words(words: &[u32; WORDS]) -> Self {
                Self {
                    $($name: Value::of($upper.get(words)),)+
                }
            }
        }
    };
}

descriptor! {
    #[doc = "0: NN, 1: NT, 2: TN"]
    LAYOUT layout: u8 = 0 [0; 2];
    #[doc = "0: dense, 1: gated, 2: packed"]
    POLICY policy: u8 = 0 [2; 2];
    #[doc = "sums of rows that are not resident start from 0: zero, 1: memory (C0)"]
    C0 c0: bool = 0 [4; 1];
    #[doc = "sums start from what the job before left resident; rows m that no job of the chain kept so far start as c0 says"]
    RESUME resume: bool = 0 [5; 1];
    #[doc = "sums end 0: in memory (C), 1: resident"]
    STAY stay: bool = 0 [6; 1];
    #[doc = "interrupt when done"]
    IRQ irq: bool = 0 [7; 1];
    #[doc = "nothing of this job is read before all earlier jobs are done, stores acknowledged"]
    FENCE fence: bool = 0 [8; 1];
    #[doc = "A is that of the job before, which had the same layout, policy, M, K and masks on m and k: not fetched again"]
    KEEP_A keep_a: bool = 0 [9; 1];
    #[doc = "there is a mask of m"]
    MASK_M mask_m: bool = 0 [10; 1];
    #[doc = "there is a mask of k"]
    MASK_K mask_k: bool = 0 [11; 1];
    #[doc = "there is a mask of n"]
    MASK_N mask_n: bool = 0 [12; 1];
    #[doc = "told in the error record"]
    TAG tag: u16 = 0 [16; 16];
    #[doc = "M, 1 to MAX_DIM"]
    M m: u16 = 1 [0; 16];
    #[doc = "K, 1 to MAX_DIM"]
    K k: u16 = 2 [0; 16];
    #[doc = "N, 1 to MAX_DIM"]
    N n: u16 = 3 [0; 16];
    #[doc = "n-tiles whose sums take turns, 0: all (NT; else 0)"]
    PANEL panel: u16 = 4 [0; 16];
    #[doc = "first word of the accumulators that the job uses"]
    SUMS sums: u16 = 5 [0; 16];
    #[doc = "base of A"]
    A a: u64 = 6 [0; 64];
    #[doc = "base of B"]
    B b: u64 = 8 [0; 64];
    #[doc = "base of C0"]
    C0_BASE c0_base: u64 = 10 [0; 64];
    #[doc = "base of C"]
    C c: u64 = 12 [0; 64];
    #[doc = "stride of A in bytes"]
    A_STRIDE a_stride: u32 = 14 [0; 32];
    #[doc = "stride of B in bytes"]
    B_STRIDE b_stride: u32 = 15 [0; 32];
    #[doc = "stride of C0 in bytes; 0: one row for all m"]
    C0_STRIDE c0_stride: u32 = 16 [0; 32];
    #[doc = "stride of C in bytes"]
    C_STRIDE c_stride: u32 = 17 [0; 32];
    #[doc = "base of the mask of m"]
    M_MASK m_mask: u64 = 18 [0; 64];
    #[doc = "base of the mask of k"]
    K_MASK k_mask: u64 = 20 [0; 64];
    #[doc = "base of the mask of n"]
    N_MASK n_mask: u64 = 22 [0; 64];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_in_order_and_do_not_overlap() {
        let ends = FIELDS.iter().map(|field| field.first_bit() + field.bits);
        for (field, end) in FIELDS[1..].iter().zip(ends) {
            assert!(field.first_bit() >= end, "{}", field.name);
            assert!(field.lsb + field.bits <= 32 || (field.lsb, field.bits) == (0, 64));
        }
    }

    #[test]
    fn words_are_read_as_written() {
        let (layout, n, tag, c) = (2, 650, 0xabcd, 0x12_3456_7890);
        let one = Descriptor {
            layout,
            irq: true,
            n,
            tag,
            c,
            ..Default::default()
        };
        let words = one.words();
        assert_eq!(words[0], 0xabcd_0082);
        assert_eq!((words[3], words[12], words[13]), (650, 0x3456_7890, 0x12));
        assert_eq!(Descriptor::of_words(&words), one);
    }

    #[test]
    #[should_panic(expected = "policy = 4 is too large")]
    fn a_value_that_is_too_large_is_refused() {
        Descriptor {
            policy: 4,
            ..Default::default()
        }
        .words();
    }
}
