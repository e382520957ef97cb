//! Clock, evaluation, independence of models, random initial state, stops.

mod common;

use heddle_verilator::{Builder, Library, VerilatorError};
use std::path::Path;

#[test]
fn settle_and_rise_are_a_cycle_in_two_halves() {
    let library = common::builder("counter").build().unwrap();
    let mut model = library.model().unwrap();
    let [rst_ni, en_i, count_o, odd_o] =
        ["rst_ni", "en_i", "count_o", "next_is_odd_o"].map(|name| model.port(name).unwrap());
    model.cycle().unwrap();
    model.set(rst_ni, 1);
    model.set(en_i, 1);
    // A combinational output follows its input before the edge, a register does not.
    model.settle().unwrap();
    assert_eq!((model.get(odd_o), model.get(count_o)), (1, 0));
    model.rise().unwrap();
    assert_eq!((model.get(odd_o), model.get(count_o)), (0, 1));
    assert_eq!(model.time(), 4);
    model.set(en_i, 0);
    model.eval().unwrap();
    assert_eq!(
        (model.get(odd_o), model.get(count_o), model.time()),
        (1, 1, 4)
    );
}

#[test]
fn two_models_of_one_library_are_independent() {
    let library = common::builder("counter").build().unwrap();
    let (mut one, mut two) = (library.model().unwrap(), library.model().unwrap());
    drop(library);
    let [rst_ni, en_i, count_o] = ["rst_ni", "en_i", "count_o"].map(|name| one.port(name).unwrap());
    for model in [&mut one, &mut two] {
        model.cycle().unwrap();
        model.set(rst_ni, 1);
    }
    one.set(en_i, 1);
    for _ in 0..5 {
        one.cycle().unwrap();
        two.cycle().unwrap();
    }
    assert_eq!((one.get(count_o), two.get(count_o)), (5, 0));
    drop(one);
    two.set(en_i, 1);
    two.cycle().unwrap();
    assert_eq!(two.get(count_o), 1);
    assert!(!two.finished());
}

#[test]
fn a_model_moves_to_another_thread_and_finishes_there() {
    let library = common::builder("counter").build().unwrap();
    let mut model = library.model().unwrap();
    let mut other = library.model().unwrap();
    let [rst_ni, en_i] = ["rst_ni", "en_i"].map(|name| model.port(name).unwrap());
    model.set(rst_ni, 1);
    model.set(en_i, 1);
    model.cycle().unwrap();
    let model = std::thread::spawn(move || {
        for _ in 0..20 {
            model.cycle().unwrap();
        }
        model
    })
    .join()
    .unwrap();
    other.cycle().unwrap();
    assert!(model.finished());
    assert!(!other.finished());
}

#[test]
fn a_stop_is_an_error_and_not_the_end_of_the_program() {
    let library = common::builder("counter").build().unwrap();
    let mut model = library.model().unwrap();
    let bad = model.port("bad_i").unwrap();
    model.cycle().unwrap();
    model.set(bad, 1);
    let error = model.cycle().unwrap_err();
    assert!(
        matches!(error, VerilatorError::Simulation { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("counter.v:15"), "{error}");
}

#[test]
fn random_initial_state_follows_its_seed() {
    let library = common::builder("counter")
        .x_initial_unique(true)
        .build()
        .unwrap();
    let start = |seed| {
        let model = library.randomized_model(seed).unwrap();
        model.get(model.port("unset_o").unwrap())
    };
    let starts: Vec<u64> = (0..8).map(start).collect();
    assert_eq!(starts, (0..8).map(start).collect::<Vec<_>>());
    let mut distinct = starts.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() >= 7, "{starts:x?}");
    let plain = library.model().unwrap();
    assert_eq!(plain.get(plain.port("unset_o").unwrap()), 0);

    let library = common::builder("counter").build().unwrap();
    let error = library.randomized_model(1).unwrap_err().to_string();
    assert!(error.contains("x_initial_unique"), "{error}");
}

#[test]
fn without_a_clock_there_is_no_cycle() {
    let library = Builder::new("counter")
        .file(common::verilog("counter.v"))
        .cache_dir(common::shared_cache())
        .build()
        .unwrap();
    let error = library.model().unwrap().cycle().unwrap_err().to_string();
    assert!(error.contains("Builder::clock"), "{error}");

    let error = common::builder("counter")
        .clock("count_o")
        .build()
        .unwrap_err();
    assert!(matches!(error, VerilatorError::Request { .. }), "{error}");
}

#[test]
fn shared_code_computes_the_same() {
    let builder = Builder::new("systolic")
        .file(Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/systolic.v"))
        .clock("clk_i")
        .flag("-GR=3")
        .flag("-GC=2")
        .cache_dir(common::shared_cache());
    // The sums of three cycles of operands, over the cycles in which they come out.
    let run = |library: Library| {
        let mut model = library.model().unwrap();
        let [load, valid] = ["load_i", "valid_i"].map(|name| model.input(name, 1).unwrap());
        let (w, a) = (
            model.input("w_i", 16).unwrap(),
            model.input("a_i", 24).unwrap(),
        );
        let s = model.output("s_o", 64).unwrap();
        let mut sums = Vec::new();
        for cycle in 0..20u64 {
            model.set(load, u64::from(cycle < 3));
            model.set(valid, 1);
            model.set(w, 0x0301 * (cycle + 1));
            model.set(a, 0x05_0403 * (cycle % 7));
            model.cycle().unwrap();
            sums.push(model.get(s));
        }
        sums
    };
    let flat = run(builder.build().unwrap());
    let shared = run(builder.clone().no_inline("systolic_pe").build().unwrap());
    assert_eq!(flat, shared);
    assert!(flat.iter().any(|&sum| sum != 0));
}
