//! Replaying jobs on the behavioural array: right on a right array, and every fault of a
//! wrong one is found and named.

use expect_test::expect;
use heddle_array::driver::DriverOptions;
use heddle_array::engine::ArrayEngine;
use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_array::ArrayError;
use heddle_format::{Format, Overflow};
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_report::Report;
use heddle_testbenches::behavioural::Behavioural;
use heddle_trace::random_flow::RandomFlow;
use heddle_trace::random_jobs::RandomJobs;
use heddle_trace::replay::{accumulator, Reference, Replayer};
use heddle_trace::TraceError;
use heddle_trace::{Operands, Tensors, TraceFile, TraceJob};
use std::path::Path;

fn fixture(name: &str) -> Vec<TraceJob> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testbenches/fixtures")
        .join(name);
    TraceFile::open(&path)
        .unwrap()
        .jobs()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn on(config: ArrayConfig, port: Box<dyn ArrayPort>) -> Replayer {
    Replayer::new(ArrayEngine::on(config, port, DriverOptions::default()))
}

fn replay(
    config: ArrayConfig,
    port: Box<dyn ArrayPort>,
    jobs: &[TraceJob],
) -> Result<Report, TraceError> {
    let mut replayer = on(config, port);
    let mut report = Report::new(config);
    for job in jobs {
        let one = std::slice::from_ref(job);
        let results = replayer.run_policies(one, &Policy::ALL, None)?;
        let results: Vec<_> = Policy::ALL
            .into_iter()
            .zip(results.into_iter().flatten())
            .collect();
        report.add(job, &results);
    }
    Ok(report)
}

/// An array that inverts the lowest bit of one sum: the `beat`-th that it gives.
struct Faulty {
    array: Behavioural,
    beat: usize,
}

impl ArrayPort for Faulty {
    fn reset(&mut self) -> Result<(), ArrayError> {
        self.array.reset()
    }
    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        self.array.cycle(input, output)?;
        if output.s_valid {
            if self.beat == 0 {
                output.s[0] ^= 1;
            }
            self.beat = self.beat.wrapping_sub(1);
        }
        Ok(())
    }
    fn counters(&mut self) -> Counters {
        self.array.counters()
    }
}

#[test]
fn pytorch_traces_replay_without_a_wrong_bit() {
    for (name, format) in [
        ("pytorch.safetensors", Format::Bf16),
        ("pytorch-int8.safetensors", Format::Int8),
    ] {
        let config = ArrayConfig::new(4, 5, format);
        let report = replay(config, Box::new(Behavioural::new(config)), &fixture(name)).unwrap();
        assert!(report.is_clean(), "{:?}", report.first_mismatch);
        assert_eq!(report.jobs, 18);
        let [dense, gated, packed] = Policy::ALL.map(|policy| report.policies[&policy].clone());
        assert_eq!(dense.cycles, gated.cycles);
        assert!(packed.cycles < dense.cycles && packed.macs == dense.macs);
        assert_eq!(
            packed
                .phases
                .values()
                .map(|phase| phase.cycles)
                .sum::<u64>(),
            packed.cycles
        );
    }
}

#[test]
fn random_jobs_replay_without_a_wrong_bit() {
    for (format, overflow) in [
        (Format::Int8, Overflow::Wrap),
        (Format::Int16, Overflow::Saturate),
        (Format::Bf16, Overflow::Wrap),
    ] {
        let config = ArrayConfig {
            overflow,
            ..ArrayConfig::new(5, 3, format)
        };
        let random = RandomJobs {
            format,
            accumulator: accumulator(&config),
            seed: 1,
            max_dim: 20,
        };
        let jobs: Vec<_> = random.take(60).collect();
        let report = replay(config, Box::new(Behavioural::new(config)), &jobs).unwrap();
        assert!(report.is_clean(), "{:?}", report.first_mismatch);
    }
}

