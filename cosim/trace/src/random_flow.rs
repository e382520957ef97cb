//! How random jobs are laid onto the array: as an array can, or every way at random.

use super::random_jobs::Draw;
use crate::TraceError;
use heddle_format::named;
use heddle_gemm::{Phase, Shape};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::lay::os_tiles;
use heddle_schedule::tiler::{Grid, TileOrder};
use heddle_schedule::{Flow, Lay, Mapping, Piece};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What stays in the PEs while random jobs are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RandomFlow {
    /// Weights
    Ws,
    /// Sums
    Os,
    /// Either, drawn for each job or each tile of it; orientation and order are drawn too
    Mixed,
}

named!(RandomFlow, "flow", Ws = "ws", Os = "os", Mixed = "mixed");

impl RandomFlow {
    /// What there is to test on an array of `config`.
    pub fn of(config: &ArrayConfig) -> Self {
        match config.dataflow {
            Dataflow::Ws => Self::Ws,
            Dataflow::Os => Self::Os,
            Dataflow::Both => Self::Mixed,
        }
    }

    /// The laying of the `index`-th job: plain for [`RandomFlow::Ws`] and
    /// [`RandomFlow::Os`], else drawn from `seed`.
    ///
    /// # Errors
    /// [`TraceError::Input`] if an array of `config` lacks the dataflow.
    pub fn laying(
        self,
        config: &ArrayConfig,
        seed: u64,
        index: u64,
    ) -> Result<RandomLaying, TraceError> {
        let plain = Mapping::plain(config);
        let flow = |flow| RandomLaying::from(Mapping { flow, ..plain });
        let laying = match self {
            Self::Ws => flow(Flow::WeightStationary),
            Self::Os => flow(Flow::OutputStationary),
            Self::Mixed => {
                // Other draws than those of the jobs themselves.
                let mut draw = Draw::new(!seed, index);
                let inner = draw.below(u64::MAX);
                let mut flows = vec![None];
                if config.dataflow.has_ws() {
                    flows.push(Some(Flow::WeightStationary));
                }
                if config.dataflow.has_os() {
                    flows.push(Some(Flow::OutputStationary));
                }
                let orders = [
                    Some(TileOrder::Blocked),
                    Some(TileOrder::KOuter),
                    Some(TileOrder::NOuter),
                    None,
                ];
                let flow = flows[draw.below(flows.len() as u64) as usize];
                let transposed = draw.below(2) == 1;
                let order = orders[draw.below(4) as usize];
                let mapping = Mapping {
                    transposed,
                    ..plain
                };
                RandomLaying::drawn(mapping, flow, order, inner)
            }
        };
        laying.mapping.check(config)?;
        Ok(laying)
    }
}

/// The sequence of a job's tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiles {
    /// That of the mapping.
    InOrder,
    /// Any that takes the k-tiles of an n-tile in sequence, drawn from a seed.
    Shuffled(u64),
    /// What stays in the PEs is drawn from a seed for each n-tile, as far as the array leaves a
    /// choice, whatever the mapping says, and the sequence of the tiles of both kinds from it as
    /// well. The job is not joined to a chain.
    Mixed(u64),
}

/// A mapping, and the sequence of the tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomLaying {
    /// What holds for the job as a whole.
    pub mapping: Mapping,
    /// The sequence of its tiles.
    pub tiles: Tiles,
}

impl RandomLaying {
    /// `mapping` with another flow and another order; where there is none it is drawn from `seed`.
    pub fn drawn(
        mapping: Mapping,
        flow: Option<Flow>,
        order: Option<TileOrder>,
        seed: u64,
    ) -> Self {
        Self {
            mapping: Mapping {
                flow: flow.unwrap_or(mapping.flow),
                order: order.unwrap_or_default(),
                ..mapping
            },
            tiles: match (flow, order) {
                (None, _) => Tiles::Mixed(seed),
                (_, None) => Tiles::Shuffled(seed),
                _ => Tiles::InOrder,
            },
        }
    }

    /// The same for a job of `phase`; see [`Mapping::of_phase`].
    pub fn of_phase(self, phase: Phase) -> Self {
        Self {
            mapping: self.mapping.of_phase(phase),
            ..self
        }
    }
}

impl From<Mapping> for RandomLaying {
    fn from(mapping: Mapping) -> Self {
        Self {
            mapping,
            tiles: Tiles::InOrder,
        }
    }
}

impl Lay for RandomLaying {
    fn mapping(&self) -> Mapping {
        Mapping {
            chained: self.mapping.chained && !matches!(self.tiles, Tiles::Mixed(_)),
            ..self.mapping
        }
    }

    fn pieces(&self, config: &ArrayConfig, grid: &Grid) -> Vec<Piece> {
        match (self.tiles, self.mapping.flow) {
            (Tiles::InOrder, _) => self.mapping.pieces(config, grid),
            (Tiles::Mixed(seed), _) => mixed(config, seed, grid),
            (Tiles::Shuffled(seed), Flow::WeightStationary) => shuffled(seed, grid),
            (Tiles::Shuffled(seed), Flow::OutputStationary) => {
                let mut tiles = os_tiles(config, grid, TileOrder::Blocked);
                shuffle(&mut ChaCha8Rng::seed_from_u64(seed), &mut tiles);
                let groups = tiles.chunks(config.phases());
                groups.map(|tiles| Piece::Group(tiles.to_vec())).collect()
            }
        }
    }

