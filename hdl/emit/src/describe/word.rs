//! Types that nets can carry.

use rust_hdl::prelude::*;

/// A type that a net can carry: its values as numbers, and back.
pub trait Word: Synth + 'static {
    /// Its bits as a number.
    fn number(&self) -> u128;
    /// The value with these bits.
    fn of_number(number: u128) -> Self;
}

impl Word for Bit {
    fn number(&self) -> u128 {
        u128::from(*self)
    }
    fn of_number(number: u128) -> Self {
        number & 1 == 1
    }
}

impl Word for Clock {
    fn number(&self) -> u128 {
        u128::from(self.clk)
    }
    fn of_number(number: u128) -> Self {
        Clock {
            clk: number & 1 == 1,
        }
    }
}

impl<const N: usize> Word for Bits<N> {
    fn number(&self) -> u128 {
        u128::from(self.to_u64())
    }
    fn of_number(number: u128) -> Self {
        (number as u64).into()
    }
}
