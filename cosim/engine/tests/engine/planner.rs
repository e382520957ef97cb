//! What the planner makes of products of any shape is what the golden model makes of them.

use crate::common::{sizes, tight};
use half::bf16;
use heddle_engine::memory::{Bytes, Kind, Memory};
use heddle_engine::operands::{fill, room, Lie};
use heddle_engine::planner::{Chain, Planner, Product, Seeds};
use heddle_engine::{Descriptor, Layout, Place, Reference, Sizes};
use heddle_format::Format;
use heddle_gemm::{
    Accumulator, Element, Engine, GoldenEngine, Job, Mask, MatMut, MatRef, Policy, Scratch, Shape,
};
use heddle_hdl::engine::EngineConfig;
use proptest::prelude::*;

/// A format of numbers, small enough that a dense job's zero steps change nothing.
trait Number: Element {
    const FORMAT: Format;
    fn small(value: i8) -> Self;
    fn bytes(self) -> Vec<u8>;
    fn sum(value: i8) -> Self::Acc;
    fn sum_bytes(sum: Self::Acc) -> Vec<u8>;
}

impl Number for i8 {
    const FORMAT: Format = Format::Int8;
    fn small(value: i8) -> Self {
        value
    }
    fn bytes(self) -> Vec<u8> {
        vec![self as u8]
    }
    fn sum(value: i8) -> i32 {
        i32::from(value) * 1_000_003
    }
    fn sum_bytes(sum: i32) -> Vec<u8> {
        sum.to_le_bytes().into()
    }
}

impl Number for i16 {
    const FORMAT: Format = Format::Int16;
    fn small(value: i8) -> Self {
        i16::from(value) * 201
    }
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().into()
    }
    fn sum(value: i8) -> i64 {
        i64::from(value) << 39
    }
    fn sum_bytes(sum: i64) -> Vec<u8> {
        sum.to_le_bytes().into()
    }
}

impl Number for bf16 {
    const FORMAT: Format = Format::Bf16;
    fn small(value: i8) -> Self {
        bf16::from_f32(f32::from(value) / 7.0)
    }
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().into()
    }
    fn sum(value: i8) -> f32 {
        f32::from(value) / 3.0
    }
    fn sum_bytes(sum: f32) -> Vec<u8> {
        sum.to_le_bytes().into()
    }
}

/// A chain to be drawn.
#[derive(Clone, Debug)]
struct Case {
    layout: Layout,
    policy: Policy,
    m: usize,
    n: usize,
    ks: Vec<usize>,
    seeds: u8,
    masks: [bool; 3],
    /// Of everything that is not said.
    seed: u64,
}

fn cases(most: usize) -> impl Strategy<Value = Case> {
    let layouts = prop::sample::select(Layout::ALL.to_vec());
    let policies = prop::sample::select(Policy::ALL.to_vec());
    let ks = prop::collection::vec(1..=most, 1..4);
    let rest = (0..4_u8, any::<[bool; 3]>(), any::<u64>());
    (layouts, policies, 1..=most, 1..=most, ks, rest).prop_map(
        |(layout, policy, m, n, ks, (seeds, masks, seed))| Case {
            layout,
            policy,
            m,
            n,
            ks,
            seeds,
            masks,
            seed,
        },
    )
}

/// Numbers after a seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0 >> 33
    }

    fn mask(&mut self, len: usize, there: bool) -> Option<Mask> {
        let share = self.next() % 5;
        there.then(|| (0..len).map(|_| self.next() % 4 < share).collect())
    }

    fn lie(&mut self, bytes: usize) -> Lie {
        Lie {
            gap: self.next() as usize % 5 * bytes,
            offset: self.next() as usize % 20 * bytes,
        }
    }

    /// Never a zero, which could be one of either sign.
    fn value(&mut self) -> i8 {
        (self.next() as i8) | 1
    }
}

