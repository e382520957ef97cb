//! Reset in the midst of work: nothing of it is left, in any counter, flag or handshake.

use heddle_array::lanes;
use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_hdl::{ArrayConfig, Dataflow, COUNTERS_SETTLE};
use heddle_schedule::Edge;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Offers words, beats, flushes and exchanges of both dataflows at random, resets in the midst
/// of them, and looks for what is left, some times over; then loads a tile while the counters are
/// cleared. The array is idle and reset afterwards.
///
/// # Errors
/// What was left.
pub fn check(config: &ArrayConfig, port: &mut dyn ArrayPort, seed: u64) -> Result<(), String> {
    let text = |error: heddle_array::ArrayError| error.to_string();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..TIMES {
        let most = 8 * config.phases() * config.rows + config.latency();
        let most = u32::try_from(most).expect("a small array");
        let mut output = CycleOut::new(config);
        for _ in 0..8 + rng.next_u32() % most {
            port.cycle(&at_work(config, &mut rng), &mut output)
                .map_err(text)?;
        }
        port.reset().map_err(text)?;
        nothing_is_left(config, port, seed)?;
    }
    port.reset().map_err(text)
}

/// Resets of one check: which of the registers one finds set is chance.
const TIMES: usize = 6;

fn nothing_is_left(
    config: &ArrayConfig,
    port: &mut dyn ArrayPort,
    seed: u64,
) -> Result<(), String> {
    let text = |error: heddle_array::ArrayError| error.to_string();
    let mut output = CycleOut::new(config);
    let idle = CycleIn::new(config);
    let cleared = |counters: Counters, when: &str| match counters {
        found if found == Counters::default() => Ok(()),
        found => Err(format!("counters {when} a reset: {found:?}")),
    };
    cleared(port.counters(), "right after")?;
    for _ in 0..config.latency() + COUNTERS_SETTLE {
        port.cycle(&idle, &mut output).map_err(text)?;
        if output.s_valid || !output.w_ready {
            return Err("a reset leaves sums or words behind".into());
        }
    }
    cleared(port.counters(), "long after")?;
    if config.dataflow != Dataflow::Os {
        // First, since a run of groups would end what is left of another.
        first_beat_waits(config, port)?;
        clearing_while_loading(config, port)?;
        port.reset().map_err(text)?;
    }
    if config.dataflow.has_os() {
        seeds_pass(config, port)?;
        phases_begin_anew(config, port, seed)?;
    }
    Ok(())
}

/// The first exchanges after a reset find nothing, nor do those after the first turn; the seeds
/// of the first leave with the third, unchanged, since no beat of the run is kept.
fn seeds_pass(config: &ArrayConfig, port: &mut dyn ArrayPort) -> Result<(), String> {
    let text = |error: heddle_array::ArrayError| error.to_string();
    let seed = |row: usize, column: usize| {
        let number = (2 + row * config.cols + column) as u32;
        match config.format.is_integer() {
            true => u64::from(number),
            false => u64::from((number as f32).to_bits()),
        }
    };
    let each = config.phases() * config.rows;
    let (mut left, mut idle) = (0, 0);
    let mut output = CycleOut::new(config);
    let (mut exchanges, mut turns) = (0, 0);
    while left < 3 * each {
        let mut input = CycleIn::new(config);
        let row = exchanges % each / config.phases();
        input.x_valid = exchanges < 3 * each;
        input.x_last = row == config.rows - 1;
        if exchanges < each {
            input.x_keep.fill(u32::MAX);
        }
        for column in 0..config.cols {
            lanes::put(&mut input.c, config.acc_bits(), column, seed(row, column));
        }
        // First beats, of which nothing is kept, then flushes.
        let flush = turns >= config.phases();
        (input.w_valid, input.w_os, input.w_last) = (!flush, true, true);
        (input.a_valid, input.a_os) = (turns < 2 * config.phases(), true);
        (input.a_first, input.a_flush) = (!flush, flush);
        port.cycle(&input, &mut output).map_err(text)?;
        exchanges += usize::from(input.x_valid && output.x_ready);
        turns += usize::from(input.a_valid && output.a_ready);
        idle += 1;
        if idle > 64 * each + config.latency() {
            return Err(format!(
                "after a reset {exchanges} exchanges and {turns} turns are accepted"
            ));
        }
        if !output.s_valid {
            continue;
        }
        let row = left % each / config.phases();
        for column in 0..config.cols {
            let kept = lanes::get(&output.s_keep, 1, column) == 1;
            let sum = lanes::get(&output.s, config.acc_bits(), column);
            if kept != (left >= 2 * each) || (kept && sum != seed(row, column)) {
                return Err(format!(
                    "exchange {left} after a reset: column {column} gives {sum:x}, kept {kept}"
                ));
            }
        }
        left += 1;
    }
    port.reset().map_err(text)
}

