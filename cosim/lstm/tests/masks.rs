//! What the masks look like: counts, means, sharing, reproducibility.

use heddle_gemm::{Mask, Team};
use heddle_lstm::*;

const TIMES: usize = 6;
const BATCH: usize = 4;
const UNITS: usize = 50;

fn draw(case: Case, kind: MaskKind, p: f64, seed: u64, step: u64) -> WindowMasks<f64> {
    let config = DropoutConfig {
        kind,
        ..DropoutConfig::at(&Site::ALL, p, case)
    };
    let mut masks = WindowMasks::off(2);
    masks.draw(
        &config,
        (seed, step),
        (TIMES, BATCH),
        &[UNITS, UNITS],
        UNITS,
        &Team::default(),
    );
    masks
}

fn sites(masks: &WindowMasks<f64>) -> Vec<&SiteMasks<f64>> {
    masks
        .nr
        .iter()
        .chain(&masks.rh)
        .chain([&masks.out])
        .collect()
}

fn units(site: &SiteMasks<f64>) -> &[Mask] {
    match site {
        SiteMasks::Units { masks, .. } => masks,
        other => panic!("no masks on units: {other:?}"),
    }
}

fn factors(site: &SiteMasks<f64>) -> &[f64] {
    match site {
        SiteMasks::Elements { factors, .. } => factors,
        other => panic!("no factors: {other:?}"),
    }
}

