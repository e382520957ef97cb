//! Loss and every gradient of the translation model against PyTorch, in f64, with the
//! masks that PyTorch drew (`scripts/pytorch_nmt_fixture.py` writes the fixture, sentence
//! by sentence; here the sentences are a batch with padding).

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Mask, Phase, Policy, Scratch};
use heddle_lstm::*;
use safetensors::SafeTensors;

const FIXTURE: &[u8] = include_bytes!("fixtures/pytorch_nmt.safetensors");
/// Relative agreement, and the rounding of values near zero.
const TOLERANCE: f64 = 1e-6;
const ROUNDING: f64 = 1e-12;

/// The tensors of one case.
struct Fixture {
    tensors: SafeTensors<'static>,
    case: &'static str,
}

impl Fixture {
    fn open(case: &'static str) -> Self {
        let tensors = SafeTensors::deserialize(FIXTURE).unwrap();
        Self { tensors, case }
    }

    fn tensor(&self, name: &str) -> (Vec<usize>, &[u8]) {
        let tensor = self.tensors.tensor(&format!("{}.{name}", self.case));
        let tensor = tensor.unwrap_or_else(|_| panic!("{name} is in the fixture"));
        (tensor.shape().to_vec(), tensor.data())
    }

    fn floats(&self, name: &str) -> Vec<f64> {
        let values = self.tensor(name).1.as_chunks::<8>().0.iter();
        values.map(|&bytes| f64::from_le_bytes(bytes)).collect()
    }

    fn integers(&self, name: &str) -> Vec<i64> {
        let values = self.tensor(name).1.as_chunks::<8>().0.iter();
        values.map(|&bytes| i64::from_le_bytes(bytes)).collect()
    }

    /// Tokens, `filler` where the sentence is over.
    fn tokens(&self, name: &str, filler: u32) -> Vec<u32> {
        let tokens = self.integers(name).into_iter();
        tokens
            .map(|token| u32::try_from(token).unwrap_or(filler))
            .collect()
    }

    fn masks(&self, site: &str) -> SiteMasks<f64> {
        let (shape, bits) = self.tensor(site);
        let scale = self.floats(&format!("scale.{site}"))[0];
        assert!(bits.contains(&0), "{site} drops nothing");
        if shape.len() == 2 {
            let masks = bits.chunks(shape[1]);
            return SiteMasks::Units {
                masks: masks
                    .map(|mask| mask.iter().map(|&bit| bit == 1).collect::<Mask>())
                    .collect(),
                scale,
                samples: usize::MAX,
            };
        }
        SiteMasks::Elements {
            factors: bits.iter().map(|&bit| f64::from(bit) * scale).collect(),
            per_step: shape[1] * shape[2],
        }
    }

