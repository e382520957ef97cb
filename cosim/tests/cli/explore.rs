//! `heddle explore`

use super::{fails, heddle, json, stdout};
use expect_test::expect;

#[test]
fn a_sweep_as_a_table() {
    let text = stdout(&mut heddle(
        "explore --network ner-conll --rows 8,16 --dataflow ws,both --p .5,.65 --format int8",
    ));
    expect![[r#"
        ner-conll: BiLSTM of Ma and Hovy 2016 (arXiv 1603.01354), input 130, H 256, one layer per direction; 15 words assumed
        LSTM products of a training step, int8, units dropped at nr+rh with probability p
        | front | dataflow |    p | PEs |   array | add stages |     dense |    packed | util. dense | util. packed | speed-up |
        |-------|----------|------|-----|---------|------------|-----------|-----------|-------------|--------------|----------|
        | *     | both     |  0.5 |  64 |   8 x 8 |          1 | 8,767,298 | 4,386,114 |      99.9 % |       99.9 % |     2.00 |
        |       | ws       |  0.5 |  64 |   8 x 8 |          1 | 8,812,898 | 4,439,394 |      99.4 % |       98.7 % |     1.99 |
        | *     | both     |  0.5 | 256 | 16 x 16 |          1 | 2,200,274 | 1,104,978 |      99.6 % |       99.1 % |     1.99 |
        |       | ws       |  0.5 | 256 | 16 x 16 |          1 | 2,226,194 | 1,132,818 |      98.4 % |       96.7 % |     1.97 |
        | *     | both     | 0.65 |  64 |   8 x 8 |          1 | 8,767,298 | 3,092,290 |      99.9 % |       99.8 % |     2.84 |
        |       | ws       | 0.65 |  64 |   8 x 8 |          1 | 8,812,898 | 3,153,250 |      99.4 % |       97.9 % |     2.79 |
        | *     | both     | 0.65 | 256 | 16 x 16 |          1 | 2,200,274 |   781,522 |      99.6 % |       98.8 % |     2.82 |
        |       | ws       | 0.65 | 256 | 16 x 16 |          1 | 2,226,194 |   795,922 |      98.4 % |       97.0 % |     2.80 |
        * no array of this p with as few PEs takes fewer cycles packed
    "#]].assert_eq(&text);
}

#[test]
fn a_sweep_agrees_with_the_count_of_a_network() {
    let report = json(&mut heddle(
        "explore --network zaremba-medium --rows 16 --dataflow both,ws --p .5 --sites nr --json",
    ));
    let points = report["points"].as_array().unwrap();
    assert_eq!(points.len(), 2);
    for point in points {
        let flow = point["array"]["dataflow"].as_str().unwrap();
        let count = json(&mut heddle(&format!(
            "cycles --network zaremba-medium --sites nr --p .5 --dataflow {flow} --json"
        )));
        for policy in ["dense", "packed"] {
            for quantity in ["cycles", "utilisation", "speedup"] {
                let counted = &count["lstm"]["policies"][policy][quantity];
                assert_eq!(&point["policies"][policy][quantity], counted);
            }
        }
    }
    // The better one of two equally large arrays is the front.
    assert_eq!(
        (&points[0]["array"]["dataflow"], &points[0]["front"]),
        (&"both".into(), &true.into())
    );
    assert_eq!(points[1]["front"], false);
}

#[test]
fn a_sweep_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let (plot, csv) = (folder.path().join("a.svg"), folder.path().join("a.csv"));
    let mut command =
        heddle("explore --network ner-conll --rows 8,16 --cols same,8 --add-stages 1,4 --json");
    let report = json(command.arg("--plot").arg(&plot).arg("--csv").arg(&csv));
    let text = std::fs::read_to_string(csv).unwrap();
    let lines: Vec<_> = text.lines().collect();
    // 8 x 8, 16 x 16 and 16 x 8, 3 dataflows, 2 adders, 3 probabilities; and the heading.
    assert_eq!(lines.len(), 3 * 3 * 2 * 3 + 1);
    assert_eq!(report["points"].as_array().unwrap().len(), lines.len() - 1);
    let fields = lines[0].split(',').count();
    assert!(
        lines.iter().all(|line| line.split(',').count() == fields),
        "{text}"
    );
    assert!(std::fs::read_to_string(plot).unwrap().starts_with("<svg"));
}

/// A report without what says how it was asked for.
fn points(arguments: &str) -> serde_json::Value {
    json(&mut heddle(&format!("explore {arguments} --json")))["points"].clone()
}

#[test]
fn a_sweep_as_a_file_is_the_same_as_flags_and_flags_win() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sweep.toml");
    let text = "network = \"ner-conll\"\nrows = [8, 16]\ncols = [\"same\", 8]\np = 0.5\ndataflow = [\"ws\"]\n";
    std::fs::write(&file, text).unwrap();
    let sweep = format!("--sweep {}", file.display());
    let flags = "--network ner-conll --cols same,8 --p .5 --dataflow ws";
    assert_eq!(points(&sweep), points(&format!("{flags} --rows 8,16")));
    assert_eq!(
        points(&format!("{sweep} --rows 4")),
        points(&format!("{flags} --rows 4"))
    );
    let bad = |text: &str, words: &[&str]| {
        std::fs::write(&file, text).unwrap();
        fails(
            &mut heddle(&format!("explore --network ner-conll {sweep}")),
            2,
            words,
        );
    };
    bad("row = [8]", &["sweep.toml", "'row'", "rows, cols"]);
    bad("rows = [8, 300]", &["sweep.toml", "300", "1 to 256"]);
    bad("rows = []", &["rows is no list"]);
    bad(
        "bus_bits = [64]\nrows = [8]",
        &["--bus-bits = 64", "--target engine"],
    );
    fails(
        &mut heddle("explore --sweep /nonexistent/s.toml"),
        2,
        &["/nonexistent/s.toml"],
    );
}

