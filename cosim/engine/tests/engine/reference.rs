//! What descriptors do to memory, worked out by hand.

use crate::common::{sizes, tight};
use heddle_engine::memory::{Bytes, Kind, Memory};
use heddle_engine::reference::{Failure, Outcome};
use heddle_engine::{Code, Descriptor, Layout, Place, Reference, Sizes};
use heddle_format::Format;
use heddle_gemm::{Policy, Shape};
use heddle_hdl::engine::EngineConfig;

fn int8() -> Sizes {
    sizes(2, 2, Format::Int8, tight(2))
}

/// A 2 x 2 product with A = [1 2; 3 4], B = [5 6; 7 8] and sums 100, 200, 300, 400 in C.
struct Bench {
    memory: Memory,
    job: Descriptor,
    reference: Reference,
}

fn bytes(memory: &mut Memory, kind: Kind, offset: u64, rows: [[i8; 2]; 2]) -> Place {
    let base = memory.allocate(kind, 5, 64, offset);
    for (row, at) in rows.into_iter().zip([0, 3]) {
        memory.write(base + at, &row.map(|value| value as u8));
    }
    Place { base, stride: 3 }
}

fn sums(memory: &mut Memory, kind: Kind, offset: u64, rows: [[i32; 2]; 2]) -> Place {
    let base = memory.allocate(kind, 20, 64, offset);
    for (row, at) in rows.into_iter().zip([0, 12]) {
        for (value, at) in row.into_iter().zip([at, at + 4]) {
            memory.write(base + at, &value.to_le_bytes());
        }
    }
    Place { base, stride: 12 }
}

impl Bench {
    fn new(layout: Layout, policy: Policy) -> Self {
        let mut memory = Memory::new(0x4000);
        // transposed where the layout reads them so
        let (a, b) = match layout {
            Layout::Nn => ([[1, 2], [3, 4]], [[5, 6], [7, 8]]),
            Layout::Nt => ([[1, 2], [3, 4]], [[5, 7], [6, 8]]),
            Layout::Tn => ([[1, 3], [2, 4]], [[5, 6], [7, 8]]),
        };
        let a = bytes(&mut memory, Kind::A, 1, a);
        let b = bytes(&mut memory, Kind::B, 7, b);
        let c = sums(&mut memory, Kind::C, 3, [[100, 200], [300, 400]]);
        let job = Descriptor {
            a,
            b,
            c,
            ..Descriptor::new(layout, policy, Shape::new(2, 2, 2))
        };
        Self {
            memory,
            job,
            reference: Reference::new(int8()),
        }
    }

    fn mask(&mut self, dim: usize, bits: u8) {
        let base = self.memory.allocate(Kind::Mask, 1, 64, 0);
        // bits beyond the dimension mean nothing
        self.memory.set(base, bits | 0xfc);
        self.job.masks[dim] = Some(base);
    }

    fn in_place(&mut self) {
        self.job.c0 = true;
        self.job.c0_at = self.job.c;
    }

    fn step(&mut self) -> Outcome {
        let words = self.job.pack();
        self.reference.step(&mut self.memory, &words, None)
    }

    fn c(&self) -> [i32; 4] {
        let at = |i: u64| self.job.c.row(i as usize / 2) + 4 * (i % 2);
        [0, 1, 2, 3].map(|i| self.memory.number(at(i), 4) as i32)
    }
}

#[test]
fn the_product_in_every_layout() {
    for layout in Layout::ALL {
        for policy in Policy::ALL {
            let mut bench = Bench::new(layout, policy);
            assert_eq!(bench.step().code, None);
            assert_eq!(bench.c(), [19, 22, 43, 50], "{layout:?} {policy}");
            let mut bench = Bench::new(layout, policy);
            bench.in_place();
            assert_eq!(bench.step().code, None);
            assert_eq!(bench.c(), [119, 222, 343, 450], "{layout:?} {policy}");
        }
    }
}

#[test]
fn masks_take_elements_out() {
    for layout in Layout::ALL {
        for policy in Policy::ALL {
            let run = |dim: usize, bits: u8, in_place: bool| {
                let mut bench = Bench::new(layout, policy);
                bench.mask(dim, bits);
                if in_place {
                    bench.in_place();
                }
                assert_eq!(bench.step().code, None);
                bench.c()
            };
            let of = format!("{layout:?} {policy}");
            assert_eq!(run(0, 0b10, false), [0, 0, 43, 50], "{of}");
            assert_eq!(run(0, 0b10, true), [100, 200, 343, 450], "{of}");
            assert_eq!(run(1, 0b01, false), [5, 6, 15, 18], "{of}");
            assert_eq!(run(1, 0b00, true), [100, 200, 300, 400], "{of}");
            assert_eq!(run(2, 0b01, false), [19, 0, 43, 0], "{of}");
            assert_eq!(run(2, 0b01, true), [119, 200, 343, 400], "{of}");
            assert_eq!(run(2, 0b00, false), [0; 4], "{of}");
        }
    }
}

