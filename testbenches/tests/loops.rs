//! The driving loops in Rust and in C++ do the same work and are both timed.

use heddle_testbenches::loop_bench::{compare_loops, LoopError};
use heddle_verilator::{Builder, VerilatorError};

const COUNTER: &str =
    "module counter(input clk_i, input en_i, input [69:0] step_i, output reg [69:0] count_o);
    always @(posedge clk_i) if (en_i) count_o <= count_o + step_i;
endmodule
";

#[test]
fn both_loops_see_the_same_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counter.v");
    std::fs::write(&file, COUNTER).unwrap();
    let builder = Builder::new("counter")
        .file(&file)
        .cache_dir(folder.path().join("cache"));
    // Checksums of all outputs of all cycles are compared in every round.
    let of = |fixed: &[(&str, u64)]| compare_loops(&builder, "clk_i", 500, 3, fixed);
    let comparison = of(&[("en_i", 1)]).unwrap();
    assert_eq!((comparison.rust.len(), comparison.cpp.len()), (3, 3));
    assert!(comparison.ratio().is_finite() && comparison.ratio() > 0.0);
    let held = of(&[("en_i", 0)]).unwrap();
    assert_ne!(held.checksum, comparison.checksum, "outputs are looked at");

    let error = of(&[("nothing_i", 1)]).unwrap_err();
    let error = matches!(error, LoopError::Verilator(VerilatorError::NoPort { .. }));
    assert!(error);
}
