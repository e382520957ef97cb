//! The masked GEMM, `C[M,N] = C0[M,N] + A[M,K] B[K,N]` with keep-masks on m, k
//! and n, and the engines that evaluate it in software.
//!
//! Everything that can evaluate the product implements [`Engine`]: the fast
//! floating-point engine of the CPU, the bit-exact golden model, and (in
//! `heddle-cosim`) the Verilated array. Shapes are always written M x K x N.
#![deny(missing_docs)]

mod compare;
mod cpu;
mod edge;
mod element;
mod engine;
mod error;
mod gather;
mod golden;
mod job;
mod mask;
mod matrix;
mod quantise;

pub use compare::{compare, Comparison, Equality, Mismatch, Sum};
pub use cpu::CpuEngine;
pub use edge::{Bf16Edge, IntEdge};
pub use element::Element;
pub use engine::{Engine, Policy, Scratch, WeightKey};
pub use error::GemmError;
pub use golden::{mac_bf16, Accumulator, GoldenEngine, Kernel};
pub use job::{Job, Label, Phase};
pub use mask::Mask;
pub use matrix::{MatMut, MatRef};
pub use quantise::{quantise, quantise_i16, quantise_i8, round_bf16, Quantise, Quantised};
