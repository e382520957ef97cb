//! Loss, gradients and best tags of a tiny BiLSTM-CRF against PyTorch, in f64, with the
//! masks that PyTorch drew (`scripts/pytorch_ner_fixture.py` writes the fixture, which
//! has neither padding nor a forward algorithm).

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Mask, Phase, Policy, Scratch};
use heddle_lstm::*;
use safetensors::{Dtype, SafeTensors};

const FIXTURE: &[u8] = include_bytes!("fixtures/pytorch_ner.safetensors");
/// Relative agreement, and the rounding of values near zero.
const TOLERANCE: f64 = 1e-6;
const ROUNDING: f64 = 1e-12;
const LAYERS: usize = 2;

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

    fn numbers(&self, name: &str) -> Vec<u32> {
        let tensor = self.0.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), Dtype::I64, "{name}");
        let bytes = tensor.data().as_chunks::<8>().0.iter();
        bytes
            .map(|&bytes| i64::from_le_bytes(bytes) as u32)
            .collect()
    }

    fn masks(&self, case: Case, site: &str) -> SiteMasks<f64> {
        let tensor = self.0.tensor(&format!("{case}.{site}")).unwrap();
        let shape = tensor.shape();
        let scale = self.floats(&format!("scale.{site}"))[0];
        assert!(tensor.data().contains(&0), "{site} drops nothing");
        let units = shape[shape.len() - 1];
        if case == Case::III {
            let masks: Vec<Mask> = tensor
                .data()
                .chunks(units)
                .map(|mask| mask.iter().map(|&bit| bit == 1).collect())
                .collect();
            let changes = masks.windows(2).any(|pair| pair[0] != pair[1]);
            assert!(changes, "{site} is constant");
            return SiteMasks::Units {
                masks,
                scale,
                samples: usize::MAX,
            };
        }
        SiteMasks::Elements {
            factors: tensor
                .data()
                .iter()
                .map(|&b| f64::from(b) * scale)
                .collect(),
            per_step: shape[1] * units,
        }
    }

    fn batch(&self) -> NerBatch {
        NerBatch {
            lengths: self.numbers("lengths"),
            words: self.numbers("words"),
            tags: self.numbers("tags"),
            characters: self.numbers("characters"),
            ends: self.numbers("ends"),
        }
    }

    fn model(&self) -> NerModel<f64> {
        let shape = |name: &str| self.shape(&format!("before.{name}"));
        let (words, embedding) = (shape("words.embedding")[0], shape("words.embedding")[1]);
        let (characters, width) = (shape("chars.embedding")[0], shape("chars.embedding")[1]);
        let config = NerConfig {
            embedding,
            char_embedding: width,
            filters: shape("chars.w")[1],
            width: shape("chars.w")[0] / width,
            hidden: shape("layers.0.forward.u")[0],
            layers: LAYERS,
            init: 1.0,
            ..NerConfig::default()
        };
        let tags = shape("crf.start")[1];
        let mut model = NerModel::of_sizes(config, [words, characters, tags], 0).unwrap();
        for parameter in model.parameters_mut() {
            let values = self.floats(&format!("before.{}", parameter.name()));
            parameter.data_mut().copy_from_slice(&values);
        }
        model
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

/// Does the fixture's batch on an engine and compares everything.
fn replay(engine: &mut dyn Engine<f64>, case: Case, policy: Policy, time_steps: TimeSteps) {
    let fixture = Fixture::open();
    let (mut model, batch) = (fixture.model(), fixture.batch());
    let lengths = &batch.lengths;
    assert!(
        lengths.iter().any(|&n| (n as usize) < batch.times()),
        "no padding"
    );
    let site = |name: &str| -> Vec<_> {
        let directions = 0..2 * LAYERS;
        let masks = directions.map(|d| fixture.masks(case, &format!("{name}.{d}")));
        masks.collect()
    };
    let masks = WindowMasks {
        nr: site("nr"),
        rh: site("rh"),
        out: fixture.masks(case, "out"),
        feed_dropped: false,
    };
    let mut scratch = Scratch::default();
    let mut run = Run {
        engine,
        scratch: &mut scratch,
        policy,
        time_steps,
    };
    // Room for more than the batch has.
    let mut work = model.work(batch.times() + 2, batch.batch() + 1);
    let named = |name: &str| format!("{case}.{name}");
    for round in 0..2 {
        let loss = model
            .forward(&mut run, 0, &masks, &batch, &mut work)
            .unwrap();
        compare("loss", &[loss], &fixture.floats(&named("loss")));
        let best = fixture.numbers(&named("best"));
        for (b, &length) in lengths.iter().enumerate() {
            let mut tags = Vec::new();
            model.decode(&batch, b, &mut tags, &mut work);
            let wanted: Vec<u32> = (0..length as usize)
                .map(|t| best[t * batch.batch() + b])
                .collect();
            assert_eq!(tags, wanted, "sentence {b}");
        }
        for parameter in model.parameters_mut() {
            parameter.grad_mut().fill(0.0);
        }
        model
            .backward(&mut run, 0, &masks, &batch, &mut work)
            .unwrap();
        for parameter in model.parameters() {
            let name = named(&format!("grad.{}", parameter.name()));
            let theirs = fixture.floats(&name);
            assert!(theirs.iter().any(|&x| x != 0.0), "{name} is zero");
            compare(&format!("round {round}, {name}"), parameter.grad(), &theirs);
        }
    }
}

#[test]
fn on_the_reference_engine() {
    for case in [Case::III, Case::I] {
        replay(&mut NaiveEngine, case, Policy::Packed, TimeSteps::Separate);
    }
}

#[test]
fn on_the_cpu_engine_under_every_policy() {
    for policy in Policy::ALL {
        for case in [Case::III, Case::I] {
            replay(&mut CpuEngine::new(), case, policy, TimeSteps::Merged);
        }
    }
}

/// Negative controls: the comparison sees a forgotten mask in each phase.
#[test]
#[should_panic(expected = "in PyTorch")]
fn a_forgotten_forward_mask_shows() {
    let phase = Phase::Forward;
    let mut engine = Forgetful { phase };
    replay(&mut engine, Case::III, Policy::Packed, TimeSteps::Separate);
}

#[test]
#[should_panic(expected = "in PyTorch")]
fn a_forgotten_backward_mask_shows() {
    let phase = Phase::Backward;
    let mut engine = Forgetful { phase };
    replay(&mut engine, Case::III, Policy::Packed, TimeSteps::Separate);
}

#[test]
#[should_panic(expected = "in PyTorch")]
fn a_forgotten_mask_of_the_weight_gradient_shows() {
    let phase = Phase::WeightGradient;
    let mut engine = Forgetful { phase };
    replay(&mut engine, Case::III, Policy::Packed, TimeSteps::Separate);
}