    fn batch(&self) -> NmtBatch {
        let lengths = self.integers("source_lengths").into_iter();
        NmtBatch {
            source: self.tokens("source", 0),
            source_lengths: lengths.map(|length| length as u32).collect(),
            inputs: self.tokens("inputs", 1),
            targets: self.tokens("targets", Softmax::<f64>::IGNORE),
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

fn replay(case: &'static str, engine: &mut dyn Engine<f64>, policy: Policy, merge: TimeSteps) {
    let fixture = Fixture::open(case);
    let shape = |name: &str| fixture.tensor(&format!("before.{name}")).0;
    let source = shape("encoder.embedding");
    let config = NmtConfig {
        embedding: source[1],
        hidden: shape("softmax.w")[0],
        layers: 2,
        bidirectional: case.starts_with("bi"),
        init: 0.1,
    };
    let target = shape("decoder.embedding")[0];
    let mut model = NmtModel::<f64>::new(config, source[0], target, 0).unwrap();
    for parameter in model.parameters_mut() {
        let values = fixture.floats(&format!("before.{}", parameter.name()));
        parameter.data_mut().copy_from_slice(&values);
    }
    let layers = 0..config.lstm_layers();
    let masks = WindowMasks {
        nr: layers
            .clone()
            .map(|l| fixture.masks(&format!("nr.{l}")))
            .collect(),
        rh: layers.map(|l| fixture.masks(&format!("rh.{l}"))).collect(),
        out: fixture.masks("out"),
        feed_dropped: false,
    };
    let batch = fixture.batch();
    // More room than is needed, and a second pass in used memory.
    let mut work = model.workspace(7, 8, 4);
    let mut scratch = Scratch::default();
    for _ in 0..2 {
        for parameter in model.parameters_mut() {
            parameter.grad_mut().fill(0.0);
        }
        let mut exec = Executor::new(&mut *engine, &mut scratch, policy, merge, batch.len());
        let loss = model.forward(&mut exec, &masks, &batch, &mut work).unwrap();
        compare("loss", &[loss], &fixture.floats("loss"));
        model
            .backward(&mut exec, &masks, &batch, &mut work)
            .unwrap();
        for parameter in model.parameters() {
            let name = format!("grad.{}", parameter.name());
            let theirs = fixture.floats(&name);
            assert!(theirs.iter().any(|&grad| grad != 0.0), "{name} is zero");
            compare(&name, parameter.grad(), &theirs);
        }
    }
    let names = fixture.tensors.names();
    let before = names.iter().filter(|name| {
        name.strip_prefix(case)
            .is_some_and(|name| name.starts_with(".before"))
    });
    assert_eq!(before.count(), model.parameters().len());
}

#[test]
fn on_the_reference_engine() {
    for case in ["uni.I", "uni.III", "bi.I", "bi.III"] {
        replay(case, &mut NaiveEngine, Policy::Packed, TimeSteps::Separate);
    }
}

#[test]
fn on_the_cpu_engine_under_every_policy() {
    for case in ["uni.III", "bi.I", "bi.III"] {
        for policy in Policy::ALL {
            replay(case, &mut CpuEngine::new(), policy, TimeSteps::Merged);
        }
    }
}

/// Negative control: the comparison sees a forgotten mask.
#[test]
#[should_panic(expected = "in PyTorch")]
fn a_forgotten_mask_shows() {
    let mut engine = Forgetful {
        phase: Phase::WeightGradient,
    };
    replay("bi.III", &mut engine, Policy::Packed, TimeSteps::Separate);
}

/// Negative control: the comparison sees a length that is one too long.
#[test]
fn a_wrong_length_shows() {
    let fixture = Fixture::open("uni.I");
    let mut batch = fixture.batch();
    assert_eq!(batch.times(), (5, 5));
    let config = NmtConfig {
        embedding: 3,
        hidden: 4,
        layers: 2,
        bidirectional: false,
        init: 0.1,
    };
    let mut model = NmtModel::<f64>::new(config, 9, 8, 0).unwrap();
    for parameter in model.parameters_mut() {
        let values = fixture.floats(&format!("before.{}", parameter.name()));
        parameter.data_mut().copy_from_slice(&values);
    }
    let masks = WindowMasks::off(config.lstm_layers());
    let mut work = model.workspace(5, 5, 3);
    let mut scratch = Scratch::default();
    let mut engine = NaiveEngine;
    let mut exec = Executor::new(
        &mut engine as &mut dyn Engine<f64>,
        &mut scratch,
        Policy::Dense,
        TimeSteps::Merged,
        3,
    );
    let right = model.forward(&mut exec, &masks, &batch, &mut work).unwrap();
    batch.source_lengths[0] += 1;
    let wrong = model.forward(&mut exec, &masks, &batch, &mut work).unwrap();
    assert!((right - wrong).abs() > 1e-3, "{right} {wrong}");
    batch.source_lengths[0] = 9;
    let error = model
        .forward(&mut exec, &masks, &batch, &mut work)
        .unwrap_err();
    assert_eq!(error.to_string(), "length of a sentence: got 9, expected 5");
}
