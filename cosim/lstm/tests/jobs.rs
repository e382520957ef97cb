//! What the engine is asked to do: which products, how labelled, how masked.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Phase, Policy, Shape};
use heddle_lstm::*;

fn watched(case: Case, time_steps: TimeSteps) -> Vec<Seen> {
    let mut model = tiny_model();
    let masks = tiny_masks(&model, case, MaskKind::Exact);
    let mut watch = Watch::new(NaiveEngine);
    tiny_objective(
        &mut watch,
        Policy::Packed,
        time_steps,
        &mut model,
        &masks,
        true,
    );
    watch.seen
}

/// Width of a site's input, and of what it is multiplied into.
fn widths(seen: &Seen) -> (usize, usize) {
    match (seen.label.site, seen.label.layer) {
        ("nr", 0) => (4, 20),
        ("nr", 1) | ("rh", _) => (5, 20),
        ("out", 1) => (5, VOCABULARY),
        other => panic!("unexpected site {other:?}"),
    }
}

#[test]
fn every_product_of_a_structured_step() {
    let seen = watched(Case::III, TimeSteps::Merged);
    for job in &seen {
        let (k, n) = widths(job);
        let kept = DropoutConfig::exact_count(0.4, k);
        // The mask is on k in FP, on n in BP, on m in WG, and nowhere else.
        let shape = |(m, k, n)| Shape { m, k, n };
        let (of, kept, masked, keyed) = match job.label.phase {
            Phase::Forward => ((BATCH, k, n), (BATCH, kept, n), [false, true, false], true),
            Phase::Backward => ((BATCH, n, k), (BATCH, n, kept), [false, false, true], true),
            Phase::WeightGradient => ((k, BATCH, n), (kept, BATCH, n), [true, false, false], false),
        };
        assert_eq!(
            (job.shape, job.kept, job.masked, job.keyed),
            (shape(of), shape(kept), masked, keyed),
            "{job:?}"
        );
        assert_eq!(job.label.step, 9);
    }
    // Every (phase, layer, site) has one job per time step; h of the step before the
    // window needs no gradient.
    for phase in Phase::ALL {
        for (layer, site) in [(0, "nr"), (0, "rh"), (1, "nr"), (1, "rh"), (1, "out")] {
            let mut times: Vec<_> = seen
                .iter()
                .map(|job| &job.label)
                .filter(|label| (label.phase, label.layer, label.site) == (phase, layer, site))
                .map(|label| label.time)
                .collect();
            times.sort_unstable();
            let first = usize::from(phase == Phase::Backward && site == "rh");
            assert_eq!(
                times,
                (first..TIMES).collect::<Vec<_>>(),
                "{phase} {layer} {site}"
            );
        }
    }
    assert_eq!(seen.len(), 3 * 5 * TIMES - 2);
}

#[test]
fn the_products_of_a_window_are_one_batch_where_they_can_be() {
    let seen = watched(Case::III, TimeSteps::Separate);
    let batches = |phase, site| {
        let mut batches: Vec<_> = seen
            .iter()
            .filter(|job| {
                job.label.layer == 1 && job.label.phase == phase && job.label.site == site
            })
            .map(|job| job.batch)
            .collect();
        batches.dedup();
        batches.len()
    };
    for (phase, site, expected) in [
        (Phase::Forward, "nr", 1),
        (Phase::Forward, "rh", TIMES),
        (Phase::Forward, "out", 1),
        (Phase::Backward, "nr", 1),
        (Phase::Backward, "rh", TIMES - 1),
        (Phase::WeightGradient, "nr", 1),
        (Phase::WeightGradient, "rh", 1),
    ] {
        assert_eq!(batches(phase, site), expected, "{phase} {site}");
    }
}

#[test]
fn unshared_masks_leave_the_products_dense() {
    for case in [Case::I, Case::II] {
        let seen = watched(case, TimeSteps::Separate);
        assert!(seen
            .iter()
            .all(|job| job.masked == [false; 3] && job.kept == job.shape));
    }
}

#[test]
fn time_steps_that_share_their_mask_are_merged() {
    for (case, merged) in [
        (Case::I, true),
        (Case::II, true),
        (Case::III, false),
        (Case::IV, true),
    ] {
        let rows: Vec<_> = watched(case, TimeSteps::Merged)
            .into_iter()
            .filter(|job| job.label.phase == Phase::Forward && job.label.site == "nr")
            .map(|job| job.shape.m)
            .collect();
        let expected = if merged {
            vec![TIMES * BATCH; 2]
        } else {
            vec![BATCH; 2 * TIMES]
        };
        assert_eq!(rows, expected, "case {case}");
    }
}

/// Gradients and loss of the tiny problem, as bits.
fn bits(policy: Policy, time_steps: TimeSteps, case: Case) -> Vec<u64> {
    let mut model = tiny_model();
    let masks = tiny_masks(&model, case, MaskKind::Bernoulli);
    let loss = tiny_objective(
        &mut NaiveEngine,
        policy,
        time_steps,
        &mut model,
        &masks,
        true,
    );
    let gradients = model
        .parameters()
        .into_iter()
        .flat_map(|p| p.grad().to_vec());
    gradients.chain([loss]).map(f64::to_bits).collect()
}

#[test]
fn merging_changes_no_bit_of_sums_in_increasing_k() {
    for case in Case::ALL {
        assert_eq!(
            bits(Policy::Packed, TimeSteps::Merged, case),
            bits(Policy::Packed, TimeSteps::Separate, case),
            "case {case}"
        );
    }
}

#[test]
fn the_policies_agree() {
    for case in [Case::III, Case::IV] {
        let gradients = |policy| {
            let mut model = tiny_model();
            let masks = tiny_masks(&model, case, MaskKind::Exact);
            let steps = TimeSteps::Merged;
            let loss = tiny_objective(
                &mut CpuEngine::new(),
                policy,
                steps,
                &mut model,
                &masks,
                true,
            );
            let gradients = model
                .parameters()
                .into_iter()
                .flat_map(|p| p.grad().to_vec());
            gradients.chain([loss]).collect::<Vec<f64>>()
        };
        let dense = gradients(Policy::Dense);
        for policy in [Policy::Gated, Policy::Packed] {
            for (dense, other) in dense.iter().zip(gradients(policy)) {
                assert!(
                    (dense - other).abs() <= 1e-13,
                    "case {case}: {dense} and {other}"
                );
            }
        }
    }
}
