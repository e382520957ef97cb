//! Two training steps against PyTorch, in f64, with the masks that PyTorch drew
//! (`scripts/pytorch_fixture.py` writes the fixture).

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Mask, Policy, Scratch};
use heddle_lstm::*;
use safetensors::{Dtype, SafeTensors};

const FIXTURE: &[u8] = include_bytes!("fixtures/pytorch_lstm.safetensors");
/// Relative agreement, and the rounding of values near zero.
const TOLERANCE: f64 = 1e-6;
const ROUNDING: f64 = 1e-12;

struct Fixture(SafeTensors<'static>);

impl Fixture {
    fn open() -> Self {
        Self(SafeTensors::deserialize(FIXTURE).unwrap())
    }

    fn shape(&self, name: &str) -> Vec<usize> {
        self.0.tensor(name).unwrap().shape().to_vec()
    }

    fn floats(&self, name: &str) -> Vec<f64> {
        let tensor = self.0.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), Dtype::F64, "{name}");
        let bytes = tensor.data().as_chunks::<8>().0.iter();
        bytes.map(|&bytes| f64::from_le_bytes(bytes)).collect()
    }

    fn tokens(&self, name: &str) -> Vec<u32> {
        let tensor = self.0.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), Dtype::I64, "{name}");
        let bytes = tensor.data().as_chunks::<8>().0.iter();
        bytes
            .map(|&bytes| i64::from_le_bytes(bytes) as u32)
            .collect()
    }

    /// The masks of a site in one window.
    fn masks(&self, site: &str, window: usize) -> SiteMasks<f64> {
        let tensor = self.0.tensor(site).unwrap();
        let [_, times, units] = tensor.shape()[..] else {
            panic!("{site} has {} dimensions", tensor.shape().len());
        };
        let bits = &tensor.data()[window * times * units..][..times * units];
        let masks: Vec<Mask> = bits
            .chunks(units)
            .map(|mask| mask.iter().map(|&bit| bit == 1).collect())
            .collect();
        assert!(
            masks.windows(2).any(|pair| pair[0] != pair[1]),
            "{site} is constant"
        );
        assert!(
            masks.iter().all(|mask| mask.kept().len() < units),
            "{site} drops nothing"
        );
        SiteMasks::Units {
            masks,
            scale: self.floats(&format!("scale.{site}"))[0],
            samples: usize::MAX,
        }
    }
}

fn compare(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (ours - theirs).abs() <= TOLERANCE * theirs.abs() + ROUNDING,
            "{what}[{i}]: {ours} here, {theirs} in PyTorch"
        );
    }
}

/// Does the fixture's two training steps on an engine and compares everything.
fn replay(engine: &mut dyn Engine<f64>, policy: Policy, time_steps: TimeSteps) {
    let fixture = Fixture::open();
    let (vocabulary, embedding) = {
        let shape = fixture.shape("before.embedding");
        (shape[0], shape[1])
    };
    let [windows, times, batch] = fixture.shape("inputs")[..] else {
        panic!("inputs are not [window][time][batch]");
    };
    let hidden = fixture.shape("h.0")[1];
    let config = ModelConfig {
        embedding,
        hidden,
        layers: 2,
        init: 0.1,
    };
    let mut model = LanguageModel::<f64>::new(config, vocabulary, 0).unwrap();
    for parameter in model.parameters_mut() {
        let values = fixture.floats(&format!("before.{}", parameter.name()));
        parameter.data_mut().copy_from_slice(&values);
    }
    let mut state = State {
        h: (0..2).map(|l| fixture.floats(&format!("h.{l}"))).collect(),
        c: (0..2).map(|l| fixture.floats(&format!("c.{l}"))).collect(),
    };
    let sgd = Optimiser {
        clip: fixture.floats("clip")[0],
        ..Optimiser::default()
    };
    let (inputs, targets) = (fixture.tokens("inputs"), fixture.tokens("targets"));
    let (losses, norms) = (fixture.floats("loss"), fixture.floats("norm"));
    let mut work = model.workspace(times, batch);
    let mut scratch = Scratch::default();
    for index in 0..windows {
        let tokens = index * times * batch..(index + 1) * times * batch;
        let window = Window {
            inputs: &inputs[tokens.clone()],
            targets: &targets[tokens],
        };
        let masks = WindowMasks {
            nr: (0..2)
                .map(|l| fixture.masks(&format!("nr.{l}"), index))
                .collect(),
            rh: (0..2)
                .map(|l| fixture.masks(&format!("rh.{l}"), index))
                .collect(),
            out: fixture.masks("out", index),
            feed_dropped: false,
        };
        let mut exec = Executor::new(engine, &mut scratch, policy, time_steps, batch);
        let loss = model
            .forward(&mut exec, &masks, window, &mut state, &mut work)
            .unwrap();
        compare("loss", &[loss], &losses[index..=index]);
        model
            .backward(&mut exec, &masks, window, &mut work)
            .unwrap();
        for parameter in model.parameters() {
            let name = format!("grad.{index}.{}", parameter.name());
            compare(&name, parameter.grad(), &fixture.floats(&name));
        }
        let rate = fixture.floats("rate")[0];
        let team = heddle_gemm::Team::default();
        let norm = sgd.update(rate, &mut Moments::default(), &mut model, &team);
        let norm = norm.unwrap();
        compare("norm", &[norm], &norms[index..=index]);
        assert!(norm > sgd.clip, "the fixture does not exercise clipping");
        for parameter in model.parameters() {
            let name = format!("after.{index}.{}", parameter.name());
            compare(&name, parameter.data(), &fixture.floats(&name));
        }
    }
    for l in 0..2 {
        compare("h", &state.h[l], &fixture.floats(&format!("h_after.{l}")));
        compare("c", &state.c[l], &fixture.floats(&format!("c_after.{l}")));
    }
}

#[test]
fn on_the_reference_engine() {
    replay(&mut NaiveEngine, Policy::Packed, TimeSteps::Separate);
}

#[test]
fn on_the_cpu_engine_under_every_policy() {
    for policy in Policy::ALL {
        replay(&mut CpuEngine::new(), policy, TimeSteps::Merged);
    }
}

/// Negative control: the comparison sees a forgotten mask.
#[test]
#[should_panic(expected = "in PyTorch")]
fn a_forgotten_mask_shows() {
    let phase = heddle_gemm::Phase::WeightGradient;
    replay(
        &mut Forgetful { phase },
        Policy::Packed,
        TimeSteps::Separate,
    );
}
