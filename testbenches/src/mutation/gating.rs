//! The rule of gating, checked in every cycle of a simulation: what a mask has switched off
//! does not move, and a stall moves nothing.
//!
//! The rule is stated at the array's edge, from the masks and keep bits that were accepted
//! there: what a beat or word makes move in row r and column c, it makes move r * La + c
//! cycles later. So it finds faults on the way of the masks too, and knows nothing of enables.

use super::activity::{self, Group};
use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_array::ArrayError;
use heddle_array::VerilatedArray;
use heddle_hdl::{ArrayConfig, Dataflow, Gating, MultiplierCell};
use heddle_schedule::Edge;
use heddle_verilator::Port;
use std::collections::VecDeque;

/// Masks of a tile.
#[derive(Clone, Copy, Default)]
struct Tile {
    rows: u64,
    cols: u64,
}

/// What an enabled cycle accepted at the edge, one bit per row or column that it concerns.
#[derive(Clone, Copy, Default)]
struct Event {
    /// A beat's rows that are kept, if its m is.
    rows: u64,
    /// Its tile's rows that are kept.
    on: u64,
    /// Its columns that are kept.
    cols: u64,
    /// It takes new weights.
    swap: bool,
    /// Columns that a word from the top goes down.
    down: u64,
    /// Rows that a word from the left goes along.
    along: u64,
}

/// An array whose netlist says what moves in it, watched.
pub struct Watched {
    array: VerilatedArray,
    config: ArrayConfig,
    port: Port,
    /// Event `age` enabled cycles ago, the latest first.
    events: VecDeque<Event>,
    next: Tile,
    now: Tile,
    cycle: u64,
    /// What may move is taken so many cycles too early or too late: for negative controls.
    pub off_by: usize,
}

impl Watched {
    /// Watches `array`, which is idle.
    ///
    /// # Errors
    /// [`ArrayError::Verilator`] if its netlist does not say what moves.
    pub fn new(config: &ArrayConfig, array: VerilatedArray) -> Result<Self, ArrayError> {
        let port = array
            .model()
            .output(activity::PORT, activity::bits(config))?;
        Ok(Self {
            array,
            config: *config,
            port,
            events: VecDeque::new(),
            next: Tile::default(),
            now: Tile::default(),
            cycle: 0,
            off_by: 0,
        })
    }

    /// What this cycle accepted.
    fn accept(&mut self, input: &CycleIn, output: &CycleOut) -> Event {
        let word = |bits: &[u32]| {
            let words = bits.iter().rev();
            words.fold(0, |sum, &word| sum << 32 | u64::from(word))
        };
        let dataflow = self.config.dataflow;
        let is_os = |bit: bool| dataflow == Dataflow::Os || dataflow == Dataflow::Both && bit;
        let mut event = Event::default();
        if input.a_valid && output.a_ready {
            let os = is_os(input.a_os);
            if !(os && input.a_flush) {
                event.swap = os || input.a_first;
                if event.swap {
                    self.now = self.next;
                }
                event.rows = if input.a_keep { self.now.rows } else { 0 };
                (event.on, event.cols) = (self.now.rows, self.now.cols);
            }
        }
        if input.w_valid && output.w_ready {
            let os = is_os(input.w_os);
            let left = dataflow != Dataflow::Os && input.w_edge == Edge::Left;
            let tile = Tile {
                rows: word(&input.row_keep),
                cols: word(&input.col_keep),
            };
            match left {
                true => event.along = tile.rows,
                false => event.down = tile.cols,
            }
            if os || input.w_last {
                // The k of an output-stationary tile is dropped: so is all of its word.
                let on = !os || input.w_keep;
                self.next = Tile {
                    cols: if on { tile.cols } else { 0 },
                    ..tile
                };
            }
        }
        event
    }

    /// Whether `group` of the PE in `row` and `col` may move at this clock edge.
    fn may_move(&self, group: Group, row: usize, col: usize) -> bool {
        let config = &self.config;
        let way = row * config.add_stages() + col + self.off_by;
        let event = |ago: usize| self.events.get(way + ago).copied().unwrap_or_default();
        let works = |event: Event| event.rows >> row & event.cols >> col & 1 == 1;
        let off = |event: Event| event.on >> row & event.cols >> col & 1 == 0;
        match group {
            Group::Activation => event(0).rows >> row & 1 == 1,
            Group::Weight => event(0).swap,
            Group::Words => {
                let event = event(0);
                event.down >> col & 1 == 1 || event.along >> row & 1 == 1
            }
            // An integer's product may become zero besides: with the swap that switches its PE
            // off, or, where sums may stay, once behind the last beat that counts.
            Group::Product => {
                let (integer, os) = (config.format.is_integer(), config.dataflow.has_os());
                let after = usize::from(integer && os);
                (1..=config.mul_stages() + after).any(|ago| {
                    let event = event(ago);
                    works(event) || integer && !os && event.swap && off(event)
                })
            }
            Group::Adder => {
                let first = 1 + config.mul_stages();
                let mut stages = first..first + config.add_stages();
                stages.any(|ago| event(ago).cols >> col & 1 == 1)
            }
        }
    }

    /// Whether the rule has something to say of `group`.
    fn is_gated(&self, group: Group) -> bool {
        let config = &self.config;
        match group {
            _ if config.gating == Gating::None => false,
            // A DSP block's registers move on; zeros go in.
            Group::Product => config.multiplier() == MultiplierCell::Inferred,
            // Sums that stay go round, whatever is kept of them.
            Group::Adder => config.dataflow == Dataflow::Ws,
            _ => true,
        }
    }

    /// The first register that moved against the rule.
    fn wrong(&self, moved: u64) -> Option<String> {
        let config = &self.config;
        Group::ALL
            .into_iter()
            .filter(|&group| self.is_gated(group))
            .find_map(|group| {
                let mut places = (0..config.rows).flat_map(|r| (0..config.cols).map(move |c| (r, c)));
                let (row, col) = places.find(|&(row, col)| {
                    moved >> group.bit(config, row, col) & 1 == 1 && !self.may_move(group, row, col)
                })?;
                Some(format!(
                    "a register of the PE in row {row}, column {col} moves that is switched off: {group:?}"
                ))
            })
    }
}

impl ArrayPort for Watched {
    fn reset(&mut self) -> Result<(), ArrayError> {
        self.events.clear();
        (self.next, self.now) = Default::default();
        self.array.reset()
    }

    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        self.array.cycle(input, output)?;
        let moved = self.array.model().get(self.port);
        let broken = |what| {
            Err(ArrayError::Protocol {
                cycle: self.cycle,
                what,
            })
        };
        if !input.en {
            return match moved >> (activity::bits(&self.config) - 1) {
                0 => Ok(()),
                _ => broken("a register moves in a stall".into()),
            };
        }
        self.cycle += 1;
        let event = self.accept(input, output);
        self.events.push_front(event);
        self.events.truncate(self.config.latency() + 8);
        match self.wrong(moved) {
            None => Ok(()),
            Some(what) => Err(ArrayError::Protocol {
                cycle: self.cycle,
                what,
            }),
        }
    }

    fn counters(&mut self) -> Counters {
        self.array.counters()
    }
}
