//! A training step of an LSTM whose every matrix product runs on the Verilated array:
//! the same bits as with the golden model in its place.

use heddle_cosim::array::{ArrayEngine, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{Accumulator, Bf16Edge, Engine, GoldenEngine, Phase, Policy, Scratch};
use heddle_hdl::ArrayConfig;
use heddle_lstm::{
    Case, DropoutConfig, Executor, LanguageModel, ModelConfig, Site, TimeSteps, Window, WindowMasks,
};
use heddle_testbenches::arrays;

const VOCABULARY: usize = 11;
const TIMES: usize = 3;
const BATCH: usize = 4;

/// Loss and every gradient of one step, as bits.
fn step(engine: &mut dyn Engine<f32>, policy: Policy, case: Case) -> Vec<u64> {
    let config = ModelConfig {
        embedding: 6,
        hidden: 7,
        layers: 2,
        init: 0.5,
    };
    let mut model = LanguageModel::<f32>::new(config, VOCABULARY, 3).unwrap();
    let tokens: Vec<u32> = (0..(TIMES + 1) * BATCH)
        .map(|i| ((i * i + 5 * i) % VOCABULARY) as u32)
        .collect();
    let window = Window {
        inputs: &tokens[..TIMES * BATCH],
        targets: &tokens[BATCH..],
    };
    let mut masks = WindowMasks::off(config.layers);
    let (widths, dropout) = (
        config.input_widths(),
        DropoutConfig::at(&Site::ALL, 0.5, case),
    );
    masks.draw(&dropout, 5, 0, (TIMES, BATCH), &widths, config.hidden);

    let mut state = model.state(BATCH);
    let mut work = model.workspace(TIMES, BATCH);
    let mut scratch = Scratch::default();
    let mut exec = Executor::new(engine, &mut scratch, policy, TimeSteps::Separate, BATCH);
    let loss = model
        .forward(&mut exec, &masks, window, &mut state, &mut work)
        .unwrap();
    for parameter in model.parameters_mut() {
        parameter.grad_mut().fill(0.0);
    }
    model
        .backward(&mut exec, &masks, window, &mut work)
        .unwrap();
    let gradients = model
        .parameters()
        .into_iter()
        .flat_map(|parameter| parameter.grad().to_vec());
    let bits: Vec<u64> = gradients
        .map(|gradient| u64::from(gradient.to_bits()))
        .collect();
    assert!(
        bits.iter().filter(|&&bits| bits != 0).count() > bits.len() / 4,
        "the step is too tame"
    );
    bits.into_iter().chain([loss.to_bits()]).collect()
}

#[test]
fn on_the_array_and_on_the_golden_model_gives_the_same_bits() {
    let config = ArrayConfig::new(3, 5, Format::Bf16);
    let array =
        ArrayEngine::new(config, &arrays::build_options(), DriverOptions::default()).unwrap();
    let mut array = Bf16Edge::new(array);
    for policy in Policy::ALL {
        for case in [Case::III, Case::IV] {
            let golden = GoldenEngine::new(Accumulator::of(Format::Bf16));
            let expected = step(&mut Bf16Edge::new(golden), policy, case);
            assert!(
                step(&mut array, policy, case) == expected,
                "{policy}, case {case}"
            );
        }
        let stats = array.engine().stats();
        for phase in Phase::ALL {
            let (_, _, phase) = stats
                .iter()
                .find(|(of, at, _)| (*of, *at) == (policy, Some(phase)))
                .unwrap();
            assert!(
                phase.jobs > 0 && phase.cycles > 0 && phase.model_differences == 0,
                "{phase:?}"
            );
        }
    }
    // The order of rounding shows: an f32 engine gives other bits.
    let cpu = step(
        &mut heddle_gemm::CpuEngine::new(),
        Policy::Packed,
        Case::III,
    );
    assert!(step(&mut array, Policy::Packed, Case::III) != cpu);
}