#[test]
fn batches_of_random_jobs_replay_in_every_flow() {
    for (dataflow, flow) in [
        (Dataflow::Os, RandomFlow::Os),
        (Dataflow::Both, RandomFlow::Ws),
        (Dataflow::Both, RandomFlow::Mixed),
        (Dataflow::Ws, RandomFlow::Mixed),
    ] {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(3, 5, Format::Bf16)
        };
        let random = RandomJobs {
            format: config.format,
            accumulator: accumulator(&config),
            seed: 3,
            max_dim: 20,
        };
        let jobs: Vec<_> = random.take(30).collect();
        let mappings: Vec<_> = (0..30)
            .map(|index| flow.laying(&config, 3, index).unwrap())
            .collect();
        let mut replayer = on(config, Box::new(Behavioural::new(config)));
        let mut report = Report::new(config);
        for (jobs, mappings) in jobs.chunks(4).zip(mappings.chunks(4)) {
            for policy in Policy::ALL {
                let replayed = replayer.run(jobs, policy, Some(mappings)).unwrap();
                for (job, replayed) in jobs.iter().zip(replayed) {
                    report.add(job, &[(policy, replayed)]);
                }
            }
        }
        assert!(report.is_clean(), "{:?}", report.first_mismatch);
        assert_eq!(report.jobs, 90);
        let again = flow.laying(&config, 3, 7).unwrap();
        assert_eq!(again, mappings[7], "a mapping depends on seed and index");
    }
    let ws = ArrayConfig::new(3, 5, Format::Bf16);
    assert_eq!(RandomFlow::of(&ws), RandomFlow::Ws);
    let error = RandomFlow::Os.laying(&ws, 1, 0).unwrap_err();
    assert!(error.is_bad_input());
}

#[test]
fn one_wrong_bit_is_found_and_named() {
    let config = ArrayConfig::new(16, 16, Format::Int8);
    let jobs = fixture("pytorch-int8.safetensors");
    // job 0 has 12 x 80 weights: 5 tiles in n, 1 in k, 4 beats each; beat 5 is row 1 of tile 1
    let port = Faulty {
        array: Behavioural::new(config),
        beat: 5,
    };
    let report = replay(config, Box::new(port), &jobs[..1]).unwrap();
    assert_eq!(report.mismatches, 1);
    let wrong = report.first_mismatch.expect("a wrong sum");
    assert_eq!(
        (wrong.job.as_str(), wrong.row, wrong.col),
        ("fp.nr.t0", 1, 16)
    );
    assert_eq!(
        (wrong.policy, wrong.reference),
        (Policy::Dense, Reference::Golden)
    );
    let text = wrong.to_string();
    assert!(
        text.contains(&wrong.expected)
            && text.contains(&wrong.found)
            && text.contains("row 1, column 16"),
        "{text}"
    );
    assert_ne!(wrong.expected, wrong.found);
}

#[test]
fn a_wrong_expected_result_of_the_trace_is_found() {
    let config = ArrayConfig::new(4, 4, Format::Int8);
    let mut jobs = fixture("pytorch-int8.safetensors");
    if let Tensors::Int8(Operands { c: Some(c), .. }) = &mut jobs[1].tensors {
        c[83] += 1;
    }
    let report = replay(config, Box::new(Behavioural::new(config)), &jobs[..2]).unwrap();
    assert_eq!(report.mismatches, 3, "once under each policy");
    let wrong = report.first_mismatch.expect("a wrong sum");
    assert_eq!(
        (wrong.reference, wrong.row, wrong.col),
        (Reference::Trace, 1, 3)
    );
}

#[test]
fn a_cycle_too_many_is_a_difference() {
    let config = ArrayConfig::new(4, 4, Format::Int8);
    let jobs = fixture("pytorch-int8.safetensors");
    let mut replayer = on(config, Box::new(Behavioural::new(config)));
    let mut results = replayer.run(&jobs[..1], Policy::Packed, None).unwrap();
    let mut result = results.remove(0);
    result.account.count.cycles += 1;
    result.account.model_differences = 1;
    let mut report = Report::new(config);
    report.add(&jobs[0], &[(Policy::Packed, result)]);
    assert_eq!((report.mismatches, report.cycle_model_differences), (0, 1));
    assert!(!report.is_clean());
    let wrong = report.first_cycle_model_difference.expect("named");
    assert_eq!(
        (wrong.job.as_str(), wrong.found),
        ("fp.nr.t0", wrong.expected + 1)
    );
}

