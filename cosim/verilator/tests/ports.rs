//! Ports of every storage class are named, checked, driven and read.

mod common;

use heddle_verilator::{Direction, VerilatorError};

#[test]
fn every_width_is_driven_and_read() {
    let library = common::builder("widths").build().unwrap();
    let mut model = library.model().unwrap();
    let narrow = [("byte", 8), ("half", 13), ("word", 32), ("long", 64)];
    for (pattern, name, width) in [0u64, 1, 0x0123_4567_89ab_cdef, u64::MAX]
        .into_iter()
        .flat_map(|p| narrow.map(|(name, width)| (p, name, width)))
    {
        let input = model.input(&format!("{name}_i"), width).unwrap();
        let output = model.output(&format!("{name}_o"), width).unwrap();
        let mask = u64::MAX >> (64 - width);
        model.set(input, pattern);
        assert_eq!(model.get(input), pattern & mask);
        model.cycle().unwrap();
        assert_eq!(model.get(output), !pattern & mask, "{name} {pattern:x}");
        let bytes: Vec<u8> = (!pattern & mask).to_le_bytes()[..width.div_ceil(8)].to_vec();
        assert_eq!(model.bytes(output), bytes);
    }
    for width in [65usize, 300] {
        let input = model.input(&format!("wide{width}_i"), width).unwrap();
        let output = model.output(&format!("wide{width}_o"), width).unwrap();
        let words: Vec<u32> = (1..=width.div_ceil(32) as u32)
            .map(|i| i.wrapping_mul(0x9e37_79b9))
            .collect();
        model.words_mut(input).copy_from_slice(&words);
        model.cycle().unwrap();
        let mut expected: Vec<u32> = words.iter().map(|word| !word).collect();
        *expected.last_mut().unwrap() &= (1 << (width % 32)) - 1;
        assert_eq!(model.words(output), expected);
        let bytes: Vec<u8> = expected.iter().flat_map(|w| w.to_le_bytes()).collect();
        assert_eq!(model.bytes(output), &bytes[..width.div_ceil(8)]);
    }
}

#[test]
fn bits_beyond_a_width_never_reach_the_model() {
    let library = common::builder("widths").build().unwrap();
    let mut model = library.model().unwrap();
    let half = model.port("half_i").unwrap();
    let wide = model.port("wide65_i").unwrap();
    let ones = model.port("ones_o").unwrap();
    model.bytes_mut(half).fill(0xff);
    model.words_mut(wide).fill(u32::MAX);
    model.eval().unwrap();
    assert_eq!(model.get(half), 0x1fff);
    assert_eq!(model.words(wide), [u32::MAX, u32::MAX, 1]);
    assert_eq!(model.get(ones), 2);
    model.bytes_mut(wide)[..].fill(0xff);
    assert_eq!(model.words(wide), [u32::MAX, u32::MAX, 1]);
    model.set(half, u64::MAX);
    assert_eq!(model.get(half), 0x1fff);
}

#[test]
fn ports_are_listed_and_checked() {
    let library = common::builder("widths").build().unwrap();
    let ports = library.ports();
    assert_eq!(ports.len(), 16);
    let wide = ports.iter().find(|p| p.name == "wide300_i").unwrap();
    assert_eq!((wide.width, wide.direction), (300, Direction::Input));

    let model = library.model().unwrap();
    let error = model.port("nothing_i").unwrap_err();
    assert!(matches!(error, VerilatorError::NoPort { .. }));
    assert!(error.to_string().contains("wide300_i"), "{error}");
    let error = model.input("byte_i", 9).unwrap_err().to_string();
    assert!(
        error.contains("an input of 8 bits") && error.contains("9 bits"),
        "{error}"
    );
    let error = model.input("byte_o", 8).unwrap_err().to_string();
    assert!(error.contains("an output of 8 bits"), "{error}");
}

#[test]
#[should_panic(expected = "only the model drives")]
fn an_output_cannot_be_driven() {
    let library = common::builder("widths").build().unwrap();
    let mut model = library.model().unwrap();
    let output = model.port("byte_o").unwrap();
    model.set(output, 1);
}

#[test]
#[should_panic(expected = "another library")]
fn a_port_of_another_library_is_refused() {
    let one = common::builder("widths").build().unwrap().model().unwrap();
    let two = common::builder("counter").build().unwrap().model().unwrap();
    one.get(two.port("count_o").unwrap());
}
