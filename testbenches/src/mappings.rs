//! Random mappings: every dataflow that an array has, and every way to use it.

use heddle_gemm::MatRef;
use heddle_hdl::ArrayConfig;
use heddle_schedule::tiler::TileOrder;
use heddle_schedule::{Edge, Flow, Mapping};
use heddle_trace::random_flow::RandomLaying;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The edge at which words of `b` enter that lie next to each other in memory.
pub fn along<E>(b: &MatRef<'_, E>) -> Edge {
    match (b.row_stride(), b.col_stride()) {
        (1, stride) if stride != 1 => Edge::Left,
        _ => Edge::Top,
    }
}

/// The orders of tiles; one that is none of these is drawn.
pub const ORDERS: [Option<TileOrder>; 4] = [
    Some(TileOrder::Blocked),
    Some(TileOrder::KOuter),
    Some(TileOrder::NOuter),
    None,
];

/// A mapping for each of `count` jobs, as far as the array of `config` leaves a choice. Half
/// of the jobs, and more after one another, are to be chained where they can be.
pub fn random(config: &ArrayConfig, seed: u64, count: usize) -> Vec<RandomLaying> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: u32| rng.next_u32() % bound;
    let mut layings: Vec<RandomLaying> = Vec::new();
    for _ in 0..count {
        let seed = u64::from(below(1 << 30));
        let flow = match below(5) {
            0 => None,
            1 | 2 if config.dataflow.has_ws() => Some(Flow::WeightStationary),
            _ if config.dataflow.has_os() => Some(Flow::OutputStationary),
            _ => Some(Flow::WeightStationary),
        };
        let edge = [Edge::Top, Edge::Left][below(2) as usize];
        let transposed = below(3) == 0;
        let order = ORDERS[below(4) as usize];
        let mapping = Mapping {
            edge,
            transposed,
            chained: below(2) == 0,
            ..Mapping::plain(config)
        };
        let laying = RandomLaying::drawn(mapping, flow, order, seed);
        // A chain needs equals side by side.
        let joined = layings.last().filter(|_| below(3) == 0).copied();
        layings.push(joined.map_or(laying, |mut before| {
            before.mapping.chained = true;
            before
        }));
    }
    layings
}

/// The flows that an array of `config` has, in turn, one for each of `count` jobs from
/// number `first` on.
pub fn alternating(config: &ArrayConfig, first: usize, count: usize) -> Vec<RandomLaying> {
    let flows = match (config.dataflow.has_ws(), config.dataflow.has_os()) {
        (true, true) => vec![Flow::OutputStationary, Flow::WeightStationary],
        (true, false) => vec![Flow::WeightStationary],
        _ => vec![Flow::OutputStationary],
    };
    (first..first + count)
        .map(|job| {
            RandomLaying::from(Mapping {
                flow: flows[job % flows.len()],
                ..Mapping::plain(config)
            })
        })
        .collect()
}
