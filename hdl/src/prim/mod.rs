//! What is not described but written as text: lines of registers, small banks of words, and the
//! multiplier of a DSP block.

mod bank;
mod delay;
mod dsp;
mod dsp_text;

pub use bank::Bank;
pub use delay::Delay;
pub use dsp::Dsp;
