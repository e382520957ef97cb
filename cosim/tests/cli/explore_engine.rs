//! `heddle explore --target engine`

use super::{fails, heddle, json, run, stdout};
use expect_test::expect;
use serde_json::Value;
use std::path::Path;

const SMALL: &str =
    "explore --target engine --units 40 --width 48 --times 3 --rows 8 --format int8";

#[test]
fn a_sweep_as_a_table() {
    let text = stdout(&mut heddle(&format!(
        "{SMALL} --batch 4,8 --bus-bits 32,128 --phase wg,fp --sum-words 256"
    )));
    expect![[r#"
        40 x 48 units and gates, 3 time steps, on the engine by its cycle model
        | phase | format | array |   p | bus bits | batch | KiB | dense | of its limit | packed | of packed's limit | speed-up |
        |-------|--------|-------|-----|----------|-------|-----|-------|--------------|--------|-------------------|----------|
        | fp    | int8   | 8 x 8 | 0.5 |       32 |     4 |  32 | 1,237 |   bus 48.7 % |    953 |        bus 38.0 % |     1.30 |
        | wg    | int8   | 8 x 8 | 0.5 |       32 |     4 |  32 | 2,910 |   bus 66.0 % |  2,878 |        bus 66.7 % |     1.01 |
        | fp    | int8   | 8 x 8 | 0.5 |      128 |     4 |  32 |   773 |   bus 19.8 % |    633 |        bus 14.7 % |     1.22 |
        | wg    | int8   | 8 x 8 | 0.5 |      128 |     4 |  32 | 1,759 |   bus 27.3 % |  1,674 |        bus 28.7 % |     1.05 |
        | fp    | int8   | 8 x 8 | 0.5 |       32 |     8 |  32 | 1,473 |   bus 43.6 % |  1,213 |        bus 33.1 % |     1.21 |
        | wg    | int8   | 8 x 8 | 0.5 |       32 |     8 |  32 | 3,101 |   bus 61.9 % |  3,086 |        bus 62.2 % |     1.00 |
        | fp    | int8   | 8 x 8 | 0.5 |      128 |     8 |  32 |   862 | array 27.8 % |    746 |      array 16.1 % |     1.16 |
        | wg    | int8   | 8 x 8 | 0.5 |      128 |     8 |  32 | 1,807 | array 39.8 % |  1,733 |        bus 27.7 % |     1.04 |
        the limit: every PE busy, or the bus with the larger of all bytes read and all written, whichever takes longer
    "#]].assert_eq(&text);
}

fn number(of: &Value, field: &str) -> u64 {
    of[field].as_u64().unwrap()
}

/// What `heddle cycles` says of the product of a point.
fn counted(point: &Value, policy: &str, latency: u64) -> Value {
    let (array, engine) = (&point["array"], &point["engine"]);
    let batch = number(point, "batch");
    let phase = point["phase"].as_str().unwrap();
    let (shape, times) = match phase {
        "fp" => (format!("--m {batch} --k 40 --n 48"), 1),
        "bp" => (format!("--m {batch} --k 48 --n 40"), 1),
        _ => (format!("--m 40 --k {batch} --n 48"), 3),
    };
    json(&mut heddle(&format!(
        "cycles --target engine --rows 8 --cols 8 --format {} --bus-bits {} --latency {latency} \
         --phase {phase} {shape} --times {times} --keep 20 --policy {policy} --json",
        array["format"].as_str().unwrap(),
        number(engine, "bus_bits"),
    )))
}

#[test]
fn a_sweep_agrees_with_the_count_of_its_products() {
    let report = json(&mut heddle(&format!(
        "{SMALL},bf16 --batch 4,9 --bus-bits 64 --latency 30 --threads 3 --json"
    )));
    let points = report["points"].as_array().unwrap();
    assert_eq!(points.len(), 2 * 2 * 3);
    for point in points {
        for policy in ["dense", "packed"] {
            let count = counted(point, policy, 30);
            let own = point["policies"][policy].as_object().unwrap();
            assert!(own.len() > 10);
            for (field, value) in own {
                assert_eq!(value, &count[field], "{field}");
            }
            // With another memory it is another count.
            let far = counted(point, policy, 31);
            assert_ne!(own["cycles"], far["cycles"]);
        }
    }
    let bytes = &points[0]["buffer_bytes"];
    assert_eq!(
        [number(bytes, "a"), number(bytes, "sums")],
        [2048 * 8, 2048 * 8 * 4]
    );
}

#[test]
fn a_whole_step_agrees_with_the_count_of_the_network() {
    let flags = "--network ner-conll --p .5 --format int8 --latency 20 --bus-bits 128 --json";
    let sweep = json(&mut heddle(&format!(
        "explore --target engine --whole-step --phase bp {flags}"
    )));
    let count = json(&mut heddle(&format!("cycles --target engine {flags}")));
    let points = sweep["points"].as_array().unwrap();
    assert_eq!(points.len(), 1);
    for policy in ["dense", "packed"] {
        assert_eq!(points[0]["policies"][policy], count["phases"]["bp"][policy]);
        assert_ne!(points[0]["policies"][policy], count["phases"]["fp"][policy]);
    }
}

#[test]
fn a_sweep_as_files_and_what_cannot_be_is_told_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (plot, csv) = (folder.path().join("a.svg"), folder.path().join("a.csv"));
    let sweep = |slots: &str, phases: &str| {
        let mut command = heddle(&format!(
            "{SMALL} --cols 16 --batch 4 --bus-bits 64,128 --b-slots {slots} --phase {phases} --json"
        ));
        command.arg("--plot").arg(&plot).arg("--csv").arg(&csv);
        command
    };
    let output = run(&mut sweep("8,16", "bp,wg"));
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let points = report["points"].as_array().unwrap();
    // A column of each of 16 does not fit 8 slots; WG takes them as they are.
    let of = |phase: &str| {
        points
            .iter()
            .filter(|point| point["phase"] == phase)
            .count()
    };
    assert_eq!([of("bp"), of("wg")], [2, 4]);
    let impossible = report["impossible"].as_array().unwrap();
    assert_eq!(impossible.len(), 2);
    for left in impossible {
        assert_eq!(
            (number(&left["engine"], "b_slots"), &left["phases"][0]),
            (8, &"bp".into())
        );
        assert!(left["reason"].as_str().unwrap().contains("b_slots"));
    }
    assert_eq!(told.matches("left out: bp").count(), 2, "{told}");
    let text = std::fs::read_to_string(&csv).unwrap();
    let lines: Vec<Vec<_>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 6 + 1);
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
    let column = |name: &str| lines[0].iter().position(|own| *own == name).unwrap();
    for (line, point) in lines[1..].iter().zip(points) {
        let dense = &point["policies"]["dense"];
        assert_eq!(line[column("dense_cycles")], dense["cycles"].to_string());
        assert_eq!(
            line[column("b_slots")],
            point["engine"]["b_slots"].to_string()
        );
        let share: f64 = line[column("dense_of_limit")].parse().unwrap();
        assert_eq!(share, dense["of_limit"]);
    }
    let drawn = std::fs::read_to_string(&plot).unwrap();
    for word in [
        "bus of 64 bits",
        "int8, bp",
        "int8, wg",
        "of the limit",
        "packed",
    ] {
        assert!(drawn.contains(word), "{word}");
    }
    // Each point has a ring of two circles and a dot, in both panels; the legend as many.
    assert_eq!(drawn.matches("<circle").count(), 3 + 6 * 2 * 3);
    // Where nothing can be, there is nothing to tell.
    fails(&mut sweep("8", "bp"), 2, &["b_slots"]);
}

