//! Tiler and planner: any shapes, masks and mappings on any small array, computed by the
//! behavioural array tile by tile, against three loops, and the cycles against the model.

use crate::behavioural::Behavioural;
use crate::mappings::ORDERS;
use heddle_array::{Driver, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Policy};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::model;
use heddle_schedule::plan::Plan;
use heddle_schedule::{Edge, Flow, Mapping};
use heddle_trace::random_flow::RandomLaying;

/// The bytes as a source of small numbers; zeros when there are no more.
struct Draw<'a>(&'a [u8]);

impl Draw<'_> {
    fn byte(&mut self) -> usize {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                usize::from(first)
            }
            None => 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.byte() % bound
    }

    fn mask(&mut self, len: usize) -> Option<Mask> {
        let kind = self.below(4);
        (kind > 0).then(|| (0..len).map(|_| self.below(4) < kind).collect())
    }
}

/// One product and what its output holds before.
struct Product {
    shape: (usize, usize, usize),
    a: Vec<i8>,
    b: Vec<i8>,
    transposed: bool,
    masks: [Option<Mask>; 3],
    output: usize,
}

/// The bytes are an array, then jobs with their mappings.
pub fn target(bytes: &[u8]) {
    compare(bytes, false);
}

/// The target; with `spoil`, one expected number is wrong, for the test of the target.
pub(super) fn compare(bytes: &[u8], spoil: bool) {
    let mut draw = Draw(bytes);
    let config = ArrayConfig {
        mul_stages: Some(draw.below(4)),
        add_stages: Some(1 + draw.below(5)),
        dataflow: [Dataflow::Ws, Dataflow::Os, Dataflow::Both][draw.below(3)],
        ..ArrayConfig::new(1 + draw.below(6), 1 + draw.below(6), Format::Int8)
    };
    let policy = [Policy::Dense, Policy::Gated, Policy::Packed][draw.below(3)];
    let (mut products, mut mappings) = (Vec::<Product>::new(), Vec::new());
    let mut outputs: Vec<((usize, usize), Vec<i32>)> = Vec::new();
    for index in 0..1 + draw.below(4) {
        let shape = (draw.below(20), draw.below(20), draw.below(20));
        let (m, k, n) = shape;
        let known = outputs.iter().position(|(of, _)| *of == (m, n));
        let output = known.filter(|_| draw.below(2) == 0).unwrap_or_else(|| {
            outputs.push(((m, n), (0..m * n).map(|i| i as i32 * 7 - 100).collect()));
            outputs.len() - 1
        });
        // Operands of no pattern: a product that is counted twice, or not, shows.
        let word = |i: usize| (((i + 31 * index + 7) * 2_654_435_761) >> 13) as i8;
        products.push(Product {
            shape,
            a: (0..m * k).map(word).collect(),
            b: (0..k * n).map(|i| word(i + 1000)).collect(),
            transposed: draw.below(2) == 1,
            masks: [m, k, n].map(|len| draw.mask(len)),
            output,
        });
        let seed = draw.byte() as u64;
        let flow = match draw.below(4) {
            0 => None,
            1 if config.dataflow.has_ws() => Some(Flow::WeightStationary),
            _ if config.dataflow.has_os() => Some(Flow::OutputStationary),
            _ => Some(Flow::WeightStationary),
        };
        let edge = [Edge::Top, Edge::Left][draw.below(2)];
        let transposed = draw.below(2) == 1;
        let order = ORDERS[draw.below(4)];
        let mapping = Mapping {
            edge,
            transposed,
            chained: draw.below(2) == 1,
            ..Mapping::plain(&config)
        };
        mappings.push(RandomLaying::drawn(mapping, flow, order, seed));
    }
    run(config, policy, &products, &mappings, outputs, spoil);
}

fn run(
    config: ArrayConfig,
    policy: Policy,
    products: &[Product],
    mappings: &[RandomLaying],
    outputs: Vec<((usize, usize), Vec<i32>)>,
    spoil: bool,
) {
    let jobs: Vec<Job<'_, i8>> = products
        .iter()
        .map(|product| {
            let (m, k, n) = product.shape;
            let b = match product.transposed {
                true => MatRef::row_major(&product.b, n, k).t(),
                false => MatRef::row_major(&product.b, k, n),
            };
            let [keep_m, keep_k, keep_n] = product.masks.each_ref().map(Option::as_ref);
            Job {
                keep_m,
                keep_k,
                keep_n,
                ..Job::new(MatRef::row_major(&product.a, m, k), b, product.output)
            }
        })
        .collect();
    let mut expected = outputs.clone();
    for product in products {
        three_loops(product, &mut expected[product.output].1);
    }
    if let Some(first) = expected.iter_mut().flat_map(|(_, data)| data).next() {
        *first ^= i32::from(spoil);
    }
    let mut got = outputs;
    let mut views: Vec<MatMut<'_, i32>> = got
        .iter_mut()
        .map(|((m, n), data)| MatMut::row_major(data, *m, *n))
        .collect();
    let report = Driver::new(config, DriverOptions::default()).run_mapped(
        &mut Behavioural::new(config),
        policy,
        &jobs,
        mappings,
        &mut views,
        None,
    );
    let what = || format!("{} {policy} {mappings:?}", config.slug());
    match report {
        Ok(report) => {
            assert_eq!(got, expected, "{}", what());
            let plan = Plan::new(&config, policy, mappings, &jobs);
            assert_eq!(
                report.job_cycles,
                model::predict(&config, &plan),
                "{}",
                what()
            );
        }
        Err(error) => super::check_message(&error),
    }
}

/// The product by definition, which is the same for every policy.
fn three_loops(product: &Product, c: &mut [i32]) {
    let (m, k, n) = product.shape;
    let keeps = |which: usize, i: usize| match &product.masks[which] {
        Some(mask) => mask.bits()[i],
        None => true,
    };
    for i in (0..m).filter(|&i| keeps(0, i)) {
        for j in (0..n).filter(|&j| keeps(2, j)) {
            for l in (0..k).filter(|&l| keeps(1, l)) {
                let b = match product.transposed {
                    true => product.b[j * k + l],
                    false => product.b[l * n + j],
                };
                let term = i32::from(product.a[i * k + l]) * i32::from(b);
                c[i * n + j] = c[i * n + j].wrapping_add(term);
            }
        }
    }
}
