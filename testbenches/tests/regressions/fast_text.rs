//! The text for simulation is the emitted one in every cycle: both models get the same random inputs,
//! with stalls, resets, clears and masks, and all outputs are compared. Without asynchronous reset and
//! clock gates it is proved, too (`scripts/equivalence.sh --simulation`).

use heddle_array::build::build;
use heddle_array::{BuildOptions, Text};
use heddle_format::Format;
use heddle_hdl::{generate_fast, ArrayConfig, Dataflow, Gating, Prefix, Reset, Tune};
use heddle_testbenches::arrays::build_options;
use heddle_verilator::{Direction, Model, Port};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A port of both models.
struct Both {
    name: String,
    bits: usize,
    ports: [Port; 2],
}

fn models(config: &ArrayConfig) -> [Model; 2] {
    [Text::Emitted, Text::Fast].map(|text| {
        let options = BuildOptions {
            text,
            ..build_options()
        };
        let library = build(config, &options).unwrap_or_else(|error| panic!("{error}"));
        library.model().unwrap_or_else(|error| panic!("{error}"))
    })
}

fn ports(models: &[Model; 2], direction: Direction) -> Vec<Both> {
    let all = models[0].ports().iter();
    all.filter(|port| port.direction == direction && port.name != "clk_i")
        .map(|port| Both {
            name: port.name.clone(),
            bits: port.width as usize,
            ports: [0, 1].map(|side: usize| models[side].port(&port.name).unwrap()),
        })
        .collect()
}

/// How often a bit of an input is high.
fn odds(name: &str, dense: f64) -> f64 {
    match name {
        "rst_ni" => 0.998,
        "clear_i" => 0.01,
        "en_i" => 0.5 + dense / 2.0,
        "w_last_i" | "a_first_i" | "x_last_i" => 0.3,
        "a_flush_i" => 0.1,
        _ if name.contains("keep") => 0.75,
        _ if name.contains("valid") => dense,
        _ => 0.5,
    }
}

fn value(model: &Model, port: &Both, side: usize) -> Vec<u32> {
    match port.bits {
        0..=64 => {
            let value = model.get(port.ports[side]);
            vec![value as u32, (value >> 32) as u32]
        }
        _ => model.words(port.ports[side]).to_vec(),
    }
}

fn drive(model: &mut Model, port: &Both, side: usize, words: &[u32]) {
    match port.bits {
        0..=64 => {
            let value = u64::from(words[0]) | u64::from(*words.get(1).unwrap_or(&0)) << 32;
            model.set(port.ports[side], value);
        }
        _ => model.words_mut(port.ports[side]).copy_from_slice(words),
    }
}

/// A number from 0 to 1.
fn unit(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.next_u32()) / f64::from(u32::MAX)
}

/// The first difference within `cycles`, and how many sums left.
fn difference(models: &mut [Model; 2], seed: u64, cycles: usize) -> Result<usize, String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (inputs, outputs) = (
        ports(models, Direction::Input),
        ports(models, Direction::Output),
    );
    let (mut dense, mut sums) = (0.9, 0);
    for cycle in 0..cycles {
        if cycle % 100 == 0 {
            dense = 0.3 + 0.7 * unit(&mut random);
        }
        for port in &inputs {
            let odds = match port.name.as_str() {
                "rst_ni" if cycle < 4 => 0.0,
                name => odds(name, dense),
            };
            let mut words = vec![0; port.bits.div_ceil(32)];
            for bit in 0..port.bits {
                words[bit / 32] |= u32::from(unit(&mut random) < odds) << (bit % 32);
            }
            for (side, model) in models.iter_mut().enumerate() {
                drive(model, port, side, &words);
            }
        }
        for model in models.iter_mut() {
            model.settle().unwrap();
        }
        for port in &outputs {
            let seen = [0, 1].map(|side| value(&models[side], port, side));
            if cycle > 4 && seen[0] != seen[1] {
                return Err(format!("{} in cycle {cycle}: {seen:x?}", port.name));
            }
            sums += usize::from(port.name == "s_valid_o" && seen[0][0] == 1);
        }
        for model in models.iter_mut() {
            model.rise().unwrap();
        }
    }
    Ok(sums)
}

fn configs() -> Vec<ArrayConfig> {
    let int8 = |rows, cols| ArrayConfig::new(rows, cols, Format::Int8);
    let bf16 = |rows, cols| ArrayConfig::new(rows, cols, Format::Bf16);
    let with = |dataflow, config| ArrayConfig { dataflow, ..config };
    vec![
        int8(5, 6),
        bf16(3, 5),
        with(Dataflow::Both, int8(4, 7)),
        with(Dataflow::Both, bf16(3, 4)),
        with(Dataflow::Os, int8(3, 2)),
        ArrayConfig {
            tune: Some(Tune::Liberty),
            ..int8(2, 9)
        },
        ArrayConfig {
            gating: Gating::None,
            reset: Some(Reset::None),
            ..int8(1, 3)
        },
        ArrayConfig {
            reset: Some(Reset::Async),
            ..int8(4, 1)
        },
        ArrayConfig {
            gating: Gating::ClockGate,
            dataflow: Dataflow::Both,
            ..int8(2, 3)
        },
    ]
}

#[test]
fn is_the_emitted_one_in_every_cycle() {
    for config in configs() {
        let fast = generate_fast(&config, &Prefix::default()).unwrap();
        assert!(fast.is_some(), "{} has no fast text", config.slug());
        match difference(&mut models(&config), 7, 3000) {
            Ok(sums) => assert!(sums > 100, "{}: {sums} sums", config.slug()),
            Err(error) => panic!("{}: {error}", config.slug()),
        }
    }
}

/// A DSP block is a primitive, of which there is but the emitted text.
#[test]
fn is_none_where_there_are_dsp_blocks() {
    let config = ArrayConfig {
        tune: Some(Tune::Ecp5),
        ..ArrayConfig::new(2, 2, Format::Int8)
    };
    assert!(generate_fast(&config, &Prefix::default())
        .unwrap()
        .is_none());
}

/// Another configuration's text is not taken for the same.
#[test]
fn a_different_array_is_seen() {
    let config = ArrayConfig::new(3, 3, Format::Int8);
    let other = ArrayConfig {
        mul_stages: Some(2),
        ..config
    };
    let [emitted, _] = models(&config);
    let [_, fast] = models(&other);
    assert!(difference(&mut [emitted, fast], 7, 1000).is_err());
}
