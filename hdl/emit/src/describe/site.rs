//! Where hardware is built.

use super::{Size, Sizes, Style};
use std::ops::Deref;

/// What a design is built from. `()` is one with nothing to choose.
pub trait Configuration {
    /// Values of parameters, in the order in which modules list them; what is not among them has
    /// its default.
    fn sizes(&self) -> Sizes {
        Sizes::default()
    }

    /// How registers are reset and held of which nothing else is said.
    fn style(&self) -> Style {
        Style::default()
    }

    /// Whether clocks are gated: modules with gated registers then have a test enable.
    fn gates_clocks(&self) -> bool {
        false
    }
}

impl Configuration for () {}

/// Where hardware is built: its configuration, its sizes, and how much of it.
#[derive(Clone, Debug)]
pub struct Site<'a, C> {
    config: &'a C,
    sizes: Sizes,
    /// One of many instances only, and of many lanes: enough to describe them, not to simulate.
    outline: bool,
}

impl<C> Deref for Site<'_, C> {
    type Target = C;
    fn deref(&self) -> &C {
        self.config
    }
}

impl<'a, C: Configuration> Site<'a, C> {
    /// All of the hardware of `config`.
    pub fn whole(config: &'a C) -> Self {
        Self {
            config,
            sizes: config.sizes(),
            outline: false,
        }
    }

    /// As little of it as its description needs.
    pub fn outline(config: &'a C) -> Self {
        Self {
            outline: true,
            ..Self::whole(config)
        }
    }

    /// The place of a part whose size `size`, a parameter, is another one.
    ///
    /// # Panics
    /// If it is no parameter.
    #[must_use]
    pub fn with(&self, size: &Size, value: usize) -> Self {
        let Size::Parameter(parameter) = size else {
            panic!("{size} is no parameter");
        };
        Self {
            config: self.config,
            sizes: self.sizes.with(parameter.name, value),
            outline: self.outline,
        }
    }

    /// The place of a part that has a configuration of its own.
    pub fn part<'b, D: Configuration>(&self, config: &'b D) -> Site<'b, D> {
        Site {
            outline: self.outline,
            ..Site::whole(config)
        }
    }

    /// Values of parameters.
    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// What `size` is here.
    pub fn value(&self, size: &Size) -> usize {
        size.eval(&|name| self.sizes.get(name))
    }

    /// How many of `count` are built.
    pub fn built(&self, count: usize) -> usize {
        match self.outline {
            true => count.min(1),
            false => count,
        }
    }
}
