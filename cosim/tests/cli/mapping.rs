//! `heddle cycles` and its mapper: what is chosen, what it costs, and the bounds it keeps.

use super::{fails, heddle, json, stdout};
use expect_test::expect;
use serde_json::Value;

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Both formats, all LSTM products of the published network with half of the units dropped.
#[test]
fn training_comes_close_to_its_bounds() {
    for format in ["int8", "bf16"] {
        let report = json(&mut heddle(&format!(
            "cycles --network zaremba-medium --sites nr,rh --p .5 --dataflow both --format {format} --json"
        )));
        let lstm = &report["lstm"];
        assert!(
            number(&lstm["policies"]["dense"]["utilisation"]) >= 0.95,
            "{lstm}"
        );
        for phase in ["fp", "bp", "wg"] {
            let packed = &lstm["policies"]["packed"]["phases"][phase];
            let of_bound = number(&packed["bound"]) / number(&packed["cycles"]);
            assert!((0.95..1.0).contains(&of_bound), "{phase} {packed}");
            assert_eq!(number(&packed["of_bound"]), of_bound);
        }
    }
}

#[test]
fn a_weight_gradient_is_output_stationary_where_it_may_be() {
    for format in ["int8", "bf16"] {
        let cycles = |rest: &str| {
            let wg = format!("cycles --phase wg --m 650 --k 20 --n 2600 --format {format}");
            json(&mut heddle(&format!("{wg} {rest} --json")))
        };
        let dense = cycles("--dataflow both");
        assert_eq!(dense["mapping"], "os");
        assert!(number(&dense["cycles"]) <= 138_981.0);
        let packed = cycles("--dataflow both --policy packed --keep 325");
        assert!(number(&dense["cycles"]) >= 1.9 * number(&packed["cycles"]));
        assert_eq!(
            packed["speedup"],
            number(&dense["cycles"]) / number(&packed["cycles"])
        );
        // The other dataflow, by choice of the array or of the mapper, does not reach it.
        for rest in ["--dataflow ws", "--dataflow both --flow ws"] {
            let stationary = cycles(rest);
            assert!(stationary["mapping"].as_str().unwrap().starts_with("ws"));
            assert!(number(&stationary["cycles"]) > 138_981.0);
        }
    }
}

