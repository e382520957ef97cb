//! Nets as pieces whose values are known: places and numbers, so that bits of them can be read.

use crate::describe::{concat, lit, repeat, Binary, Body, Expr, Key, Place, Size, Unary};
use crate::emit::is_reserved;

/// A piece: its lowest bit, and a place or a number.
type Pieces = Vec<(usize, Expr)>;

/// Nets under construction.
pub struct Nets {
    /// Those that are made.
    pub body: Body,
    /// Values that are made, each after those of which it is made.
    pub values: Vec<(usize, Expr)>,
    /// What is known of each net of the original, the lowest piece first.
    pub known: Vec<Pieces>,
}

fn width(e: &Expr) -> usize {
    e.bits().known().expect("a known width")
}

fn is_atom(e: &Expr) -> bool {
    matches!(e, Expr::Place(_) | Expr::Number(..))
}

/// The operators in `e`.
pub fn cost(e: &Expr) -> usize {
    let mut cost = 0;
    e.for_each(&mut |e| {
        cost += match e {
            Expr::Place(_) | Expr::Number(..) | Expr::Size(..) => 0,
            Expr::Slice(..) | Expr::Unsigned(_) | Expr::Wide(..) => 0,
            Expr::Repeat(..) | Expr::Unary(..) | Expr::SignWide(..) | Expr::Total(..) => 1,
            Expr::Binary(..) | Expr::Product(..) => 1,
            Expr::Concat(items) => items.len(),
            Expr::Select(..) => 3,
        };
    });
    cost
}

/// `value` where the bit `of` is high, else zero.
pub fn mask(value: Expr, of: Expr, bits: usize) -> Expr {
    match (of.constant(), value.constant()) {
        (Some(0), _) => return lit(0, bits),
        (Some(_), _) => return value,
        // A power of two is the bit itself.
        (None, Some(number)) if number.is_power_of_two() => {
            let low = number.trailing_zeros() as usize;
            let with_zeros = match low {
                0 => of,
                _ => concat([of, lit(0, low)]),
            };
            return with_zeros.wide(bits);
        }
        _ => {}
    }
    match bits {
        1 => value & of,
        _ => value & repeat(bits, of),
    }
}

/// `value` where the bit `of` is low, else zero: compilers have an operator for that.
pub fn mask_not(value: Expr, of: Expr, bits: usize) -> Expr {
    match of.constant() {
        Some(0) => value,
        Some(_) => lit(0, bits),
        None if bits == 1 => value & !of,
        None => value & !repeat(bits, of),
    }
}

/// What `of` has besides `e`, if it is `e | more`.
fn besides(of: &Expr, e: &Expr) -> Option<Expr> {
    match of {
        Expr::Binary(Binary::Or, a, b) if **a == *e => Some((**b).clone()),
        Expr::Binary(Binary::Or, a, b) if **b == *e => Some((**a).clone()),
        _ => None,
    }
}

impl Nets {
    pub fn new(known: usize) -> Self {
        Self {
            body: Body::default(),
            values: Vec::new(),
            known: vec![Vec::new(); known],
        }
    }

    /// Keeps a name for something else.
    pub fn take(&mut self, name: &str) {
        self.body.declare(name, "", None, Size::Number(1));
    }

    /// A new net.
    pub fn declare(&mut self, name: &str, bits: usize) -> usize {
        let name = match is_reserved(name) {
            true => format!("{name}_0"),
            false => name.to_owned(),
        };
        self.body.declare(&name, "", None, Size::Number(bits));
        self.body.nets.len() - 1
    }

    pub fn bits(&self, net: usize) -> usize {
        self.body.nets[net].element.known().expect("a known width")
    }

    pub fn whole(&self, net: usize) -> Expr {
        self.body.whole(net).into()
    }

    /// `e` as a place or a number.
    pub fn atom(&mut self, e: Expr, name: &str) -> Expr {
        if is_atom(&e) {
            return e;
        }
        let net = self.declare(name, width(&e));
        self.values.push((net, e));
        self.whole(net)
    }

    /// `e`, or a value if it is much.
    pub fn small(&mut self, e: Expr, name: &str) -> Expr {
        match cost(&e) {
            0..=2 => e,
            _ => self.atom(e, name),
        }
    }

