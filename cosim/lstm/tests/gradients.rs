//! Gradients against finite differences, in f64.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Phase, Policy};
use heddle_lstm::*;

/// The largest relative error of an analytic gradient, and where it is.
///
/// The differences are central, of fourth order: with steps of 1e-3 both the
/// truncation and the rounding error stay near 1e-12, which is what is forgiven
/// beside the relative error.
fn worst_error(
    engine: &mut dyn Engine<f64>,
    mut model: LanguageModel<f64>,
    masks: &WindowMasks<f64>,
) -> (f64, String) {
    const STEP: f64 = 1e-3;
    const ROUNDING: f64 = 1e-11;
    let mut objective = |model: &mut LanguageModel<f64>, gradients| {
        tiny_objective(
            engine,
            Policy::Packed,
            TimeSteps::Merged,
            model,
            masks,
            gradients,
        )
    };
    objective(&mut model, true);
    let analytic: Vec<Vec<f64>> = model
        .parameters()
        .iter()
        .map(|p| p.grad().to_vec())
        .collect();
    let names: Vec<String> = model
        .parameters()
        .iter()
        .map(|p| p.name().to_owned())
        .collect();
    let mut worst = (0.0, String::from("nowhere"));
    for (index, analytic) in analytic.iter().enumerate() {
        for (i, &analytic) in analytic.iter().enumerate() {
            let mut at = |offset: f64| {
                let before = model.parameters()[index].data()[i];
                model.parameters_mut()[index].data_mut()[i] = before + offset * STEP;
                let value = objective(&mut model, false);
                model.parameters_mut()[index].data_mut()[i] = before;
                value
            };
            let numeric = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP);
            let size = analytic.abs().max(numeric.abs());
            let error = ((analytic - numeric).abs() - ROUNDING).max(0.0) / size.max(ROUNDING);
            if error > worst.0 {
                worst = (
                    error,
                    format!("{}[{i}]: {analytic} against {numeric}", names[index]),
                );
            }
        }
    }
    worst
}

#[test]
fn every_parameter_in_every_case_and_kind() {
    for case in Case::ALL {
        for kind in MaskKind::ALL {
            let masks = tiny_masks(&tiny_model(), case, kind);
            let (error, at) = worst_error(&mut NaiveEngine, tiny_model(), &masks);
            assert!(
                error <= 1e-5,
                "case {case}, {kind}: relative error {error:.2e} at {at}"
            );
        }
    }
}

#[test]
fn without_dropout_on_the_cpu_engine() {
    let (error, at) = worst_error(&mut CpuEngine::new(), tiny_model(), &WindowMasks::off(2));
    assert!(error <= 1e-5, "relative error {error:.2e} at {at}");
}

#[test]
fn structured_dropout_on_the_cpu_engine() {
    let masks = tiny_masks(&tiny_model(), Case::III, MaskKind::Exact);
    let (error, at) = worst_error(&mut CpuEngine::new(), tiny_model(), &masks);
    assert!(error <= 1e-5, "relative error {error:.2e} at {at}");
}

#[test]
fn one_layer_and_three_of_another_width() {
    for layers in [1, 3] {
        let config = ModelConfig {
            embedding: 6,
            hidden: 4,
            layers,
            init: 0.6,
        };
        let model = LanguageModel::new(config, VOCABULARY, 3).unwrap();
        let masks = tiny_masks(&model, Case::III, MaskKind::Exact);
        let (error, at) = worst_error(&mut NaiveEngine, model, &masks);
        assert!(
            error <= 1e-5,
            "{layers} layers: relative error {error:.2e} at {at}"
        );
    }
}

/// Negative control: an engine that forgets the masks of one phase is found out.
#[test]
fn a_forgotten_mask_shows_in_every_phase() {
    let masks = tiny_masks(&tiny_model(), Case::III, MaskKind::Exact);
    for phase in Phase::ALL {
        let (error, _) = worst_error(&mut Forgetful { phase }, tiny_model(), &masks);
        assert!(error > 1e-2, "{phase}: relative error only {error:.2e}");
    }
}
