//! The masked GEMM, `C[M,N] = C0[M,N] + A[M,K] B[K,N]` with keep-masks on m, k
//! and n, and the engines that evaluate it in software.
//!
//! Everything that can evaluate the product implements [`Engine`]. Shapes are always
//! written M x K x N.
//!
//! | engine | operands | sums |
//! |--------|----------|------|
//! | [`CpuEngine`] | f32, f64 | fast, in any order |
//! | [`GoldenEngine`] | bf16, i8, i16 | bit-exact: strictly in increasing k |
//! | [`Bf16Edge`], [`IntEdge`] | f32, rounded or quantised for the engine behind | as that engine's |
//! | the Verilated array, in `heddle-cosim` | bf16, i8, i16 | equal to the golden model's |
//!
//! ```
//! use heddle_format::Format;
//! use heddle_gemm::{Accumulator, Engine, GoldenEngine, Job, Mask, MatMut, MatRef, Policy, Scratch};
//!
//! let (a, b) = ([1_i8, 2, 3, 4], [5_i8, 6]); // 2 x 2 and 2 x 1
//! let keep: Mask = [true, false].into_iter().collect();
//! let job = Job {
//!     keep_k: Some(&keep),
//!     ..Job::new(MatRef::row_major(&a, 2, 2), MatRef::row_major(&b, 2, 1), 0)
//! };
//! let mut c = [100_i32, 200]; // C0, then C
//! GoldenEngine::new(Accumulator::of(Format::Int8)).run(
//!     Policy::Packed,
//!     &[job],
//!     &mut [MatMut::row_major(&mut c, 2, 1)],
//!     &mut Scratch::default(),
//! )?;
//! assert_eq!(c, [100 + 1 * 5, 200 + 3 * 5]);
//! # Ok::<(), heddle_gemm::GemmError>(())
//! ```
#![deny(missing_docs)]

mod compare;
mod cpu;
mod edge;
mod element;
mod engine;
mod error;
mod gather;
mod golden;
mod host;
mod job;
mod kernel;
mod mask;
mod matrix;
mod quantise;
mod shape;
mod simd;
mod team;

pub use compare::{compare, Comparison, Equality, Mismatch, Sum};
pub use cpu::CpuEngine;
pub use edge::{Bf16Edge, IntEdge};
pub use element::Element;
pub use engine::{Engine, Policy, Scratch, WeightKey};
pub use error::GemmError;
pub use golden::{mac_bf16, Accumulator, GoldenEngine};
pub use host::Host;
pub use job::{Job, Label, Phase};
pub use kernel::Kernel;
pub use mask::Mask;
pub use matrix::{Layout, MatMut, MatRef};
pub use quantise::{quantise, quantise_i16, quantise_i8, round_bf16, Quantise, Quantised};
pub use shape::Shape;
pub use team::Team;
