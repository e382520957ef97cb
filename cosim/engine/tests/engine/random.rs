//! Random programs hold what they promise.

use crate::common::{sizes, tight};
use heddle_engine::expect::Expected;
use heddle_engine::random::RandomPrograms;
use heddle_engine::{Descriptor, Layout};
use heddle_format::Format;
use heddle_gemm::{Policy, Shape};
use std::collections::BTreeSet;

fn programs(policy: Policy) -> RandomPrograms {
    RandomPrograms {
        sizes: sizes(3, 4, Format::Bf16, tight(4)),
        seed: 7,
        max_dim: 30,
        policy,
        errors: 0,
        count: 700,
    }
}

#[test]
fn a_program_depends_on_seed_and_number_only() {
    let all = programs(Policy::Packed);
    let same = all.program(3).unwrap();
    assert_eq!(same.descriptors, all.program(3).unwrap().descriptors);
    assert_eq!(same.memory, all.program(3).unwrap().memory);
    let other = RandomPrograms { seed: 8, ..all };
    assert_ne!(same.descriptors, other.program(3).unwrap().descriptors);
}

#[test]
fn good_programs_are_good_and_have_everything() {
    for policy in Policy::ALL {
        let all = programs(policy);
        let mut count = 0;
        let mut seen = BTreeSet::new();
        for index in 0..all.programs() {
            let program = all.program(index).unwrap();
            count += program.descriptors.len() as u64;
            let expected = Expected::dry(&all.sizes, &program);
            assert_eq!(expected.errors(), 0);
            let last = Descriptor::unpack(program.descriptors.last().unwrap()).unwrap();
            assert!(last.irq && !last.stay);
            for (words, outcome) in program.descriptors.iter().zip(&expected.outcomes) {
                let job = Descriptor::unpack(words).unwrap();
                assert_eq!(job.policy, policy);
                let Shape { m, k, n } = job.shape;
                let odd = |place: heddle_engine::Place| !place.base.is_multiple_of(4);
                for (what, holds) in [
                    ("one", m == 1 || k == 1 || n == 1),
                    ("zero", !job.c0),
                    ("in place", job.in_place()),
                    ("bias", job.is_bias()),
                    ("elsewhere", job.c0 && !job.in_place() && !job.is_bias()),
                    ("resume", job.resume),
                    ("stay", job.stay),
                    ("fence", job.fence),
                    ("keep a", job.keep_a),
                    ("no irq", !job.irq),
                    ("mask m", job.masks[0].is_some()),
                    ("mask k", job.masks[1].is_some()),
                    ("mask n", job.masks[2].is_some()),
                    ("panel", job.panel > 0),
                    ("sums", job.sums > 0),
                    ("odd", odd(job.a) && odd(job.b) && odd(job.c)),
                    ("nothing", outcome.macs == 0),
                    ("all", outcome.macs == (m * k * n) as u64),
                    ("NN", job.layout == Layout::Nn),
                    ("NT", job.layout == Layout::Nt),
                    ("TN", job.layout == Layout::Tn),
                ] {
                    if holds {
                        seen.insert(what);
                    }
                }
            }
        }
        assert_eq!(count, 700);
        assert_eq!(seen.len(), 21, "{policy}: {seen:?}");
    }
}

#[test]
fn no_job_reads_what_an_earlier_one_wrote() {
    let all = programs(Policy::Packed);
    for index in 0..all.programs() {
        let program = all.program(index).unwrap();
        let outcomes = Expected::dry(&all.sizes, &program).outcomes;
        for (number, outcome) in outcomes.iter().enumerate() {
            for before in &outcomes[..number] {
                let shared = before.writes.iter().any(|range| outcome.reads.meets(range));
                assert!(!shared, "program {index}, job {number}");
            }
        }
    }
}
