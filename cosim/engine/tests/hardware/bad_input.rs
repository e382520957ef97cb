//! Bad input: each kind has its code, harms no other job, and the engine takes the next one.

use super::{config, driver, model, options};
use heddle_engine::first_error::first_error;
use heddle_engine::memory::{Bytes, Direction, Fault, FaultAt, Kind, Memory, Response, Timing};
use heddle_engine::operands::{fill, room, Lie};
use heddle_engine::probe::probe;
use heddle_engine::{Code, Descriptor, DriverOptions, Layout, Place, Program, RunReport, Sizes};
use heddle_format::Format;
use heddle_gemm::{Policy, Shape};
use heddle_hdl::engine::codes::operand;
use heddle_hdl::ArrayConfig;
use heddle_verilator::Library;

const SHAPE: Shape = Shape { m: 3, k: 6, n: 5 };

fn engine() -> ArrayConfig {
    config(4, 2, Format::Int16, 32)
}

fn matrix(memory: &mut Memory, kind: Kind, shape: (usize, usize), bytes: usize) -> Place {
    let lie = Lie { gap: 2, offset: 6 };
    let place = room(memory, kind, shape, bytes, lie);
    let element = |i: usize| (i as i64 * 0x1357 - 0x3333).to_le_bytes();
    let elements: Vec<u8> = (0..shape.0 * shape.1)
        .flat_map(|i| element(i).into_iter().take(bytes))
        .collect();
    fill(memory, place, shape, bytes, &elements);
    place
}

/// A job from memory to memory, with a mask on each dimension whose bits beyond it are ones.
fn good(memory: &mut Memory, layout: Layout, policy: Policy) -> Descriptor {
    let (operand, sum) = (2, 8);
    let a = matrix(memory, Kind::A, layout.a(SHAPE), operand);
    let b = matrix(memory, Kind::B, layout.b(SHAPE), operand);
    let c = matrix(memory, Kind::C, (SHAPE.m, SHAPE.n), sum);
    let mut job = Descriptor {
        a,
        b,
        c,
        c0: true,
        c0_at: c,
        irq: true,
        tag: 0x1234,
        ..Descriptor::new(layout, policy, SHAPE)
    };
    for (dim, kept) in [0b101, 0b10_1101, 0b1_0110].into_iter().enumerate() {
        mask(memory, &mut job, dim, kept);
    }
    job
}

/// Gives `job` a mask on dimension `dim`; what lies beyond the dimension is kept by mistake.
fn mask(memory: &mut Memory, job: &mut Descriptor, dim: usize, kept: u64) {
    let len = [SHAPE.m, SHAPE.k, SHAPE.n][dim];
    let base = memory.allocate(Kind::Mask, 4, 64, 0);
    memory.write(base, &(kept as u32 | u32::MAX << len).to_le_bytes());
    job.masks[dim] = Some(base);
}

/// Runs a job that `change` changes between two others; `flips` are bits that are changed in its words besides.
fn between(
    library: &Library,
    (layout, policy): (Layout, Policy),
    change: impl FnOnce(&mut Descriptor, &mut Program),
    flips: &[(usize, u32)],
) -> RunReport {
    let sizes = Sizes::new(&engine());
    let mut program = Program::new(Memory::new(0x1_0000), 1);
    let mut jobs = [(); 3].map(|()| good(&mut program.memory, layout, policy));
    change(&mut jobs[1], &mut program);
    program.descriptors = jobs.iter().map(Descriptor::pack).collect();
    for (word, bits) in flips {
        program.descriptors[1][*word] ^= bits;
    }
    let run = driver(sizes, library)
        .run(&program, &options(None))
        .unwrap();
    assert_eq!(run.first_problem(), None, "{layout:?} {policy} {flips:x?}");
    assert_eq!(run.expected.outcomes.len(), 3);
    assert!([0, 2]
        .iter()
        .all(|job| run.expected.outcomes[*job].code.is_none()));
    run
}

/// The one record that there is has this code, the job's number and its tag.
fn told(run: &RunReport, code: Code, of: &str) {
    let [record] = run.errors[..] else {
        panic!("{of}: {:x?}", run.errors);
    };
    assert_eq!(
        (record.code(), record.index, record.tag),
        (Some(code), 1, 0x1234),
        "{of}"
    );
}

/// A layout, words of a descriptor with the bits that are flipped in them, and what is told.
type Flipped<'a> = (Layout, &'a [(usize, u32)], Code);