/// One product of the golden model, row-major.
struct Golden<E: Number> {
    k: usize,
    a: Vec<E>,
    b: Vec<E>,
    keep_m: Option<Mask>,
    keep_k: Option<Mask>,
}

/// Plans a chain, does it by the reference and by the golden model; the descriptors.
fn check<E: Number>(sizes: Sizes, case: &Case) -> Result<Vec<Descriptor>, TestCaseError>
where
    GoldenEngine: Engine<E>,
{
    let mut draw = Draw(case.seed);
    let mut memory = Memory::new(0x7000);
    let (m, n, layout) = (case.m, case.n, case.layout);
    let keep_n = draw.mask(n, case.masks[2]);
    let transposed = |values: &[E], rows: usize, cols: usize| -> Vec<E> {
        (0..cols)
            .flat_map(|col| (0..rows).map(move |row| values[row * cols + col]))
            .collect()
    };
    let mut products = Vec::new();
    let mut places = Vec::new();
    for &k in &case.ks {
        let mut values =
            |count: usize| -> Vec<E> { (0..count).map(|_| E::small(draw.value())).collect() };
        let (a, b) = (values(m * k), values(k * n));
        let mut put = |kind, shape: (usize, usize), values: &[E]| {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.bytes()).collect();
            let size = sizes.operand_bytes;
            let place = room(&mut memory, kind, shape, size, draw.lie(size));
            fill(&mut memory, place, shape, size, &bytes);
            place
        };
        let shape = Shape::new(m, k, n);
        let a_place = match layout {
            Layout::Tn => put(Kind::A, layout.a(shape), &transposed(&a, m, k)),
            _ => put(Kind::A, layout.a(shape), &a),
        };
        let b_place = match layout {
            Layout::Nt => put(Kind::B, layout.b(shape), &transposed(&b, k, n)),
            _ => put(Kind::B, layout.b(shape), &b),
        };
        places.push((a_place, b_place));
        products.push(Golden {
            k,
            a,
            b,
            keep_m: draw.mask(m, case.masks[0]),
            keep_k: draw.mask(k, case.masks[1]),
        });
    }
    let sum = sizes.sum_bytes;
    let mut seeds: Vec<E::Acc> = (0..m * n).map(|_| E::sum(draw.value())).collect();
    let c = room(&mut memory, Kind::C, (m, n), sum, draw.lie(sum));
    let masked = case.masks[0] || case.masks[2];
    let seeded = match case.seeds {
        0 => Seeds::Zero,
        1 if !masked || case.policy == Policy::Dense => {
            Seeds::At(room(&mut memory, Kind::C0, (m, n), sum, draw.lie(sum)))
        }
        2 if !case.masks[2] || case.policy == Policy::Dense => {
            let row = room(&mut memory, Kind::C0, (1, n), sum, draw.lie(sum));
            for i in n..m * n {
                seeds[i] = seeds[i % n];
            }
            Seeds::At(Place { stride: 0, ..row })
        }
        _ => Seeds::InPlace,
    };
    let bytes: Vec<u8> = seeds.iter().flat_map(|sum| E::sum_bytes(*sum)).collect();
    match seeded {
        Seeds::Zero => seeds.fill(E::Acc::default()),
        Seeds::InPlace => fill(&mut memory, c, (m, n), sum, &bytes),
        Seeds::At(at) if at.stride == 0 => fill(&mut memory, at, (1, n), sum, &bytes),
        Seeds::At(at) => fill(&mut memory, at, (m, n), sum, &bytes),
    }
    let of_places = products.iter().zip(&places);
    let chain = Chain {
        layout,
        policy: case.policy,
        m,
        n,
        products: of_places
            .map(|(product, &(a, b))| Product {
                a,
                b,
                k: product.k,
                keep_m: product.keep_m.as_ref(),
                keep_k: product.keep_k.as_ref(),
            })
            .collect(),
        keep_n: keep_n.as_ref(),
        seeds: seeded,
        c,
        fence: false,
        irq: true,
    };
    let jobs = Planner::new(sizes).jobs(&mut memory, &chain).unwrap();
    let mut reference = Reference::new(sizes);
    let before = memory.clone();
    let mut written = Vec::new();
    for (i, job) in jobs.iter().enumerate() {
        let outcome = reference.step(&mut memory, &job.pack(), None);
        prop_assert_eq!(outcome.code, None, "job {} {:?}", i, job);
        written.push(outcome.writes);
    }
    let mut engine = GoldenEngine::new(Accumulator::of(E::FORMAT));
    for product in &products {
        let job = Job {
            keep_m: product.keep_m.as_ref(),
            keep_k: product.keep_k.as_ref(),
            keep_n: keep_n.as_ref(),
            ..Job::new(
                MatRef::row_major(&product.a, m, product.k),
                MatRef::row_major(&product.b, product.k, n),
                0,
            )
        };
        let mut output = [MatMut::row_major(&mut seeds, m, n)];
        engine
            .run(case.policy, &[job], &mut output, &mut Scratch::default())
            .unwrap();
    }
    for i in 0..m {
        for j in 0..n {
            let at = c.row(i) + (j * sum) as u64;
            let mut found = memory.number(at, sum).to_le_bytes().to_vec();
            found.truncate(sum);
            prop_assert_eq!(found, E::sum_bytes(seeds[i * n + j]), "{} {}", i, j);
        }
    }
    for at in before.differences(&memory) {
        prop_assert!(written.iter().any(|of| of.holds(at..at + 1)), "0x{:x}", at);
    }
    Ok(jobs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn planned_int8_is_the_golden_product(case in cases(70)) {
        check::<i8>(sizes(3, 2, Format::Int8, tight(2)), &case)?;
    }

    #[test]
    fn planned_int16_is_the_golden_product(case in cases(40)) {
        check::<i16>(sizes(2, 5, Format::Int16, tight(5)), &case)?;
    }

    #[test]
    fn planned_bf16_is_the_golden_product(case in cases(70)) {
        check::<bf16>(sizes(4, 4, Format::Bf16, tight(4)), &case)?;
    }

    #[test]
    fn roomy_buffers_need_one_job_for_each_product(case in cases(20)) {
        let roomy = EngineConfig { b_slots: 128, ..EngineConfig::default() };
        let jobs = check::<bf16>(sizes(4, 4, Format::Bf16, roomy), &case)?;
        prop_assert_eq!(jobs.len(), case.ks.len());
    }
}

