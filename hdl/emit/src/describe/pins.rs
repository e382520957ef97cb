//! A module in rust-hdl's simulation, driven and read by the names of its ports.

use super::{AnyNet, Found, Module};
use rust_hdl::prelude::simulate;

/// Delta cycles within which a module must settle.
const DELTAS: usize = 10_000;

/// A module under test.
pub struct Pins<M: Module> {
    module: M,
    /// Names of its nets, in the order in which the module hands them out.
    names: Vec<String>,
}

impl<M: Module> Pins<M> {
    /// Connects `module`.
    pub fn new(mut module: M) -> Self {
        module.connect_all();
        let mut names = Vec::new();
        module.visit_parts(&mut |found| {
            if let Found::Net(label, _) = found {
                names.push(label.name);
            }
        });
        Self { module, names }
    }

    fn with<R>(&mut self, name: &str, see: impl FnOnce(&mut dyn AnyNet) -> R) -> R {
        let mut nets = Vec::new();
        self.module.nets_mut(&mut nets);
        assert_eq!(nets.len(), self.names.len(), "one name for each net");
        let at = self.names.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| panic!("no port {name} among {:?}", self.names));
        see(&mut *nets[at])
    }

    /// Whether the configuration has the port.
    pub fn has(&mut self, name: &str) -> bool {
        self.names.iter().any(|known| known == name) && self.with(name, |net| net.info().present)
    }

    /// Drives an input, if the configuration has it, one value for each element.
    pub fn put(&mut self, name: &str, lanes: &[u64]) {
        self.with(name, |net| {
            for (lane, &value) in lanes.iter().enumerate().take(net.info().count) {
                net.drive(lane, value.into());
            }
        });
    }

    /// Drives an input, if the configuration has it: the lowest bits are those of element 0.
    pub fn set(&mut self, name: &str, value: impl Into<u128>) {
        let value = value.into();
        self.with(name, |net| {
            let info = net.info();
            for lane in 0..info.count {
                net.drive(lane, value >> (lane * info.width) & ((1 << info.width) - 1));
            }
        });
    }

    /// The values of an output's elements.
    pub fn lanes(&mut self, name: &str) -> Vec<u64> {
        self.with(name, |net| {
            (0..net.info().count)
                .map(|lane| net.read(lane) as u64)
                .collect()
        })
    }

    /// The value of an output, element 0 in the low bits; zero if the configuration lacks it.
    pub fn get(&mut self, name: &str) -> u128 {
        self.with(name, |net| {
            let info = net.info();
            (0..info.count)
                .map(|lane| net.read(lane) << (lane * info.width))
                .sum()
        })
    }

    /// Lets what was driven take effect.
    ///
    /// # Panics
    /// If the module does not settle.
    pub fn settle(&mut self) {
        assert!(
            simulate(&mut self.module, DELTAS),
            "the module does not settle"
        );
    }

    /// A rising and a falling edge of the clock.
    pub fn cycle(&mut self) {
        for level in [true, false] {
            self.set("clk_i", level);
            self.settle();
        }
    }
}