    /// Bits `lo` up of net `net` of the original are `e`, a place or a number.
    pub fn set(&mut self, net: usize, lo: usize, e: Expr) {
        let bits = width(&e);
        let mut pieces: Pieces = Vec::new();
        for (at, piece) in std::mem::take(&mut self.known[net]) {
            let end = at + width(&piece);
            if at < lo {
                let below = self.slice(piece.clone(), 0, end.min(lo) - at);
                pieces.push((at, below));
            }
            if end > lo + bits {
                let from = at.max(lo + bits);
                let above = self.slice(piece, from - at, end - from);
                pieces.push((from, above));
            }
        }
        pieces.push((lo, e));
        pieces.sort_by_key(|(at, _)| *at);
        self.known[net] = pieces;
    }

    /// Bits `lo` up of net `net` of the original are `e`.
    pub fn define(&mut self, net: usize, lo: usize, e: Expr, name: &str) {
        match e {
            // What is put together can be taken apart again.
            Expr::Concat(items) => {
                let mut at = lo;
                for item in items.into_iter().rev() {
                    let bits = width(&item);
                    self.define(net, at, item, name);
                    at += bits;
                }
            }
            Expr::Wide(inner, bits) => {
                let (own, all) = (width(&inner), bits.known().expect("a known width"));
                self.define(net, lo, *inner, name);
                self.set(net, lo + own, lit(0, all - own));
            }
            e => {
                let e = self.atom(e, name);
                self.set(net, lo, e);
            }
        }
    }

    /// Bits of net `net` of the original.
    pub fn read(&mut self, net: usize, lo: usize, bits: usize) -> Expr {
        let mut items = Vec::new();
        let mut found = 0;
        for (at, piece) in self.known[net].clone().into_iter().rev() {
            let (from, end) = (at.max(lo), (at + width(&piece)).min(lo + bits));
            if from < end {
                found += end - from;
                items.push(self.slice(piece, from - at, end - from));
            }
        }
        assert_eq!(found, bits, "bits of a net that nothing drives");
        concat(items)
    }

    /// Bits of an expression.
    pub fn slice(&mut self, e: Expr, lo: usize, bits: usize) -> Expr {
        let all = width(&e);
        if lo == 0 && bits == all {
            return e;
        }
        match e {
            Expr::Number(value, _) => {
                let kept = u128::MAX >> (128 - bits);
                lit(value.checked_shr(lo as u32).unwrap_or(0) & kept, bits)
            }
            Expr::Place(_) => e.slice(lo, bits),
            Expr::Concat(items) => {
                let (mut at, mut parts) = (all, Vec::new());
                for item in items {
                    let end = at;
                    at -= width(&item);
                    let (from, to) = (at.max(lo), end.min(lo + bits));
                    if from < to {
                        parts.push(self.slice(item, from - at, to - from));
                    }
                }
                concat(parts)
            }
            Expr::Wide(inner, _) => {
                let own = width(&inner);
                match (lo >= own, lo + bits <= own) {
                    (true, _) => lit(0, bits),
                    (_, true) => self.slice(*inner, lo, bits),
                    _ => self.slice(*inner, lo, own - lo).wide(bits),
                }
            }
            Expr::SignWide(inner, _) if lo + bits <= width(&inner) => self.slice(*inner, lo, bits),
            Expr::Repeat(_, bit) if width(&bit) == 1 => repeat(bits, *bit),
            e => self.atom(e, "whole").slice(lo, bits),
        }
    }

    /// What a value is made of.
    fn meaning(&self, e: &Expr) -> Expr {
        let Expr::Place(place) = e else {
            return e.clone();
        };
        let is = |(net, of): &&(usize, Expr)| *net == net_of(place) && of.bits() == place.bits;
        let value = self.values.iter().rev().find(is);
        value.map_or_else(|| e.clone(), |(_, of)| of.clone())
    }

    /// Wider, with copies of the sign above.
    fn sign_wide(&mut self, e: Expr, bits: usize) -> Expr {
        match self.atom(e, "number") {
            Expr::Number(value, own) if own.known() != Some(bits) => {
                let own = own.known().expect("a known width");
                let above = u128::MAX >> (128 - bits) & !(u128::MAX >> (128 - own));
                let negative = value >> (own - 1) & 1 == 1;
                lit(if negative { value | above } else { value }, bits)
            }
            e => e.sign_wide(bits),
        }
    }

