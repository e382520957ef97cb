//! rust-hdl's own simulation of a block, driven and read by port name, so that it can
//! be held against the Verilator model of what was emitted for the block.

use heddle_hdl::arith::Arithmetic;
use heddle_hdl::array::Array;
use heddle_hdl::emit::{emit, Direction};
use heddle_hdl::pe::Pe;
use heddle_verilator::{Builder, Model, Optimize};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::{simulate, Bits, Block, In, Out, Signal, Synth};

/// Delta cycles within which a block must settle.
const DELTAS: usize = 10_000;

/// A value of at most 64 bits.
pub trait Word: Synth {
    /// From the low bits of a word; the others are 0.
    fn of(word: u64) -> Self;
    /// Zero-extended.
    fn word(self) -> u64;
}

impl Word for bool {
    fn of(word: u64) -> Self {
        word != 0
    }
    fn word(self) -> u64 {
        self.into()
    }
}

impl<const N: usize> Word for Bits<N> {
    fn of(word: u64) -> Self {
        word.into()
    }
    fn word(self) -> u64 {
        self.to_u64()
    }
}

/// An input, or a vector of inputs.
trait Input {
    fn put(&mut self, lanes: &[u64]);
}

impl<T: Word> Input for Signal<In, T> {
    fn put(&mut self, lanes: &[u64]) {
        self.next = T::of(lanes[0]);
    }
}

impl<T: Word> Input for Vec<Signal<In, T>> {
    fn put(&mut self, lanes: &[u64]) {
        for (signal, &lane) in self.iter_mut().zip(lanes) {
            signal.next = T::of(lane);
        }
    }
}

/// An output, or a vector of outputs.
trait Output {
    fn lanes(&self) -> Vec<u64>;
}

impl<T: Word> Output for Signal<Out, T> {
    fn lanes(&self) -> Vec<u64> {
        vec![self.val().word()]
    }
}

impl<T: Word> Output for Vec<Signal<Out, T>> {
    fn lanes(&self) -> Vec<u64> {
        self.iter().map(|signal| signal.val().word()).collect()
    }
}

/// A block that rust-hdl simulates, with its ports by name.
pub trait Twin: Block {
    /// Drives an input, one value per lane.
    fn drive(&mut self, port: &str, lanes: &[u64]);
    /// The values of an output.
    fn read(&self, port: &str) -> Vec<u64>;
    /// Sets the clock.
    fn clock(&mut self, level: bool);
}

macro_rules! twin {
    ($block:ident, [$($input:ident),+], [$($output:ident),+]) => {
        impl<F: Arithmetic<Operand: Word, Sum: Word>> Twin for $block<F> {
            fn drive(&mut self, port: &str, lanes: &[u64]) {
                match port {
                    $(stringify!($input) => self.$input.put(lanes),)+
                    other => panic!("no input {other}"),
                }
            }
            fn read(&self, port: &str) -> Vec<u64> {
                match port {
                    $(stringify!($output) => self.$output.lanes(),)+
                    other => panic!("no output {other}"),
                }
            }
            fn clock(&mut self, level: bool) {
                self.clk_i.next = level.into();
            }
        }
    };
}
twin!(
    Pe,
    [
        rst_ni,
        test_en_i,
        en_i,
        act_i,
        mac_i,
        swap_i,
        north_i,
        north_keep_i,
        north_valid_i,
        west_i,
        west_keep_i,
        west_valid_i,
        north_share_i,
        sum_i,
        live_i,
        ovf_i,
        phase_i,
        spin_i,
        exch_i,
        seed_i,
        ring_i
    ],
    [
        act_o,
        mac_o,
        swap_o,
        south_o,
        south_keep_o,
        south_valid_o,
        south_share_o,
        spin_o,
        exch_o,
        seed_o,
        ring_o,
        east_o,
        east_keep_o,
        east_valid_o,
        sum_o,
        live_o,
        ovf_o
    ]
);
twin!(
    Array,
    [
        rst_ni, test_en_i, en_i, clear_i, w_valid_i, w_edge_i, w_last_i, w_keep_i, w_top_i,
        w_left_i, w_os_i, row_keep_i, col_keep_i, a_valid_i, a_first_i, a_keep_i, a_os_i,
        a_flush_i, a_i, c_i, x_valid_i, x_last_i, x_keep_i
    ],
    [
        w_ready_o, a_ready_o, x_ready_o, s_valid_o, s_keep_o, s_o, ovf_o, wait_o, cycles_o, macs_o,
        gated_o, dropped_o
    ]
);

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
            heddle_cosim::array::lanes::put(&mut words, self.bits, lane, value);
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
        let lane = |lane| heddle_cosim::array::lanes::get(&words, self.bits, lane);
        (0..self.lanes).map(lane).collect()
    }
}

/// Drives `block` in rust-hdl and its emitted Verilog in Verilator with the same random
/// inputs for `cycles` clock cycles and compares every output port in every cycle. Scan
/// test is off: it opens clock gates, which rust-hdl's simulation does not model.
/// `change` may spoil the Verilog beforehand, for negative controls.
///
/// # Errors
/// The first difference.
///
/// # Panics
/// If the block cannot be emitted or built, or does not settle.
pub fn lockstep<B: Twin>(
    mut block: B,
    seed: u64,
    cycles: usize,
    change: impl Fn(&mut heddle_hdl::emit::Design),
) -> Result<(), String> {
    block.connect_all();
    let mut design = emit(&block, "heddle_twin").expect("the block can be emitted");
    change(&mut design);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files: Vec<_> = design
        .modules
        .iter()
        .map(|module| {
            let path = folder.path().join(format!("{}.v", module.name));
            std::fs::write(&path, &module.text).expect("a temporary file");
            path
        })
        .collect();
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
        block.clock(false);
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
            block.drive(&input.name, &values);
            input.drive(&mut model, &values);
        }
        assert!(simulate(&mut block, DELTAS), "the block does not settle");
        model.settle().expect("a simulation step");
        for output in &outputs {
            let (rust, verilog) = (block.read(&output.name), output.read(&model));
            if rust != verilog {
                let name = &output.name;
                return Err(format!(
                    "cycle {cycle}, {name}: rust-hdl {rust:x?}, Verilator {verilog:x?}"
                ));
            }
        }
        block.clock(true);
        assert!(simulate(&mut block, DELTAS), "the block does not settle");
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
