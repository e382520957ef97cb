//! Descriptors come in the order of their numbers, from their places, whole.

use super::{config, Draw};
use heddle_format::Format;
use heddle_hdl::describe::Pins;
use heddle_hdl::engine::Ring;
use heddle_hdl::Site;

const BASE: u64 = 0x10_0000;

/// Byte `at` of the memory.
fn byte(at: u64) -> u64 {
    (at.wrapping_mul(0x9e37_79b9) >> 7) & 0xff
}

/// Runs until 20 descriptors came; the first difference, if there is one. `place` is where a number's descriptor
/// should lie.
fn runs(bus_bits: usize, seed: u64, place: impl Fn(u64) -> u64) -> Result<(), String> {
    let config = config(4, 4, Format::Int8, bus_bits);
    let mut uut = Pins::new(Ring::at(&Site::whole(&config)));
    let mut draw = Draw(seed);
    let bytes = bus_bits as u64 / 8;
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    uut.set("enable_i", true);
    uut.set("base_i", BASE);
    uut.set("bits_i", 3u8);
    // (first byte, words that came)
    let mut burst: Option<(u64, u64)> = None;
    let (mut taken, mut tail, mut bad) = (0u64, 0u64, None);
    for _ in 0..5000 {
        if tail < taken + 8 && draw.once_in(6) {
            tail += 1;
        }
        uut.set("tail_i", tail as u16);
        let ready = burst.is_none() && draw.once_in(2);
        uut.set("req_ready_i", ready);
        let beat = burst.is_some() && draw.once_in(2);
        uut.set("beat_valid_i", beat);
        let (mut last, mut error) = (false, false);
        if let (true, Some((from, words))) = (beat, burst) {
            let lanes: Vec<u64> = (0..bus_bits as u64)
                .map(|bit| byte(from + words * bytes + bit / 8) >> (bit % 8) & 1)
                .collect();
            uut.put("beat_data_i", &lanes);
            last = (words + 1) * bytes == 128;
            error = draw.once_in(40);
            if error {
                bad = Some((from - BASE) / 128);
            }
        }
        uut.set("beat_last_i", last);
        uut.set("beat_error_i", error);
        let takes = draw.once_in(3);
        uut.set("desc_ready_i", takes);
        uut.settle();
        if uut.get("desc_valid_o") == 1 && takes {
            if uut.get("index_o") != u128::from(taken) {
                return Err(format!("number {} instead of {taken}", uut.get("index_o")));
            }
            let from = BASE + place(taken) * 128;
            let words = uut.lanes("desc_o");
            if (0..1024).any(|bit| words[bit as usize] != byte(from + bit / 8) >> (bit % 8) & 1) {
                return Err(format!("descriptor {taken} is another one"));
            }
            let expected = bad.take() == Some(place(taken));
            if (uut.get("error_o") == 1) != expected {
                return Err(format!("descriptor {taken}: error should be {expected}"));
            }
            taken += 1;
            if taken == 20 {
                return Ok(());
            }
        }
        if uut.get("req_valid_o") == 1 && ready {
            if uut.get("req_bytes_o") != 128 {
                return Err("not 128 bytes".into());
            }
            burst = Some((uut.get("req_addr_o") as u64, 0));
        }
        if beat {
            burst = burst.and_then(|(from, words)| (!last).then_some((from, words + 1)));
        }
        uut.cycle();
    }
    Err(format!("only {taken} descriptors came"))
}

#[test]
fn descriptors_come_in_order_and_whole() {
    for (bus, seed) in [(32, 1), (128, 2), (512, 3)] {
        assert_eq!(runs(bus, seed, |number| number % 8), Ok(()), "{bus} bits");
    }
}

#[test]
fn a_wrong_place_would_be_noticed() {
    assert!(runs(512, 3, |number| number % 4).is_err());
}
