//! The array's edge as the driver sees it: what goes in and comes out in one cycle.
//!
//! `hdl/INTERFACE.md` is the contract; the fields carry the names of its ports.
//! Whatever honours that contract implements [`ArrayPort`]: the Verilated array, or a model of
//! it in a test.

use super::lanes;
use crate::ArrayError;
use heddle_hdl::ArrayConfig;
use heddle_schedule::Edge;

/// Input ports in one cycle. Buses are packed: element 0 in the low bits of word 0.
#[derive(Clone, Debug)]
pub struct CycleIn {
    /// Low freezes the array.
    pub en: bool,
    /// Zeroes counters and sticky flags.
    pub clear: bool,
    /// A weight beat is offered.
    pub w_valid: bool,
    /// The edge at which it is offered.
    pub w_edge: Edge,
    /// It is the last of its tile.
    pub w_last: bool,
    /// Its row (top) or column (left) is kept.
    pub w_keep: bool,
    /// It is row k of B of an output-stationary tile.
    pub w_os: bool,
    /// Words of one row k, n = 0 first.
    pub w_top: Vec<u32>,
    /// Words of one column n, k = 0 first.
    pub w_left: Vec<u32>,
    /// Row mask of the tile.
    pub row_keep: Vec<u32>,
    /// Column mask of the tile.
    pub col_keep: Vec<u32>,
    /// A beat of activations is offered.
    pub a_valid: bool,
    /// It is the first of its tile.
    pub a_first: bool,
    /// Its m is kept; of an output-stationary tile: its k.
    pub a_keep: bool,
    /// It is column k of A of an output-stationary tile.
    pub a_os: bool,
    /// With `a_os`: no beat, but the end of a tile.
    pub a_flush: bool,
    /// Activations, k = 0 first; of an output-stationary tile m = 0 first.
    pub a: Vec<u32>,
    /// An exchange is offered: seeds for one row of an output-stationary tile.
    pub x_valid: bool,
    /// It is in the last row of its group.
    pub x_last: bool,
    /// One bit per column: the seed is kept.
    pub x_keep: Vec<u32>,
    /// Seeds, n = 0 first.
    pub c: Vec<u32>,
}

impl CycleIn {
    /// Idle inputs of an array, enabled.
    pub fn new(config: &ArrayConfig) -> Self {
        let (w, a) = (config.operand_bits(), config.acc_bits());
        let bus = |lanes: usize, bits: usize| vec![0; lanes::words(lanes, bits)];
        Self {
            en: true,
            clear: false,
            w_valid: false,
            w_edge: Edge::Top,
            w_last: false,
            w_keep: false,
            w_os: false,
            w_top: bus(config.cols, w),
            w_left: bus(config.rows, w),
            row_keep: bus(config.rows, 1),
            col_keep: bus(config.cols, 1),
            a_valid: false,
            a_first: false,
            a_keep: false,
            a_os: false,
            a_flush: false,
            x_valid: false,
            x_last: false,
            x_keep: bus(config.cols, 1),
            a: bus(config.rows, w),
            c: bus(config.cols, a),
        }
    }
}

/// Output ports in one cycle, before the clock edge that ends it.
#[derive(Clone, Debug)]
pub struct CycleOut {
    /// The offered weight beat is accepted.
    pub w_ready: bool,
    /// The offered beat of activations is accepted.
    pub a_ready: bool,
    /// The offered exchange is accepted.
    pub x_ready: bool,
    /// `s` and `s_keep` hold the sums of one beat or exchange.
    pub s_valid: bool,
    /// One bit per column: the sum is specified.
    pub s_keep: Vec<u32>,
    /// Sums, n = 0 first. Left over from earlier where `s_valid` is low.
    pub s: Vec<u32>,
}

impl CycleOut {
    /// All low.
    pub fn new(config: &ArrayConfig) -> Self {
        Self {
            w_ready: false,
            a_ready: false,
            x_ready: false,
            s_valid: false,
            s_keep: vec![0; lanes::words(config.cols, 1)],
            s: vec![0; lanes::words(config.cols, config.acc_bits())],
        }
    }
}

/// Counters and sticky flags of the array, since they were last cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Cycles from the first weight or exchange accepted to the last sum valid, both counted.
    pub cycles: u64,
    /// Useful multiply-accumulates accepted.
    pub macs: u64,
    /// PE-cycles of accepted beats that were not useful.
    pub gated: u64,
    /// Accepted beats whose m (output-stationary: k) was dropped.
    pub dropped: u64,
    /// A kept integer sum overflowed.
    pub overflow: bool,
    /// A beat had to wait, for its weights, its phase or its seeds.
    pub waited: bool,
}

/// Something that behaves like the generated array, seen from its edge.
pub trait ArrayPort {
    /// Resets the array; it is idle afterwards.
    ///
    /// # Errors
    /// Those of the simulator.
    fn reset(&mut self) -> Result<(), ArrayError>;

    /// Simulates one clock cycle with the given inputs. `output` receives the outputs
    /// that belong to these inputs, as they stand right before the clock edge.
    ///
    /// # Errors
    /// Those of the simulator.
    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError>;

    /// Counters and flags as they stand after the latest cycle.
    fn counters(&mut self) -> Counters;

    /// Completes the waveform, if one is written.
    ///
    /// # Errors
    /// Those of the simulator, such as a full disk.
    fn close_trace(&mut self) -> Result<(), ArrayError> {
        Ok(())
    }
}
