//! `heddle_study::power` with the real tools, on an array of 2 x 2 PEs.

use heddle_format::Format;
use heddle_gemm::{Mask, Phase, Shape};
use heddle_hdl::ArrayConfig;
use heddle_power::netlist::Signal;
use heddle_power::{Element, Group, Mapped, Options};
use heddle_study::power::{estimate, PowerOptions, Simulation, Treatment};
use heddle_study::StudyError;
use heddle_synth::{Cancel, Cells, Part, Source};
use heddle_trace::{JobHeader, Operands, TraceElement, TraceJob};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn source() -> Source {
    let config = ArrayConfig::new(2, 2, Format::Int8);
    Source::generate(&config, Part::Array).unwrap()
}

fn tools(cache: PathBuf) -> Options {
    Options {
        library: Cells::default().read().unwrap(),
        yosys: None,
        sta: None,
        cache,
    }
}

fn simulation() -> Simulation {
    Simulation {
        models: Some(folder("models")),
        ..Simulation::default()
    }
}

fn options(cache: PathBuf) -> PowerOptions {
    PowerOptions {
        clock_mhz: 50.0,
        treatments: Treatment::ALL.to_vec(),
        sample: 1,
        macs: 4096,
        tools: tools(cache),
        simulation: simulation(),
        cancel: Cancel::default(),
    }
}

/// A product of random numbers, with half of one dimension dropped.
fn job(phase: Phase, (m, k, n): (usize, usize, usize)) -> TraceJob {
    let mut state = 7u64;
    let mut random = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
        (state >> 40) as i8
    };
    let operands = Operands {
        a: (0..m * k).map(|_| random()).collect(),
        b: (0..k * n).map(|_| random()).collect(),
        c0: None,
        c: None,
    };
    let mut half = |len: usize| Some((0..len).map(|_| random() > 0).collect::<Mask>());
    let masks = match phase {
        Phase::Forward => (None, half(k), None),
        Phase::Backward => (None, None, half(n)),
        Phase::WeightGradient => (half(m), None, None),
    };
    TraceJob {
        header: JobHeader::new(phase.name(), phase, Shape { m, k, n }, Format::Int8),
        tensors: i8::pack(operands),
        keep_m: masks.0,
        keep_k: masks.1,
        keep_n: masks.2,
    }
}

fn jobs() -> Vec<TraceJob> {
    vec![
        job(Phase::Forward, (8, 24, 8)),
        job(Phase::Backward, (8, 8, 24)),
        job(Phase::WeightGradient, (24, 8, 8)),
    ]
}

#[test]
fn masks_save_energy_and_the_report_adds_up() {
    let cache = folder("power");
    let report = estimate(&source(), &jobs(), &options(cache.clone()), &|_, _, _| {}).unwrap();
    assert_eq!(report.runs.len(), 12);
    let clock = report.runs[0].watt.of(Group::is_clock).dynamic();
    for run in &report.runs {
        let all: f64 = run
            .watt
            .groups
            .values()
            .map(|power| power.dynamic() + power.leakage)
            .sum();
        let seconds = run.cycles as f64 * 20e-9;
        assert!((run.energy.total() / (all * seconds) - 1.0).abs() < 1e-9);
        // flip-flops with enables are clocked whatever they do
        assert!((run.watt.of(Group::is_clock).dynamic() / clock - 1.0).abs() < 1e-9);
        match run.policy {
            Treatment::Kept => assert_eq!((run.ratio, run.ratio_with_clock), (1.0, 1.0)),
            Treatment::Packed => assert!(run.ratio < 0.8 && run.ratio_with_clock < 0.8),
            Treatment::Gated => assert!(run.ratio < 0.9, "{:?}: {}", run.phase, run.ratio),
            Treatment::Dense => assert_eq!(run.against_dense, Some(1.0)),
        }
    }
    let column = report.column.as_ref().unwrap();
    assert!(column.ratio < 0.1 && column.ratio < column.ratio_with_clock);
    let useful = |job: &TraceJob| job.kept_shape().macs();
    let useful: u64 = jobs().iter().map(useful).sum();
    assert!(report.step.iter().all(|step| step.macs == useful));
    let [_, kept, gated, packed] = report.step.as_slice() else {
        panic!("four policies");
    };
    assert_eq!(kept.ratio, 1.0);
    assert!(packed.ratio < gated.ratio && gated.ratio < 1.0);

    // the same again from the cache, and at twice the clock the same energy in half the time
    let again = estimate(&source(), &jobs(), &options(cache.clone()), &|_, _, _| {}).unwrap();
    assert!(again.cached);
    assert_eq!((again.runs, again.step), (report.runs.clone(), report.step));
    let mut faster = options(cache);
    faster.clock_mhz = 100.0;
    let faster = estimate(&source(), &jobs(), &faster, &|_, _, _| {}).unwrap();
    for (fast, slow) in faster.runs.iter().zip(&report.runs) {
        assert!((fast.energy.dynamic / slow.energy.dynamic - 1.0).abs() < 1e-5);
        assert!((fast.energy.leakage / slow.energy.leakage - 0.5).abs() < 1e-5);
    }
}

#[test]
fn a_fault_in_the_netlist_is_found_and_has_no_power() {
    let config = source().config;
    let mapped = Mapped::synthesize(
        &source(),
        &tools(folder("power")),
        &Cancel::default(),
        &|_, _, _| {},
    )
    .unwrap();
    let simulation = simulation();
    let verilog = mapped.verilog().unwrap();
    let run = |verilog: &str| {
        let library = simulation.build_verilog(heddle_hdl::TOP, verilog).unwrap();
        let mut running = simulation.start(config, &mapped, &library).unwrap();
        running.run(&jobs()[..1], Treatment::Gated, true)
    };
    let measured = run(&verilog).unwrap();
    // the clock changes twice in a cycle, the counter's lowest bit once
    let net = |port: &str| {
        let port = mapped.netlist.ports.iter().find(|found| found.name == port);
        match port.unwrap().bits[0] {
            Signal::Net(net) => net,
            Signal::Constant(_) => panic!("it changes"),
        }
    };
    let activity = &measured.activity;
    assert_eq!(activity.rate(net("clk_i")), 2.0);
    assert_eq!(activity.duty(net("clk_i")), 0.5);
    let counter = activity.rate(net("cycles_o"));
    assert!(counter > 0.9 && counter <= 1.0, "{counter}");

    // one gate of a multiplier gives the inverse of what it should
    let gate = (0..mapped.netlist.instances.len()).find(|&number| {
        let instance = &mapped.netlist.instances[number];
        mapped.places.of(Element::Instance(number)).group == Group::Multiplier
            && instance.cell.starts_with("XOR2")
    });
    let out = mapped.netlist.instances[gate.unwrap()].pin("Y");
    let Some(Signal::Net(out)) = out else {
        panic!("it drives a net");
    };
    let before = format!("assign n{out} = ");
    let faulty = verilog.replace(&before, &format!("{before}~"));
    assert_ne!(faulty, verilog);
    let error = run(&faulty).unwrap_err();
    assert!(matches!(error, StudyError::Netlist { .. }), "{error}");
    assert!(error.to_string().contains("golden model"), "{error}");
}