#[test]
fn candidates_as_a_table() {
    let text = stdout(&mut heddle(
        "cycles --phase wg --m 65 --k 8 --n 40 --keep 33 --policy packed --dataflow both --format int8 --times 3 --explain",
    ));
    expect![[r#"
        3 times wg 65 x 8 x 40, 33 kept, packed on 16 x 16 int8; mapping: os chained (as it lies)
        |   | mapping               | layout           | cycles | of limit | bound | of bound | beats | wait: weights | wait: sums | exchange | drain | weights in | activations in |  seeds in |  sums out |
        |---|-----------------------|------------------|--------|----------|-------|----------|-------|---------------|------------|----------|-------|------------|----------------|-----------|-----------|
        | * | os chained            | as it lies       |    410 |   30.2 % |   360 |   87.8 % |   360 |             1 |          0 |       16 |    33 |  11.7 / 16 |       5.8 / 16 | 25.4 / 64 | 25.4 / 64 |
        |   | ws                    | transpose X      |    420 |   29.5 % |   297 |   70.7 % |   297 |            24 |          0 |        0 |    99 |   2.3 / 16 |        5.7 / 8 | 37.7 / 64 | 37.7 / 64 |
        |   | ws k-outer            | transpose X      |    420 |   29.5 % |   297 |   70.7 % |   297 |            24 |          0 |        0 |    99 |   2.3 / 16 |        5.7 / 8 | 37.7 / 64 | 37.7 / 64 |
        |   | ws n-outer            | transpose X      |    420 |   29.5 % |   297 |   70.7 % |   297 |            24 |          0 |        0 |    99 |   2.3 / 16 |        5.7 / 8 | 37.7 / 64 | 37.7 / 64 |
        |   | ws transposed         | transpose dZ, dW |    483 |   25.6 % |   360 |   74.5 % |   360 |            24 |          0 |        0 |    99 |   1.6 / 16 |        6.0 / 8 | 32.8 / 64 | 32.8 / 64 |
        |   | ws transposed k-outer | transpose dZ, dW |    483 |   25.6 % |   360 |   74.5 % |   360 |            24 |          0 |        0 |    99 |   1.6 / 16 |        6.0 / 8 | 32.8 / 64 | 32.8 / 64 |
        |   | ws transposed n-outer | transpose dZ, dW |    483 |   25.6 % |   360 |   74.5 % |   360 |            24 |          0 |        0 |    99 |   1.6 / 16 |        6.0 / 8 | 32.8 / 64 | 32.8 / 64 |
        |   | os                    | as it lies       |    534 |   23.2 % |   360 |   67.4 % |   216 |             3 |          0 |      216 |    99 |   5.4 / 16 |       4.4 / 16 | 29.7 / 64 | 29.7 / 64 |
        |   | os transposed         | transpose dW     |    555 |   22.3 % |   360 |   64.9 % |   216 |             3 |          0 |      237 |    99 |   4.3 / 16 |       5.2 / 16 | 28.5 / 64 | 28.5 / 64 |
        * chosen. Waits for weights and for sums; exchange of seeds and sums. Ports in bytes per cycle: mean / peak.
        | cycles                       | of which |
        |------------------------------|----------|
        | total                        |      410 |
        | beats                        |      360 |
        | waiting for weights          |        1 |
        | waiting for sums             |        0 |
        | exchanging seeds and sums    |       16 |
        | draining                     |       33 |
        | limit (every PE busy)        |      124 |
        | bound (whole tiles)          |      360 |
        | SCALE-Sim, weight stationary |      708 |
        | SCALE-Sim, output stationary |    1,023 |
        utilisation 30.2 %, 1.00 times faster than dense (410 cycles), 31,680 MACs in 15 tiles
    "#]].assert_eq(&text);
}

#[test]
fn candidates_as_json() {
    let report = json(&mut heddle(
        "cycles --phase bp --m 20 --k 2600 --n 650 --dataflow both --explain --json",
    ));
    let candidates = report["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 8);
    assert_eq!(candidates[0]["mapping"], report["mapping"]);
    assert_eq!(candidates[0]["cycles"], report["cycles"]);
    for one in candidates {
        let parts = &one["breakdown"];
        let sum: f64 = ["beats", "weight_load", "round_trip", "exchange", "drain"]
            .iter()
            .map(|part| number(&parts[part]))
            .sum();
        assert_eq!(sum, number(&one["cycles"]));
        assert!(number(&one["bound"]) < number(&one["cycles"]));
        for port in ["weights", "activations", "seeds", "sums"] {
            let need = &one["ports"][port];
            assert!(
                number(&need["mean_bytes_per_cycle"]) <= number(&need["peak_bytes_per_cycle"]),
                "{one}"
            );
        }
    }
    let plain = json(&mut heddle(
        "cycles --phase bp --m 20 --k 2600 --n 650 --json",
    ));
    assert_eq!(plain.get("candidates"), None);
}

#[test]
fn time_steps_are_chained_where_the_batch_is_short() {
    let wg = "cycles --phase wg --m 650 --k 20 --n 2600 --rows 64 --cols 64 --dataflow os --json";
    let apart = json(&mut heddle(wg));
    let chain = json(&mut heddle(&format!("{wg} --times 35")));
    assert_eq!(chain["mapping"], "os chained");
    assert_eq!(number(&chain["macs"]), 35.0 * number(&apart["macs"]));
    assert!(2.0 * number(&chain["cycles"]) < 35.0 * number(&apart["cycles"]));
    // Forward products are not chained.
    let fp = "cycles --phase fp --m 20 --k 650 --n 2600 --json";
    let (one, three) = (
        json(&mut heddle(fp)),
        json(&mut heddle(&format!("{fp} --times 3"))),
    );
    assert_eq!(number(&three["cycles"]), 3.0 * number(&one["cycles"]));
}

#[test]
fn layouts_decide_where_transpositions_are_forbidden() {
    let name = |rest: &str| {
        let fp = "cycles --phase fp --m 20 --k 650 --n 2600 --dataflow both --no-transpose --json";
        json(&mut heddle(&format!("{fp} {rest}")))["mapping"].clone()
    };
    assert_eq!(name(""), "ws");
    assert_eq!(name("--x-layout feature-major"), "os");
}

#[test]
fn rows_by_time_step() {
    let ner = "cycles --network ner-conll --dataflow both";
    let report = json(&mut heddle(&format!("{ner} --by-time --json")));
    let rows = report["by_time"].as_array().unwrap();
    // 2 layers, 2 sites, 3 phases, 15 steps, less one BP at rh in each layer; a chain
    // takes one row for its 15 steps.
    let chains = rows.iter().filter(|row| row["time"].is_null());
    let chains = chains
        .inspect(|row| assert_eq!(row["mappings"], serde_json::json!({ "os chained": 15 })))
        .count();
    assert!(chains > 0);
    assert_eq!(rows.len() + 14 * chains, 3 * (2 * 2 * 3 * 15 - 2));
    let of = |policy: &str| -> f64 {
        let rows = rows.iter().filter(|row| row["policy"] == policy);
        rows.map(|row| number(&row["cycles"])).sum()
    };
    for policy in ["dense", "gated", "packed"] {
        assert_eq!(of(policy), number(&report["policies"][policy]["cycles"]));
    }
    assert_eq!(
        json(&mut heddle(&format!("{ner} --json"))).get("by_time"),
        None
    );
    let text = stdout(&mut heddle(&format!("{ner} --by-time")));
    assert!(text.contains("| layer | site | phase | time |"), "{text}");
}

#[test]
fn wrong_values_are_bad_input() {
    let wg = "cycles --phase wg --m 650 --k 20 --n 2600";
    for (rest, words) in [
        ("--flow is", ["'is'", "ws, os, auto"]),
        ("--flow os", ["--flow = os", "--dataflow both"]),
        ("--dataflow os --flow ws", ["--flow = ws", "--flow auto"]),
        ("--times 0", ["'0' for '--times", "from 1"]),
        ("--times 5000", ["'5000' for '--times", "to 4096"]),
        ("--x-layout rows", ["'rows'", "batch-major, feature-major"]),
        ("--no-transpose", ["--no-transpose", "--dataflow both"]),
    ] {
        fails(&mut heddle(&format!("{wg} {rest}")), 2, &words);
    }
    for (arguments, words) in [
        (
            "cycles --network ner-conll --times 3",
            ["--times", "--network"],
        ),
        (
            "cycles --network ner-conll --explain",
            ["--explain", "--network"],
        ),
        (
            "cycles --network ner-conll --flow os",
            ["--flow = os", "--dataflow both"],
        ),
        (
            "cycles --network ner-conll --no-transpose",
            ["--no-transpose", "wg"],
        ),
        (
            "cycles --phase fp --m 1 --k 1 --n 1 --by-time",
            ["--by-time", "--phase"],
        ),
        (
            "cycles --phase fp --m 16777216 --k 16777216 --n 16777216",
            ["16777216 x 16777216", "multiply-accumulates"],
        ),
    ] {
        fails(&mut heddle(arguments), 2, &words);
    }
}
