//! Sizes as symbols: what a vector's width, a loop's end or a line's depth is made of.

use super::Parameter;
use std::fmt;
use std::ops::{Add, Mul, Sub};

/// A size: a number, a parameter or a loop's variable, or what is computed of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// A number.
    Number(usize),
    /// A parameter of the module in which it stands.
    Parameter(&'static Parameter),
    /// The variable of a loop, or a parameter of a template.
    Name(&'static str),
    /// The sum of two.
    Sum(Box<Size>, Box<Size>),
    /// The first less the second.
    Difference(Box<Size>, Box<Size>),
    /// The product of two.
    Product(Box<Size>, Box<Size>),
    /// So many of so many each, the last perhaps not full: a quotient rounded up.
    Groups(Box<Size>, usize),
    /// The larger one.
    Larger(Box<Size>, Box<Size>),
    /// The smaller one.
    Smaller(Box<Size>, Box<Size>),
    /// The bits of a number that goes up to it.
    Bits(Box<Size>),
    /// A constant of the module, and what it is.
    Named(&'static str, Box<Size>),
}

use Size::{Difference, Groups, Larger, Name, Named, Number, Product, Smaller, Sum};

/// Values of names: of parameters, of the variables of loops.
pub type Values<'a> = &'a dyn Fn(&str) -> Option<usize>;

impl Size {
    /// A size that whoever instantiates a module may choose.
    pub const fn parameter(parameter: &'static Parameter) -> Self {
        Size::Parameter(parameter)
    }

    /// Its value, names having those of `values`; a parameter that has none has its default.
    ///
    /// # Panics
    /// If it is negative or a name has no value, which are mistakes in a description.
    pub fn eval(&self, values: Values) -> usize {
        let of = |size: &Size| size.eval(values);
        match self {
            Number(number) => *number,
            Size::Parameter(of) => values(of.name).unwrap_or(of.default),
            Name(name) => values(name).unwrap_or_else(|| panic!("{name} is no size of the module")),
            Sum(a, b) => of(a) + of(b),
            Difference(a, b) => {
                let (a, b) = (of(a), of(b));
                a.checked_sub(b)
                    .unwrap_or_else(|| panic!("{self} is {a} - {b}"))
            }
            Product(a, b) => of(a) * of(b),
            Groups(of_all, each) => of(of_all).div_ceil(*each),
            Larger(a, b) => of(a).max(of(b)),
            Smaller(a, b) => of(a).min(of(b)),
            Size::Bits(most) => bits_to(of(most)),
            Named(_, size) => of(size),
        }
    }

    /// Its value if no name is in it.
    pub fn known(&self) -> Option<usize> {
        let mut names = false;
        self.for_each_leaf(&mut |leaf| names |= !matches!(leaf, Number(_)));
        (!names).then(|| self.eval(&|_| None))
    }

    /// Calls `visit` with every parameter in it.
    pub fn for_each_parameter(&self, visit: &mut dyn FnMut(&'static Parameter)) {
        self.for_each_leaf(&mut |leaf| {
            if let Size::Parameter(parameter) = leaf {
                visit(parameter);
            }
        });
    }

    /// Calls `visit` with every number, parameter and name in it.
    fn for_each_leaf(&self, visit: &mut dyn FnMut(&Size)) {
        match self {
            Number(_) | Size::Parameter(_) | Name(_) => visit(self),
            Sum(a, b) | Difference(a, b) | Product(a, b) | Larger(a, b) | Smaller(a, b) => {
                a.for_each_leaf(visit);
                b.for_each_leaf(visit);
            }
            Groups(a, _) | Size::Bits(a) | Named(_, a) => a.for_each_leaf(visit),
        }
    }

    /// The same with other sizes for parameters and names; `None` of `instead` leaves one.
    pub(crate) fn with(&self, instead: &dyn Fn(&Size) -> Option<Size>) -> Size {
        let mut changes = false;
        self.for_each_leaf(&mut |leaf| changes |= instead(leaf).is_some());
        if !changes {
            return self.clone();
        }
        let of = |size: &Size| size.with(instead);
        let size = match self {
            Number(_) => self.clone(),
            Size::Parameter(_) | Name(_) => instead(self).unwrap_or_else(|| self.clone()),
            Sum(a, b) => of(a) + of(b),
            Difference(a, b) => of(a) - of(b),
            Product(a, b) => of(a) * of(b),
            Larger(a, b) => of(a).max(of(b)),
            Smaller(a, b) => of(a).min(of(b)),
            Groups(a, each) => of(a).groups(*each),
            Size::Bits(a) => of(a).bits(),
            // Another value is another constant.
            // Another value is another constant.
            Named(_, a) => of(a),
        };
        size.known().map_or(size, Number)
    }

    /// The larger of the two.
    pub fn max(self, other: impl Into<Size>) -> Size {
        Larger(Box::new(self), Box::new(other.into()))
    }

    /// The smaller of the two.
    pub fn min(self, other: impl Into<Size>) -> Size {
        Smaller(Box::new(self), Box::new(other.into()))
    }

    /// Groups of `each` that it takes.
    pub fn groups(self, each: usize) -> Size {
        Groups(Box::new(self), each)
    }

    /// The bits of a number that goes up to it.
    pub fn bits(self) -> Size {
        Size::Bits(Box::new(self))
    }

    /// The same by a name, which `Body::define` tells the module.
    pub fn named(self, name: &'static str) -> Size {
        Named(name, Box::new(self))
    }

    /// Whether it needs parentheses as a factor.
    fn is_sum(&self) -> bool {
        matches!(self, Sum(..) | Difference(..) | Groups(..))
    }
}

/// [`bits_to`] in Verilog.
pub const BITS_TO: &str = "// Bits of a number up to `most`.
function automatic integer bits_to;
  input integer most;
  begin
    bits_to = 1;
    while ((1 << bits_to) <= most) begin
      bits_to = bits_to + 1;
    end
  end
endfunction";

/// The bits of a number that goes up to `most`.
pub fn bits_to(most: usize) -> usize {
    (usize::BITS - most.leading_zeros()) as usize
}

impl From<usize> for Size {
    fn from(number: usize) -> Self {
        Number(number)
    }
}

impl From<&Size> for Size {
    fn from(size: &Size) -> Self {
        size.clone()
    }
}

impl<T: Into<Size>> Add<T> for Size {
    type Output = Size;
    fn add(self, other: T) -> Size {
        match (self, other.into()) {
            (Number(a), Number(b)) => Number(a + b),
            (Number(0), size) | (size, Number(0)) => size,
            // Numbers come last and are joined.
            (Number(a), size) => size + Number(a),
            (Sum(a, b), Number(c)) => match *b {
                Number(b) => *a + Number(b + c),
                b => Sum(Box::new(Sum(a, Box::new(b))), Box::new(Number(c))),
            },
            (Difference(a, b), Number(c)) => match *b {
                Number(b) if b > c => *a - Number(b - c),
                Number(b) => *a + Number(c - b),
                b => Sum(Box::new(Difference(a, Box::new(b))), Box::new(Number(c))),
            },
            (a, b) => Sum(Box::new(a), Box::new(b)),
        }
    }
}

impl<T: Into<Size>> Sub<T> for Size {
    type Output = Size;
    fn sub(self, other: T) -> Size {
        match (self, other.into()) {
            (size, Number(0)) => size,
            (Number(a), Number(b)) if a >= b => Number(a - b),
            (Sum(a, b), Number(c)) => match *b {
                Number(b) if b > c => *a + Number(b - c),
                Number(b) => *a - Number(c - b),
                b => Difference(Box::new(Sum(a, Box::new(b))), Box::new(Number(c))),
            },
            (Difference(a, b), Number(c)) => match *b {
                Number(b) => *a - Number(b + c),
                b => Difference(Box::new(Difference(a, Box::new(b))), Box::new(Number(c))),
            },
            (a, b) if a == b => Number(0),
            (a, b) => Difference(Box::new(a), Box::new(b)),
        }
    }
}

impl<T: Into<Size>> Mul<T> for Size {
    type Output = Size;
    fn mul(self, other: T) -> Size {
        match (self, other.into()) {
            (Number(a), Number(b)) => Number(a * b),
            (Number(0), _) | (_, Number(0)) => Number(0),
            (Number(1), size) | (size, Number(1)) => size,
            (Number(a), size) => size * Number(a),
            (a, b) => Product(Box::new(a), Box::new(b)),
        }
    }
}

/// As an expression of Verilog's.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let factor = |size: &Size| match size.is_sum() {
            true => format!("({size})"),
            false => size.to_string(),
        };
        match self {
            Number(number) => write!(f, "{number}"),
            Size::Parameter(of) => f.write_str(of.name),
            Name(name) | Named(name, _) => f.write_str(name),
            Sum(a, b) => write!(f, "{a} + {b}"),
            Difference(a, b) => match b.is_sum() {
                true => write!(f, "{a} - ({b})"),
                false => write!(f, "{a} - {b}"),
            },
            Product(a, b) => write!(f, "{}*{}", factor(a), factor(b)),
            Groups(of, each) => match (**of).clone() + (each - 1) {
                sum if sum.is_sum() => write!(f, "({sum})/{each}"),
                sum => write!(f, "{sum}/{each}"),
            },
            Larger(a, b) => write!(f, "({a} > {b} ? {a} : {b})"),
            Smaller(a, b) => write!(f, "({a} < {b} ? {a} : {b})"),
            Size::Bits(most) => write!(f, "bits_to({most})"),
        }
    }
}