#[test]
fn a_bias_is_the_seed_of_every_row_and_of_dropped_ones() {
    let mut bench = Bench::new(Layout::Nn, Policy::Packed);
    let bias = sums(&mut bench.memory, Kind::C0, 1, [[1000, 2000], [9, 9]]);
    bench.job.c0 = true;
    bench.job.c0_at = Place { stride: 0, ..bias };
    bench.mask(0, 0b01);
    assert_eq!(bench.step().code, None);
    assert_eq!(bench.c(), [1019, 2022, 1000, 2000]);
}

#[test]
fn a_chain_adds_up_on_chip_and_passes_memory_once() {
    let mut bench = Bench::new(Layout::Tn, Policy::Packed);
    bench.in_place();
    bench.mask(0, 0b01);
    bench.job.stay = true;
    let first = bench.step();
    assert_eq!((first.code, bench.c()), (None, [100, 200, 300, 400]));
    assert!(first.stores.is_empty() && first.writes.bytes() == 0);
    // row 0 is there, row 1 is kept for the first time: C0 of that row is read
    bench.job.resume = true;
    bench.job.stay = false;
    bench.job.masks[0] = None;
    let row = bench.job.c.row(1);
    let last = bench.step();
    assert_eq!((last.code, bench.c()), (None, [138, 244, 343, 450]));
    assert!(last.reads.holds(row..row + 8) && !last.reads.meets(row - 4..row));
    // nothing stayed
    assert_eq!(bench.step().code, Some(Code::NoSums));
}

#[test]
fn rows_that_no_job_of_a_chain_kept_are_left_alone_or_zero() {
    for (in_place, left) in [(true, [300, 400]), (false, [0, 0])] {
        let mut bench = Bench::new(Layout::Tn, Policy::Packed);
        if in_place {
            bench.in_place();
        }
        bench.mask(0, 0b01);
        bench.job.stay = true;
        bench.step();
        (bench.job.resume, bench.job.stay) = (true, false);
        let last = bench.step();
        assert_eq!(bench.c()[2..], left);
        let row = bench.job.c.row(1);
        assert_eq!(last.writes.meets(row..row + 8), !in_place);
    }
}

#[test]
fn a_is_kept_as_it_was_read() {
    let mut bench = Bench::new(Layout::Nn, Policy::Gated);
    bench.step();
    bench.job.keep_a = true;
    // what lies there now is not looked at
    bench.job.a.base += 1;
    let outcome = bench.step();
    assert_eq!((outcome.code, bench.c()), (None, [19, 22, 43, 50]));
    assert!(!outcome.reads.meets(bench.job.a.base..bench.job.a.base + 5));
    bench.job.policy = Policy::Packed;
    assert_eq!(bench.step().code, Some(Code::KeepA));
    bench.job.policy = Policy::Gated;
    assert_eq!(
        bench.step().code,
        Some(Code::KeepA),
        "behind a job that failed"
    );
}

#[test]
fn a_that_was_not_needed_is_fetched_by_the_job_that_keeps_it() {
    let mut bench = Bench::new(Layout::Nn, Policy::Packed);
    bench.mask(2, 0b00);
    let row = bench.job.a.row(0);
    assert_eq!(bench.step().macs, 0);
    (bench.job.masks[2], bench.job.keep_a) = (None, true);
    let outcome = bench.step();
    assert!(outcome.reads.holds(row..row + 2));
    assert_eq!((outcome.code, bench.c()), (None, [19, 22, 43, 50]));
    assert!(!bench.step().reads.meets(row..row + 2));
}

#[test]
fn dropped_rows_are_not_read() {
    let mut bench = Bench::new(Layout::Nt, Policy::Packed);
    bench.in_place();
    bench.mask(2, 0b10);
    let (row, kept) = (bench.job.b.row(0), bench.job.b.row(1));
    let outcome = bench.step();
    assert!(!outcome.reads.meets(row..row + 2) && outcome.reads.holds(kept..kept + 2));
    assert_eq!((outcome.rows, outcome.macs), ((1, 1), 4));
    bench.job.policy = Policy::Gated;
    assert!(bench.step().reads.holds(row..row + 2));
}

#[test]
fn bus_errors_leave_memory_or_what_would_be_written() {
    let mut bench = Bench::new(Layout::Nn, Policy::Dense);
    let words = bench.job.pack();
    for failure in [Failure::Descriptor, Failure::Read, Failure::Write] {
        let outcome = bench
            .reference
            .step(&mut bench.memory, &words, Some(failure));
        assert_eq!(outcome.code, Some(Code::Bus));
        assert_eq!(bench.c(), [100, 200, 300, 400]);
        let sums: Vec<_> = outcome.perhaps.iter().map(|(_, sum)| *sum).collect();
        match failure {
            Failure::Write => assert_eq!(sums, [19, 22, 43, 50]),
            _ => assert!(sums.is_empty()),
        }
    }
}