    /// If it is mixed, that of the faster flow for each n-tile.
    fn bound(&self, config: &ArrayConfig, extent: Shape) -> u64 {
        if !matches!(self.tiles, Tiles::Mixed(_)) {
            return self.mapping.bound(config, extent);
        }
        let Shape { m, k, n } = match self.mapping.transposed {
            true => extent.transposed(),
            false => extent,
        };
        let of = |flow, n| {
            let upright = Mapping {
                flow,
                transposed: false,
                ..self.mapping
            };
            upright.bound(config, Shape::new(m, k, n))
        };
        let n_tile = |n| of(Flow::WeightStationary, n).min(of(Flow::OutputStationary, n));
        (n / config.cols) as u64 * n_tile(config.cols) + n_tile(n % config.cols)
    }
}

fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for left in (2..=items.len()).rev() {
        items.swap(left - 1, rng.next_u32() as usize % left);
    }
}

/// Weight-stationary tiles, of each n-tile the k-tiles in sequence.
fn shuffled(seed: u64, grid: &Grid) -> Vec<Piece> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: usize| rng.next_u32() as usize % bound;
    let mut open: Vec<(usize, usize)> = (0..grid.n_tiles()).map(|nt| (0, nt)).collect();
    let mut pieces = Vec::new();
    while !open.is_empty() {
        let pick = below(open.len());
        pieces.push(next_tile(grid, &mut open, pick));
    }
    pieces
}

/// The next k-tile of one of the n-tiles that are `open`, each with its next k-tile.
fn next_tile(grid: &Grid, open: &mut Vec<(usize, usize)>, pick: usize) -> Piece {
    let (kt, nt) = open[pick];
    open[pick].0 += 1;
    if open[pick].0 == grid.k_tiles() {
        open.swap_remove(pick);
    }
    Piece::Tile(kt, nt)
}

/// Tiles of both kinds. Groups are of 1 to P tiles.
fn mixed(config: &ArrayConfig, seed: u64, grid: &Grid) -> Vec<Piece> {
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
    shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ 1), &mut os);
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
                pieces.push(next_tile(grid, &mut ws, pick));
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_schedule::Edge;

    #[test]
    fn every_sequence_has_every_tile_once_with_k_in_sequence() {
        let config = ArrayConfig {
            dataflow: Dataflow::Both,
            ..ArrayConfig::new(4, 4, heddle_format::Format::Bf16)
        };
        let grid = Grid::new(&config, Shape::new(9, 30, 50), Edge::Left);
        for seed in 0..20 {
            for flow in [Flow::WeightStationary, Flow::OutputStationary] {
                for tiles in [Tiles::Shuffled(seed), Tiles::Mixed(seed)] {
                    let mapping = Mapping {
                        flow,
                        ..Mapping::plain(&config)
                    };
                    let mut next = vec![0; grid.n_tiles()];
                    let mut sums = vec![0; grid.n_tiles()];
                    for piece in (RandomLaying { mapping, tiles }).pieces(&config, &grid) {
                        match piece {
                            Piece::Tile(kt, nt) => {
                                assert_eq!(next[nt], kt, "{tiles:?}");
                                next[nt] += 1;
                            }
                            Piece::Group(group) => {
                                assert!((1..=config.phases()).contains(&group.len()));
                                group.iter().for_each(|(_, nt)| sums[*nt] += 1);
                            }
                        }
                    }
                    for (next, sums) in next.into_iter().zip(sums) {
                        assert!([(grid.k_tiles(), 0), (0, 3)].contains(&(next, sums)));
                    }
                }
            }
        }
    }

    /// The beats of its tiles, drawn in whatever mixture; one n-tile has the better kind sometimes.
    #[test]
    fn no_mixture_is_below_its_bound_and_some_reach_it() {
        let config = ArrayConfig {
            dataflow: Dataflow::Both,
            ..ArrayConfig::new(4, 4, heddle_format::Format::Bf16)
        };
        for edge in [Edge::Top, Edge::Left] {
            for (m, k, n) in [(9, 30, 50), (2, 3, 50), (30, 5, 9), (2, 30, 3), (9, 2, 4)] {
                let extent = Shape::new(m, k, n);
                let grid = Grid::new(&config, extent, edge);
                let part = |length: usize, at: usize| (length - 4 * at).min(4);
                let beats = |piece: &Piece| match piece {
                    Piece::Tile(kt, nt) => m.max(match edge {
                        Edge::Top => part(k, *kt),
                        Edge::Left => part(n, *nt),
                    }),
                    Piece::Group(tiles) => tiles.iter().map(|(mt, _)| k.max(part(m, *mt))).sum(),
                };
                let least = (0..40).map(|seed| {
                    let laying = RandomLaying {
                        mapping: Mapping {
                            edge,
                            ..Mapping::plain(&config)
                        },
                        tiles: Tiles::Mixed(seed),
                    };
                    let taken: usize = laying.pieces(&config, &grid).iter().map(beats).sum();
                    let bound = laying.bound(&config, extent);
                    assert!(bound <= taken as u64, "{extent:?} {edge:?} {seed}");
                    taken as u64 - bound
                });
                let least = least.min().unwrap();
                assert!(n > 12 || least == 0, "{extent:?} {edge:?} {least}");
            }
        }
    }
}
