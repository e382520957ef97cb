//! `heddle cycles`

use super::{heddle, json, stdout};
use expect_test::expect;
use serde_json::Value;
use std::path::Path;

#[test]
fn the_form_for_scripts_has_its_fields() {
    let array = "cycles --rows 16 --cols 16 --format int8";
    for (phase, shape) in [
        ("fp", "--m 20 --k 650 --n 2600"),
        ("bp", "--m 20 --k 2600 --n 650"),
        ("wg", "--m 650 --k 20 --n 2600"),
    ] {
        let cycles = |rest: &str| {
            json(&mut heddle(&format!(
                "{array} --phase {phase} {shape} {rest} --json"
            )))
        };
        let dense = cycles("--policy dense");
        assert_eq!(dense["limit"], 132_031.25);
        let utilisation = 132_031.25 / dense["cycles"].as_f64().unwrap();
        assert!((dense["utilisation"].as_f64().unwrap() - utilisation).abs() < 1e-12);
        let gated = cycles("--keep 325 --policy gated");
        assert_eq!(gated["cycles"], dense["cycles"]);
        assert_eq!(gated["macs"], 16_900_000);
        let packed = cycles("--keep 325 --policy packed");
        assert_eq!(packed["limit"], 66_015.625);
        assert!(packed["speedup"].as_f64().unwrap() > 1.9);
    }
}

