//! Codes of what can go wrong, said once: for hardware, C header, documentation and drivers.

/// A code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its number.
    pub code: u8,
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            pub const $name: u8 = $code;
        )+

        /// All of them, in the order of their numbers.
        pub const ALL: &[$crate::engine::codes::Code] = &[$($crate::engine::codes::Code {
            code: $code,
            name: stringify!($name),
            doc: $doc,
        }),+];
    };
}

/// What is wrong with a job, in the order of the checks; 0 is nothing.
pub mod job {
    codes! {
        LAYOUT = 0x01, "layout 3, or one that the array's dataflow lacks";
        POLICY = 0x02, "policy 3";
        RESERVED = 0x04, "a reserved bit is set";
        ZERO = 0x05, "M, K or N is 0";
        DIM = 0x06, "M, K or N is above MAX_DIM";
        ALIGN = 0x07, "a base or a stride is no multiple of OB, or the base of a mask none of 64";
        A_SPACE = 0x08, "A does not fit";
        SUM_SPACE = 0x09, "sums do not fit";
        B_SPACE = 0x0a, "B does not fit: panel too large, or K";
        NO_SUMS = 0x0b, "resume, and the job before did not stay";
        KEEP_A = 0x0c, "keep_a, and no such job before";
        COPY = 0x0d, "c0 in another place than C with a mask on n, or with one on m unless the stride of C0 is 0 (not dense)";
        BUS = 0x20, "a bus error: operand, response and address of the burst stand beside the code";
    }
}

/// What a burst that failed was for, beside the code BUS.
pub mod operand {
    codes! {
        DESCRIPTOR = 0, "the descriptor";
        A = 1, "A";
        B = 2, "B";
        C0 = 3, "C0";
        C = 4, "C, a write";
        MASK = 5, "a mask";
    }
}

/// Why an access to a register was refused, in the order of the checks; 0: none was.
pub mod access {
    codes! {
        UNALIGNED = 0x41, "the address is no multiple of 4";
        ADDRESS = 0x42, "there is no register";
        READ_ONLY = 0x43, "a write to a register that is only read";
        STROBES = 0x44, "a write of some of the four bytes";
        RING_BUSY = 0x45, "ring base or size while the engine is enabled or not idle";
        RING_ALIGN = 0x46, "ring base that is no multiple of 128";
        RING_ADDRESS = 0x47, "ring base beyond the address bits";
        RING_SIZE = 0x48, "ring size of 0 or above the largest";
        NO_RING = 0x49, "enabled before the ring has a size";
        DISABLED = 0x4a, "doorbell while the engine is disabled";
        DOORBELL = 0x4b, "doorbell with more descriptors than the ring has";
        BACKWARD = 0x4c, "doorbell that takes descriptors back";
    }
}

#[cfg(test)]
mod tests {
    use super::{access, job, operand};

    #[test]
    fn codes_are_in_order_and_those_of_jobs_and_accesses_differ() {
        for all in [&[job::ALL, access::ALL].concat(), &operand::ALL.to_vec()] {
            assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
        }
        assert!(job::ALL[0].code > 0, "0 is no code");
        assert!(
            operand::ALL.iter().all(|operand| operand.code < 8),
            "three bits"
        );
    }
}
