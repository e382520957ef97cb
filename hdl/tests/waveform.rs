//! The waveform of the emitted test bench: only where it is asked for, and where it goes.

mod common;

use heddle_format::Format;
use heddle_hdl::package::bench_verilog;
use heddle_hdl::{generate_as, ArrayConfig};

#[test]
fn the_bench_writes_a_waveform_where_it_is_told() {
    let config = ArrayConfig::new(1, 2, Format::Int8);
    let design = generate_as(&config, &"acme".parse().unwrap()).unwrap();
    assert!(!bench_verilog(&config, &design, false).contains("$dump"));
    if !common::has("iverilog") {
        return;
    }
    let (_guard, dir) = common::folder();
    let mut files = common::write(&design, &dir);
    std::fs::write(dir.join("bench.v"), bench_verilog(&config, &design, true)).unwrap();
    files.push("bench.v".into());
    let mut args = vec!["-g2001", "-Wall", "-o", "bench.vvp", "-s", "tb_acme_array"];
    args.extend(files.iter().map(String::as_str));
    let (output, text) = common::run(&dir, "iverilog", &args);
    assert!(output.status.success() && text.is_empty(), "{text}");
    for (told, file) in [
        (None, "tb_acme_array.vcd"),
        (Some("+waveform=a b.vcd"), "a b.vcd"),
    ] {
        let mut args = vec!["-n", "bench.vvp"];
        args.extend(told);
        let (output, text) = common::run(&dir, "vvp", &args);
        assert!(output.status.success() && text.contains("PASS: "), "{text}");
        let wave = std::fs::read_to_string(dir.join(file)).unwrap();
        for name in ["s_valid_o", "g_row[0]", "g_pe[1]", "act_q"] {
            assert!(wave.contains(name), "{name} is not in {file}");
        }
    }
    let nowhere = ["-n", "bench.vvp", "+waveform=no/folder.vcd"];
    let (output, text) = common::run(&dir, "vvp", &nowhere);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("FAIL: cannot write the waveform"), "{text}");
}
