//! rust-hdl's simulation of a module, driven and read by port name, held against the Verilator
//! model of what was emitted for it.
//!
//! Both come from one description, the simulation by what it means, the Verilog by how it is
//! written: what is compared is hierarchy, packing, loops, widths, registers and enables. A fault
//! of the description itself is in both; the golden model, the proofs and the frozen Verilog of
//! an earlier generator are there to find that.

use heddle_hdl::describe::{Module, Pins};
use heddle_hdl::emit::{emit, Direction};
use heddle_verilator::{Builder, Model, Optimize};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A port of both.
struct Pair {
    name: String,
    port: heddle_verilator::Port,
    lanes: usize,
    /// Bits of one lane.
    bits: usize,
}

impl Pair {
    fn drive(&self, model: &mut Model, lanes: &[u64]) {
        let total = self.lanes * self.bits;
        let mut words = vec![0u32; total.div_ceil(32).max(2)];
        for (lane, &value) in lanes.iter().enumerate() {
            heddle_array::lanes::put(&mut words, self.bits, lane, value);
        }
        if total <= 64 {
            model.set(self.port, u64::from(words[0]) | u64::from(words[1]) << 32);
        } else {
            model.words_mut(self.port).copy_from_slice(&words);
        }
    }

    fn read(&self, model: &Model) -> Vec<u64> {
        let words = if self.lanes * self.bits <= 64 {
            let value = model.get(self.port);
            vec![value as u32, (value >> 32) as u32]
        } else {
            model.words(self.port).to_vec()
        };
        let lane = |lane| heddle_array::lanes::get(&words, self.bits, lane);
        (0..self.lanes).map(lane).collect()
    }
}

/// Drives `module` in rust-hdl and its emitted Verilog in Verilator with the same random
/// inputs for `cycles` clock cycles and compares every output port in every cycle. Scan
/// test is off: it opens clock gates, which rust-hdl's simulation does not model.
/// `change` may spoil the Verilog beforehand, for negative controls.
///
/// # Errors
/// The first difference.
///
/// # Panics
/// If the module cannot be emitted or built, or does not settle.
pub fn lockstep<M: Module>(
    module: M,
    seed: u64,
    cycles: usize,
    change: impl Fn(&mut heddle_hdl::emit::Design),
) -> Result<(), String> {
    let mut design = emit(&module, "heddle_twin").expect("the module can be emitted");
    let mut block = Pins::new(module);
    change(&mut design);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = design.write(folder.path()).expect("a temporary folder");
    let builder = Builder::new("heddle_twin")
        .files(files)
        .clock("clk_i")
        .optimize(Optimize::Build);
    let library = builder.build().unwrap_or_else(|error| panic!("{error}"));
    let mut model = library.model().expect("a model");

    let ports = &design.top().expect("a top module").ports;
    let pairs = |direction| -> Vec<Pair> {
        ports
            .iter()
            .filter(|port| port.direction == direction && port.name != "clk_i")
            .map(|port| Pair {
                name: port.name.clone(),
                port: model.port(&port.name).expect("a port of the model"),
                lanes: port.elements,
                bits: port.bits / port.elements,
            })
            .collect()
    };
    let (inputs, outputs) = (pairs(Direction::Input), pairs(Direction::Output));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for cycle in 0..cycles {
        block.set("clk_i", false);
        for input in &inputs {
            let values: Vec<u64> = (0..input.lanes)
                .map(|lane| match input.name.as_str() {
                    // Words 0 and 1, which every bank has.
                    "phase_i" if lane > 0 => 0,
                    "rst_ni" => u64::from(cycle >= 3 && !rng.next_u32().is_multiple_of(150)),
                    // Clock gates open at a falling edge, of which there is none yet.
                    "en_i" => u64::from(cycle > 0 && !rng.next_u32().is_multiple_of(8)),
                    "clear_i" => u64::from(rng.next_u32().is_multiple_of(60)),
                    // A scan test is no simulation of the function.
                    "test_en_i" => 0,
                    _ => value(&mut rng, input.bits),
                })
                .collect();
            block.put(&input.name, &values);
            input.drive(&mut model, &values);
        }
        block.settle();
        model.settle().expect("a simulation step");
        for output in &outputs {
            let (rust, verilog) = (block.lanes(&output.name), output.read(&model));
            if rust != verilog {
                let name = &output.name;
                return Err(format!(
                    "cycle {cycle}, {name}: rust-hdl {rust:x?}, Verilator {verilog:x?}"
                ));
            }
        }
        block.set("clk_i", true);
        block.settle();
        model.rise().expect("a simulation step");
    }
    Ok(())
}

/// Random bits; sparse and dense ones too, so that exponents meet and sums overflow.
fn value(rng: &mut ChaCha8Rng, bits: usize) -> u64 {
    let word = match rng.next_u32() % 4 {
        0 => rng.next_u64() & rng.next_u64() & rng.next_u64(),
        1 => rng.next_u64() | rng.next_u64() | rng.next_u64(),
        _ => rng.next_u64(),
    };
    word & (u64::MAX >> (64 - bits))
}
