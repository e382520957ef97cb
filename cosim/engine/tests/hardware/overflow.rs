//! Overflow of integer sums is told where the golden model has one, and nowhere else.

use super::{config, driver, model, options};
use heddle_engine::memory::{Bytes, Kind, Memory};
use heddle_engine::operands::{fill, room, Lie};
use heddle_engine::{Descriptor, Layout, Place, Program, RunReport, Sizes};
use heddle_format::{Format, Overflow};
use heddle_gemm::{Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_verilator::Library;

/// M, K and N of the jobs here.
const SHAPE: Shape = Shape { m: 3, k: 2, n: 5 };

/// A job whose sums all start from `seed` and take the steps `steps`: A is ones, row k of B is `steps[k]`.
fn job(
    memory: &mut Memory,
    layout: Layout,
    policy: Policy,
    seed: i32,
    steps: [i8; 2],
) -> Descriptor {
    let Shape { m, n, .. } = SHAPE;
    let place = |memory: &mut Memory, kind, shape, bytes, elements: &[u8]| -> Place {
        let place = room(memory, kind, shape, bytes, Lie::default());
        fill(memory, place, shape, bytes, elements);
        place
    };
    let a = place(memory, Kind::A, layout.a(SHAPE), 1, &[1; 6]);
    let along = |at: usize| match layout {
        Layout::Nt => at % 2,
        Layout::Nn | Layout::Tn => at / n,
    };
    let b: Vec<u8> = (0..2 * n).map(|at| steps[along(at)] as u8).collect();
    let b = place(memory, Kind::B, layout.b(SHAPE), 1, &b);
    let seeds = seed.to_le_bytes().repeat(m * n);
    let c = place(memory, Kind::C, (m, n), 4, &seeds);
    Descriptor {
        a,
        b,
        c,
        c0: true,
        c0_at: c,
        irq: true,
        fence: true,
        ..Descriptor::new(layout, policy, SHAPE)
    }
}

/// Gives `job` a mask on dimension `dim`: m, k, n.
fn mask(memory: &mut Memory, job: &mut Descriptor, dim: usize, bits: u8) {
    let base = memory.allocate(Kind::Mask, 1, 64, 0);
    memory.set(base, bits);
    job.masks[dim] = Some(base);
}

fn run(sizes: Sizes, library: &Library, memory: Memory, jobs: &[Descriptor]) -> RunReport {
    let mut program = Program::new(memory, 2);
    program.descriptors = jobs.iter().map(Descriptor::pack).collect();
    let run = driver(sizes, library)
        .run(&program, &options(None))
        .unwrap();
    assert_eq!(run.first_problem(), None, "{jobs:?}");
    run
}

#[test]
fn an_overflow_is_told_where_the_golden_model_has_one() {
    for overflow in [Overflow::Wrap, Overflow::Saturate] {
        let config = ArrayConfig {
            overflow,
            ..config(4, 2, Format::Int8, 32)
        };
        let (sizes, library) = (Sizes::new(&config), model(&config, None));
        for layout in Layout::ALL {
            for policy in Policy::ALL {
                let told = |seed, steps, dropped: Option<(usize, u8)>| {
                    let mut memory = Memory::new(0x4000);
                    let mut job = job(&mut memory, layout, policy, seed, steps);
                    if let Some((dim, bits)) = dropped {
                        mask(&mut memory, &mut job, dim, bits);
                    }
                    run(sizes, &library, memory, &[job]).overflows > 0
                };
                let of = format!("{overflow:?} {layout:?} {policy}");
                assert!(told(i32::MAX, [1, 0], None), "{of}");
                assert!(told(i32::MIN, [0, -1], None), "{of}");
                // a later step comes back
                assert!(told(i32::MAX, [1, -1], None), "{of}");
                // the end of the range is within it
                assert!(!told(i32::MAX, [-1, 1], None), "{of}");
                assert!(!told(i32::MAX - 1, [0, 1], None), "{of}");
                assert!(!told(5, [1, 2], None), "{of}");
                // a k that is dropped is no step; what is dropped of m and n has none
                assert!(!told(i32::MAX, [1, 0], Some((1, 0b10))), "{of}");
                assert!(told(i32::MAX, [1, 0], Some((1, 0b01))), "{of}");
                assert!(!told(i32::MAX, [1, 0], Some((0, 0))), "{of}");
                assert!(!told(i32::MAX, [1, 0], Some((2, 0))), "{of}");
                assert!(told(i32::MAX, [1, 0], Some((2, 0b1_0000))), "{of}");
            }
        }
    }
}

#[test]
fn an_overflow_is_told_again_once_it_was_cleared() {
    let config = config(4, 2, Format::Int8, 32);
    let (sizes, library) = (Sizes::new(&config), model(&config, None));
    for layout in Layout::ALL {
        let mut memory = Memory::new(0x4000);
        let seeds = [i32::MAX, 0, i32::MAX, 7];
        let jobs = seeds.map(|seed| job(&mut memory, layout, Policy::Packed, seed, [1, 1]));
        let run = run(sizes, &library, memory, &jobs);
        assert_eq!(run.overflows, 2, "{layout:?}");
    }
}

#[test]
fn an_overflow_that_is_not_told_is_noticed() {
    let config = config(4, 2, Format::Int8, 32);
    let fault = (
        "heddle_engine_core",
        "overflows_q <= ",
        "overflows_q <= 1'b0 & ",
    );
    let (sizes, library) = (Sizes::new(&config), model(&config, Some(fault)));
    let mut memory = Memory::new(0x4000);
    let job = job(&mut memory, Layout::Nn, Policy::Packed, i32::MAX, [1, 1]);
    let mut program = Program::new(memory, 2);
    program.descriptors = vec![job.pack()];
    let run = driver(sizes, &library)
        .run(&program, &options(None))
        .unwrap();
    assert!(run.wrong_overflow.is_some() && !run.is_clean());
}