/// The committed roofline is what the program says today, in a few of its places; places of one are not those of
/// another.
#[test]
fn the_committed_roofline_is_as_counted() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
    let text = std::fs::read_to_string(results.join("roofline.csv")).unwrap();
    let lines: Vec<Vec<_>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(
        lines.len(),
        4 * 3 * 2 * 2 + 1,
        "widths, phases, formats, batches"
    );
    let column = |name: &str| lines[0].iter().position(|own| *own == name).unwrap();
    let committed = |wanted: [(&str, &str); 4], name: &str| {
        let own = |line: &&Vec<&str>| {
            wanted
                .iter()
                .all(|(name, value)| line[column(name)] == *value)
        };
        lines[1..].iter().find(own).unwrap()[column(name)].to_owned()
    };
    let cycles = |bits: &str, phase: &str, format: &str| {
        let shape = match phase {
            "fp" => "--m 20 --k 650 --n 2600",
            _ => "--m 20 --k 2600 --n 650",
        };
        let count = json(heddle(&format!(
            "cycles --target engine --bus-bits {bits} --phase {phase} --format {format} {shape} --keep 325 \
             --policy packed --json --config"
        )).arg(results.join("engine-256.toml")));
        [number(&count, "cycles"), number(&count, "dense_cycles")].map(|cycles| cycles.to_string())
    };
    let mut all = Vec::new();
    for (bits, phase, format) in [
        ("64", "fp", "int8"),
        ("256", "bp", "int8"),
        ("512", "fp", "bf16"),
    ] {
        let wanted = [
            ("bus_bits", bits),
            ("phase", phase),
            ("format", format),
            ("batch", "20"),
        ];
        let of = ["packed_cycles", "dense_cycles"].map(|name| committed(wanted, name));
        assert_eq!(of, cycles(bits, phase, format));
        all.push(of);
    }
    assert!(all[0] != all[1] && all[1] != all[2]);
}

