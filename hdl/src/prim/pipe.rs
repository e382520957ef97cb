//! A line of registers whose depth, reset and gating are chosen at run time.

use crate::{Reset, Skew};
use rust_hdl::prelude::*;
use std::fmt::Write;

/// How the registers of a [`Pipe`] are reset and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PipeStyle {
    /// How the registers are reset, to all zeros.
    pub reset: Reset,
    /// Whether `en` stops the clock through a gate cell rather than hold the
    /// registers by a clock enable.
    pub gated: bool,
}

/// A line of `depth` registers of type `T` between `d` and `q`; depth 0 is a wire.
///
/// At a rising edge of the clock the line is cleared if reset is active, else it
/// shifts if `en` is high, else it holds.
///
/// The emitter writes the registers into the module that holds the line, and puts
/// all lines of a module that have clock, reset and enable in common into one
/// process. Where `gated` is set, such a group shares one `heddle_clock_gate` cell,
/// which the emitter adds: open where `en`, an active synchronous reset, or
/// `test_en` says so; the registers then have no enable of their own. In rust-hdl's
/// simulation the enable is obeyed instead: two clock nets that pass different
/// numbers of cells would race in its delta cycles.
///
/// Only rust-hdl's own generator makes a module of a line.
#[derive(Clone, Debug, LogicBlock)]
pub struct Pipe<T: Synth> {
    /// The clock.
    pub clk: Signal<In, Clock>,
    /// Reset, active low; without meaning for [`Reset::None`].
    pub rst_n: Signal<In, Bit>,
    /// Shifts where high.
    pub en: Signal<In, Bit>,
    /// Opens the clock gate for scan test; without meaning unless gated.
    pub test_en: Signal<In, Bit>,
    /// What goes in.
    pub d: Signal<In, T>,
    /// What went in `depth` enabled cycles ago.
    pub q: Signal<Out, T>,
    // Constants, so that a probe sees what distinguishes one line from another.
    depth: Constant<Bits<16>>,
    reset: Constant<Bits<2>>,
    gated: Constant<Bit>,
    /// One more than the lowest bit of `PRELOAD` that reset puts into the line; 0 without.
    preload: Constant<Bits<8>>,
    in_ram: Constant<Bit>,
    _style: PipeStyle,
    /// The registers, the newest first.
    _line: Vec<T>,
}

/// The nets that all pipes of a module share, as values of one delta cycle.
#[derive(Clone, Copy, Debug)]
pub struct PipeControl {
    /// The clock.
    pub clk: Clock,
    /// Reset, active low.
    pub rst_n: bool,
    /// Opens clock gates for scan test.
    pub test_en: bool,
}

impl PipeControl {
    /// The values of a module's own `clk_i`, `rst_ni` and `test_en_i`.
    pub fn of(
        clk: &Signal<In, Clock>,
        rst_n: &Signal<In, Bit>,
        test_en: &[Signal<In, Bit>],
    ) -> Self {
        Self {
            clk: clk.val(),
            rst_n: rst_n.val(),
            test_en: test_en.first().is_some_and(|port| port.val()),
        }
    }
}

impl<T: Synth> Pipe<T> {
    /// A line of `depth` registers, all zero.
    ///
    /// # Panics
    /// If `depth` does not fit 16 bits.
    pub fn new(depth: usize, style: PipeStyle) -> Self {
        let depth_bits = u16::try_from(depth).expect("a pipe of 65,536 registers or more");
        Self {
            clk: Signal::default(),
            rst_n: Signal::default(),
            en: Signal::default(),
            test_en: Signal::default(),
            d: Signal::default(),
            q: Signal::default(),
            depth: Constant::new(u64::from(depth_bits).into()),
            reset: Constant::new((style.reset as u64).into()),
            gated: Constant::new(style.gated),
            preload: Constant::new(0u64.into()),
            in_ram: Constant::new(false),
            _style: style,
            _line: vec![T::default(); depth],
        }
    }

    /// The same line, but that reset puts bits of the Verilog parameter `PRELOAD` into it, from
    /// bit `low` on; it is zero unless it is overridden. In rust-hdl it is zero.
    #[must_use]
    pub fn preloaded(mut self, low: u8) -> Self {
        self.preload = Constant::new((u64::from(low) + 1).into());
        self
    }

    /// The same line, but that the emitter keeps it in distributed RAM if `skew` says so and it is
    /// long enough. Reset then does not clear it, as if its style were [`Reset::None`].
    #[must_use]
    pub fn skewing(mut self, skew: Skew) -> Self {
        self.in_ram = Constant::new(skew == Skew::Ram);
        self
    }

    /// Drives every input, from the `update` of the block that holds the line.
    #[inline]
    pub fn drive(&mut self, control: PipeControl, en: bool, d: T) {
        self.clk.next = control.clk;
        self.rst_n.next = control.rst_n;
        self.test_en.next = control.test_en;
        self.en.next = en;
        self.d.next = d;
    }

    /// Claims every input, from the `connect` of the block that holds the line.
    pub fn connect_inputs(&mut self) {
        self.clk.connect();
        self.rst_n.connect();
        self.en.connect();
        self.test_en.connect();
        self.d.connect();
    }
}

impl<T: Synth> Logic for Pipe<T> {
    fn update(&mut self) {
        if self._line.is_empty() {
            self.q.next = self.d.val();
            return;
        }
        let reset = !self.rst_n.val()
            && match self._style.reset {
                Reset::None => false,
                Reset::Sync => self.clk.pos_edge(),
                Reset::Async => true,
            };
        if reset {
            self._line.fill(T::default());
        } else if self.clk.pos_edge() && self.en.val() {
            self._line.rotate_right(1);
            self._line[0] = self.d.val();
        }
        self.q.next = self._line[self._line.len() - 1];
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    /// A body for rust-hdl's own generator; the first line is what our emitter reads.
    fn hdl(&self) -> Verilog {
        let (depth, bits) = (self._line.len(), T::BITS);
        let mut body = format!(
            "// heddle:pipe depth={depth} reset={} gated={} preload={} ram={}\n",
            self._style.reset,
            u8::from(self._style.gated),
            self.preload.val().to_u64(),
            u8::from(self.in_ram.val()),
        );
        if depth == 0 {
            body += "always @(*) q = d;\n";
            return Verilog::Custom(body);
        }
        let total = depth * bits;
        let shifted = match depth {
            1 => "d".to_owned(),
            _ => format!("{{line[{}:0], d}}", total - bits - 1),
        };
        let edge = match self._style.reset {
            Reset::Async => " or negedge rst_n",
            Reset::None | Reset::Sync => "",
        };
        let reset = match self._style.reset {
            Reset::None => String::new(),
            Reset::Sync | Reset::Async => format!("if (!rst_n) line <= {total}'h0; else "),
        };
        writeln!(
            body,
            "reg [{top}:0] line;\nalways @(*) q = line[{top}:{low}];\n\
             always @(posedge clk{edge}) {reset}if (en) line <= {shifted};",
            top = total - 1,
            low = total - bits,
        )
        .expect("writing to a string");
        Verilog::Custom(body)
    }
}
