//! Output-stationary groups: their rows, and weight-stationary beats around them.

use crate::cycles::{pack, Bench, Inputs};
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow};

#[test]
fn a_group_may_have_fewer_rows_than_the_array() {
    let config = ArrayConfig {
        dataflow: Dataflow::Os,
        ..ArrayConfig::new(3, 1, Format::Int8)
    };
    let Some(mut bench) = Bench::new(config) else {
        return;
    };
    let exchange = |last, keep, seed| -> [(&'static str, u128); 4] {
        [
            ("x_valid_i", 1),
            ("x_last_i", last),
            ("x_keep_i", keep),
            ("c_i", seed),
        ]
    };
    let flush: Inputs = &[("a_valid_i", 1), ("a_first_i", 0), ("a_flush_i", 1)];
    bench.cycle(&exchange(0, 1, 10));
    bench.cycle(
        &[
            &exchange(1, 1, 20)[..],
            &[
                ("w_valid_i", 1),
                ("w_last_i", 1),
                ("w_keep_i", 1),
                ("w_top_i", 5),
                ("row_keep_i", 0b011),
                ("col_keep_i", 1),
            ],
        ]
        .concat(),
    );
    bench.cycle(&[
        ("a_valid_i", 1),
        ("a_first_i", 1),
        ("a_flush_i", 0),
        ("a_keep_i", 1),
        ("a_i", pack(&[2, 3, 99], 8)),
    ]);
    let mut sums = 0;
    for _ in 0..2 {
        sums = bench.cycle(&exchange(0, 0, 0));
        bench.cycle(&[&exchange(1, 0, 0)[..], flush].concat());
    }
    bench.idle(12);
    let found = bench.run().all_sums();
    let latency = config.latency();
    let kept: Vec<_> = found.iter().filter(|(_, sums)| sums[0].is_some()).collect();
    assert_eq!(found.len(), 6, "every exchange gives one: {found:?}");
    let expected = [
        (sums + latency, vec![Some(20)]),
        (sums + 1 + latency, vec![Some(35)]),
    ];
    assert_eq!(kept, expected.iter().collect::<Vec<_>>());
}

#[test]
fn weight_stationary_beats_enter_after_the_first_flushes_and_not_between_the_last() {
    for phases in [1, 2] {
        let config = ArrayConfig {
            dataflow: Dataflow::Both,
            add_stages: Some(phases),
            ..ArrayConfig::new(1, 1, Format::Int8)
        };
        let Some(mut bench) = Bench::new(config) else {
            return;
        };
        let exchange = |keep| -> [(&'static str, u128); 4] {
            [
                ("x_valid_i", 1),
                ("x_last_i", 1),
                ("x_keep_i", keep),
                ("c_i", 10),
            ]
        };
        let word: Inputs = &[
            ("w_valid_i", 1),
            ("w_edge_i", 0),
            ("w_os_i", 1),
            ("w_keep_i", 1),
            ("w_top_i", 2),
            ("row_keep_i", 1),
            ("col_keep_i", 1),
        ];
        let weights: Inputs = &[
            ("w_valid_i", 1),
            ("w_edge_i", 0),
            ("w_os_i", 0),
            ("w_last_i", 1),
            ("w_keep_i", 1),
            ("w_top_i", 3),
            ("row_keep_i", 1),
            ("col_keep_i", 1),
        ];
        let first: Inputs = &[
            ("a_valid_i", 1),
            ("a_os_i", 1),
            ("a_flush_i", 0),
            ("a_first_i", 1),
            ("a_keep_i", 1),
            ("a_i", 7),
        ];
        let flush: Inputs = &[
            ("a_valid_i", 1),
            ("a_os_i", 1),
            ("a_flush_i", 1),
            ("a_first_i", 0),
        ];
        let beat: Inputs = &[
            ("a_valid_i", 1),
            ("a_os_i", 0),
            ("a_flush_i", 0),
            ("a_first_i", 1),
            ("a_keep_i", 1),
            ("a_i", 5),
            ("c_i", 1),
        ];
        // Every step takes a turn of P cycles, which begins with phase 0.
        for phase in 0..phases {
            let last = phase == phases - 1;
            bench.cycle(&[&exchange(1)[..], if last { word } else { &[] }].concat());
        }
        for phase in 0..phases {
            let last = phase == phases - 1;
            bench.cycle(&[first, if last { weights } else { word }].concat());
        }
        let refused: Vec<_> = (0..phases).map(|_| bench.cycle(beat)).collect();
        for _ in 0..phases {
            bench.cycle(&[&exchange(0)[..], flush].concat());
        }
        let taken = bench.cycle(beat);
        bench.cycle(weights);
        bench.idle(2 * phases - 2);
        // The sums leave; so do the marks of these exchanges, and between their flushes no beat
        // enters. The first takes the phase, the others wait a turn.
        let mut between = Vec::new();
        for phase in 0..phases {
            bench.cycle(&[&exchange(0)[..], if phase == 0 { flush } else { &[] }].concat());
        }
        for phase in 1..phases {
            for at in 0..phases {
                let now = bench.cycle(if at == phase { flush } else { beat });
                between.extend((at < phase).then_some(now));
            }
        }
        let after = bench.cycle(beat);
        bench.idle(20);
        let seen = bench.run();
        for cycle in refused.into_iter().chain(between) {
            assert_eq!(
                seen.known(cycle, "a_ready_o"),
                0,
                "P = {phases}, cycle {cycle}"
            );
        }
        for cycle in [taken, after] {
            assert_eq!(
                seen.known(cycle, "a_ready_o"),
                1,
                "P = {phases}, cycle {cycle}"
            );
        }
        let kept = seen.all_sums().into_iter().filter_map(|(_, sums)| sums[0]);
        let mut kept: Vec<_> = kept.collect();
        kept.sort_unstable();
        let expected = [&[16, 16][..], &vec![24; phases]].concat();
        assert_eq!(kept, expected, "P = {phases}");
    }
}