#[test]
fn a_product_as_a_table() {
    let text = stdout(&mut heddle(
        "cycles --phase fp --m 20 --k 650 --n 2600 --keep 325 --policy packed",
    ));
    expect![[r#"
        fp 20 x 650 x 2600, 325 kept, packed on 16 x 16 bf16; mapping: ws (as it lies)
        | cycles                       | of which |
        |------------------------------|----------|
        | total                        |   68,557 |
        | beats                        |   68,460 |
        | waiting for weights          |       16 |
        | waiting for sums             |        0 |
        | exchanging seeds and sums    |        0 |
        | draining                     |       81 |
        | limit (every PE busy)        |   66,016 |
        | bound (whole tiles)          |   68,460 |
        | SCALE-Sim, weight stationary |  225,917 |
        | SCALE-Sim, output stationary |  115,729 |
        utilisation 96.3 %, 1.95 times faster than dense (133,757 cycles), 16,900,000 MACs in 3,423 tiles
    "#]].assert_eq(&text);
}

#[test]
fn a_network_as_a_table() {
    let text = stdout(&mut heddle("cycles --network ner-conll --sites nr,rh"));
    expect![[r#"
        ner-conll: BiLSTM of Ma and Hovy 2016 (arXiv 1603.01354), input 130, H 256, one layer per direction; 15 words assumed
        training steps: 1, on 16 x 16 bf16, dataflow ws; dropout nr 0.5, rh 0.5, out 0 (exact masks)
        | layer | site  | phase | jobs | policy | mapping           |    cycles |     limit | of limit |     bound | of bound | ragged | wait: weights | wait: sums | exchange |  drain | speed-up |        SCALE-Sim |
        |-------|-------|-------|------|--------|-------------------|-----------|-----------|----------|-----------|----------|--------|---------------|------------|----------|--------|----------|------------------|
        | 0     | nr    | fp    | 15   | dense  | ws                |   139,695 |   124,800 |   89.3 % |   138,240 |   99.0 % | 13,440 |           240 |          0 |        0 |  1,215 |     1.00 |       153,585 os |
        | 0     | nr    | fp    | 15   | gated  | ws                |   139,695 |   124,800 |   89.3 % |   138,240 |   99.0 % | 13,440 |           240 |          0 |        0 |  1,215 |     1.00 |       153,585 os |
        | 0     | nr    | fp    | 15   | packed | ws                |    78,255 |    62,400 |   79.7 % |    76,800 |   98.1 % | 14,400 |           240 |          0 |        0 |  1,215 |     1.79 |        91,185 os |
        | 0     | nr    | bp    | 15   | dense  | ws transposed     |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       142,275 os |
        | 0     | nr    | bp    | 15   | gated  | ws transposed     |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       142,275 os |
        | 0     | nr    | bp    | 15   | packed | ws                |    80,145 |    62,400 |   77.9 % |    76,800 |   95.8 % | 14,400 |           240 |      1,890 |        0 |  1,215 |     1.58 |        79,035 os |
        | 0     | nr    | wg    | 15   | dense  | ws                |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       168,945 ws |
        | 0     | nr    | wg    | 15   | gated  | ws                |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       168,945 ws |
        | 0     | nr    | wg    | 15   | packed | ws                |    63,855 |    62,400 |   97.7 % |    62,400 |   97.7 % |      0 |           240 |          0 |        0 |  1,215 |     1.98 |       106,545 ws |
        | 0     | rh    | fp    | 15   | dense  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       274,545 os |
        | 0     | rh    | fp    | 15   | gated  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       274,545 os |
        | 0     | rh    | fp    | 15   | packed | ws                |   124,335 |   122,880 |   98.8 % |   122,880 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.99 |       151,665 os |
        | 0     | rh    | bp    | 14   | dense  | ws                |   230,734 |   229,376 |   99.4 % |   229,376 |   99.4 % |      0 |           224 |          0 |        0 |  1,134 |     1.00 |       236,082 os |
        | 0     | rh    | bp    | 14   | gated  | ws                |   230,734 |   229,376 |   99.4 % |   229,376 |   99.4 % |      0 |           224 |          0 |        0 |  1,134 |     1.00 |       236,082 os |
        | 0     | rh    | bp    | 14   | packed | ws                |   116,046 |   114,688 |   98.8 % |   114,688 |   98.8 % |      0 |           224 |          0 |        0 |  1,134 |     1.99 |       118,034 os |
        | 0     | rh    | wg    | 15   | dense  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       289,905 ws |
        | 0     | rh    | wg    | 15   | gated  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       289,905 ws |
        | 0     | rh    | wg    | 15   | packed | ws                |   124,335 |   122,880 |   98.8 % |   122,880 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.99 |       167,025 ws |
        | 1     | nr    | fp    | 15   | dense  | ws                |   139,695 |   124,800 |   89.3 % |   138,240 |   99.0 % | 13,440 |           240 |          0 |        0 |  1,215 |     1.00 |       153,585 os |
        | 1     | nr    | fp    | 15   | gated  | ws                |   139,695 |   124,800 |   89.3 % |   138,240 |   99.0 % | 13,440 |           240 |          0 |        0 |  1,215 |     1.00 |       153,585 os |
        | 1     | nr    | fp    | 15   | packed | ws                |    78,255 |    62,400 |   79.7 % |    76,800 |   98.1 % | 14,400 |           240 |          0 |        0 |  1,215 |     1.79 |        91,185 os |
        | 1     | nr    | bp    | 15   | dense  | ws transposed     |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       142,275 os |
        | 1     | nr    | bp    | 15   | gated  | ws transposed     |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       142,275 os |
        | 1     | nr    | bp    | 15   | packed | ws                |    80,145 |    62,400 |   77.9 % |    76,800 |   95.8 % | 14,400 |           240 |      1,890 |        0 |  1,215 |     1.58 |        79,035 os |
        | 1     | nr    | wg    | 15   | dense  | ws                |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       168,945 ws |
        | 1     | nr    | wg    | 15   | gated  | ws                |   126,255 |   124,800 |   98.8 % |   124,800 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       168,945 ws |
        | 1     | nr    | wg    | 15   | packed | ws                |    63,855 |    62,400 |   97.7 % |    62,400 |   97.7 % |      0 |           240 |          0 |        0 |  1,215 |     1.98 |       106,545 ws |
        | 1     | rh    | fp    | 15   | dense  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       274,545 os |
        | 1     | rh    | fp    | 15   | gated  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       274,545 os |
        | 1     | rh    | fp    | 15   | packed | ws                |   124,335 |   122,880 |   98.8 % |   122,880 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.99 |       151,665 os |
        | 1     | rh    | bp    | 14   | dense  | ws                |   230,734 |   229,376 |   99.4 % |   229,376 |   99.4 % |      0 |           224 |          0 |        0 |  1,134 |     1.00 |       236,082 os |
        | 1     | rh    | bp    | 14   | gated  | ws                |   230,734 |   229,376 |   99.4 % |   229,376 |   99.4 % |      0 |           224 |          0 |        0 |  1,134 |     1.00 |       236,082 os |
        | 1     | rh    | bp    | 14   | packed | ws                |   116,046 |   114,688 |   98.8 % |   114,688 |   98.8 % |      0 |           224 |          0 |        0 |  1,134 |     1.99 |       118,034 os |
        | 1     | rh    | wg    | 15   | dense  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       289,905 ws |
        | 1     | rh    | wg    | 15   | gated  | ws                |   247,215 |   245,760 |   99.4 % |   245,760 |   99.4 % |      0 |           240 |          0 |        0 |  1,215 |     1.00 |       289,905 ws |
        | 1     | rh    | wg    | 15   | packed | ws                |   124,335 |   122,880 |   98.8 % |   122,880 |   98.8 % |      0 |           240 |          0 |        0 |  1,215 |     1.99 |       167,025 ws |
        | all   | nr+rh | fp    | 60   | dense  | ws                |   773,820 |   741,120 |   95.8 % |   768,000 |   99.2 % | 26,880 |           960 |          0 |        0 |  4,860 |     1.00 |       856,260 os |
        | all   | nr+rh | fp    | 60   | gated  | ws                |   773,820 |   741,120 |   95.8 % |   768,000 |   99.2 % | 26,880 |           960 |          0 |        0 |  4,860 |     1.00 |       856,260 os |
        | all   | nr+rh | fp    | 60   | packed | ws                |   405,180 |   370,560 |   91.5 % |   399,360 |   98.6 % | 28,800 |           960 |          0 |        0 |  4,860 |     1.91 |       485,700 os |
        | all   | nr+rh | bp    | 58   | dense  | ws transposed, ws |   713,978 |   708,352 |   99.2 % |   708,352 |   99.2 % |      0 |           928 |          0 |        0 |  4,698 |     1.00 |       756,714 os |
        | all   | nr+rh | bp    | 58   | gated  | ws transposed, ws |   713,978 |   708,352 |   99.2 % |   708,352 |   99.2 % |      0 |           928 |          0 |        0 |  4,698 |     1.00 |       756,714 os |
        | all   | nr+rh | bp    | 58   | packed | ws                |   392,382 |   354,176 |   90.3 % |   382,976 |   97.6 % | 28,800 |           928 |      3,780 |        0 |  4,698 |     1.82 |       394,138 os |
        | all   | nr+rh | wg    | 60   | dense  | ws                |   746,940 |   741,120 |   99.2 % |   741,120 |   99.2 % |      0 |           960 |          0 |        0 |  4,860 |     1.00 |       917,700 ws |
        | all   | nr+rh | wg    | 60   | gated  | ws                |   746,940 |   741,120 |   99.2 % |   741,120 |   99.2 % |      0 |           960 |          0 |        0 |  4,860 |     1.00 |       917,700 ws |
        | all   | nr+rh | wg    | 60   | packed | ws                |   376,380 |   370,560 |   98.5 % |   370,560 |   98.5 % |      0 |           960 |          0 |        0 |  4,860 |     1.98 |       547,140 ws |
        | all   | nr+rh | all   | 178  | dense  | ws, ws transposed | 2,234,738 | 2,190,592 |   98.0 % | 2,217,472 |   99.2 % | 26,880 |         2,848 |          0 |        0 | 14,418 |     1.00 | 2,530,674 ws, os |
        | all   | nr+rh | all   | 178  | gated  | ws, ws transposed | 2,234,738 | 2,190,592 |   98.0 % | 2,217,472 |   99.2 % | 26,880 |         2,848 |          0 |        0 | 14,418 |     1.00 | 2,530,674 ws, os |
        | all   | nr+rh | all   | 178  | packed | ws                | 1,173,942 | 1,095,296 |   93.3 % | 1,152,896 |   98.2 % | 57,600 |         2,848 |      3,780 |        0 | 14,418 |     1.90 | 1,426,978 ws, os |
        | all   | all   | all   | 178  | dense  | ws, ws transposed | 2,234,738 | 2,190,592 |   98.0 % | 2,217,472 |   99.2 % | 26,880 |         2,848 |          0 |        0 | 14,418 |     1.00 | 2,530,674 ws, os |
        | all   | all   | all   | 178  | gated  | ws, ws transposed | 2,234,738 | 2,190,592 |   98.0 % | 2,217,472 |   99.2 % | 26,880 |         2,848 |          0 |        0 | 14,418 |     1.00 | 2,530,674 ws, os |
        | all   | all   | all   | 178  | packed | ws                | 1,173,942 | 1,095,296 |   93.3 % | 1,152,896 |   98.2 % | 57,600 |         2,848 |      3,780 |        0 | 14,418 |     1.90 | 1,426,978 ws, os |
        cycles = useful (the limit) + ragged tiles + waits for weights and for sums + exchange of seeds and sums + drain
        LSTM products 1.90 times faster packed than dense; the bound is 2.00.
    "#]].assert_eq(&text);
}

fn speedup(report: &Value) -> f64 {
    let packed = &report["lstm"]["policies"]["packed"];
    packed["speedup"].as_f64().unwrap()
}

#[test]
fn a_network_as_json_and_as_a_plot() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("cycles.png");
    let report = json(heddle("cycles --network zaremba-medium --json --plot").arg(&plot));
    let bound = report["lstm"]["speedup_limit"].as_f64().unwrap();
    let speedup = speedup(&report);
    assert!(
        bound == 2.0 && speedup > 1.9 && speedup < bound,
        "{speedup} of {bound}"
    );
    assert_eq!(report["jobs"], 523);
    assert_eq!(std::fs::read(plot).unwrap()[..8], *b"\x89PNG\r\n\x1a\n");
}

#[test]
fn an_epoch_of_a_large_network() {
    let report = json(&mut heddle("cycles --network zaremba-large --epoch --json"));
    assert_eq!(report["steps"], 1327);
    let speedup = speedup(&report);
    assert!((2.7..2.857).contains(&speedup), "{speedup}");
}

/// The engine with its memory: what `heddle cosim --target engine` counts on the Verilated one, of which a
/// test of the crate `heddle-engine` says that it is the same.
#[test]
fn a_product_on_the_engine_has_its_fields() {
    let engine = "cycles --target engine --rows 8 --cols 8 --format int8 --bus-bits 128 --latency 64 --dataflow both";
    for (phase, shape) in [
        ("fp", "--m 20 --k 130 --n 260"),
        ("bp", "--m 20 --k 260 --n 130"),
        ("wg", "--m 130 --k 20 --n 260"),
    ] {
        let cycles = |rest: &str| {
            json(&mut heddle(&format!(
                "{engine} --phase {phase} {shape} --times 3 {rest} --json"
            )))
        };
        let number = |of: &Value, field: &str| of[field].as_f64().unwrap();
        let dense = cycles("--policy dense --keep 65");
        let packed = cycles("--policy packed --keep 65 --seed 7");
        assert_eq!(dense["array_limit"], 3.0 * 20.0 * 130.0 * 260.0 / 64.0);
        assert_eq!(number(&packed, "array_limit") * 2.0, dense["array_limit"]);
        assert_eq!(packed["macs"], 3 * 20 * 65 * 260);
        assert_eq!(packed["dense_cycles"], dense["cycles"]);
        for of in [&dense, &packed] {
            let cycles = number(of, "cycles");
            let utilisation = number(of, "array_limit") / cycles;
            assert!((number(of, "utilisation") - utilisation).abs() < 1e-12);
            let causes = of["causes"].as_object().unwrap();
            let names = [
                "compute",
                "wait_a",
                "wait_b",
                "wait_c0",
                "wait_store",
                "wait_sum",
                "wait_job",
            ];
            assert_eq!(causes.keys().collect::<Vec<_>>(), names);
            let sum: u64 = causes.values().map(|cycles| cycles.as_u64().unwrap()).sum();
            assert_eq!(of["busy"], sum);
            let read = of["bytes_read_of"].as_object().unwrap().values();
            let read: u64 = read.map(|bytes| bytes.as_u64().unwrap()).sum();
            assert_eq!(of["bytes_read"], read);
            let most = number(of, "bytes_read").max(number(of, "bytes_written"));
            assert_eq!(number(of, "bus_limit"), most / 16.0);
        }
        assert!(number(&packed, "speedup") > 1.2, "{phase}");
        let other = cycles("--policy packed --keep 65 --seed 8");
        assert_eq!(other["macs"], packed["macs"]);
    }
}

/// An engine around a large array has the buffers of the one whose figures the documents tell. The control: those of a small one.
#[test]
fn an_engine_around_a_large_array_has_room_for_the_products_that_are_told() {
    let result = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results/engine-256.toml");
    let place = tempfile::tempdir().unwrap();
    let small = place.path().join("small.toml");
    let text =
        "rows = 16\ncols = 16\nformat = \"bf16\"\ndataflow = \"both\"\n[engine]\nbus_bits = 256\n";
    std::fs::write(&small, text).unwrap();
    let usual = "--bus-bits 256 --latency 64 --rows 16 --cols 16 --format bf16 --dataflow both";
    for (product, limit) in [
        ("fp --m 20 --k 650 --n 2600", 0.90),
        ("bp --m 20 --k 2600 --n 650", 0.90),
        ("wg --m 650 --k 20 --n 256 --times 35", 0.88),
    ] {
        let command = format!("cycles --target engine --phase {product} --json");
        let of = |rest: &str| json(&mut heddle(&format!("{command} {rest}")));
        let with = |file: &Path| json(heddle(&command).arg("--config").arg(file));
        let found = of(usual);
        let told = with(&result);
        assert_eq!(found["engine"], told["engine"], "{product}");
        assert_eq!(found["cycles"], told["cycles"], "{product}");
        assert!(found["utilisation"].as_f64().unwrap() >= limit, "{product}");
        let packed = of(&format!("{usual} --keep 325 --policy packed"));
        let speedup = packed["speedup"].as_f64();
        assert!(speedup.unwrap() >= 1.85, "{product}: {speedup:?}");
        if product.starts_with("bp") {
            assert!(with(&small)["utilisation"].as_f64().unwrap() < 0.5);
        }
    }
}

#[test]
fn a_product_on_the_engine_as_a_table() {
    let text = stdout(&mut heddle(
        "cycles --target engine --rows 4 --cols 4 --format int8 --bus-bits 64 --phase fp --m 5 --k 40 --n 60 --keep 20 --policy packed",
    ));
    expect![[r#"
        fp 5 x 40 x 60, 20 kept, packed on the engine: 4 x 4 int8, a bus of 64 bits, memory 64 cycles away
        | cycles                        | of which |
        |-------------------------------|----------|
        | total                         |    1,030 |
        | a beat enters the array       |      375 |
        | waiting for A                 |       65 |
        | waiting for B                 |       92 |
        | waiting for C0                |        0 |
        | waiting for stores            |      244 |
        | waiting for sums in the array |       21 |
        | waiting for a job             |      230 |
        | limit of the array            |      375 |
        | limit of the bus              |      232 |
        | bytes               |       |
        |---------------------|-------|
        | read of descriptors |   128 |
        | read of mask        |     8 |
        | read of a           |   200 |
        | read of b           | 1,280 |
        | read of c0          |   240 |
        | read                | 1,856 |
        | written             | 1,200 |
        utilisation 36.4 % of the array, 1.40 times faster than dense (1,444 cycles), 6,000 MACs
    "#]].assert_eq(&text);
}

/// What a roofline says of a count.
fn roofline_note(name: &str, count: &Value) -> String {
    let number = |field: &str| count[field].as_f64().unwrap();
    format!(
        "{name}: {:.2} MACs per byte, {:.1} MACs per cycle: {:.1} % of the limit, that of the {}",
        number("macs_per_byte"),
        number("macs_per_cycle"),
        100.0 * number("of_limit"),
        count["limited_by"].as_str().unwrap(),
    )
}

/// The points of a roofline are those of the report; with another memory they are others.
#[test]
fn a_product_on_the_engine_as_a_roofline() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("roofline.svg");
    let of = |latency: usize, policy: &str| {
        let mut command = heddle(&format!(
            "cycles --target engine --rows 4 --cols 4 --format int8 --bus-bits 32 --latency {latency} \
             --phase fp --m 5 --k 40 --n 60 --keep 20 --policy {policy} --json --plot"
        ));
        let count = json(command.arg(&plot));
        (count, std::fs::read_to_string(&plot).unwrap())
    };
    let (dense, alone) = of(64, "dense");
    let (packed, both) = of(64, "packed");
    let (far, of_far) = of(200, "packed");
    let note = |name: &str, count: &Value| roofline_note(&format!("fp {name}"), count);
    assert!(alone.contains(&note("dense", &dense)), "{alone}");
    assert!(!alone.contains("fp packed"));
    assert!(both.contains(&note("dense", &dense)), "{both}");
    assert!(both.contains(&note("packed", &packed)), "{both}");
    assert!(of_far.contains(&note("packed", &far)), "{of_far}");
    assert!(!of_far.contains(&note("packed", &packed)));
    for word in ["array: 16", "bus: 4 bytes per cycle", "forward (FP)"] {
        assert!(both.contains(word), "{word}");
    }
    // By hand: 5 x 20 x 60 are sent packed, 16 PEs, a bus of 4 bytes.
    let number = |field: &str| packed[field].as_f64().unwrap();
    let bytes = number("bytes_read").max(number("bytes_written"));
    assert_eq!(number("macs_per_byte"), 6000.0 / bytes);
    assert_eq!(number("macs_per_cycle"), 6000.0 / number("cycles"));
    let limit = (6000.0 / 16.0_f64).max(bytes / 4.0);
    assert_eq!(number("of_limit"), limit / number("cycles"));
    assert_eq!(packed["limited_by"], "bus");
}

#[test]
fn a_network_on_the_engine_adds_its_places_up() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("roofline.svg");
    let count = json(heddle(
        "cycles --target engine --network ner-conll --format int8 --bus-bits 256 --seed 3 --json --plot",
    ).arg(&plot));
    let drawn = std::fs::read_to_string(plot).unwrap();
    for phase in ["fp", "bp", "wg"] {
        for policy in ["dense", "gated", "packed"] {
            let name = format!("{phase} {policy}");
            let note = roofline_note(&name, &count["phases"][phase][policy]);
            assert!(drawn.contains(&note), "{note}");
        }
    }
    let places = count["places"].as_array().unwrap();
    assert_eq!(
        places.len(),
        2 * 2 * 3,
        "two layers, two sites, three phases"
    );
    for policy in ["dense", "gated", "packed"] {
        let cycles = |of: &Value| of["policies"][policy]["cycles"].as_u64().unwrap();
        let sum: u64 = places.iter().map(cycles).sum();
        assert_eq!(cycles(&count), sum);
        let phases = ["fp", "bp", "wg"].map(|phase| &count["phases"][phase][policy]["cycles"]);
        let sum: u64 = phases.iter().map(|cycles| cycles.as_u64().unwrap()).sum();
        assert_eq!(cycles(&count), sum);
    }
    assert_eq!(count["jobs"], 2 * 2 * 3 * 15 - 2);
    assert!(count["policies"]["packed"]["speedup"].as_f64().unwrap() > 1.5);
}

#[test]
fn a_trace_takes_the_cycles_that_the_array_takes() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("t.safetensors");
    stdout(
        heddle(
            "trace record --after 0 --hidden 6 --batch 2 --window 3 --vocabulary 20 --p 0.5 --out",
        )
        .arg(&trace),
    );
    for array in ["--rows 3 --cols 2", "--rows 3 --cols 2 --dataflow both"] {
        let report =
            |command: &str| json(heddle(&format!("{command} {array} --json --trace")).arg(&trace));
        let (counted, found) = (report("cycles"), report("cosim"));
        assert_eq!(counted["jobs"], found["jobs"]);
        for policy in ["dense", "gated", "packed"] {
            for phase in ["fp", "bp", "wg"] {
                let part = |of: &Value| of["policies"][policy]["phases"][phase].clone();
                let (counted, found) = (part(&counted), part(&found));
                for field in [
                    "jobs",
                    "macs",
                    "cycles",
                    "limit",
                    "utilisation",
                    "breakdown",
                ] {
                    assert_eq!(counted[field], found[field], "{policy} {phase} {field}");
                }
            }
        }
    }
    // A mapper that may transpose finds fewer cycles, and never more.
    let cycles = |flags: &str| {
        let report =
            json(heddle(&format!("cycles --rows 3 --cols 2 --json {flags} --trace")).arg(&trace));
        report["policies"]["packed"]["cycles"].as_u64().unwrap()
    };
    assert!(cycles("--flow ws") <= cycles(""));
    let text = stdout(heddle("cycles --rows 3 --cols 2 --trace").arg(&trace));
    assert!(text.contains("jobs on 3 x 2 bf16, dataflow ws"), "{text}");
}