/// After a reset, whenever it comes, an exchange is accepted at once: it is the first one's phase.
fn phases_begin_anew(
    config: &ArrayConfig,
    port: &mut dyn ArrayPort,
    cycles: u64,
) -> Result<(), String> {
    let text = |error: heddle_array::ArrayError| error.to_string();
    let (mut input, mut output) = (CycleIn::new(config), CycleOut::new(config));
    for _ in 0..cycles % config.phases() as u64 {
        port.cycle(&input, &mut output).map_err(text)?;
    }
    port.reset().map_err(text)?;
    input.x_valid = true;
    port.cycle(&input, &mut output).map_err(text)?;
    port.reset().map_err(text)?;
    match output.x_ready {
        true => Ok(()),
        false => Err("an exchange right after a reset is not accepted".into()),
    }
}

/// A tile's first beat waits for its weights, and says so.
fn first_beat_waits(config: &ArrayConfig, port: &mut dyn ArrayPort) -> Result<(), String> {
    let (mut input, mut output) = (CycleIn::new(config), CycleOut::new(config));
    (input.a_valid, input.a_first, input.a_keep) = (true, true, true);
    port.cycle(&input, &mut output)
        .map_err(|error| error.to_string())?;
    match (output.a_ready, port.counters().waited) {
        (false, true) => Ok(()),
        found => Err(format!("a first beat without weights: {found:?}")),
    }
}

/// Cycles count from the first word after the clear, not from one that came with it.
fn clearing_while_loading(config: &ArrayConfig, port: &mut dyn ArrayPort) -> Result<(), String> {
    let mut output = CycleOut::new(config);
    let mut cycle = |input: &CycleIn| {
        port.cycle(input, &mut output)
            .map_err(|error| error.to_string())
    };
    let mut input = word(config);
    // One word makes a tile: the first row's, if it goes to the top.
    lanes::put(&mut input.row_keep, 1, 0, 1);
    input.clear = true;
    cycle(&input)?;
    input = CycleIn::new(config);
    (input.a_valid, input.a_first, input.a_keep) = (true, true, true);
    cycle(&input)?;
    let input = CycleIn::new(config);
    (0..config.latency() + COUNTERS_SETTLE).try_for_each(|_| cycle(&input))?;
    match port.counters() {
        found if found.cycles == 0 && found.macs == config.cols as u64 => Ok(()),
        found => Err(format!("a word that came with clear_i counts: {found:?}")),
    }
}

/// A kept word from the top, the last of its tile, which keeps all.
fn word(config: &ArrayConfig) -> CycleIn {
    let mut input = CycleIn::new(config);
    (input.w_valid, input.w_last, input.w_keep) = (true, true, true);
    input.w_edge = Edge::Top;
    input.col_keep.fill(u32::MAX);
    input
}

/// Something of everything that the interface allows, without an end.
fn at_work(config: &ArrayConfig, rng: &mut ChaCha8Rng) -> CycleIn {
    let mut bits = rng.next_u32();
    let mut bit = || {
        bits = bits.rotate_right(1);
        bits & 1 == 1
    };
    // Weight-stationary beats keep an exchange from being accepted.
    let mut os = || match config.dataflow {
        Dataflow::Ws => false,
        Dataflow::Os => true,
        Dataflow::Both => bit() || bit(),
    };
    let (w_os, a_os) = (os(), os());
    let mut input = if bit() {
        word(config)
    } else {
        CycleIn::new(config)
    };
    input.row_keep.fill(u32::MAX);
    input.w_os = w_os;
    (input.a_valid, input.a_first, input.a_keep) = (bit(), bit(), true);
    input.a_os = a_os;
    input.a_flush = a_os && bit() && bit();
    input.x_valid = bit();
    input.x_last = bit();
    input.x_keep.fill(u32::MAX);
    input.a.fill(rng.next_u32());
    input.c.fill(rng.next_u32());
    input
}
