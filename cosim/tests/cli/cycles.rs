//! `heddle cycles`

use super::{heddle, json, stdout};
use expect_test::expect;

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
        fp 20 x 650 x 2600, 325 kept, packed on 16 x 16 bf16
        | cycles                       | of which |
        |------------------------------|----------|
        | total                        |   68,557 |
        | beats                        |   68,460 |
        | waiting for weights          |       16 |
        | waiting for sums             |        0 |
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
        training steps: 1, on 16 x 16 bf16; dropout nr 0.5, rh 0.5, out 0 (exact masks)
        | layer | site  | phase | jobs |     dense |     gated |    packed | limit dense | limit packed | util. dense | util. packed | speed-up | SCALE-Sim OS |
        |-------|-------|-------|------|-----------|-----------|-----------|-------------|--------------|-------------|--------------|----------|--------------|
        | 0     | nr    | fp    |   15 |   139,695 |   139,695 |    78,255 |     124,800 |       62,400 |      89.3 % |       79.7 % |     1.79 |      153,585 |
        | 0     | nr    | bp    |   15 |   139,695 |   139,695 |    80,145 |     124,800 |       62,400 |      89.3 % |       77.9 % |     1.74 |      142,275 |
        | 0     | nr    | wg    |   15 |   126,255 |   126,255 |    63,855 |     124,800 |       62,400 |      98.8 % |       97.7 % |     1.98 |      397,425 |
        | 0     | rh    | fp    |   15 |   247,215 |   247,215 |   124,335 |     245,760 |      122,880 |      99.4 % |       98.8 % |     1.99 |      274,545 |
        | 0     | rh    | wg    |   15 |   247,215 |   247,215 |   124,335 |     245,760 |      122,880 |      99.4 % |       98.8 % |     1.99 |      706,545 |
        | 0     | rh    | bp    |   14 |   230,734 |   230,734 |   116,046 |     229,376 |      114,688 |      99.4 % |       98.8 % |     1.99 |      236,082 |
        | 1     | nr    | fp    |   15 |   139,695 |   139,695 |    78,255 |     124,800 |       62,400 |      89.3 % |       79.7 % |     1.79 |      153,585 |
        | 1     | nr    | bp    |   15 |   139,695 |   139,695 |    80,145 |     124,800 |       62,400 |      89.3 % |       77.9 % |     1.74 |      142,275 |
        | 1     | nr    | wg    |   15 |   126,255 |   126,255 |    63,855 |     124,800 |       62,400 |      98.8 % |       97.7 % |     1.98 |      397,425 |
        | 1     | rh    | fp    |   15 |   247,215 |   247,215 |   124,335 |     245,760 |      122,880 |      99.4 % |       98.8 % |     1.99 |      274,545 |
        | 1     | rh    | wg    |   15 |   247,215 |   247,215 |   124,335 |     245,760 |      122,880 |      99.4 % |       98.8 % |     1.99 |      706,545 |
        | 1     | rh    | bp    |   14 |   230,734 |   230,734 |   116,046 |     229,376 |      114,688 |      99.4 % |       98.8 % |     1.99 |      236,082 |
        | all   | all   | fp    |   60 |   773,820 |   773,820 |   405,180 |     741,120 |      370,560 |      95.8 % |       91.5 % |     1.91 |      856,260 |
        | all   | all   | bp    |   58 |   740,858 |   740,858 |   392,382 |     708,352 |      354,176 |      95.6 % |       90.3 % |     1.89 |      756,714 |
        | all   | all   | wg    |   60 |   746,940 |   746,940 |   376,380 |     741,120 |      370,560 |      99.2 % |       98.5 % |     1.98 |    2,207,940 |
        | all   | nr+rh | all   |  178 | 2,261,618 | 2,261,618 | 1,173,942 |   2,190,592 |    1,095,296 |      96.9 % |       93.3 % |     1.93 |    3,820,914 |
        | all   | all   | all   |  178 | 2,261,618 | 2,261,618 | 1,173,942 |   2,190,592 |    1,095,296 |      96.9 % |       93.3 % |     1.93 |    3,820,914 |
        LSTM products 1.93 times faster packed than dense; the bound is 2.00.
    "#]].assert_eq(&text);
}

#[test]
fn a_network_as_json_and_as_a_plot() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("cycles.png");
    let report = json(heddle("cycles --network zaremba-medium --json --plot").arg(&plot));
    let bound = report["lstm_speedup_bound"].as_f64().unwrap();
    let speedup = report["lstm"]["speedup"].as_f64().unwrap();
    assert!(
        bound == 2.0 && speedup > 1.9 && speedup < bound,
        "{speedup} of {bound}"
    );
    assert_eq!(report["total"]["jobs"], 523);
    assert_eq!(std::fs::read(plot).unwrap()[..8], *b"\x89PNG\r\n\x1a\n");
}

#[test]
fn an_epoch_of_a_large_network() {
    let report = json(&mut heddle("cycles --network zaremba-large --epoch --json"));
    assert_eq!(report["steps"], 1327);
    let speedup = report["lstm"]["speedup"].as_f64().unwrap();
    assert!((2.7..2.857).contains(&speedup), "{speedup}");
}
