//! Numbers in descriptions: sums that go round, quotients by constants, words of several fields.

use crate::describe::{bits_to, concat, e, lit, select, Body, Expr, Net};
use rust_hdl::prelude::*;

/// Nothing reads these outputs of children, and it is meant.
pub(crate) fn unread(m: &mut Body, ports: &[&Net<Out, Bit>]) {
    for port in ports {
        if let Expr::Place(wire) = m.wire("unread", "nothing reads this", *port) {
            m.unused(wire);
        }
    }
}

/// The width of an expression whose width is a number.
pub(crate) fn width(of: &Expr) -> usize {
    of.bits().known().expect("a width that is a number")
}

/// `a + n`, without its carry.
pub(crate) fn plus(a: impl Into<Expr>, n: usize) -> Expr {
    let a = a.into();
    let bits = width(&a);
    a + lit(n as u128, bits)
}

/// `a - n`, without its borrow.
pub(crate) fn minus(a: impl Into<Expr>, n: usize) -> Expr {
    let a = a.into();
    let bits = width(&a);
    a - lit(n as u128, bits)
}

/// Whether `a` is `n`.
pub(crate) fn is(a: impl Into<Expr>, n: usize) -> Expr {
    let a = a.into();
    let bits = width(&a);
    a.is(lit(n as u128, bits))
}

/// `a`, a net or a number, of `bits` bits: zeros above, or less of it.
pub(crate) fn fit(a: impl Into<Expr>, bits: usize) -> Expr {
    let a = a.into();
    match width(&a) > bits {
        true => a.slice(0, bits),
        false => a.wide(bits),
    }
}

/// The same of an expression without a name: it gets one.
pub(crate) fn fit_named(m: &mut Body, name: &str, doc: &str, a: Expr, bits: usize) -> Expr {
    let wire = m.wire(name, doc, a);
    fit(wire, bits)
}

/// The product of two numbers, of `bits` bits: as many as they have together suffice.
pub(crate) fn product(a: impl Into<Expr>, b: impl Into<Expr>, bits: usize) -> Expr {
    a.into().wide(bits).times(b.into().wide(bits), bits)
}

/// `a + b`, which are less than `modulus`, modulo that: a place in a ring of so many words.
pub(crate) fn around(m: &mut Body, name: &str, a: Expr, b: Expr, modulus: usize) -> Expr {
    let bits = width(&a);
    if modulus == 1 << bits {
        return m.wire(name, "the place in its ring", a + b);
    }
    let sum = a.wide(bits + 1) + b.wide(bits + 1);
    let sum = m.wire(
        &format!("{name}_sum"),
        "the place, perhaps beyond the ring's end",
        sum,
    );
    let less = sum.clone() - lit(modulus as u128, bits + 1);
    let less = m.wire(&format!("{name}_less"), "the place, if it was beyond", less);
    let within = sum.clone().less_than(lit(modulus as u128, bits + 1));
    let (sum, less) = (sum.slice(0, bits), less.slice(0, bits));
    m.wire(name, "the place in its ring", select(within, sum, less))
}

/// `x / by` rounded up, of `bits` bits, for `x` up to `most`: by a product with a constant.
pub(crate) fn groups(
    m: &mut Body,
    name: &str,
    (x, most): (Expr, usize),
    by: usize,
    bits: usize,
) -> Expr {
    if by == 1 {
        return fit(x, bits);
    }
    let wide = bits_to(most + by - 1).max(width(&x));
    let up = m.wire(
        &format!("{name}_up"),
        "the dividend of a quotient that is rounded up",
        plus(x.wide(wide), by - 1),
    );
    let (factor, shift) = reciprocal(by, most + by - 1);
    let all = match factor {
        1 => up,
        factor => {
            let wide = wide + bits_to(factor);
            m.wire(
                &format!("{name}_product"),
                "the quotient, with a fraction below",
                up.times(lit(factor as u128, bits_to(factor)), wide),
            )
        }
    };
    let whole = width(&all) - shift;
    fit(all.slice(shift, whole), bits)
}

/// A factor and a shift that divide numbers up to `most` by `by`.
fn reciprocal(by: usize, most: usize) -> (usize, usize) {
    (0..)
        .map(|shift: usize| ((1_usize << shift).div_ceil(by), shift))
        .find(|(factor, shift)| (0..=most).all(|x| (x * factor) >> shift == x / by))
        .expect("a shift that is large enough")
}

/// A word of several fields, the first in the high bits.
pub(crate) struct Packed(Vec<(&'static str, usize)>);

impl Packed {
    /// Of fields and their bits; those of 0 bits are left out.
    pub(crate) fn new(fields: impl IntoIterator<Item = (&'static str, usize)>) -> Self {
        Self(fields.into_iter().filter(|(_, bits)| *bits > 0).collect())
    }

    /// Its bits.
    pub(crate) fn bits(&self) -> usize {
        self.0.iter().map(|(_, bits)| bits).sum()
    }

    /// The word whose fields have these values; those that it lacks are ignored.
    ///
    /// # Panics
    /// If one is not there, or has another width.
    pub(crate) fn join(&self, values: &[(&str, Expr)]) -> Expr {
        concat(self.0.iter().map(|(name, bits)| {
            let found = values.iter().find(|(known, _)| known == name);
            let (_, value) = found.unwrap_or_else(|| panic!("no value for {name}"));
            assert_eq!(value.bits().known().unwrap_or(*bits), *bits, "{name}");
            value.clone()
        }))
    }

    /// Field `name` of `word`; zero if it has none.
    pub(crate) fn get(&self, word: impl Into<Expr>, name: &str) -> Expr {
        let Some(at) = self.0.iter().position(|(known, _)| *known == name) else {
            return e(false);
        };
        let low = self.0[at + 1..].iter().map(|(_, bits)| bits).sum::<usize>();
        word.into().slice(low, self.0[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::reciprocal;

    #[test]
    fn the_reciprocal_is_exact() {
        for most in [15_usize, 127, 4096] {
            for each in 1_usize..=33 {
                let (factor, shift) = reciprocal(each, most + each - 1);
                for x in 0..=most {
                    let sum = x + each - 1;
                    assert_eq!((sum * factor) >> shift, x.div_ceil(each), "{x} by {each}");
                }
            }
        }
    }
}
