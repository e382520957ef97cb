//! Places: bits of nets, whose positions may be symbols.

use super::Size;

/// Which net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// The field at this address: what a description says, before the body has looked it up.
    Address(usize),
    /// A net of the module: a field of it, or a wire of its description.
    Net(usize),
    /// A port of a child.
    Port(usize, usize),
}

/// Some bits of a net.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Which net.
    pub net: Key,
    /// Which instance, of a port of one of many.
    pub of: Option<Size>,
    /// The lowest bit; `None` is all of the net.
    pub lo: Option<Size>,
    /// How many bits.
    pub bits: Size,
    /// Bits of an element of the net.
    pub element: Size,
}

impl Place {
    /// Lane `lane` of it.
    #[must_use]
    pub fn at(mut self, lane: impl Into<Size>) -> Self {
        self.lo = Some(lane.into() * self.element.clone());
        self.bits = self.element.clone();
        self
    }

    /// Lanes `lanes` from `first` on.
    #[must_use]
    pub fn lanes(mut self, first: impl Into<Size>, lanes: impl Into<Size>) -> Self {
        self.lo = Some(first.into() * self.element.clone());
        self.bits = lanes.into() * self.element.clone();
        self
    }

    /// That of instance `index`.
    #[must_use]
    pub fn of(mut self, index: impl Into<Size>) -> Self {
        self.of = Some(index.into());
        self
    }
}

/// The nets of a bundle, in order; `None` where it lacks one.
#[derive(Clone, Debug, Default)]
pub struct Places(pub Vec<Option<Place>>);

impl Places {
    /// Those of `other` too, behind them.
    pub fn extend(&mut self, other: Places) {
        self.0.extend(other.0);
    }

    /// Each, or that of `others` in its place where there is none.
    #[must_use]
    pub fn or(self, others: Places) -> Self {
        let each = self.0.into_iter().zip(others.0);
        Places(each.map(|(own, other)| own.or(other)).collect())
    }

    fn map(self, change: impl Fn(Place) -> Place) -> Self {
        Places(self.0.into_iter().map(|place| place.map(&change)).collect())
    }

    /// Lane `lane` of each.
    #[must_use]
    pub fn at(self, lane: impl Into<Size>) -> Self {
        let lane = lane.into();
        self.map(|place| place.at(lane.clone()))
    }

    /// Those of instance `index`.
    #[must_use]
    pub fn of(self, index: impl Into<Size>) -> Self {
        let index = index.into();
        self.map(|place| place.of(index.clone()))
    }
}
