//! The shortcuts of [`super`] against the event model run tile by tile.

use super::*;
use heddle_format::Format;

/// Every group through the event model. `groups` may leave some out, as a control.
fn group_by_group(config: &ArrayConfig, extent: Shape, left_out: usize) -> Breakdown {
    let phases = config.phases();
    let mut tiles = Vec::new();
    for mt in 0..extent.m.div_ceil(config.rows) {
        for _ in 0..extent.n.div_ceil(config.cols) {
            tiles.push(config.rows.min(extent.m - mt * config.rows));
        }
    }
    let mut timeline = Timeline::new(config);
    for group in tiles.chunks(phases).skip(left_out) {
        timeline.group(
            extent.k,
            *group.iter().max().expect("a chunk has tiles"),
            None,
        );
    }
    timeline.breakdown()
}

/// Every tile through the event model.
fn tile_by_tile(config: &ArrayConfig, laid: &Laid) -> LaidCost {
    let grid = Grid::new(config, laid.extent, laid.edge);
    let mut timeline = Timeline::new(config);
    let mut starts = vec![None; grid.n_tiles()];
    let mut tiles = 0;
    grid.visit(laid.order, |kt, nt| {
        let start = timeline.tile(grid.size(kt, nt).weight_beats, grid.extent().m, starts[nt]);
        starts[nt] = Some(start);
        tiles += 1;
    });
    LaidCost {
        tiles,
        breakdown: timeline.breakdown(),
    }
}

fn arrays() -> impl Iterator<Item = ArrayConfig> {
    [(1, 1), (4, 4), (5, 3), (3, 8), (16, 16)]
        .into_iter()
        .flat_map(|(rows, cols)| {
            [1, 2, 3, 5].map(|stages| ArrayConfig {
                add_stages: Some(stages),
                ..ArrayConfig::new(rows, cols, Format::Int8)
            })
        })
}

const LENGTHS: [usize; 8] = [1, 2, 3, 4, 7, 16, 33, 90];

fn extents() -> impl Iterator<Item = Shape> {
    LENGTHS.into_iter().flat_map(|m| {
        LENGTHS
            .into_iter()
            .flat_map(move |k| LENGTHS.into_iter().map(move |n| Shape { m, k, n }))
    })
}

#[test]
fn groups_in_closed_form_are_the_event_model() {
    for config in arrays() {
        for extent in extents() {
            let tally = output_stationary(&config, extent);
            assert_eq!(
                tally.breakdown,
                group_by_group(&config, extent, 0),
                "{extent:?} on {config:?}"
            );
        }
    }
}

#[test]
fn a_group_left_out_changes_the_count() {
    for config in arrays() {
        for extent in extents() {
            let tally = output_stationary(&config, extent);
            assert_ne!(tally.breakdown, group_by_group(&config, extent, 1));
        }
    }
}

#[test]
fn rows_and_blocks_left_out_are_the_event_model() {
    for config in arrays() {
        for extent in extents() {
            for edge in [Edge::Top, Edge::Left] {
                for order in [TileOrder::Blocked, TileOrder::KOuter, TileOrder::NOuter] {
                    let laid = Laid {
                        extent,
                        edge,
                        output_stationary: false,
                        order,
                    };
                    assert_eq!(
                        weight_stationary(&config, &laid),
                        tile_by_tile(&config, &laid),
                        "{laid:?} on {config:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_count_is_below_its_bound() {
    for config in arrays() {
        for extent in extents() {
            for (output_stationary, edge) in
                [(false, Edge::Top), (false, Edge::Left), (true, Edge::Top)]
            {
                let laid = Laid {
                    extent,
                    edge,
                    output_stationary,
                    order: TileOrder::default(),
                };
                let cycles = laid.tally(&config).breakdown.total();
                assert!(laid.bound(&config) < cycles, "{laid:?} on {config:?}");
            }
        }
    }
}

#[test]
fn mappings_that_cannot_be_counted_are_bad_input() {
    let extent = Shape { m: 4, k: 4, n: 4 };
    let plain = Mapping::plain(&ArrayConfig::new(4, 4, Format::Int8));
    let chained = Mapping {
        chained: true,
        ..plain
    };
    for (mapping, times) in [(chained, 2), (plain, 2)] {
        let error = Laid::new(extent, &mapping, times).unwrap_err();
        assert!(error.is_bad_input());
    }
    let transposed = Mapping {
        transposed: true,
        edge: Edge::Left,
        ..plain
    };
    let laid = Laid::new(Shape { m: 2, k: 3, n: 5 }, &transposed, 1).unwrap();
    assert_eq!(laid.extent, Shape { m: 5, k: 3, n: 2 });
}

#[test]
fn a_chain_is_one_reduction() {
    let config = ArrayConfig {
        dataflow: heddle_hdl::Dataflow::Os,
        ..ArrayConfig::new(16, 16, Format::Int8)
    };
    let mapping = Mapping {
        chained: true,
        ..Mapping::plain(&config)
    };
    let one = Shape {
        m: 650,
        k: 20,
        n: 2600,
    };
    let chain = Laid::new(one, &mapping, 35).unwrap();
    let whole = Shape { k: 700, ..one };
    assert_eq!(chain.tally(&config), output_stationary(&config, whole));
    // Without seeds and sums of 34 jobs.
    assert!(
        chain.tally(&config).breakdown.total()
            < 35 * output_stationary(&config, one).breakdown.total()
    );
}
