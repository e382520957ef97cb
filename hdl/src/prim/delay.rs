//! A line of registers as a module of its own, of whatever width and depth.

use crate::bundle::Ungated;
use crate::describe::{
    concat, elements, Body, Build, Configuration, Describe, Expr, Net, Place, Shape, Site, Size,
    Style, BITS_TO,
};
use crate::{ArrayConfig, Reset, Skew};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// The shortest line that is kept in RAM: shorter ones would save less than their address costs.
const SHORTEST: usize = 4;

/// What goes in comes out `DEPTH` enabled cycles later. Depth 0 is a wire.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(manual, name = self.kind(), about = self.purpose())]
pub struct Delay {
    clocked: Ungated,
    /// data
    pub data_i: Net<In, Bit>,
    /// data, delayed
    pub data_o: Net<Out, Bit>,
    _style: Style,
    /// How the address is reset, if the line is kept in RAM.
    _ram: Option<Reset>,
    /// The registers, the newest first.
    _line: Vec<Vec<Bit>>,
}

impl Delay {
    /// A line of `depth` registers of `bits` bits.
    pub fn new<C: Configuration>(
        config: &Site<C>,
        bits: usize,
        depth: usize,
        style: Style,
    ) -> Self {
        let data = Shape::default().with_lanes(Size::Name("BITS"));
        Self {
            clocked: Ungated::build(config, &Shape::default()),
            data_i: Net::with_count(config, &data, bits),
            data_o: Net::with_count(config, &data, bits),
            _style: style,
            _ram: None,
            _line: vec![vec![false; bits]; depth],
        }
    }

    /// The same, kept in distributed RAM where `config` says so and the line is long enough. Reset
    /// then does not clear it.
    #[must_use]
    pub fn skewing(mut self, config: &ArrayConfig) -> Self {
        self._ram = (config.skew() == Skew::Ram).then(|| config.control_style().reset);
        self
    }

    fn is_in_ram(&self) -> bool {
        self._ram.is_some() && self._line.len() >= SHORTEST
    }

    fn kind(&self) -> &'static str {
        match (self._ram, self._style.reset) {
            (Some(_), _) => "ram_line",
            (None, Reset::None) => "delay_data",
            (None, _) => "delay",
        }
    }

    fn purpose(&self) -> &'static str {
        match (self._ram, self._style.reset) {
            (Some(_), _) => {
                "Delays data, which lie in rings of words in distributed RAM, and in registers what \
                 is left over. Nothing but the address is reset: what comes out before it went in \
                 is unspecified."
            }
            (None, Reset::None) => "Delays data by registers without reset.",
            (None, _) => "Delays data by registers.",
        }
    }
}

/// What else starts a process.
fn edge(reset: Reset) -> &'static str {
    match reset {
        Reset::Async => " or negedge rst_ni",
        Reset::None | Reset::Sync => "",
    }
}

/// `template` with the process of the line of registers in it.
fn with_line(template: &str, reset: Reset) -> String {
    let (unused, branch) = match reset {
        Reset::None => (
            "      // Nothing is reset.\n      wire unused = &{1'b0, rst_ni};\n\n",
            "        ",
        ),
        Reset::Sync | Reset::Async => (
            "",
            "        if (!rst_ni) begin\n          line_q <= {DEPTH{{BITS{1'b0}}}};\n        end else ",
        ),
    };
    let line = format!(
        "      // The line moves up by one element.\n      \
         always @(posedge clk_i{}) begin\n{branch}if (en_i) begin\n          \
         line_q <= line[DEPTH*BITS-1:0];\n        end\n      end",
        edge(reset)
    );
    template
        .replace("/*unused*/", unused)
        .replace("/*line*/", &line)
}

/// `text` one level further in.
fn indented(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

impl Logic for Delay {
    fn update(&mut self) {
        let lanes = 0..self.data_i.len();
        let new: Vec<Bit> = lanes.clone().map(|lane| self.data_i.get(lane)).collect();
        let rises = crate::describe::AnyNet::rises(&self.clocked.clk_i);
        let resets = match self._style.reset {
            _ if self.clocked.rst_ni.get(0) || self.is_in_ram() => false,
            Reset::None => false,
            Reset::Sync => rises,
            Reset::Async => true,
        };
        if resets {
            self._line.iter_mut().for_each(|word| word.fill(false));
        } else if rises && self.clocked.en_i.get(0) && !self._line.is_empty() {
            self._line.rotate_right(1);
            self._line[0].clone_from(&new);
        }
        for lane in lanes {
            let oldest = self._line.last().unwrap_or(&new);
            self.data_o.set(lane, oldest[lane]);
        }
    }

    fn connect(&mut self) {
        self.data_o.connect();
    }

    /// A body for rust-hdl's own generator: registers, also where our own text has RAM.
    fn hdl(&self) -> Verilog {
        let (bits, depth) = (self.data_i.len(), self._line.len());
        let nets = Body::of(self).nets;
        let data = |name: &str| nets.iter().find(|net| net.name == name).map(elements);
        let (from, to) = (
            data("data_i").unwrap_or_default(),
            data("data_o").unwrap_or_default(),
        );
        if depth == 0 {
            return Verilog::Custom(format!("always @(*) {to} = {from};"));
        }
        let (top, last) = (depth * bits - 1, (depth - 1) * bits);
        let shifted = match depth {
            1 => from,
            _ => format!("{{line[{}:0], {from}}}", last - 1),
        };
        let edge = edge(self._style.reset);
        let reset = match self._style.reset {
            Reset::None => String::new(),
            Reset::Sync | Reset::Async => format!("if (!rst_ni) line <= {}'h0; else ", top + 1),
        };
        Verilog::Custom(format!(
            "// heddle:register line g_line.line_q\nreg [{top}:0] line;\n\
             always @(*) {to} = line[{top}:{last}];\n\
             always @(posedge clk_i{edge}) {reset}if (en_i) line <= {shifted};"
        ))
    }
}

impl Describe for Delay {
    fn describe(&self, m: &mut Body) {
        let own = self._style.reset;
        let text = match self._ram {
            Some(address) => with_line(include_str!("ram_line.v"), own)
                .replace("/*edge*/", edge(address))
                .replace("/*bits_to*/", &indented(BITS_TO)),
            None => {
                let reset = match own {
                    Reset::None => "reset: without effect",
                    _ => "reset, active low, held for one rising edge or more",
                };
                with_line(include_str!("delay.v"), own).replace("/*reset*/", reset)
            }
        };
        m.cell(text, vec![("BITS", 1), ("DEPTH", 1)]);
    }
}

impl Delay {
    /// In the module `m`, `to` is `from` as it was `depth` enabled cycles ago, both side by side, the
    /// first in the high bits, by this line, or by the one with index `of` among many.
    pub fn between(
        &self,
        m: &mut Body,
        of: Option<Size>,
        depth: impl Into<Size>,
        from: impl IntoIterator<Item = Expr>,
        to: impl IntoIterator<Item = Place>,
    ) {
        let (mut input, mut output) = (self.data_i.place(), self.data_o.place());
        (input.of, output.of) = (of.clone(), of);
        let from = concat(from);
        m.parameter(input.clone(), "BITS", from.bits());
        m.parameter(input.clone(), "DEPTH", depth);
        m.assign(input, from);
        m.unpack(to, output);
    }
}
