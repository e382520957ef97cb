//! What is not described but written as text: lines of registers, small banks of words, block
//! RAM, and the multiplier of a DSP block.

mod bank;
mod delay;
mod dsp;
mod dsp_text;
mod ram;

pub use bank::Bank;
pub use delay::Delay;
pub use dsp::Dsp;
pub use ram::Ram;
