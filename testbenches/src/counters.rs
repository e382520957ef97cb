//! The counters by themselves: those of the largest array count to numbers that no array
//! which can be simulated as a whole reaches.

use heddle_hdl::{ArrayConfig, Dataflow, COUNTERS_SETTLE};
use heddle_verilator::{Model, Port, VerilatorError};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The module's name.
pub const MODULE: &str = "heddle_counters";
/// Its outputs.
const COUNTS: [&str; 4] = ["cycles_o", "macs_o", "gated_o", "dropped_o"];

/// What the counters must hold, from what they were told.
#[derive(Default)]
struct Expected {
    /// Useful MACs in each kept beat of the tile that loads and of the one at work.
    waiting: u64,
    working: u64,
    macs: u64,
    gated: u64,
    dropped: u64,
    /// Enabled cycles since the first word or exchange, this one counted; and at the last sum.
    elapsed: u64,
    cycles: u64,
}

/// What happens in one cycle.
struct Event {
    load: bool,
    left: bool,
    keep: bool,
    os: bool,
    rows: Vec<u32>,
    cols: Vec<u32>,
    beat: bool,
    swap: bool,
    a_keep: bool,
    exchange: bool,
    sum: bool,
}

fn ones(mask: &[u32]) -> u64 {
    mask.iter().map(|word| u64::from(word.count_ones())).sum()
}

impl Event {
    /// Words that come, and how often each is multiplied per beat.
    fn macs(&self) -> u64 {
        match (self.keep, self.os, self.left) {
            (false, ..) => 0,
            (_, true, _) => ones(&self.rows) * ones(&self.cols),
            (_, _, true) => ones(&self.rows),
            (_, _, false) => ones(&self.cols),
        }
    }
}

impl Expected {
    fn count(&mut self, event: &Event, pes: u64) {
        if event.beat {
            if event.swap {
                self.working = std::mem::take(&mut self.waiting);
            }
            let macs = if event.a_keep { self.working } else { 0 };
            self.macs += macs;
            self.gated += pes - macs;
            self.dropped += u64::from(!event.a_keep);
        }
        if event.load {
            self.waiting += event.macs();
        }
        if self.elapsed > 0 || event.load || event.exchange {
            self.elapsed += 1;
        }
        if event.sum {
            self.cycles = self.elapsed;
        }
    }
}

struct Bench<'m> {
    model: &'m mut Model,
    config: ArrayConfig,
    rng: ChaCha8Rng,
}