#[test]
fn integers_wrap_at_their_own_width_and_are_extended_by_their_sign() {
    let mut sizes = int8();
    sizes.accumulator.bits = 16;
    let mut bench = Bench::new(Layout::Nn, Policy::Dense);
    bench.reference = Reference::new(sizes);
    bench.in_place();
    let at = bench.job.c.base;
    bench.memory.write(at, &32_760_i32.to_le_bytes());
    // beyond 16 bits: only those count
    bench.memory.write(at + 4, &(1_i32 << 16).to_le_bytes());
    bench.step();
    assert_eq!(bench.c()[..2], [32_760 + 19 - 65_536, 22]);
}

#[test]
fn codes_come_in_the_documented_order() {
    let sizes = sizes(
        2,
        2,
        Format::Bf16,
        EngineConfig {
            addr_bits: 32,
            ..tight(2)
        },
    );
    let good = Descriptor {
        a: Place {
            base: 0x100,
            stride: 4,
        },
        b: Place {
            base: 0x200,
            stride: 4,
        },
        c: Place {
            base: 0x300,
            stride: 8,
        },
        ..Descriptor::new(Layout::Nt, Policy::Packed, Shape::new(2, 2, 2))
    };
    let code = |change: &dyn Fn(&mut Descriptor)| {
        let mut job = good.clone();
        change(&mut job);
        Reference::new(sizes).check(&job.pack()).err()
    };
    let expect = |code_of: Option<Code>, code: Code| assert_eq!(code_of, Some(code));
    assert_eq!(code(&|_| {}), None);
    expect(code(&|job| job.a.base = 1 << 32), Code::Reserved);
    expect(
        code(&|job| (job.layout, job.panel) = (Layout::Nn, 1)),
        Code::Reserved,
    );
    expect(code(&|job| job.shape.k = 0), Code::Zero);
    expect(code(&|job| job.shape.n = 65), Code::Dim);
    expect(code(&|job| job.b.stride = 5), Code::Align);
    expect(code(&|job| job.c.base += 1), Code::Align);
    expect(code(&|job| job.masks[1] = Some(0x420)), Code::Align);
    // 24 words of A: 2 x 12 fit, 2 x 13 do not
    assert_eq!(code(&|job| job.shape.k = 24), None);
    expect(code(&|job| job.shape.k = 25), Code::ASpace);
    // 32 words of sums
    assert_eq!(code(&|job| job.sums = 30), None);
    expect(code(&|job| job.sums = 31), Code::SumSpace);
    let bias = |job: &mut Descriptor| {
        job.c0 = true;
        job.c0_at = Place {
            base: 0x400,
            stride: 0,
        };
    };
    expect(
        code(&|job| {
            bias(job);
            job.sums = 30;
        }),
        Code::SumSpace,
    );
    // 4 slots: panels of 2 n-tiles
    assert_eq!(code(&|job| (job.shape.n, job.panel) = (6, 2)), None);
    expect(code(&|job| (job.shape.n, job.panel) = (6, 3)), Code::BSpace);
    expect(code(&|job| (job.shape.n, job.panel) = (6, 0)), Code::BSpace);
    expect(code(&|job| job.resume = true), Code::NoSums);
    expect(code(&|job| job.keep_a = true), Code::KeepA);
    let elsewhere = |job: &mut Descriptor| {
        job.c0 = true;
        job.c0_at = Place {
            base: 0x400,
            stride: 8,
        };
    };
    assert_eq!(code(&|job| elsewhere(job)), None);
    for dim in [0, 2] {
        let masked = |job: &mut Descriptor| {
            elsewhere(job);
            job.masks[dim] = Some(0x440);
        };
        expect(code(&masked), Code::Copy);
        let dense = |job: &mut Descriptor| {
            masked(job);
            job.policy = Policy::Dense;
        };
        assert_eq!(code(&dense), None);
        let in_place = |job: &mut Descriptor| {
            masked(job);
            job.c0_at = job.c;
        };
        assert_eq!(code(&in_place), None);
    }
    let masked_bias = |job: &mut Descriptor| {
        bias(job);
        job.masks[0] = Some(0x440);
    };
    assert_eq!(code(&masked_bias), None);
    // all wrong at once: the first one is told
    let all = |job: &mut Descriptor| {
        elsewhere(job);
        (job.resume, job.keep_a, job.panel, job.sums) = (true, true, 99, 99);
        (job.a.base, job.shape) = (1, Shape::new(0, 64, 64));
    };
    expect(code(&all), Code::Zero);
}