fn chain_of(layout: Layout, policy: Policy, shape: Shape, times: usize) -> Chain<'static> {
    let Shape { m, k, n } = shape;
    let product = Product {
        a: Place {
            base: 0x10_0000,
            stride: 1 << 13,
        },
        b: Place {
            base: 0x80_0000,
            stride: 1 << 13,
        },
        k,
        keep_m: None,
        keep_k: None,
    };
    Chain {
        layout,
        policy,
        m,
        n,
        products: vec![product; times],
        keep_n: None,
        seeds: Seeds::Zero,
        c: Place {
            base: 0x100_0000,
            stride: 1 << 14,
        },
        fence: true,
        irq: true,
    }
}

fn plan(sizes: Sizes, chain: &Chain) -> Vec<Descriptor> {
    Planner::new(sizes)
        .jobs(&mut Memory::new(0), chain)
        .unwrap()
}

/// The products of the paper's network on a 16 x 16 engine with the default buffers, counted by hand.
#[test]
fn the_workload_is_cut_as_it_should_be() {
    let sizes = sizes(16, 16, Format::Bf16, EngineConfig::default());
    // FP: 20 rows, so 51 n-tiles in half of 2048 words; A in 820 of 1024 words, kept for all four
    let jobs = plan(
        sizes,
        &chain_of(Layout::Nn, Policy::Packed, Shape::new(20, 650, 2600), 1),
    );
    let widths = jobs
        .iter()
        .map(|job| (job.shape.m, job.shape.k, job.shape.n));
    let widths: Vec<_> = widths.collect();
    assert_eq!(
        widths,
        [
            (20, 650, 656),
            (20, 650, 656),
            (20, 650, 656),
            (20, 650, 632)
        ]
    );
    assert_eq!(
        jobs.iter().map(|job| job.keep_a).collect::<Vec<_>>(),
        [false, true, true, true]
    );
    assert_eq!(
        jobs.iter().map(|job| job.sums).collect::<Vec<_>>(),
        [0, 1024, 0, 1024]
    );
    assert_eq!(
        jobs.iter().map(|job| job.fence).collect::<Vec<_>>(),
        [true, false, false, false]
    );
    assert!(jobs
        .iter()
        .all(|job| !job.stay && !job.resume && job.panel == 0));
    assert!(jobs[3].irq && !jobs[2].irq);
    // BP: half of 64 slots are two n-tiles; K in pieces of 51 x 16
    let jobs = plan(
        sizes,
        &chain_of(Layout::Nt, Policy::Packed, Shape::new(20, 2600, 650), 1),
    );
    assert!(jobs
        .iter()
        .all(|job| job.panel == 2 && job.shape.k <= 816 && job.shape.n == 650));
    assert_eq!(jobs.iter().map(|job| job.shape.k).sum::<usize>(), 2600);
    // WG: one n-tile of 650 rows in half of the accumulators, each with all steps
    let jobs = plan(
        sizes,
        &chain_of(Layout::Tn, Policy::Packed, Shape::new(650, 20, 2600), 35),
    );
    assert_eq!(jobs.len(), 163 * 35);
    for (i, job) in jobs.iter().enumerate() {
        assert_eq!((job.resume, job.stay), (i % 35 != 0, i % 35 != 34));
        assert_eq!(job.sums, i / 35 % 2 * 1024);
    }
}

