//! Negative control: copies of the emitted Verilog with one fault each. The very check
//! that passes on the unmodified copy must fail on each of them.

use half::bf16;
use heddle_array::build::build_files;
use heddle_array::{Disturbance, DriverOptions, VerilatedArray};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{generate, ArrayConfig};
use heddle_schedule::Mapping;
use heddle_testbenches::arrays;
use heddle_testbenches::batch::{Batch, Tested};
use heddle_testbenches::stream::check;

/// A fault: in one module, texts and what takes their place.
pub struct Fault {
    pub what: &'static str,
    pub module: &'static str,
    pub changes: &'static [(&'static str, &'static str)],
}

const INTEGER_FAULTS: [Fault; 13] = [
    Fault {
        what: "a gate that leaks: dropped products are added",
        module: "heddle_pe",
        changes: &[("(!rst_ni | (en_i & !on_q))", "(!rst_ni)")],
    },
    Fault {
        what: "a gate that sticks: products of kept rows are not taken",
        module: "heddle_pe",
        changes: &[("(en_i & product_en)", "(en_i & product_en & mac_i)")],
    },
    Fault {
        what: "a mask that swaps one tile late",
        module: "heddle_control",
        changes: &[
            ("  reg waited_q;", "  reg row_late_q;\n  reg waited_q;"),
            (
                "a_first_i ? row_next_q",
                "a_first_i ? {row_next_q[1], row_late_q}",
            ),
            (
                "row_now_q <= row_next_q;",
                "row_late_q <= row_next_q[0];\n      row_now_q <= {row_next_q[1], row_late_q};",
            ),
        ],
    },
    Fault {
        what: "swapped operands: the rows' activations change places",
        module: "heddle_west_edge",
        changes: &[(".data_o({act_o[r*8 +: 8]", ".data_o({act_o[(1 - r)*8 +: 8]")],
    },
    Fault {
        what: "a stuck valid",
        module: "heddle_south_edge",
        changes: &[
            (
                "  wire keep;",
                "  wire valid;\n  assign valid_o = 1'b1;\n  wire keep;",
            ),
            (".data_o({keep, valid_o})", ".data_o({keep, valid})"),
        ],
    },
    Fault {
        what: "a beat lost under stall: the valid bits move on",
        module: "heddle_south_edge",
        changes: &[(
            ".en_i  (en_i),\n    .data_i({keep_i, beat_i}),",
            ".en_i  (1'b1),\n    .data_i({keep_i, beat_i}),",
        )],
    },
    Fault {
        what: "a PE that moves on under stall",
        module: "heddle_pe",
        changes: &[("end else if (en_i) begin", "end else begin")],
    },
    Fault {
        what: "a weight captured by the wrong PE: the first word after a swap is passed on",
        module: "heddle_pe",
        changes: &[(
            "wire occupied = next_valid_q & !swap_i;",
            "wire occupied = next_valid_q;",
        )],
    },
    Fault {
        what: "a lost sticky bit",
        module: "heddle_south_edge",
        changes: &[(
            "ovf_q <= (ovf_q | (|(keep_o & ovf)))",
            "ovf_q <= (|(keep_o & ovf))",
        )],
    },
    Fault {
        what: "a wrong counter",
        module: "heddle_counters",
        changes: &[(", beat_macs_q}),", ", beat_macs_q | 1'b1}),")],
    },
    Fault {
        what: "a wrong skew: the second row's activations come a cycle early",
        module: "heddle_west_edge",
        changes: &[
            (
                "  genvar r;",
                "  wire [ROWS*8-1:0] late;\n  assign act_o = act_i;\n  genvar r;",
            ),
            (".data_o({act_o[r*8 +: 8]", ".data_o({late[r*8 +: 8]"),
        ],
    },
    Fault {
        what: "a lost mask of a column",
        module: "heddle_control",
        changes: &[(
            "col_next_q <= col_keep_i;",
            "col_next_q <= {1'b1, col_keep_i[0]};",
        )],
    },
    Fault {
        what: "an overflow missed at the negative end",
        module: "heddle_add_int16",
        changes: &[("both_neg = sum_i[15] & product_i[15];", "both_neg = 1'b0;")],
    },
];

