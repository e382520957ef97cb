//! Gradients against finite differences, in f64.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Phase, Policy};
use heddle_lstm::*;

/// The worst gradient of the tiny language model.
fn worst_of(
    engine: &mut dyn Engine<f64>,
    model: LanguageModel<f64>,
    masks: &WindowMasks<f64>,
) -> (f64, String) {
    worst_error(model, |model, gradients| {
        let steps = TimeSteps::Merged;
        tiny_objective(engine, Policy::Packed, steps, model, masks, gradients)
    })
}

#[test]
fn every_parameter_in_every_case_and_kind() {
    for case in Case::ALL {
        for kind in MaskKind::ALL {
            let masks = tiny_masks(&tiny_model(), case, kind);
            let (error, at) = worst_of(&mut NaiveEngine, tiny_model(), &masks);
            assert!(
                error <= 1e-5,
                "case {case}, {kind}: relative error {error:.2e} at {at}"
            );
        }
    }
}

#[test]
fn without_dropout_on_the_cpu_engine() {
    let (error, at) = worst_of(&mut CpuEngine::new(), tiny_model(), &WindowMasks::off(2));
    assert!(error <= 1e-5, "relative error {error:.2e} at {at}");
}

#[test]
fn structured_dropout_on_the_cpu_engine() {
    let masks = tiny_masks(&tiny_model(), Case::III, MaskKind::Exact);
    let (error, at) = worst_of(&mut CpuEngine::new(), tiny_model(), &masks);
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
        let (error, at) = worst_of(&mut NaiveEngine, model, &masks);
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
        let (error, _) = worst_of(&mut Forgetful { phase }, tiny_model(), &masks);
        assert!(error > 1e-2, "{phase}: relative error only {error:.2e}");
    }
}
