//! A block in Verilator, its ports by their names; noise; configurations.

use crate::common;
use heddle_format::Format;
use heddle_hdl::describe::Module;
use heddle_hdl::emit::{emit, Design};
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::ArrayConfig;
use heddle_hdl::Site;
use heddle_verilator::{Builder, Model};

/// A configuration of an array of `rows` x `cols` with a bus of `bus` bits and dimensions up to `max_dim`.
pub fn config(format: Format, rows: usize, cols: usize, bus: usize, max_dim: usize) -> ArrayConfig {
    let mut config = ArrayConfig::new(rows, cols, format);
    config.engine = Some(EngineConfig {
        bus_bits: bus,
        max_dim,
        reads: 4,
        ..EngineConfig::default()
    });
    config
}

/// The Verilog of the block that `make` makes at `config`.
pub fn design<M: Module>(config: &ArrayConfig, make: impl Fn(&Site) -> M) -> Design {
    let block = make(&Site::whole(config));
    emit(&block, "block").expect("a design that can be written")
}

/// Noise.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        // xorshift*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 32) as usize) % end
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A block that runs.
pub struct Rig {
    model: Model,
}

impl Rig {
    /// `design`, whose top is `block`, which has been reset.
    pub fn new(design: &Design) -> Self {
        Self::of("block", design)
    }

    /// `design`, whose top is `top`, which has been reset.
    pub fn of(top: &str, design: &Design) -> Self {
        let (_guard, dir) = common::folder();
        let mut builder = Builder::new(top).clock("clk_i");
        for file in common::write(design, &dir) {
            builder = builder.file(dir.join(file));
        }
        let library = builder.build().expect("a model that builds");
        let model = library.model().expect("a model");
        let mut rig = Self { model };
        rig.set("rst_ni", 0);
        for _ in 0..2 {
            rig.cycle();
        }
        rig.set("rst_ni", 1);
        rig
    }

    /// Drives an input of up to 64 bits.
    pub fn set(&mut self, name: &str, value: u64) {
        let port = self.model.port(name).expect("a port");
        self.model.set(port, value);
    }

    /// Drives an input, its low bytes first.
    pub fn set_bytes(&mut self, name: &str, bytes: &[u8]) {
        let port = self.model.port(name).expect("a port");
        self.model.bytes_mut(port).copy_from_slice(bytes);
    }

    /// An output of up to 64 bits.
    pub fn get(&mut self, name: &str) -> u64 {
        let port = self.model.port(name).expect("a port");
        self.model.get(port)
    }

    /// An output, its low bytes first.
    pub fn bytes(&mut self, name: &str) -> Vec<u8> {
        let port = self.model.port(name).expect("a port");
        self.model.bytes(port).to_vec()
    }

    /// Outputs follow inputs.
    pub fn settle(&mut self) {
        self.model.settle().expect("a model that runs");
    }

    /// A clock cycle.
    pub fn cycle(&mut self) {
        self.model.cycle().expect("a model that runs");
    }
}

/// `bits` bits of `bytes` from `lo` up, 64 at most.
pub fn field(bytes: &[u8], lo: usize, bits: usize) -> u64 {
    (0..bits).fold(0, |value, bit| {
        let at = lo + bit;
        value | u64::from(bytes[at / 8] >> (at % 8) & 1) << bit
    })
}

/// `design` with `new` instead of `old` in module `module`, which must be there once.
pub fn planted(design: &Design, module: &str, old: &str, new: &str) -> Design {
    let mut design = design.clone();
    let names: Vec<_> = design.modules.iter().map(|m| m.name.clone()).collect();
    let module = design.modules.iter_mut().find(|m| m.name == module);
    let module = module.unwrap_or_else(|| panic!("{names:?}"));
    assert_eq!(
        module.text.matches(old).count(),
        1,
        "{old} in {}",
        module.text
    );
    module.text = module.text.replace(old, new);
    design
}
