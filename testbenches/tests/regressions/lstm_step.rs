//! A training step of an LSTM whose every matrix product runs on the Verilated array:
//! the same bits as with the golden model in its place.

use half::bf16;
use heddle_array::{ArrayEngine, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{
    Accumulator, Bf16Edge, Engine, GemmError, GoldenEngine, Job, MatMut, Phase, Policy, Scratch,
    Shape,
};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_lstm::{
    Case, DropoutConfig, Executor, LanguageModel, ModelConfig, Parameters, Site, TimeSteps, Window,
    WindowMasks,
};
use heddle_schedule::mapper::{Mapper, Product, Rules};
use heddle_schedule::Counter;
use heddle_schedule::{Flow, Mapping};
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
    masks.draw(
        &dropout,
        (5, 0),
        (TIMES, BATCH),
        &widths,
        config.hidden,
        &heddle_gemm::Team::default(),
    );

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
        for phase in Phase::ALL {
            let phase = array.engine().accounts().of(policy, Some(phase));
            assert!(
                phase.jobs > 0 && phase.count.cycles > 0 && phase.model_differences == 0,
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

/// How the jobs of a step are laid onto an array with both dataflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// As the mapper chooses, each job in a stream of its own.
    Mapper,
    /// WG output-stationary, FP and BP weight-stationary, each job in a stream of its own.
    ByPhase,
    /// The same in the batches of the step, the time steps of WG chained.
    Chained,
}

/// An array whose jobs are mapped one by one, and whose cycles are compared with the closed
/// forms that count whole networks.
struct Mapped {
    array: ArrayEngine,
    choice: Choice,
    mapper: Mapper,
    counter: Counter,
    /// Jobs that were output-stationary, and those that were compared.
    output_stationary: usize,
    compared: usize,
}

impl Mapped {
    fn new(config: ArrayConfig) -> Self {
        let options = DriverOptions::default();
        Self {
            array: ArrayEngine::new(config, &arrays::build_options(), options).unwrap(),
            choice: Choice::Mapper,
            mapper: Mapper::new(config, Rules::default()).unwrap(),
            counter: Counter::new(config),
            output_stationary: 0,
            compared: 0,
        }
    }

    fn mapping(&mut self, policy: Policy, job: &Job<'_, bf16>) -> Mapping {
        let phase = job.label.expect("jobs of a step are named").phase;
        if self.choice == Choice::Mapper {
            let product = Product {
                phase,
                shape: job.shape(),
                kept: job.kept_shape(),
                policy,
            };
            return self.mapper.choose(&product).unwrap().mapping;
        }
        let gradient = phase == Phase::WeightGradient;
        Mapping {
            flow: if gradient {
                Flow::OutputStationary
            } else {
                Flow::WeightStationary
            },
            chained: gradient && self.choice == Choice::Chained,
            ..Mapping::plain(self.array.config()).of_phase(phase)
        }
    }

    /// Cycles of a job by itself, by closed form.
    fn count(&mut self, policy: Policy, job: &Job<'_, bf16>, mapping: &Mapping) -> u64 {
        self.counter
            .count_mapped(job.shape(), job.kept_shape(), policy, mapping)
            .unwrap()
            .cycles
    }
}

impl Engine<bf16> for Mapped {
    fn name(&self) -> &str {
        "mapped array"
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, bf16>],
        outputs: &mut [MatMut<'_, f32>],
        _: &mut Scratch,
    ) -> Result<(), GemmError> {
        let mappings: Vec<_> = jobs.iter().map(|job| self.mapping(policy, job)).collect();
        self.output_stationary += mappings
            .iter()
            .filter(|mapping| mapping.flow == Flow::OutputStationary)
            .count();
        if self.choice == Choice::Chained {
            self.array
                .stream_mapped(policy, jobs, &mappings, outputs, None)?;
            return Ok(());
        }
        for (job, mapping) in jobs.iter().zip(mappings) {
            let report = self
                .array
                .stream_mapped(policy, &[*job], &[mapping], outputs, None)?;
            let counted = self.count(policy, job, &mapping);
            assert_eq!(
                report.cycles, counted,
                "{:?} {policy} {mapping:?}",
                job.label
            );
            self.compared += 1;
        }
        Ok(())
    }
}

#[test]
fn on_both_dataflows_gives_the_same_bits_in_the_cycles_that_are_counted() {
    let config = arrays::flows()[1];
    assert_eq!(
        (config.format, config.dataflow),
        (Format::Bf16, Dataflow::Both)
    );
    let mut array = Bf16Edge::new(Mapped::new(config));
    let mut cycles = Vec::new();
    for choice in [Choice::Mapper, Choice::ByPhase, Choice::Chained] {
        array.engine_mut().choice = choice;
        for policy in Policy::ALL {
            for case in [Case::III, Case::IV] {
                let golden = GoldenEngine::new(Accumulator::of(Format::Bf16));
                let expected = step(&mut Bf16Edge::new(golden), policy, case);
                assert!(
                    step(&mut array, policy, case) == expected,
                    "{choice:?}, {policy}, case {case}"
                );
            }
        }
        let engine = array.engine_mut();
        let stats = engine.array.take_accounts();
        let all = Policy::ALL.map(|policy| stats.policy(policy));
        for stats in all {
            assert!(stats.jobs > 0 && stats.model_differences == 0, "{stats:?}");
        }
        assert!(engine.output_stationary > 0, "{choice:?}");
        let compared = std::mem::take(&mut engine.compared);
        assert_eq!(compared == 0, choice == Choice::Chained);
        engine.output_stationary = 0;
        cycles.push(all.map(|stats| stats.count.cycles));
    }
    // The mapper's choice takes no longer than ours (but for the 1 % that it gives for
    // operands as they lie). A chain takes less, unless it is packed: then it sends every
    // m that one of its jobs keeps.
    for (i, policy) in Policy::ALL.into_iter().enumerate() {
        assert!(cycles[0][i] <= cycles[1][i] * 101 / 100, "{cycles:?}");
        assert!(
            policy == Policy::Packed || cycles[2][i] < cycles[1][i],
            "{cycles:?}"
        );
    }
    // What is counted depends on the mapping: the control of the comparison above.
    let mut counter = Counter::new(config);
    let mut count = |flow| {
        let mapping = Mapping {
            flow,
            ..Mapping::plain(&config)
        };
        let shape = Shape::new(7, 4, 28);
        let count = counter.count_mapped(shape, shape, Policy::Dense, &mapping);
        count.unwrap().cycles
    };
    assert_ne!(count(Flow::WeightStationary), count(Flow::OutputStationary));
}
