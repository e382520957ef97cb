//! A line of registers whose depth, reset and clocking are chosen at run time.

use crate::Reset;
use rust_hdl::prelude::*;
use std::collections::VecDeque;
use std::fmt::Write;

/// How the registers of a [`Pipe`] are reset and clocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PipeStyle {
    /// How the registers are reset, to all zeros.
    pub reset: Reset,
    /// Emitted on the rising edge of `gclk` and without the enable, which a
    /// [`ClockGate`](super::ClockGate) outside has already applied to that clock.
    /// A synchronous reset then relies on the gate being open during reset.
    pub gated: bool,
}

/// A line of `depth` registers of type `T` between `d` and `q`; depth 0 is a wire.
///
/// At a rising edge of the clock the line is cleared if reset is active, else it
/// shifts if `en` is high, else it holds.
///
/// rust-hdl's simulation always uses `clk` and `en`, also where `gated`: two clock
/// nets that pass different numbers of cells would race in its delta cycles, and a
/// closed gate does exactly what a low enable does. So `en` must be wired to what
/// opens the gate.
///
/// Inputs that a style does not use (`gclk` ungated, `rst_n` without reset, all but
/// `d` at depth 0) may stay unwired.
///
/// The emitter writes the registers into the module that holds the line; only
/// rust-hdl's own generator makes a module of it.
#[derive(Clone, Debug, LogicBlock)]
pub struct Pipe<T: Synth> {
    /// The clock.
    pub clk: Signal<In, Clock>,
    /// The gated clock.
    pub gclk: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_n: Signal<In, Bit>,
    /// Shifts where high.
    pub en: Signal<In, Bit>,
    /// What goes in.
    pub d: Signal<In, T>,
    /// What went in `depth` enabled cycles ago.
    pub q: Signal<Out, T>,
    // Constants, so that a probe sees what distinguishes one line from another.
    depth: Constant<Bits<16>>,
    reset: Constant<Bits<2>>,
    gated: Constant<Bit>,
    _style: PipeStyle,
    /// The registers, the newest first.
    _line: VecDeque<T>,
}

impl<T: Synth> Pipe<T> {
    /// A line of `depth` registers, all zero.
    ///
    /// # Panics
    /// Above 65535 registers, which no configuration that passes
    /// [`ArrayConfig::check`](crate::ArrayConfig::check) asks for.
    pub fn new(depth: usize, style: PipeStyle) -> Self {
        assert!(depth < 1 << 16, "a line of {depth} registers");
        Self {
            clk: Default::default(),
            gclk: Default::default(),
            rst_n: Default::default(),
            en: Default::default(),
            d: Default::default(),
            q: Default::default(),
            depth: Constant::new((depth as u64).to_bits()),
            reset: Constant::new((style.reset as u64).to_bits()),
            gated: Constant::new(style.gated),
            _style: style,
            _line: vec![T::default(); depth].into(),
        }
    }

    /// Registers in the line.
    pub fn depth(&self) -> usize {
        self._line.len()
    }
}

impl<T: Synth> Logic for Pipe<T> {
    fn update(&mut self) {
        if self._line.is_empty() {
            self.q.next = self.d.val();
            return;
        }
        let edge = self.clk.pos_edge();
        let clear = !self.rst_n.val()
            && match self._style.reset {
                Reset::None => false,
                Reset::Sync => edge,
                Reset::Async => true,
            };
        if clear {
            self._line.iter_mut().for_each(|word| *word = T::default());
        } else if edge && self.en.val() {
            self._line.pop_back();
            self._line.push_front(self.d.val());
        }
        self.q.next = self._line[self._line.len() - 1];
    }

    fn connect(&mut self) {
        self.q.connect();
        let wire = self._line.is_empty();
        if wire {
            self.clk.connect();
            self.en.connect();
        }
        if wire || !self._style.gated {
            self.gclk.connect();
        }
        if wire || self._style.reset == Reset::None {
            self.rst_n.connect();
        }
    }

    fn hdl(&self) -> Verilog {
        let depth = self._line.len();
        let PipeStyle { reset, gated } = self._style;
        // The first line is what Heddle's emitter recognises.
        let mut text = format!(
            "// heddle:pipe depth={depth} reset={reset} gated={}\n",
            u8::from(gated)
        );
        if depth == 0 {
            text += "always @(*) q = d;\n";
            return Verilog::Custom(text);
        }
        let (target, value) = if depth == 1 {
            ("q", "d")
        } else {
            let bits = T::BITS * (depth - 1);
            writeln!(text, "reg [{}:0] line;", bits - 1).expect("writing to a String");
            ("{q, line}", "{line, d}")
        };
        let clock = if gated { "posedge gclk" } else { "posedge clk" };
        let edge = match reset {
            Reset::Async => format!("{clock} or negedge rst_n"),
            Reset::None | Reset::Sync => clock.to_string(),
        };
        let clear = match reset {
            Reset::None => String::new(),
            Reset::Sync | Reset::Async => format!("if (!rst_n) {target} <= 0; else "),
        };
        let enable = if gated { "" } else { "if (en) " };
        writeln!(text, "always @({edge}) {clear}{enable}{target} <= {value};")
            .expect("writing to a String");
        Verilog::Custom(text)
    }

    fn timing(&self) -> Vec<TimingInfo> {
        if self._line.is_empty() {
            return vec![];
        }
        vec![TimingInfo {
            name: "pipe".into(),
            clock: "clk".into(),
            inputs: vec!["en".into(), "d".into()],
            outputs: vec!["q".into()],
        }]
    }
}
