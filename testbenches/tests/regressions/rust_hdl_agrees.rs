//! rust-hdl's simulation of descriptions against Verilator's of their Verilog, cycle by cycle and
//! on every output port, under random inputs: what a description means and how it is written
//! down must be the same.

use heddle_format::Format;
use heddle_hdl::arith::bf16::Bf16;
use heddle_hdl::arith::int::Int;
use heddle_hdl::arith::Arithmetic;
use heddle_hdl::array::Array;
use heddle_hdl::describe::Site;
use heddle_hdl::emit::Design;
use heddle_hdl::pe::Pe;
use heddle_hdl::ArrayConfig;
use heddle_testbenches::rust_hdl_twin::lockstep;
use heddle_testbenches::{arrays, full};

fn cycles(short: usize) -> usize {
    if full() {
        20 * short
    } else {
        short
    }
}

/// Calls `$then::<F>(config)` with the arithmetic of `config`, one of `arrays::styles`.
macro_rules! with_arithmetic {
    ($config:expr, $then:ident) => {
        match ($config.format, $config.acc_bits()) {
            (Format::Bf16, _) => $then::<Bf16>($config),
            (Format::Int8, 16) => $then::<Int<8, 16, 16>>($config),
            (Format::Int8, 20) => $then::<Int<8, 16, 20>>($config),
            (Format::Int8, 32) => $then::<Int<8, 16, 32>>($config),
            (Format::Int16, 32) => $then::<Int<16, 32, 32>>($config),
            (Format::Int16, 48) => $then::<Int<16, 32, 48>>($config),
            (Format::Int16, 64) => $then::<Int<16, 32, 64>>($config),
            other => panic!("no arithmetic for {other:?} here"),
        }
    };
}

fn pe<F: Arithmetic>(config: &ArrayConfig) {
    if let Err(error) = lockstep(Pe::<F>::at(&Site::whole(config)), 1, cycles(3000), |_| {}) {
        panic!("PE of {}: {error}", config.slug());
    }
}

fn array<F: Arithmetic>(config: &ArrayConfig) {
    if let Err(error) = lockstep(Array::<F>::new(config), 2, cycles(600), |_| {}) {
        panic!("array {}: {error}", config.slug());
    }
}

#[test]
fn on_the_pe_in_every_style() {
    for config in arrays::styles()
        .iter()
        .chain(&arrays::flows())
        .chain(&arrays::dsps())
        .chain(&arrays::staged())
    {
        with_arithmetic!(config, pe);
    }
}

#[test]
fn on_small_arrays_of_many_styles() {
    for config in arrays::styles()
        .iter()
        .chain(&arrays::flows())
        .chain(&arrays::dsps())
        .chain(&arrays::staged())
        .step_by(if full() { 1 } else { 3 })
    {
        with_arithmetic!(config, array);
    }
}

#[test]
fn unless_one_of_them_is_changed() {
    let spoil = |design: &mut Design| {
        let top = design.modules.last_mut().unwrap();
        assert!(top.text.contains("next_valid_q & !swap_i"), "{}", top.text);
        top.text = top.text.replace("next_valid_q & !swap_i", "next_valid_q");
    };
    let config = ArrayConfig::new(1, 1, Format::Int8);
    let error = lockstep(
        Pe::<Int<8, 16, 32>>::at(&Site::whole(&config)),
        1,
        3000,
        spoil,
    )
    .unwrap_err();
    assert!(error.contains("rust-hdl"), "{error}");
}
