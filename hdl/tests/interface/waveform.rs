//! The picture of an output-stationary run in `INTERFACE.md` is what the array does.

use crate::cycles::{pack, Bench, Inputs, Seen};
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow};

/// Characters of a cycle.
const STEP: usize = 4;

/// Two rows, one column, two tiles in turn (P = 2), two k: the shortest run that shows it all.
fn config() -> ArrayConfig {
    ArrayConfig {
        dataflow: Dataflow::Os,
        add_stages: Some(2),
        ..ArrayConfig::new(2, 1, Format::Int8)
    }
}

/// A cycle's exchange: tile and row, their seed; `None` seeds nothing.
fn exchange(row: u128, seed: Option<i64>) -> Vec<(&'static str, u128)> {
    vec![
        ("x_valid_i", 1),
        ("x_last_i", row),
        ("x_keep_i", u128::from(seed.is_some())),
        ("c_i", pack(&[seed.unwrap_or(0)], 32)),
    ]
}

fn word(word: i64) -> Vec<(&'static str, u128)> {
    vec![
        ("w_valid_i", 1),
        ("w_last_i", 1),
        ("w_keep_i", 1),
        ("w_top_i", pack(&[word], 8)),
        ("row_keep_i", 0b11),
        ("col_keep_i", 1),
    ]
}

fn beat(first: u128, acts: [i64; 2]) -> Vec<(&'static str, u128)> {
    vec![
        ("a_valid_i", 1),
        ("a_first_i", first),
        ("a_flush_i", 0),
        ("a_keep_i", 1),
        ("a_i", pack(&acts, 8)),
    ]
}

/// The run: tile 0 is 10 + 1*3 + 2*4 and 11 + 5*3 + 6*4, tile 1 is 20 + 3*5 + 4*6 and 21 + 7*5 + 8*6.
fn run(bench: &mut Bench) -> usize {
    let flush: Inputs = &[("a_valid_i", 1), ("a_first_i", 0), ("a_flush_i", 1)];
    let words = [3, 5, 4, 6].map(word);
    let start = bench.cycle(&exchange(0, Some(10)));
    bench.cycle(&exchange(0, Some(20)));
    bench.cycle(&exchange(1, Some(11)));
    bench.cycle(&[exchange(1, Some(21)), words[0].clone()].concat());
    bench.cycle(&[beat(1, [1, 5]), words[1].clone()].concat());
    bench.cycle(&[beat(1, [3, 7]), words[2].clone()].concat());
    // From here on nothing is seeded: rows are exchanged to end the run.
    bench.cycle(&[exchange(0, None), beat(0, [2, 6]), words[3].clone()].concat());
    bench.cycle(&[exchange(0, None), beat(0, [4, 8])].concat());
    for row in [1, 1, 0, 0, 1, 1] {
        let flushes = if row == 1 { flush } else { &[] };
        bench.cycle(&[&exchange(row, None)[..], flushes].concat());
    }
    bench.idle(config().latency());
    start
}

/// A line for each port: 1 or a point for a bit, a value where it counts.
fn picture(bench: &Bench, seen: &Seen, start: usize) -> String {
    let cycles = start..bench.now();
    let mut lines = Vec::new();
    let mut line = |name: &str, cell: &dyn Fn(usize) -> Option<String>| {
        let cells = cycles
            .clone()
            .map(|cycle| cell(cycle).unwrap_or(".".into()));
        let cells: String = cells.map(|cell| format!("{cell:>STEP$}")).collect();
        lines.push(format!("{name:10}{cells}"));
    };
    line("cycle", &|cycle| Some((cycle - start).to_string()));
    line("phase", &|cycle| Some(((cycle - start) % 2).to_string()));
    let input = |name: &'static str, valid: &'static str| {
        move |cycle: usize| {
            let valid = bench.driven(cycle, valid) == Some(1);
            let value = bench.driven(cycle, name).filter(|_| valid)?;
            (value != 0 || !name.ends_with("_valid_i")).then(|| value.to_string())
        }
    };
    let output = |name: &'static str| {
        move |cycle: usize| (seen.at(cycle, name) == Some(1)).then(|| "1".to_owned())
    };
    for (name, valid) in [
        ("x_valid_i", "x_valid_i"),
        ("x_last_i", "x_valid_i"),
        ("x_keep_i", "x_valid_i"),
    ] {
        line(name, &input(name, valid));
    }
    line("c_i", &|cycle| {
        let seeds = bench.driven(cycle, "x_keep_i") == Some(1);
        bench
            .driven(cycle, "c_i")
            .filter(|_| seeds)
            .map(|seed| seed.to_string())
    });
    line("x_ready_o", &output("x_ready_o"));
    line("w_valid_i", &input("w_valid_i", "w_valid_i"));
    line("w_top_i", &input("w_top_i", "w_valid_i"));
    line("w_ready_o", &output("w_ready_o"));
    line("a_valid_i", &input("a_valid_i", "a_valid_i"));
    line("a_first_i", &input("a_first_i", "a_valid_i"));
    line("a_flush_i", &input("a_flush_i", "a_valid_i"));
    for row in 0..2 {
        line(if row == 0 { "a_i row 0" } else { "    row 1" }, &|cycle| {
            let acts = bench.driven(cycle, "a_i")?;
            Some((acts >> (8 * row) & 255).to_string())
        });
    }
    line("a_ready_o", &output("a_ready_o"));
    line("s_valid_o", &output("s_valid_o"));
    line("s_keep_o", &|cycle| {
        let valid = seen.known(cycle, "s_valid_o") == 1;
        valid.then(|| seen.known(cycle, "s_keep_o").to_string())
    });
    line("s_o", &|cycle| {
        let valid = seen.known(cycle, "s_valid_o") == 1;
        seen.sums(cycle)[0]
            .filter(|_| valid)
            .map(|sum| sum.to_string())
    });
    lines.join("\n")
}

#[test]
fn the_picture_of_an_output_stationary_run_is_what_the_array_does() {
    let Some(mut bench) = Bench::new(config()) else {
        return;
    };
    let start = run(&mut bench);
    let seen = bench.run();
    // Everything is accepted when it is offered first.
    for (valid, ready) in [
        ("x_valid_i", "x_ready_o"),
        ("w_valid_i", "w_ready_o"),
        ("a_valid_i", "a_ready_o"),
    ] {
        for cycle in start..bench.now() {
            if bench.driven(cycle, valid) == Some(1) {
                assert_eq!(seen.known(cycle, ready), 1, "{ready} in cycle {cycle}");
            }
        }
    }
    let kept = seen.all_sums().into_iter().filter_map(|(_, sums)| sums[0]);
    assert_eq!(kept.collect::<Vec<_>>(), [21, 59, 50, 104]);
    assert_eq!(seen.known(bench.now() - 1, "wait_o"), 0);
    let picture = picture(&bench, &seen, start);
    let text = include_str!("../../INTERFACE.md");
    assert!(
        text.contains(&format!("```text\n{picture}\n```")),
        "INTERFACE.md should have\n```text\n{picture}\n```"
    );
}