#[test]
fn exact_masks_keep_their_count() {
    for p in [0.1, 0.5, 0.65, 0.99] {
        let kept = DropoutConfig::exact_count(p, UNITS);
        for site in sites(&draw(Case::III, MaskKind::Exact, p, 1, 0)) {
            assert!(units(site).iter().all(|mask| mask.kept().len() == kept));
            let SiteMasks::Units { scale, .. } = site else {
                unreachable!()
            };
            assert_eq!(*scale, UNITS as f64 / kept as f64);
        }
        for site in sites(&draw(Case::I, MaskKind::Exact, p, 1, 0)) {
            for sample in factors(site).chunks(UNITS) {
                assert_eq!(sample.iter().filter(|&&x| x != 0.0).count(), kept);
                // Inverted scaling: the mean of a mask is one.
                assert!((sample.iter().sum::<f64>() - UNITS as f64).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn counts_round_and_never_reach_zero() {
    assert_eq!(DropoutConfig::exact_count(0.5, 650), 325);
    assert_eq!(DropoutConfig::exact_count(0.65, 1500), 525);
    assert_eq!(DropoutConfig::exact_count(0.999, 10), 1);
    assert_eq!(DropoutConfig::exact_count(0.0, 10), 10);
}

#[test]
fn every_unit_is_kept_equally_often() {
    for kind in MaskKind::ALL {
        let mut counts = [0; UNITS];
        let windows = 200;
        for step in 0..windows {
            let masks = draw(Case::III, kind, 0.3, 3, step);
            for mask in sites(&masks).into_iter().flat_map(units) {
                mask.kept()
                    .iter()
                    .for_each(|&unit| counts[unit as usize] += 1);
            }
        }
        let drawn = windows as f64 * 5.0 * TIMES as f64;
        // Standard deviation of a unit's share: sqrt(.3 .7 / 6000) = 0.006.
        for (unit, &count) in counts.iter().enumerate() {
            let share = f64::from(count) / drawn;
            assert!(
                (share - 0.7).abs() < 0.03,
                "{kind}: unit {unit} kept {share}"
            );
        }
    }
}

#[test]
fn bernoulli_masks_vary_about_their_mean() {
    let mut counts = Vec::new();
    for step in 0..100 {
        for site in sites(&draw(Case::III, MaskKind::Bernoulli, 0.5, 1, step)) {
            counts.extend(units(site).iter().map(|mask| mask.kept().len() as f64));
        }
    }
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    let deviation = (counts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    assert!((mean - 25.0).abs() < 0.5, "{mean}");
    let expected = (UNITS as f64 * 0.25).sqrt();
    assert!(
        (deviation / expected - 1.0).abs() < 0.1,
        "{deviation}, not {expected}"
    );
    let masks = draw(Case::III, MaskKind::Bernoulli, 0.5, 1, 0);
    assert!(matches!(masks.out, SiteMasks::Units { scale: 2.0, .. }));
}

#[test]
fn cases_share_what_they_should() {
    for kind in MaskKind::ALL {
        // III: another mask at every step. IV: one mask.
        for site in sites(&draw(Case::III, kind, 0.5, 1, 0)) {
            let masks = units(site);
            assert_eq!(masks.len(), TIMES);
            assert!(masks.windows(2).all(|pair| pair[0] != pair[1]));
        }
        for site in sites(&draw(Case::IV, kind, 0.5, 1, 0)) {
            assert_eq!(units(site).len(), 1);
            assert_eq!(site.units(0), site.units(TIMES - 1));
            assert!(site.products_alike());
        }
        // I: other factors for every step and sample. II: for every sample.
        for (case, steps) in [(Case::I, TIMES), (Case::II, 1)] {
            for site in sites(&draw(case, kind, 0.5, 1, 0)) {
                let rows: Vec<_> = factors(site).chunks(UNITS).collect();
                assert_eq!(rows.len(), steps * BATCH);
                for (i, row) in rows.iter().enumerate() {
                    assert!(rows[..i].iter().all(|other| other != row), "case {case}");
                }
            }
        }
    }
}

#[test]
fn masks_are_a_function_of_seed_step_layer_site_and_time() {
    for case in Case::ALL {
        let masks = draw(case, MaskKind::Exact, 0.5, 7, 3);
        assert_eq!(masks, draw(case, MaskKind::Exact, 0.5, 7, 3));
        assert_ne!(masks, draw(case, MaskKind::Exact, 0.5, 8, 3));
        assert_ne!(masks, draw(case, MaskKind::Exact, 0.5, 7, 4));
        let sites = sites(&masks);
        for (i, site) in sites.iter().enumerate() {
            assert!(sites[..i].iter().all(|other| other != site), "case {case}");
        }
        // What was drawn before leaves no trace.
        let config = DropoutConfig::at(&Site::ALL, 0.5, case);
        let mut reused = draw(case, MaskKind::Bernoulli, 0.2, 1, 1);
        reused.draw(
            &config,
            (7, 3),
            (TIMES, BATCH),
            &[UNITS, UNITS],
            UNITS,
            &Team::default(),
        );
        assert_eq!(reused, masks);
    }
    // A shorter window has the first of the masks.
    let long = draw(Case::III, MaskKind::Exact, 0.5, 7, 3);
    let mut short = WindowMasks::off(2);
    let config = DropoutConfig::at(&Site::ALL, 0.5, Case::III);
    short.draw(
        &config,
        (7, 3),
        (2, BATCH),
        &[UNITS, UNITS],
        UNITS,
        &Team::default(),
    );
    assert_eq!(units(&short.out), &units(&long.out)[..2]);
}

/// The masks are part of what a seed promises: these are the first units that the
/// first mask of seed 1 keeps, on every machine. A separate implementation of ChaCha8
/// and of selection sampling gave the same.
#[test]
fn the_first_mask_is_known() {
    let masks = draw(Case::III, MaskKind::Exact, 0.5, 1, 0);
    let first = &units(&masks.nr[0])[0].kept()[..8];
    assert_eq!(first, [1, 2, 3, 4, 8, 9, 11, 14]);
}

#[test]
fn a_site_without_probability_has_no_masks() {
    let config = DropoutConfig::at(&[Site::Rh], 0.5, Case::III);
    let mut masks = WindowMasks::<f64>::off(1);
    masks.draw(
        &config,
        (1, 0),
        (TIMES, BATCH),
        &[UNITS],
        UNITS,
        &Team::default(),
    );
    assert_eq!(masks.nr[0], SiteMasks::Off);
    assert_eq!(masks.out, SiteMasks::Off);
    assert_eq!(units(&masks.rh[0]).len(), TIMES);
}

#[test]
fn probabilities_out_of_range_are_named() {
    for p in [-0.1, 1.0, f64::NAN] {
        let error = DropoutConfig::at(&[Site::Rh], p, Case::I)
            .check()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("at rh is") && error.contains("at least 0 and less than 1"),
            "{error}"
        );
    }
}

#[test]
fn names_round_trip_and_unknown_ones_are_refused() {
    for case in Case::ALL {
        assert_eq!(case.name().parse(), Ok(case));
    }
    for kind in MaskKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    for site in Site::ALL {
        assert_eq!(site.name().parse(), Ok(site));
    }
    let error = "V".parse::<Case>().unwrap_err().to_string();
    assert!(error.contains("'V'"), "{error}");
    let config: DropoutConfig =
        toml::from_str("case = 'IV'\nkind = 'bernoulli'\nnr = 0.5").unwrap();
    assert_eq!(config.case, Case::IV);
    assert!(toml::from_str::<DropoutConfig>("nrr = 0.5").is_err());
}