#[test]
fn jobs_for_another_array_are_bad_input() {
    let jobs = fixture("pytorch-int8.safetensors");
    let narrow = ArrayConfig {
        acc_bits: Some(24),
        ..ArrayConfig::new(4, 4, Format::Int8)
    };
    let saturating = ArrayConfig {
        overflow: Overflow::Saturate,
        ..ArrayConfig::new(4, 4, Format::Int8)
    };
    for (config, remedy) in [
        (ArrayConfig::new(4, 4, Format::Bf16), "--format int8"),
        (
            narrow,
            "its acc_bits is 32, the array's is 24; give --acc-bits 32",
        ),
        (
            saturating,
            "its overflow is wrap, the array's is saturate; give --overflow wrap",
        ),
    ] {
        let error = replay(config, Box::new(Behavioural::new(config)), &jobs).unwrap_err();
        assert!(error.is_bad_input());
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[test]
fn the_table_and_the_json_object_of_a_fixture() {
    let config = ArrayConfig::new(4, 4, Format::Int8);
    let report = replay(
        config,
        Box::new(Behavioural::new(config)),
        &fixture("pytorch-int8.safetensors"),
    )
    .unwrap();
    expect![[r#"

        | phase | policy | jobs |   MACs | cycles | limit | bound | utilisation | speed-up | in B/cycle | out B/cycle | mismatches | off model | cycles lost                                                             |
        |-------|--------|------|--------|--------|-------|-------|-------------|----------|------------|-------------|------------|-----------|-------------------------------------------------------------------------|
        | fp    | dense  |    6 | 16,320 |  1,998 | 1,920 | 1,920 |      96.1 % |     1.00 |       19.5 |        15.4 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | fp    | gated  |    6 | 16,320 |  1,998 | 1,920 | 1,920 |      96.1 % |     1.00 |       19.5 |        15.4 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | fp    | packed |    6 | 16,320 |  1,278 | 1,020 | 1,200 |      79.8 % |     1.56 |       21.4 |        15.0 |          0 |         0 | ragged tiles 14 %, drain 4 %, waits for weights 2 %                     |
        | bp    | dense  |    6 | 16,320 |  1,998 | 1,920 | 1,920 |      96.1 % |     1.00 |       14.1 |         8.2 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | bp    | gated  |    6 | 16,320 |  1,998 | 1,920 | 1,920 |      96.1 % |     1.00 |       14.1 |         8.2 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | bp    | packed |    6 | 16,320 |  1,392 | 1,020 | 1,200 |      73.3 % |     1.44 |       18.1 |        11.7 |          0 |         0 | ragged tiles 13 %, waits for sums 8 %, drain 4 %, waits for weights 2 % |
        | wg    | dense  |    6 | 16,320 |  1,998 | 1,920 | 1,920 |      96.1 % |     1.00 |       11.2 |         8.2 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | wg    | gated  |    6 | 16,320 |  1,998 | 1,920 | 1,920 |      96.1 % |     1.00 |       11.2 |         8.2 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | wg    | packed |    6 | 16,320 |  1,098 | 1,020 | 1,020 |      92.9 % |     1.82 |       20.3 |        14.9 |          0 |         0 | drain 5 %, waits for weights 2 %                                        |
        | all   | dense  |   18 | 48,960 |  5,994 | 5,760 | 5,760 |      96.1 % |     1.00 |       14.9 |        10.6 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | all   | gated  |   18 | 48,960 |  5,994 | 5,760 | 5,760 |      96.1 % |     1.00 |       14.9 |        10.6 |          0 |         0 | drain 3 %, waits for weights 1 %                                        |
        | all   | packed |   18 | 48,960 |  3,768 | 3,060 | 3,420 |      81.2 % |     1.59 |       19.9 |        13.8 |          0 |         0 | ragged tiles 10 %, drain 4 %, waits for sums 3 %, waits for weights 2 % |
    "#]].assert_eq(&format!("\n{}\n", heddle_report::table(&report)));
    let json = serde_json::to_value(&report).unwrap();
    for policy in ["dense", "gated", "packed"] {
        for key in [
            "jobs",
            "macs",
            "cycles",
            "mismatches",
            "cycle_model_differences",
        ] {
            assert!(json["policies"][policy][key].is_u64(), "{policy} {key}");
        }
    }
    assert_eq!(json["policies"]["packed"]["phases"]["wg"]["jobs"], 6);
}