const FLOAT_FAULTS: [Fault; 2] = [
    Fault {
        what: "a wrong rounding: ties away from zero",
        module: "heddle_fma_round",
        changes: &[
            ("sig_i[3] & (sig_i[4] |", "sig_i[3] & (1'b1 |"),
            ("sig_i[2] & (sig_i[3] |", "sig_i[2] & (1'b1 |"),
            ("sig_i[1] & (sig_i[2] |", "sig_i[1] & (1'b1 |"),
        ],
    },
    Fault {
        what: "a lost sticky bit: what was shifted out does not break the tie",
        module: "heddle_fma_round",
        changes: &[
            ("(|sig_i[2:0]) | sticky_i)", "1'b0)"),
            ("(|sig_i[1:0]) | sticky_i)", "1'b0)"),
            ("sig_i[0] | sticky_i)", "1'b0)"),
        ],
    },
];

/// The array of `config` with `fault`, if any.
fn spoiled(config: &ArrayConfig, fault: Option<&Fault>) -> VerilatedArray {
    let mut design = generate(config).unwrap();
    if let Some(fault) = fault {
        let module = design
            .modules
            .iter_mut()
            .find(|module| module.name == fault.module);
        let module =
            module.unwrap_or_else(|| panic!("{}: there is no {}", fault.what, fault.module));
        for (from, to) in fault.changes {
            let times = module.text.matches(from).count();
            assert!(
                times >= 1,
                "{}: '{from}' is gone from\n{}",
                fault.what,
                module.text
            );
            module.text = module.text.replace(from, to);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let files = design.write(folder.path()).unwrap();
    let library =
        build_files(&files, &arrays::build_options()).unwrap_or_else(|error| panic!("{error}"));
    VerilatedArray::new(config, &library, None).unwrap()
}

/// Full rate, and gaps and stalls drawn from `seed`.
pub fn options(seed: u64) -> [DriverOptions; 2] {
    let stalled = DriverOptions {
        disturbance: Some(Disturbance {
            seed,
            weight_gap: 0.2,
            beat_gap: 0.2,
            exchange_gap: 0.2,
            stall: 0.2,
        }),
        ..DriverOptions::default()
    };
    [DriverOptions::default(), stalled]
}

/// What the regression finds wrong with an array, if anything.
fn regression<E: Tested>(config: &ArrayConfig, array: &mut VerilatedArray) -> Result<(), String> {
    let plain = Mapping::plain(config).into();
    for seed in 0..12 {
        let batch = Batch::<E>::random(config, seed, 3, 9);
        for policy in Policy::ALL {
            for options in &options(seed) {
                check(config, array, policy, options, &batch, plain)?;
            }
        }
    }
    Ok(())
}

/// `regression` passes on the unmodified array of `config` and on none with a fault.
pub fn each_is_caught(
    config: &ArrayConfig,
    faults: &[Fault],
    regression: fn(&ArrayConfig, &mut VerilatedArray) -> Result<(), String>,
) {
    regression(config, &mut spoiled(config, None)).expect("the unmodified copy passes");
    let mut missed = Vec::new();
    for fault in faults {
        match regression(config, &mut spoiled(config, Some(fault))) {
            Ok(()) => missed.push(fault.what),
            Err(by) => println!("{}: {by}", fault.what),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:#?}");
}

#[test]
fn in_integers_each_is_caught() {
    let config = ArrayConfig {
        acc_bits: Some(16),
        ..ArrayConfig::new(2, 2, Format::Int8)
    };
    each_is_caught(&config, &INTEGER_FAULTS, regression::<i8>);
}

#[test]
fn in_bf16_each_is_caught() {
    each_is_caught(
        &ArrayConfig::new(1, 1, Format::Bf16),
        &FLOAT_FAULTS,
        regression::<bf16>,
    );
}
