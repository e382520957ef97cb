//! The order of output-stationary tiles.

use super::tiler::{Grid, TileOrder};
use heddle_hdl::{ArrayConfig, Dataflow};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A tile or a group of a job whose tiles are of both kinds.
pub(super) enum Piece {
    /// A weight-stationary tile: k-tile, n-tile.
    Tile(usize, usize),
    /// Output-stationary tiles: m-tile, n-tile.
    Group(Vec<(usize, usize)>),
}

/// The (m-tile, n-tile) of a job in `order`. By default m is outer: neighbours, and so
/// the tiles of a group, take the same column of A.
pub(super) fn order(order: TileOrder, m_tiles: usize, n_tiles: usize) -> Vec<(usize, usize)> {
    let m_outer = || (0..m_tiles).flat_map(|mt| (0..n_tiles).map(move |nt| (mt, nt)));
    match order {
        TileOrder::Blocked | TileOrder::KOuter => m_outer().collect(),
        TileOrder::NOuter => (0..n_tiles)
            .flat_map(|nt| (0..m_tiles).map(move |mt| (mt, nt)))
            .collect(),
        TileOrder::Shuffled(seed) => {
            let mut tiles: Vec<_> = m_outer().collect();
            shuffle(&mut ChaCha8Rng::seed_from_u64(seed), &mut tiles);
            tiles
        }
    }
}

fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for left in (2..=items.len()).rev() {
        items.swap(left - 1, rng.next_u32() as usize % left);
    }
}

/// Draws for each n-tile what stays in the PEs, as far as the array leaves a choice, and
/// an order of all tiles that takes the k of an n-tile in sequence. Groups are of 1 to P
/// tiles.
pub(super) fn mixed(config: &ArrayConfig, seed: u64, grid: &Grid) -> Vec<Piece> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: usize| rng.next_u32() as usize % bound;
    let (mut ws, mut os) = (Vec::new(), Vec::new());
    for nt in 0..grid.n_tiles() {
        let stays = match config.dataflow {
            Dataflow::Ws => false,
            Dataflow::Os => true,
            Dataflow::Both => below(2) == 1,
        };
        if stays {
            os.extend((0..grid.extent().m.div_ceil(config.rows)).map(|mt| (mt, nt)));
        } else {
            ws.push((0, nt));
        }
    }
    let mut order = ChaCha8Rng::seed_from_u64(seed ^ 1);
    shuffle(&mut order, &mut os);
    let mut pieces = Vec::new();
    while !ws.is_empty() || !os.is_empty() {
        // Stay with one kind for a while now and then, so that runs have some length.
        let tiles = 1 + below(4);
        let turn_os = !os.is_empty() && (ws.is_empty() || below(2) == 1);
        for _ in 0..tiles {
            if turn_os && !os.is_empty() {
                let count = os.len().min(1 + below(config.phases()));
                pieces.push(Piece::Group(os.split_off(os.len() - count)));
            } else if !turn_os && !ws.is_empty() {
                let pick = below(ws.len());
                let (kt, nt) = ws[pick];
                pieces.push(Piece::Tile(kt, nt));
                ws[pick].0 += 1;
                if ws[pick].0 == grid.k_tiles() {
                    ws.swap_remove(pick);
                }
            }
        }
    }
    pieces
}
