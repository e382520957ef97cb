//! The cell that stops a clock.

use rust_hdl::prelude::*;

/// A clock gate: `gclk` follows `clk` where `en` or `test_en` was high at the
/// falling edge before.
///
/// A negative-edge flip-flop and an AND, which a foundry's cell replaces: a latch
/// cannot be written in Verilog-2001 without lint warnings. The enable has half a
/// cycle to arrive.
///
/// In rust-hdl's simulation `gclk` follows `clk` and nothing reads it: a gated
/// [`Pipe`](super::Pipe) is simulated by its enable.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct ClockGate {
    /// The clock.
    pub clk: Signal<In, Clock>,
    /// Lets the next pulse through.
    pub en: Signal<In, Bit>,
    /// Lets every pulse through, for scan test.
    pub test_en: Signal<In, Bit>,
    /// The gated clock.
    pub gclk: Signal<Out, Clock>,
}

impl Logic for ClockGate {
    fn update(&mut self) {
        self.gclk.next = self.clk.val();
    }

    fn connect(&mut self) {
        self.gclk.connect();
    }

    fn hdl(&self) -> Verilog {
        // The first line is what Heddle's emitter recognises.
        Verilog::Custom(
            "// heddle:clock_gate\n\
             reg en_q;\n\
             always @(negedge clk) en_q <= en | test_en;\n\
             always @(*) gclk = clk & en_q;\n"
                .into(),
        )
    }
}
