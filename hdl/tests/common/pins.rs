//! Modules in rust-hdl's simulation, by the names of their ports.
#![allow(dead_code)] // each test file uses some of it

use heddle_hdl::describe::{AnyNet, Found, Module};
use rust_hdl::prelude::simulate;

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

    fn with<R>(&mut self, name: &str, use_net: impl FnOnce(&mut dyn AnyNet) -> R) -> R {
        let mut nets = Vec::new();
        self.module.nets_mut(&mut nets);
        assert_eq!(nets.len(), self.names.len(), "one name for each net");
        let at = self.names.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| panic!("no port {name} among {:?}", self.names));
        use_net(&mut *nets[at])
    }

    /// Whether the configuration has the port.
    pub fn has(&mut self, name: &str) -> bool {
        self.names.iter().any(|known| known == name) && self.with(name, |net| net.info().present)
    }

    /// Drives an input, if the configuration has it: the lowest bits are those of element 0.
    pub fn set(&mut self, name: &str, value: impl Into<u128>) {
        let value = value.into();
        self.with(name, |net| {
            let info = net.info();
            let bits = info.width;
            for lane in 0..info.count {
                net.drive(lane, value >> (lane * bits) & ((1 << bits) - 1));
            }
        });
    }

    /// The value of an output of one element; zero if the configuration lacks it.
    pub fn get(&mut self, name: &str) -> u128 {
        self.with(name, |net| match net.info().count {
            0 => 0,
            count => {
                let bits = net.info().width;
                (0..count).map(|lane| net.read(lane) << (lane * bits)).sum()
            }
        })
    }

    /// Lets what was driven take effect.
    pub fn settle(&mut self) {
        assert!(
            simulate(&mut self.module, 100),
            "the module does not settle"
        );
    }

    /// A rising and a falling edge of the clock.
    pub fn cycle(&mut self) {
        for level in [1u8, 0] {
            self.set("clk_i", level);
            self.settle();
        }
    }
}