#[test]
fn every_bad_field_has_its_code() {
    let library = model(&engine(), None);
    let (tn, nn, nt) = (Layout::Tn, Layout::Nn, Layout::Nt);
    let max_dim = engine().engine.unwrap().max_dim as u32;
    let beyond = |dim: usize| (max_dim + 1) ^ [0, 3, 6, 5][dim];
    let large = |dim: usize| max_dim ^ [0, 3, 6, 5][dim];
    // words whose bits are flipped, and what is told
    let cases: &[Flipped] = &[
        (tn, &[(0, 1)], Code::Layout),
        (nn, &[(0, 3)], Code::Layout),
        (nn, &[(0, 1 << 2)], Code::Policy),
        (nn, &[(0, 1 << 13)], Code::Reserved),
        (nn, &[(1, 1 << 16)], Code::Reserved),
        (nn, &[(4, 1)], Code::Reserved),
        (tn, &[(4, 1)], Code::Reserved),
        (nt, &[(4, 1 << 16)], Code::Reserved),
        (nn, &[(24, 1)], Code::Reserved),
        (tn, &[(31, 1 << 31)], Code::Reserved),
        (nn, &[(7, 1 << 31)], Code::Reserved),
        (nn, &[(1, 3)], Code::Zero),
        (nt, &[(2, 6)], Code::Zero),
        (tn, &[(3, 5)], Code::Zero),
        (nn, &[(1, beyond(1))], Code::Dim),
        (nt, &[(2, beyond(2))], Code::Dim),
        (tn, &[(3, beyond(3))], Code::Dim),
        (nn, &[(6, 1)], Code::Align),
        (nn, &[(8, 1)], Code::Align),
        (nt, &[(10, 1)], Code::Align),
        (tn, &[(12, 1)], Code::Align),
        (nn, &[(14, 1)], Code::Align),
        (nt, &[(15, 1)], Code::Align),
        (nn, &[(16, 1)], Code::Align),
        (tn, &[(17, 1)], Code::Align),
        (nn, &[(18, 32)], Code::Align),
        (nt, &[(20, 2)], Code::Align),
        (tn, &[(22, 1)], Code::Align),
        (nn, &[(2, large(2)), (1, large(1))], Code::ASpace),
        (tn, &[(2, large(2)), (1, large(1))], Code::ASpace),
        (nn, &[(5, 0xffff)], Code::SumSpace),
        (nn, &[(1, 9), (3, large(3))], Code::SumSpace),
        (nt, &[(3, large(3)), (1, 2)], Code::BSpace),
        (tn, &[(2, large(2)), (1, 2)], Code::BSpace),
        (nn, &[(0, 1 << 5)], Code::NoSums),
        (nn, &[(0, 1 << 9)], Code::KeepA),
        (tn, &[(0, 1 << 9)], Code::KeepA),
        (nn, &[(10, 1 << 8)], Code::Copy),
        (nt, &[(16, 2)], Code::Copy),
        // the first check that applies
        (nn, &[(0, 3 | 1 << 13), (1, 3)], Code::Layout),
        (nn, &[(0, 1 << 2 | 1 << 13), (6, 1)], Code::Policy),
        (nn, &[(1, 3), (6, 1)], Code::Zero),
        (nn, &[(6, 1), (5, 0xffff)], Code::Align),
        (nn, &[(5, 0xffff), (0, 1 << 5)], Code::SumSpace),
        (nn, &[(0, 1 << 5 | 1 << 9)], Code::NoSums),
        (nn, &[(0, 1 << 9), (10, 1 << 8)], Code::KeepA),
    ];
    for (layout, flips, code) in cases {
        let of = format!("{layout:?} {flips:x?}");
        // policy 3 is packed with one bit more, or gated
        let policy = match code {
            Code::Policy => Policy::Packed,
            _ => Policy::Gated,
        };
        let run = between(&library, (*layout, policy), |_, _| {}, flips);
        told(&run, *code, &of);
    }
    let missing: Vec<_> = Code::ALL
        .into_iter()
        .filter(|code| *code != Code::Bus && cases.iter().all(|case| case.2 != *code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A layout that the array's dataflow lacks is an unknown one.
#[test]
fn layouts_that_are_lacking_have_a_code() {
    use heddle_hdl::Dataflow::{Os, Ws};
    for (dataflow, there, lacking) in [
        (Ws, Layout::Nn, &[Layout::Tn][..]),
        (Os, Layout::Tn, &[Layout::Nn, Layout::Nt]),
    ] {
        let config = ArrayConfig {
            dataflow,
            ..engine()
        };
        let (sizes, library) = (Sizes::new(&config), model(&config, None));
        for layout in lacking {
            let mut program = Program::new(Memory::new(0x1_0000), 2);
            let jobs = [there, *layout, there]
                .map(|layout| good(&mut program.memory, layout, Policy::Packed));
            program.descriptors = jobs.iter().map(Descriptor::pack).collect();
            let run = driver(sizes, &library)
                .run(&program, &options(None))
                .unwrap();
            assert_eq!(run.first_problem(), None, "{dataflow:?}");
            told(&run, Code::Layout, &format!("{dataflow:?} {layout:?}"));
        }
    }
}

#[test]
fn a_bus_error_on_each_kind_of_access_is_told() {
    let library = model(&engine(), None);
    let kinds = [
        (Kind::Descriptors, Direction::Read, operand::DESCRIPTOR),
        (Kind::Mask, Direction::Read, operand::MASK),
        (Kind::A, Direction::Read, operand::A),
        (Kind::B, Direction::Read, operand::B),
        (Kind::C, Direction::Read, operand::C0),
        (Kind::C, Direction::Write, operand::C),
    ];
    for layout in Layout::ALL {
        for (kind, direction, operand) in kinds {
            for response in [Response::Slverr, Response::Decerr] {
                let fails = |job: &mut Descriptor, program: &mut Program| {
                    let at = match kind {
                        Kind::Descriptors => program.slot(1) + 64,
                        Kind::Mask => job.masks[1].unwrap(),
                        // rows that are kept
                        Kind::A => job.a.row(2),
                        Kind::B => job.b.row(2),
                        Kind::C0 | Kind::C => job.c.row(2) + 16,
                    };
                    let at = FaultAt::Address(at..at + 1);
                    program.faults.push(Fault {
                        direction,
                        at,
                        response,
                    });
                };
                let of = (layout, Policy::Packed);
                let run = between(&library, of, fails, &[]);
                let [record] = run.errors[..] else {
                    panic!("{kind:?} {direction:?} {layout:?}: {:x?}", run.errors);
                };
                let found = (record.code(), record.operand, record.response, record.index);
                let expected = (Some(Code::Bus), operand, response as u8, 1);
                assert_eq!(found, expected, "{kind:?} {direction:?} {layout:?}");
                let tag = if kind == Kind::Descriptors { 0 } else { 0x1234 };
                assert_eq!(record.tag, tag);
            }
        }
    }
}

/// The control: an engine that takes each error of a slot's job for its first one.
#[test]
fn of_several_bus_errors_of_a_job_the_first_is_told() {
    let sizes = Sizes::new(&engine());
    let found =
        |library: &Library, layout| first_error(&mut driver(sizes, library), layout).unwrap();
    let library = model(&engine(), None);
    for layout in Layout::ALL {
        assert_eq!(found(&library, layout), None);
    }
    let forgets = ("heddle_engine_faults", "& !bad_q[2]", "& 1'b1");
    let library = model(&engine(), Some(forgets));
    assert!(found(&library, Layout::Nn).is_some());
}

#[test]
fn where_nothing_is_kept_nothing_is_fetched_and_c_is_what_c0_says() {
    let library = model(&engine(), None);
    for layout in Layout::ALL {
        for policy in Policy::ALL {
            for dim in 0..3 {
                for c0 in [true, false] {
                    let nothing = |job: &mut Descriptor, program: &mut Program| {
                        mask(&mut program.memory, job, dim, 0);
                        job.c0 = c0;
                    };
                    let run = between(&library, (layout, policy), nothing, &[]);
                    let of = format!("{layout:?} {policy} {dim} {c0}");
                    assert!(run.errors.is_empty(), "{of}");
                    let outcome = &run.expected.outcomes[1];
                    assert_eq!(outcome.macs, 0, "{of}");
                    // stray reads would be told
                    if policy == Policy::Packed {
                        assert_eq!(outcome.rows.0, 0, "{of}");
                    }
                }
            }
        }
    }
}

#[test]
fn accesses_that_have_to_be_refused_are_and_leave_nothing() {
    let library = model(&engine(), None);
    for layout in Layout::ALL {
        let found = probed(&library, layout);
        assert_eq!(found, None, "{layout:?}");
    }
    let faults = [
        ("heddle_engine_registers", "next_pending < pending", "1'b0"),
        ("heddle_engine_registers", "!idle_i", "1'b0"),
    ];
    for fault in faults {
        let library = model(&engine(), Some(fault));
        assert!(
            probed(&library, Layout::Nn).is_some(),
            "{fault:?} went unnoticed"
        );
    }
}

fn probed(library: &Library, layout: Layout) -> Option<String> {
    let sizes = Sizes::new(&engine());
    let mut program = Program::new(Memory::new(0x1_0000), 2);
    // the same job again and again: sums start from zero
    let job = Descriptor {
        c0: false,
        fence: true,
        ..good(&mut program.memory, layout, Policy::Packed)
    };
    program.descriptors = vec![job.pack()];
    let mut driver = driver(sizes, library);
    probe(&sizes, driver.port(), &program).unwrap()
}

/// Numbers of descriptors run over, the ring wraps all the time.
#[test]
#[ignore = "65,545 jobs: minutes; the proof engine_order has all numbers"]
fn the_ring_wraps_and_so_do_numbers() {
    let library = model(&engine(), None);
    let sizes = Sizes::new(&engine());
    let mut program = Program::new(Memory::new(0x1_0000), 2);
    let job = Descriptor {
        c0: false,
        masks: [None; 3],
        irq: false,
        shape: Shape::new(1, 1, 1),
        ..good(&mut program.memory, Layout::Nn, Policy::Dense)
    };
    let all = (1 << 16) + 9;
    program.descriptors = vec![job.pack(); all];
    let last = &mut program.descriptors[all - 1];
    last[0] |= 1 << 7;
    let options = DriverOptions::new(Timing::undisturbed(1));
    let run = driver(sizes, &library).run(&program, &options).unwrap();
    assert_eq!(run.first_problem(), None);
    assert_eq!(run.counters.get("jobs"), all as u64);
}