#[test]
fn panels_hide_the_round_trip_where_the_slots_allow() {
    let of = |b_slots| {
        let engine = EngineConfig {
            b_slots,
            ..EngineConfig::default()
        };
        let sizes = sizes(16, 16, Format::Bf16, engine);
        plan(
            sizes,
            &chain_of(Layout::Nt, Policy::Dense, Shape::new(20, 160, 320), 1),
        )[0]
        .panel
    };
    // 81 cycles are five n-tiles of 20 beats; of 20 n-tiles four panels of five
    assert_eq!(of(512), 5);
    // three n-tiles fit into half of the slots: seven panels of at most three
    assert_eq!(of(96), 3);
    assert_eq!(of(16), 1);
}

#[test]
fn what_cannot_fit_is_told() {
    let error = |engine: EngineConfig, layout| {
        let sizes = sizes(16, 16, Format::Bf16, engine);
        let chain = chain_of(layout, Policy::Dense, Shape::new(20, 160, 320), 1);
        let planned = Planner::new(sizes).jobs(&mut Memory::new(0), &chain);
        planned.unwrap_err().to_string()
    };
    let engine = EngineConfig {
        b_slots: 8,
        ..EngineConfig::default()
    };
    assert_eq!(
        error(engine, Layout::Nn),
        "a product of 20 x 160 x 320 does not fit the engine: engine.b_slots has to be 16 at least"
    );
    assert_eq!(
        error(engine, Layout::Nt),
        "a product of 20 x 160 x 320 does not fit the engine: engine.b_slots has to be 16 at least"
    );
    let sizes = Sizes {
        dataflow: heddle_hdl::Dataflow::Ws,
        ..sizes(16, 16, Format::Bf16, EngineConfig::default())
    };
    let chain = chain_of(Layout::Tn, Policy::Dense, Shape::new(20, 160, 320), 1);
    let error = Planner::new(sizes)
        .jobs(&mut Memory::new(0), &chain)
        .unwrap_err();
    assert!(error.is_bad_input());
    assert_eq!(
        error.to_string(),
        "a product of layout TN does not fit the engine: the array's dataflow lacks it: use dataflow = both"
    );
}
