//! A block of the engine as a Verilated model, its ports by their names.

use heddle_hdl::describe::Module;
use heddle_hdl::emit::emit;
use heddle_verilator::{Builder, Model, Optimize, Port};
use std::collections::HashMap;

/// A text in a module, and what is planted in its place.
pub type Fault = (&'static str, &'static str, &'static str);

pub struct Dut {
    model: Model,
    ports: HashMap<String, Port>,
}

impl Dut {
    /// Builds `module`, perhaps with a fault in it, and resets it.
    pub fn new(module: &dyn Module, fault: Option<Fault>) -> Self {
        let mut design = emit(module, "heddle_dut").expect("a block that can be emitted");
        if let Some((name, from, to)) = fault {
            let module = design.modules.iter_mut().find(|module| module.name == name);
            let module = module.unwrap_or_else(|| panic!("no module {name}"));
            assert!(
                module.text.contains(from),
                "no '{from}' in\n{}",
                module.text
            );
            module.text = module.text.replacen(from, to, 1);
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = design.write(folder.path()).expect("temporary files");
        let builder = Builder::new("heddle_dut")
            .files(files)
            .clock("clk_i")
            .optimize(Optimize::Build);
        let library = builder.build().unwrap_or_else(|error| panic!("{error}"));
        let model = library.model().expect("a model");
        let ports = &design.top().expect("a top").ports;
        let ports = ports.iter().filter(|port| port.name != "clk_i");
        let ports = ports
            .map(|port| {
                let found = model.port(&port.name).expect("a port of the model");
                (port.name.clone(), found)
            })
            .collect();
        let mut dut = Self { model, ports };
        dut.set("rst_ni", 0);
        for _ in 0..2 {
            dut.settle();
            dut.rise();
        }
        dut.set("rst_ni", 1);
        dut
    }

    fn port(&self, name: &str) -> Port {
        *self
            .ports
            .get(name)
            .unwrap_or_else(|| panic!("no port {name}"))
    }

    /// Drives an input of up to 64 bits.
    pub fn set(&mut self, name: &str, value: u64) {
        let port = self.port(name);
        self.model.set(port, value);
    }

    /// Drives an input of any width, the low byte first.
    pub fn set_bytes(&mut self, name: &str, bytes: &[u8]) {
        let port = self.port(name);
        self.model.bytes_mut(port)[..bytes.len()].copy_from_slice(bytes);
    }

    /// An output of up to 64 bits.
    pub fn get(&self, name: &str) -> u64 {
        self.model.get(self.port(name))
    }

    /// An output of one bit.
    pub fn is(&self, name: &str) -> bool {
        self.get(name) == 1
    }

    /// The first bytes of an output of any width.
    pub fn bytes(&self, name: &str, count: usize) -> Vec<u8> {
        self.model.bytes(self.port(name))[..count].to_vec()
    }

    /// Lets what was driven take effect.
    pub fn settle(&mut self) {
        self.model.settle().expect("a model that runs");
    }

    /// Whether `outputs` are the same whatever `inputs`, of one bit, are in this cycle; leaves all settled.
    pub fn keeps(&mut self, outputs: &[&str], inputs: &[&str]) -> Result<(), String> {
        let was: Vec<_> = outputs.iter().map(|name| self.get(name)).collect();
        for _ in 0..2 {
            for name in inputs {
                self.set(name, 1 - self.get(name));
            }
            self.settle();
            for (name, was) in outputs.iter().zip(&was) {
                if self.get(name) != *was {
                    return Err(format!("{name} follows one of {inputs:?}"));
                }
            }
        }
        Ok(())
    }

    /// The rising edge of the clock.
    pub fn rise(&mut self) {
        self.model.rise().expect("a model that runs");
    }
}
