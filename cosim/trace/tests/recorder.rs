//! Recording a training run: the run is not disturbed, and what is recorded replays.

use heddle_files::Destination;
use heddle_format::Format;
use heddle_gemm::{CpuEngine, Engine, Phase, Policy};
use heddle_lstm::{
    Case, Corpus, DropoutConfig, LanguageModel, LmBatches, LmTask, ModelConfig, Site, TrainConfig,
    Trainer,
};
use heddle_trace::{Expecting, RecordOptions, Recorder, Selection, Tensors, TraceFile, TraceJob};

/// Losses of two training steps of a small language model on `engine`.
fn train(engine: &mut dyn Engine<f32>) -> Vec<f64> {
    let text = "the loom lifts a thread and lets the rest of the warp pass\n".repeat(20);
    let corpus =
        Corpus::from_texts([("train", &text), ("valid", &text), ("test", &text)], None).unwrap();
    let model = ModelConfig {
        embedding: 6,
        hidden: 8,
        layers: 2,
        ..ModelConfig::default()
    };
    let model = LanguageModel::<f32>::new(model, corpus.vocabulary.len(), 1).unwrap();
    let batches = LmBatches {
        batch: 3,
        steps: 4,
        ..LmBatches::default()
    };
    let config = TrainConfig {
        dropout: DropoutConfig::at(&Site::ALL, 0.5, Case::III),
        ..TrainConfig::default()
    };
    let task = LmTask::new(model, &corpus, batches).unwrap();
    let mut trainer = Trainer::new(Box::new(task), config).unwrap();
    (0..2)
        .map(|_| trainer.step(engine, Policy::Packed).unwrap().loss)
        .collect()
}

fn record(options: RecordOptions) -> (Vec<f64>, Vec<TraceJob>) {
    let sink = Expecting::new(options.accumulator);
    let mut recorder = Recorder::new(CpuEngine::new(), options, sink);
    let losses = train(&mut recorder);
    (losses, recorder.into_sink().into_jobs())
}

#[test]
fn recording_does_not_disturb_training() {
    let plain = train(&mut CpuEngine::new());
    let (recorded, jobs) = record(RecordOptions::new(Format::Bf16, Selection::default()));
    assert_eq!(plain, recorded);
    assert!(!jobs.is_empty());
}

#[test]
fn every_phase_is_recorded_with_its_mask() {
    let (_, jobs) = record(RecordOptions::new(Format::Bf16, Selection::default()));
    for phase in Phase::ALL {
        for site in ["nr", "rh", "out"] {
            let found: Vec<_> = jobs
                .iter()
                .filter(|job| job.header.phase == phase && job.header.site.as_deref() == Some(site))
                .collect();
            assert!(!found.is_empty(), "no {phase} job of site {site}");
            for job in found {
                let masks = [&job.keep_k, &job.keep_n, &job.keep_m].map(|mask| mask.is_some());
                assert_eq!(
                    masks,
                    Phase::ALL.map(|p| p == phase),
                    "job '{}'",
                    job.header.name
                );
            }
        }
    }
}

#[test]
fn chained_weight_gradients_start_where_the_one_before_ended() {
    let (_, jobs) = record(RecordOptions::new(Format::Bf16, Selection::default()));
    let chain: Vec<_> = jobs
        .iter()
        .filter(|job| {
            let header = &job.header;
            header.phase == Phase::WeightGradient
                && header.site.as_deref() == Some("nr")
                && header.layer == Some(0)
                && header.step == Some(0)
        })
        .collect();
    assert_eq!(chain.len(), 4, "one job per time step");
    let sums = chain[0].header.sums;
    assert!(sums.is_some() && chain.iter().all(|job| job.header.sums == sums));
    let all = jobs.iter().filter(|job| job.header.sums == sums);
    assert_eq!(all.count(), 4, "nobody else adds into these");
    for pair in chain.windows(2) {
        let [(_, c), (c0, _)] = [pair[0], pair[1]].map(|job| match &job.tensors {
            Tensors::Bf16(operands) => (operands.c0.clone(), operands.c.clone().unwrap()),
            _ => panic!("recorded as bf16"),
        });
        // C0 is the f32 engine's own sum, c the bf16 one of the golden model
        let c0 = c0.expect("a chained job has a seed");
        let error: f32 = c0.iter().zip(&c).map(|(x, y)| (x - y).abs()).sum();
        let size: f32 = c.iter().map(|x| x.abs()).sum();
        assert!(
            size > 0.0 && error < 0.02 * size,
            "seeds off by {error} of {size}"
        );
    }
}

#[test]
fn both_products_of_pre_activations_add_into_the_same_sums() {
    let (_, jobs) = record(RecordOptions::new(Format::Bf16, Selection::default()));
    let of = |phase, site: &str| -> Vec<_> {
        let jobs = jobs.iter().map(|job| &job.header);
        let mut all: Vec<_> = jobs
            .filter(|of| of.phase == phase && of.site.as_deref() == Some(site))
            .map(|of| (of.sums, of.step, of.layer, of.time))
            .collect();
        all.sort();
        all
    };
    let both = ["nr", "rh"].map(|site| of(Phase::Forward, site));
    assert_eq!(both[0], both[1]);
    let apart = both[0].windows(2).all(|pair| pair[0].0 < pair[1].0);
    assert!(apart, "each time step has its own");
    assert!(of(Phase::Backward, "nr")
        .iter()
        .all(|(sums, ..)| sums.is_none()));
}

#[test]
fn a_selection_takes_only_what_it_names() {
    let selection = Selection {
        steps: Some(vec![1]),
        times: Some(vec![0, 3]),
        layers: Some(vec![1]),
        sites: Some(vec!["rh".into()]),
        phases: Some(vec![Phase::Forward, Phase::WeightGradient]),
        max_jobs: None,
    };
    let (_, jobs) = record(RecordOptions::new(Format::Int8, selection.clone()));
    let names: Vec<_> = jobs.iter().map(|job| job.header.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "step1.fp.layer1.rh.t0",
            "step1.fp.layer1.rh.t3",
            "step1.wg.layer1.rh.t0",
            "step1.wg.layer1.rh.t3"
        ]
    );
    let (_, jobs) = record(RecordOptions::new(
        Format::Int8,
        Selection {
            max_jobs: Some(3),
            ..selection
        },
    ));
    assert_eq!(jobs.len(), 3);
}

#[test]
fn recorded_jobs_are_a_valid_trace_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let selection = Selection {
            times: Some(vec![2]),
            ..Selection::default()
        };
        let (_, jobs) = record(RecordOptions::new(format, selection));
        let path = folder.path().join(format.name());
        heddle_trace::write(&Destination::open(&path).unwrap(), &jobs).unwrap();
        let read: Vec<_> = TraceFile::open(&path)
            .unwrap()
            .jobs()
            .collect::<Result<_, _>>()
            .unwrap();
        let difference = read.iter().zip(&jobs).find(|(read, job)| read != job);
        assert!(
            difference.is_none() && read.len() == jobs.len(),
            "{:?}",
            difference.map(|(read, _)| &read.header)
        );
        assert!(read.iter().all(|job| match &job.tensors {
            Tensors::Int8(operands) => operands.c.is_some(),
            Tensors::Int16(operands) => operands.c.is_some(),
            Tensors::Bf16(operands) => operands.c.is_some(),
        }));
    }
}
