//! Numbers in the engine's control.

use crate::describe::{bits_to, lit, Body, Expr};

/// `x`, a number of as many bits as it has, in groups of `each`, rounded up: a wire `name`, as wide as `x`.
///
/// A constant that is no power of two divides as a product with its reciprocal (Granlund and
/// Montgomery, "Division by invariant integers using multiplication", PLDI 1994): with as many more bits as
/// `each` has it is exact.
pub(super) fn groups(m: &mut Body, name: &str, x: Expr, each: usize) -> Expr {
    let bits = known(&x);
    if each == 1 {
        return x;
    }
    let sum = x.wide(bits + 1) + lit(each as u128 - 1, bits + 1);
    let full = format!("{name}_full");
    let (shift, sum) = match each.is_power_of_two() {
        true => (each.trailing_zeros() as usize, sum),
        false => {
            let (shift, factor) = reciprocal(bits, each);
            let width = bits_to(factor as usize);
            let all = bits + 1 + width;
            (shift, sum.wide(all).times(lit(factor, all), all))
        }
    };
    let all = known(&sum);
    let sum = m.wire(&full, "rounded up, before it is divided", sum);
    let quotient = sum.slice(shift, bits.min(all - shift)).wide(bits);
    m.wire(name, "a number of tiles", quotient)
}

/// By how much to shift the product with what.
fn reciprocal(bits: usize, each: usize) -> (usize, u128) {
    let shift = bits + 1 + bits_to(each);
    (shift, (1u128 << shift).div_ceil(each as u128))
}

/// The width of an expression of this block, whose sizes are numbers.
fn known(x: &Expr) -> usize {
    x.bits().known().expect("a width that is a number")
}

/// A number of another width: cut off, or with zeros above. What is cut off needs a name.
pub(super) fn fit(x: Expr, to: usize) -> Expr {
    let from = known(&x);
    match to < from {
        true => x.slice(0, to),
        false => x.wide(to),
    }
}

/// The same of what has no name: it gets one.
pub(super) fn fit_named(m: &mut Body, name: &str, doc: &str, x: Expr, to: usize) -> Expr {
    let wire = m.wire(name, doc, x);
    fit(wire, to)
}

/// The product of two numbers, of `bits` bits: as many as they have together suffice.
pub(super) fn product(a: Expr, b: Expr, bits: usize) -> Expr {
    a.wide(bits).times(b.wide(bits), bits)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_reciprocal_is_exact() {
        for bits in [4usize, 7, 13] {
            for each in 1usize..=33 {
                if each.is_power_of_two() {
                    continue;
                }
                let (shift, factor) = super::reciprocal(bits, each);
                for x in 0..1u128 << bits {
                    let sum = x + each as u128 - 1;
                    assert_eq!(
                        (sum * factor) >> shift,
                        x.div_ceil(each as u128),
                        "{x} by {each}"
                    );
                }
            }
        }
    }
}