    /// `a` where the bit `test` is high, else `b`.
    pub fn choose(&mut self, test: Expr, a: Expr, b: Expr) -> Expr {
        match test.constant() {
            Some(0) => return b,
            Some(_) => return a,
            None if a == b => return a,
            None => {}
        }
        let (test, bits) = (self.small(test, "test"), width(&a));
        // What both have in common is not chosen.
        let (of_a, of_b) = (self.meaning(&a), self.meaning(&b));
        for (own, other) in [(&a, &b), (&of_a, &b), (&of_a, &of_b)] {
            if let Some(more) = besides(own, other) {
                return other.clone() | mask(more, test, bits);
            }
        }
        for (own, other) in [(&b, &a), (&of_b, &a), (&of_b, &of_a)] {
            if let Some(more) = besides(own, other) {
                return other.clone() | mask_not(more, test, bits);
            }
        }
        if of_a == !b.clone() {
            let all = if bits == 1 { test } else { repeat(bits, test) };
            return b ^ all;
        }
        mask(a, test.clone(), bits) | mask_not(b, test, bits)
    }
}

/// The net of the original, the lowest bit and the bits of a place.
pub type At<'a> = &'a dyn Fn(&Place) -> Option<(usize, usize, usize)>;

/// `e` of the original in terms of what is made of it; `at` takes its places apart.
pub fn lower(nets: &mut Nets, e: &Expr, at: At) -> Option<Expr> {
    let mut of = |e: &Expr| lower(nets, e, at);
    Some(match e {
        Expr::Place(place) => {
            let (net, lo, bits) = at(place)?;
            nets.read(net, lo, bits)
        }
        Expr::Number(value, bits) => lit(*value, bits.known()?),
        Expr::Slice(inner, lo, bits) => {
            let inner = of(inner)?;
            nets.slice(inner, lo.known()?, bits.known()?)
        }
        Expr::Concat(items) => {
            let items: Option<Vec<_>> = items.iter().map(of).collect();
            concat(items?.into_iter().flat_map(|item| match item {
                Expr::Concat(items) => items,
                other => vec![other],
            }))
        }
        Expr::Repeat(count, bit) => repeat(count.known()?, of(bit)?),
        Expr::Unary(Unary::Not, inner) => !of(inner)?,
        Expr::Unary(Unary::Any, inner) => of(inner)?.any(),
        Expr::Unary(op, inner) => Expr::Unary(*op, Box::new(of(inner)?)),
        Expr::Binary(op, a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            match op {
                Binary::And => a & b,
                Binary::Or => a | b,
                // Not every machine shifts several numbers by several numbers at once.
                Binary::Shl if a.constant() == Some(1) && b.constant().is_none() => {
                    let (bits, by) = (width(&a), nets.atom(b, "shift"));
                    let is = |bit: usize| by.clone().is(lit(bit as u128, by.bits()));
                    let bits = (0..bits).rev().filter(|bit| bit >> width(&by) == 0);
                    let hot = concat(bits.map(is));
                    hot.wide(width(&a))
                }
                op => Expr::Binary(*op, Box::new(a), Box::new(b)),
            }
        }
        // Unsigned and of the width of the result, which a compiler can do for many at once.
        Expr::Product(a, b, bits, signed) => {
            let (a, b, bits) = (of(a)?, of(b)?, bits.known()?);
            match signed {
                true => nets.sign_wide(a, bits).times(nets.sign_wide(b, bits), bits),
                false => a.wide(bits).times(b.wide(bits), bits),
            }
        }
        Expr::Unsigned(inner) => of(inner)?,
        Expr::Select(test, a, b) => {
            let (test, a, b) = (of(test)?, of(a)?, of(b)?);
            nets.choose(test, a, b)
        }
        Expr::Wide(inner, bits) => of(inner)?.wide(bits.known()?),
        Expr::SignWide(inner, bits) => {
            let inner = of(inner)?;
            nets.sign_wide(inner, bits.known()?)
        }
        Expr::Total(..) | Expr::Size(..) => return None,
    })
}

/// The net of a whole place.
pub fn net_of(place: &Place) -> usize {
    match place.net {
        Key::Net(net) => net,
        _ => panic!("a net that is not of this body"),
    }
}