impl Bench<'_> {
    /// The input, if the module has it.
    fn port(&self, name: &str) -> Option<Port> {
        self.model.port(name).ok()
    }

    fn set(&mut self, name: &str, value: bool) {
        if let Some(port) = self.port(name) {
            self.model.set(port, value.into());
        }
    }

    fn set_mask(&mut self, name: &str, mask: &[u32]) {
        let Some(port) = self.port(name) else { return };
        match mask {
            [word] => self.model.set(port, u64::from(*word)),
            [low, high] => self
                .model
                .set(port, u64::from(*low) | u64::from(*high) << 32),
            _ => self.model.words_mut(port).copy_from_slice(mask),
        }
    }

    fn odds(&mut self, one_in: u32) -> bool {
        self.rng.next_u32().is_multiple_of(one_in)
    }

    /// A mask of `lanes` bits: none, all, or any.
    fn mask(&mut self, lanes: usize) -> Vec<u32> {
        let kind = self.rng.next_u32() % 8;
        let mut mask: Vec<u32> = (0..lanes.div_ceil(32))
            .map(|_| match kind {
                0 => 0,
                1..=4 => u32::MAX,
                _ => self.rng.next_u32(),
            })
            .collect();
        if let (Some(last), false) = (mask.last_mut(), lanes.is_multiple_of(32)) {
            *last &= (1 << (lanes % 32)) - 1;
        }
        mask
    }

    /// Anything; a beat swaps once in `tile` times.
    fn event(&mut self, tile: u32) -> Event {
        let dataflow = self.config.dataflow;
        let os = dataflow == Dataflow::Os || dataflow == Dataflow::Both && self.odds(3);
        let beat = self.odds(2);
        Event {
            load: self.odds(2),
            left: dataflow != Dataflow::Os && !os && self.odds(2),
            keep: !self.odds(8),
            os,
            rows: self.mask(self.config.rows),
            cols: self.mask(self.config.cols),
            beat,
            swap: beat && self.odds(tile),
            a_keep: !self.odds(4),
            exchange: dataflow != Dataflow::Ws && self.odds(4),
            sum: self.odds(2),
        }
    }

    fn cycle(&mut self, event: &Event, enabled: bool, clear: bool) -> Result<(), VerilatorError> {
        let bits = [
            ("en_i", enabled),
            ("clear_i", clear),
            ("load_i", event.load),
            ("w_edge_i", event.left),
            ("w_keep_i", event.keep),
            ("w_os_i", event.os),
            ("beat_i", event.beat),
            ("swap_i", event.swap),
            ("a_keep_i", event.a_keep),
            ("exchange_i", event.exchange),
            ("sum_valid_i", event.sum),
        ];
        bits.into_iter().for_each(|(name, bit)| self.set(name, bit));
        self.set_mask("row_keep_i", &event.rows);
        self.set_mask("col_keep_i", &event.cols);
        self.model.settle()?;
        self.model.rise()
    }

    /// Some cycles of nothing.
    fn rest(&mut self, cycles: usize, clear: bool) -> Result<(), VerilatorError> {
        let idle = Event {
            load: false,
            beat: false,
            swap: false,
            exchange: false,
            sum: false,
            ..self.event(1)
        };
        (0..cycles).try_for_each(|_| self.cycle(&idle, true, clear))
    }
}

/// Tells `model`, the counters of an array of `config` that start from `preload`, of random
/// words, beats and sums, with stalls between, and checks the counts.
///
/// # Errors
/// The first count that is wrong, as text; what the simulator said.
pub fn check(config: &ArrayConfig, model: &mut Model, preload: u64) -> Result<(), String> {
    let text = |error: VerilatorError| error.to_string();
    let pes = (config.rows * config.cols) as u64;
    let rng = ChaCha8Rng::seed_from_u64(preload);
    let (config, mut expected) = (*config, Expected::default());
    let mut bench = Bench { model, config, rng };
    bench.set("rst_ni", false);
    bench.rest(4, false).map_err(text)?;
    bench.set("rst_ni", true);
    for round in 0..12 {
        // Long tiles reach all of an array, short ones follow each other closely.
        let tile = [2, 8, 300][round % 3];
        for _ in 0..1_000 {
            let mut event = bench.event(tile);
            if bench.odds(5) {
                bench.cycle(&event, false, true).map_err(text)?;
                continue;
            }
            let after = if event.beat && event.swap {
                0
            } else {
                expected.waiting
            };
            event.load &= after + event.macs() <= pes;
            event.sum &= expected.elapsed > 0;
            bench.cycle(&event, true, false).map_err(text)?;
            expected.count(&event, pes);
        }
        bench.rest(COUNTERS_SETTLE, false).map_err(text)?;
        let numbers = [
            expected.cycles,
            expected.macs,
            expected.gated,
            expected.dropped,
        ];
        for (name, count) in COUNTS.into_iter().zip(numbers) {
            let port = bench.model.output(name, 48).map_err(text)?;
            let found = bench.model.get(port);
            let wanted = preload.wrapping_add(count) & ((1 << 48) - 1);
            if found != wanted {
                return Err(format!(
                    "round {round}: {name} is {found:x}, expected {wanted:x}"
                ));
            }
        }
        // Cleared; the tile that waits and the one at work stay.
        bench.rest(1, true).map_err(text)?;
        expected = Expected {
            waiting: expected.waiting,
            working: expected.working,
            ..Expected::default()
        };
    }
    Ok(())
}