#[test]
fn wrong_values_are_bad_input() {
    let network = "explore --target engine --network ner-conll";
    let long = vec!["16"; 5000].join(",");
    for (arguments, words) in [
        (
            "explore --network ner-conll --bus-bits 64".to_owned(),
            ["--bus-bits = 64", "--target engine"],
        ),
        (
            "explore --network ner-conll --phase fp".into(),
            ["--phase = fp", "--target engine"],
        ),
        (
            "explore --network ner-conll --format int8,bf16".into(),
            ["int8,bf16", "--target engine"],
        ),
        (
            "explore --units 8 --width 8 --batch 1".into(),
            ["--units = 8", "--target engine"],
        ),
        (
            format!("{network} --flow ws"),
            ["--flow = ws", "leave it out with --target engine"],
        ),
        (
            format!("{network} --bus-bits 48"),
            ["engine.bus_bits", "32, 64, 128, 256 or 512"],
        ),
        (
            format!("{network} --bus-bits 16"),
            ["'16' for '--bus-bits", "from 32 to 512"],
        ),
        (
            format!("{network} --sum-words 5"),
            ["engine.sum_words", "multiple of 2"],
        ),
        (
            format!("{network} --latency 0"),
            ["'0' for '--latency", "from 1 to 10000"],
        ),
        (
            format!("{network} --sites nr"),
            ["--sites = nr", "--whole-step"],
        ),
        (
            format!("{network} --whole-step --sites out"),
            ["out", "nr, rh or both"],
        ),
        (
            format!("{network} --units 8"),
            ["--units", "cannot be used with"],
        ),
        (
            "explore --target engine --units 8 --width 8".into(),
            ["--batch", "required"],
        ),
        ("explore --target engine".into(), ["--network", "required"]),
        (
            format!("{network} --latency {long}"),
            ["combinations", "4096"],
        ),
        (
            "explore --target engine --network zaremba-large --whole-step --rows 1,2 --batch 1000"
                .into(),
            ["cycles to be counted", "1e10"],
        ),
        (
            format!("{network} --dataflow os --phase fp"),
            ["layout NN", "dataflow = both"],
        ),
        (format!("{network} --plot a.gif"), ["a.gif", ".svg or .png"]),
        (
            format!("{network} --config none.toml"),
            ["none.toml", "No such file"],
        ),
    ] {
        fails(&mut heddle(&arguments), 2, &words);
    }
}