#[test]
fn a_network_is_needed_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sweep.toml");
    std::fs::write(&file, "rows = [8]").unwrap();
    let command = format!("explore --sweep {}", file.display());
    fails(&mut heddle(&command), 2, &["--network = absent", "--sweep"]);
}

/// The report of power is a committed one of a 4 x 4 int8 array; the one of synthesis is of the same array.
#[test]
fn points_have_what_reports_of_area_and_power_say_of_their_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let results = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
    let power = results.join("power-int8-4x4.json");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&power).unwrap()).unwrap();
    let synth = folder.path().join("synth.json");
    let area = serde_json::json!({ "array": report["array"], "lut4": 4000, "fmax_mhz": 100.0 });
    std::fs::write(&synth, area.to_string()).unwrap();
    let command = format!(
        "--network ner-conll --rows 4,8 --format int8 --dataflow ws --p .5 --area {} --power {}",
        synth.display(),
        power.display()
    );
    let found = points(&command);
    let (small, large) = (&found[0], &found[1]);
    assert_eq!(
        (&small["array"]["rows"], &large["array"]["rows"]),
        (&4.into(), &8.into())
    );
    let packed = small["policies"]["packed"]["cycles"].as_f64().unwrap();
    let cost = |field: &str| small["cost"][field].as_f64().unwrap();
    assert!((cost("steps_per_s") - 1e8 / packed).abs() < 1e-6);
    assert!((cost("steps_per_s_per_klut") - 1e8 / packed / 4.0).abs() < 1e-6);
    // 1 fJ to 1 nJ a cycle: what an array of this size in 0.18 um takes is in between
    let cycle = cost("packed_joule") / packed;
    assert!((1e-15..1e-9).contains(&cycle), "{cycle}");
    for field in ["lut4", "steps_per_s", "packed_joule"] {
        assert!(large["cost"][field].is_null(), "no report has 8 x 8");
    }
    let table = stdout(&mut heddle(&format!("explore {command}")));
    assert!(
        table.contains("none") && table.contains("per kLUT"),
        "{table}"
    );
    fails(
        &mut heddle(&format!(
            "explore --network ner-conll --area {}",
            power.display()
        )),
        2,
        &["power-int8-4x4.json", "heddle synth"],
    );
    fails(
        &mut heddle(&format!(
            "explore --network ner-conll --power {}",
            synth.display()
        )),
        2,
        &["synth.json", "heddle power"],
    );
}

#[test]
fn wrong_values_are_bad_input() {
    let long = vec!["16"; 5000].join(",");
    let long = format!("--network ner-conll --rows {long}");
    for (arguments, words) in [
        ("--network alexnet", ["alexnet", "zaremba-medium"]),
        ("--rows 8", ["--network", "required"]),
        ("--network ner-conll --rows 0", ["rows", "1 to 256"]),
        ("--network ner-conll --rows 8,300", ["300", "1 to 256"]),
        ("--network ner-conll --rows 8,x", ["'x'", "--rows"]),
        ("--network ner-conll --cols equal", ["'equal'", "'same'"]),
        (
            "--network ner-conll --dataflow is",
            ["'is'", "ws, os, both"],
        ),
        (
            "--network ner-conll --add-stages 9",
            ["--add-stages", "1 to 6"],
        ),
        ("--network ner-conll --p 1", ["1", "less than 1"]),
        (
            "--network ner-conll --sites nr,out",
            ["out", "nr, rh or both"],
        ),
        (
            "--network ner-conll --flow os",
            ["--flow = os", "--dataflow both"],
        ),
        (
            "--network ner-conll --plot a.gif",
            ["a.gif", ".svg or .png"],
        ),
        (&long, ["combinations", "4096"]),
    ] {
        fails(&mut heddle(&format!("explore {arguments}")), 2, &words);
    }
}
