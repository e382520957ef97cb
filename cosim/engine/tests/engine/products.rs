//! Products that are given and asked for become programs.

use crate::common::sizes;
use heddle_engine::expect::Expected;
use heddle_engine::memory::{Bytes, Kind};
use heddle_engine::products::{asked, given, Asked, Given};
use heddle_engine::{Descriptor, Layout};
use heddle_format::Format;
use heddle_gemm::{Mask, Phase, Policy, Shape};
use heddle_hdl::engine::EngineConfig;

fn roomy() -> EngineConfig {
    EngineConfig {
        b_slots: 256,
        sum_words: 8192,
        ..EngineConfig::default()
    }
}

/// [1 2 3; 4 5 6] [1 0; 0 1; 1 1] = [4 5; 10 11], in each layout, the second column dropped.
#[test]
fn what_is_given_lies_as_its_layout_says() {
    let sizes = sizes(2, 2, Format::Int8, roomy());
    let keep_n: Mask = [true, false].into_iter().collect();
    let seeds: Vec<u8> = [10_i32, 20, 30, 40]
        .iter()
        .flat_map(|sum| sum.to_le_bytes())
        .collect();
    for layout in Layout::ALL {
        let one = Given {
            layout,
            shape: Shape::new(2, 3, 2),
            a: &[1, 2, 3, 4, 5, 6],
            b: &[1, 0, 0, 1, 1, 1],
            c0: Some(&seeds),
            keep: [None, None, Some(&keep_n)],
        };
        let program = given(
            &sizes,
            Policy::Packed,
            [one, Given { c0: None, ..one }].chunks(1),
        )
        .unwrap();
        assert_eq!(program.descriptors.len(), 2);
        let done = Expected::of(&sizes, &program, &Default::default());
        let results = [[14, 20, 40, 40], [4, 0, 10, 0]];
        for (words, sums) in program.descriptors.iter().zip(results) {
            let job = Descriptor::unpack(words).unwrap();
            let at = |i: u64| job.c.row(i as usize / 2) + 4 * (i % 2);
            let found = [0, 1, 2, 3].map(|i| done.memory.number(at(i), 4));
            assert_eq!(found, sums, "{layout:?}");
        }
        let irqs = program.descriptors.iter().map(|words| words[0] >> 7 & 1);
        assert_eq!(irqs.collect::<Vec<_>>(), [0, 1]);
    }
}

/// The same product twice, from seeds, in sums that stay on chip; and what cannot be added to it.
#[test]
fn products_that_add_up_pass_through_memory_once() {
    let sizes = sizes(2, 2, Format::Int8, roomy());
    let seeds: Vec<u8> = [10_i32, 20, 30, 40]
        .iter()
        .flat_map(|sum| sum.to_le_bytes())
        .collect();
    let keep_k: Mask = [true, true, false].into_iter().collect();
    let one = Given {
        layout: Layout::Nn,
        shape: Shape::new(2, 3, 2),
        a: &[1, 2, 3, 4, 5, 6],
        b: &[1, 0, 0, 1, 1, 1],
        c0: Some(&seeds),
        keep: [None; 3],
    };
    // The seeds of the second one are not asked for.
    let two = Given {
        keep: [None, Some(&keep_k), None],
        ..one
    };
    let program = given(&sizes, Policy::Packed, [&[one, two][..]]).unwrap();
    let jobs: Vec<_> = program.descriptors.iter().map(Descriptor::unpack).collect();
    let [first, last] = &jobs[..] else {
        panic!("{} descriptors", jobs.len())
    };
    let (first, last) = (first.as_ref().unwrap(), last.as_ref().unwrap());
    assert!(first.stay && last.resume && !last.stay);
    let done = Expected::of(&sizes, &program, &Default::default());
    let at = |i: u64| last.c.row(i as usize / 2) + 4 * (i % 2);
    let found = [0, 1, 2, 3].map(|i| done.memory.number(at(i), 4));
    assert_eq!(found, [10 + 4 + 1, 20 + 5 + 2, 30 + 10 + 4, 40 + 11 + 5]);
    let wide = Given {
        shape: Shape::new(2, 2, 3),
        ..one
    };
    let refused = given(&sizes, Policy::Packed, [&[one, wide][..]]);
    assert!(refused.unwrap_err().to_string().contains("to be the same"));
}

#[test]
fn what_is_asked_for_has_its_masks_and_its_bytes() {
    let sizes = sizes(4, 4, Format::Bf16, roomy());
    for (phase, shape) in [
        (Phase::Forward, Shape::new(3, 40, 30)),
        (Phase::Backward, Shape::new(3, 30, 40)),
        (Phase::WeightGradient, Shape::new(40, 3, 30)),
    ] {
        let of = Asked {
            phase,
            shape,
            keep: Some(13),
            times: 3,
            seed: 5,
        };
        let program = asked(&sizes, Policy::Packed, &of).unwrap();
        let done = Expected::dry(&sizes, &program);
        assert_eq!(done.errors(), 0);
        let macs: u64 = done.outcomes.iter().map(|outcome| outcome.macs).sum();
        let masked = 40;
        let all = shape.macs();
        assert_eq!(macs, 3 * all / masked * 13, "{phase}");
        let kinds = |kind: Kind| {
            let regions = program.memory.regions().iter();
            regions.filter(|region| region.kind == kind).count()
        };
        // W is the same in all steps, dZ of a weight gradient is not; one dW, else a C for each step
        let gradient = phase == Phase::WeightGradient;
        assert_eq!(kinds(Kind::B), if gradient { 3 } else { 1 });
        assert_eq!(kinds(Kind::C), if gradient { 1 } else { 3 });
        assert_eq!((kinds(Kind::A), kinds(Kind::Mask)), (3, 3));
        assert_eq!(kinds(Kind::C0), usize::from(phase == Phase::Forward));
        // another policy takes the same operands
        let dense = asked(&sizes, Policy::Dense, &of).unwrap();
        assert_eq!(dense.memory, program.memory);
        let unmasked = asked(&sizes, Policy::Packed, &Asked { keep: None, ..of }).unwrap();
        assert!(Expected::dry(&sizes, &unmasked)
            .outcomes
            .iter()
            .all(|of| of.rows.1 == 0));
    }
}
