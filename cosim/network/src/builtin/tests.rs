//! The networks that have names: their products by hand, and totals that stay.

use super::*;
use crate::network::count_steps;
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_lstm::Site;
use heddle_schedule::mapper::{Mapper, Rules};

/// Forward products: layer, site, M, K, N, how many.
type Forward = (usize, Option<Site>, [usize; 3], usize);

const NR: Option<Site> = Some(Site::Nr);
const RH: Option<Site> = Some(Site::Rh);
const OUT: Option<Site> = Some(Site::Out);

/// Checks the forward products, and that each place has the backward ones that go with them.
fn check(name: &str, forward: &[Forward]) {
    let network = Network::named(name).unwrap();
    assert_eq!(network.name, name);
    let mut wanted = Vec::new();
    for &(layer, site, [m, k, n], times) in forward {
        let back = times - usize::from(site == RH);
        wanted.push((layer, site, "fp", [m, k, n], times));
        wanted.push((layer, site, "bp", [m, n, k], back));
        wanted.push((layer, site, "wg", [k, m, n], times));
    }
    let found: Vec<_> = network.places();
    let found: Vec<_> = found
        .iter()
        .map(|it| {
            let shape = [it.shape.m, it.shape.k, it.shape.n];
            (
                it.place.layer,
                it.place.site,
                it.place.phase.name(),
                shape,
                it.products,
            )
        })
        .collect();
    // Products that a file names one by one have a number each.
    let layers = network.layers.len();
    let plain = |layer: usize| layer >= layers;
    for (found, wanted) in found.iter().zip(&wanted) {
        match plain(wanted.0) {
            false => assert_eq!(found, wanted, "{name}"),
            true => assert_eq!(
                (found.1, found.2, found.3, found.4),
                (wanted.1, wanted.2, wanted.3, wanted.4),
                "{name}"
            ),
        }
    }
    assert_eq!(found.len(), wanted.len(), "{name}");
}

#[test]
fn products_of_zaremba_medium() {
    let layer = |l| [(l, NR, [20, 650, 2600], 35), (l, RH, [20, 650, 2600], 35)];
    let mut all = [layer(0), layer(1)].concat();
    all.push((1, OUT, [20, 650, 10_000], 35));
    check("zaremba-medium", &all);
}

#[test]
fn products_of_opennmt_and_of_the_recogniser() {
    let rh = [64, 500, 2000];
    check(
        "opennmt-iwslt",
        &[
            (0, NR, [64, 500, 2000], 25),
            (0, RH, rh, 25),
            (1, NR, [64, 500, 2000], 25),
            (1, RH, rh, 25),
            (2, NR, [64, 1000, 2000], 25),
            (2, RH, rh, 25),
            (3, NR, [64, 500, 2000], 25),
            (3, RH, rh, 25),
        ],
    );
    let direction = |l| [(l, NR, [16, 130, 1024], 15), (l, RH, [16, 256, 1024], 15)];
    check("ner-conll", &[direction(0), direction(1)].concat());
}

#[test]
fn products_of_awd_lstm() {
    check(
        "awd-lstm-ptb",
        &[
            (0, NR, [40, 400, 4600], 70),
            (0, RH, [40, 1150, 4600], 70),
            (1, NR, [40, 1150, 4600], 70),
            (1, RH, [40, 1150, 4600], 70),
            (2, NR, [40, 1150, 1600], 70),
            (2, RH, [40, 400, 1600], 70),
            (2, OUT, [40, 400, 10_000], 70),
        ],
    );
    let network = Network::named("awd-lstm-ptb").unwrap();
    let rates = |layer: usize| (network.layers[layer].nr, network.layers[layer].rh);
    assert_eq!([0, 1, 2].map(rates), [(0.4, 0.5), (0.25, 0.5), (0.25, 0.5)]);
    assert_eq!(network.sites, [Site::Nr, Site::Out]);
}

/// Layers of these input widths, and what of the attention is counted.
fn gnmt(inputs: &[usize]) -> Vec<Forward> {
    let mut all = Vec::new();
    for (layer, &input) in inputs.iter().enumerate() {
        all.push((layer, NR, [128, input, 4096], 30));
        all.push((layer, RH, [128, 1024, 4096], 30));
    }
    let layers = inputs.len();
    all.push((layers - 1, OUT, [128, 1024, 32_000], 30));
    all.push((layers, None, [3840, 1024, 1024], 1));
    all.push((layers + 3, None, [128, 1024, 1024], 30));
    all
}

#[test]
fn products_of_gnmt() {
    // both directions of the first layer, then the layer that reads both; the decoder
    let small = gnmt(&[1024, 1024, 2048, 1024, 1024, 1024, 2048, 2048, 2048]);
    check("gnmt-wmt16", &small);
    let encoder = [[1024; 2].as_slice(), &[2048], &[1024; 6]].concat();
    check("gnmt-8-layers", &gnmt(&[encoder, vec![2048; 8]].concat()));
}

#[test]
fn products_of_deep_speech_2() {
    let layer = |l, input| {
        [
            (l, NR, [32, input, 7680], 375),
            (l, RH, [32, 2560, 7680], 375),
        ]
    };
    check(
        "deepspeech2",
        &[layer(0, 672), layer(1, 2560), layer(2, 2560)].concat(),
    );
}

/// What a program of before networks were files counted: bf16, 16 x 16, weight-stationary, exact masks at nr and rh.
#[test]
fn totals_of_before_networks_were_files() {
    for (name, jobs, dense, packed) in TOTALS {
        let network = Network::named(name).unwrap();
        let config = ArrayConfig {
            dataflow: Dataflow::Ws,
            ..ArrayConfig::new(16, 16, Format::Bf16)
        };
        let mut mapper = Mapper::new(config, Rules::default()).unwrap();
        let masking = network.masking();
        let count = count_steps(&mut mapper, &network, &masking, 1, 0..1).unwrap();
        let cycles = |policy| count.total.policy(policy).count.cycles;
        assert_eq!(count.total.jobs, jobs, "{name}");
        let found = [Policy::Dense, Policy::Gated, Policy::Packed].map(cycles);
        assert_eq!(found, [dense, dense, packed], "{name}");
    }
}

/// Name, products, cycles dense (and gated), cycles packed.
const TOTALS: [(&str, u64, u64, u64); 5] = [
    ("zaremba-small", 298, 15_182_906, 15_182_906),
    ("zaremba-medium", 523, 131_186_711, 98_228_111),
    ("zaremba-large", 523, 501_415_731, 271_855_731),
    ("opennmt-iwslt", 596, 169_057_812, 117_928_812),
    ("ner-conll", 178, 2_234_738, 1_173_942),
];
