//! The instruction sets that the engines' inner loops are written for.

use crate::GemmError;
use heddle_format::named;
use serde::{Deserialize, Serialize};

/// The instruction set that an engine's inner loops use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// x86-64 with AVX-512 (F, BW, DQ, VL).
    Avx512,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// Plain loops for any CPU.
    Portable,
}

// The fastest first.
named!(
    Kernel,
    "kernel",
    Avx512 = "avx512",
    Avx2 = "avx2",
    Portable = "portable"
);

impl Kernel {
    /// The fastest kernel that this CPU runs.
    pub fn fastest() -> Self {
        Self::ALL
            .into_iter()
            .find(|kernel| kernel.is_available())
            .unwrap_or(Kernel::Portable)
    }

    /// Whether this CPU runs it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Kernel::Avx512 | Kernel::Avx2 => false,
            Kernel::Portable => true,
        }
    }

    /// The kernel itself if this CPU runs it.
    pub(crate) fn checked(self) -> Result<Self, GemmError> {
        if self.is_available() {
            return Ok(self);
        }
        let available: Vec<_> = Self::ALL
            .into_iter()
            .filter(|kernel| kernel.is_available())
            .map(Kernel::name)
            .collect();
        Err(GemmError::Kernel {
            kernel: self.name(),
            available: available.join(", "),
        })
    }
}
