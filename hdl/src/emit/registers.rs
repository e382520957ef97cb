//! Register lines, written into the module that holds them: lines with the same
//! clock, reset and enable share a process, and gated ones a clock gate.

use super::ir::{concat, Expr, NetId, Part, Role};
use super::scope::Scope;
use super::wiring::Wiring;
use crate::{HdlError, Reset};

/// What distinguishes one register line from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineShape {
    pub depth: usize,
    pub bits: usize,
    pub reset: Reset,
    pub gated: bool,
    /// Reset puts the module's parameter `PRELOAD` into it, from this bit on.
    pub preload: Option<usize>,
    /// Distributed RAM may hold it.
    pub in_ram: bool,
    pub signed: bool,
}

impl LineShape {
    /// Reads the first line of a [`Pipe`](crate::prim::Pipe)'s body; width and sign are
    /// those of its ports.
    pub fn read(text: &str, bits: usize, signed: bool) -> Option<Self> {
        let marker = text.lines().next()?.strip_prefix("// heddle:pipe ")?;
        let mut shape = Self {
            depth: 0,
            bits,
            reset: Reset::None,
            gated: false,
            preload: None,
            in_ram: false,
            signed,
        };
        for word in marker.split_whitespace() {
            match word.split_once('=')? {
                ("depth", value) => shape.depth = value.parse().ok()?,
                ("reset", value) => shape.reset = value.parse().ok()?,
                ("gated", value) => shape.gated = value == "1",
                ("ram", value) => shape.in_ram = value == "1",
                ("preload", value) => shape.preload = value.parse::<usize>().ok()?.checked_sub(1),
                _ => return None,
            }
        }
        Some(shape)
    }
}

/// A register line and its nets.
#[derive(Clone, Debug)]
pub struct Line {
    /// The field, as an identifier.
    pub name: String,
    pub shape: LineShape,
    pub clk: NetId,
    pub rst_n: NetId,
    pub en: NetId,
    pub test_en: NetId,
    pub d: NetId,
    /// All registers of the line, the newest in the low bits.
    pub q: NetId,
}

impl Line {
    /// Declares the nets of the line in `field`.
    pub fn declare(scope: &mut Scope, field: &str, shape: LineShape) -> Result<Self, HdlError> {
        let full = super::names::identifier(field);
        let name = full.strip_suffix("_q").unwrap_or(&full).to_owned();
        let mut input = |port: &str, bits: usize, signed: bool| {
            let net = scope.add_tentative(format!("{name}_{port}"), bits, Role::PipeInput);
            scope.bind(format!("{field}${port}"), scope.whole(net), signed);
            net
        };
        let clk = input("clk", 1, false);
        let rst_n = input("rst_n", 1, false);
        let en = input("en", 1, false);
        let test_en = input("test_en", 1, false);
        let d = input("d", shape.bits, shape.signed);
        let (suffix, total) = match shape.depth {
            0 | 1 => ("q", shape.bits),
            depth => ("line_q", depth * shape.bits),
        };
        let q = scope.add(format!("{name}_{suffix}"), total, Role::Register)?;
        let oldest = Part {
            net: q,
            lo: total - shape.bits,
            bits: shape.bits,
        };
        scope.bind(format!("{field}$q"), oldest, shape.signed);
        Ok(Self {
            name,
            shape,
            clk,
            rst_n,
            en,
            test_en,
            d,
            q,
        })
    }
}

/// A clock gate cell.
#[derive(Clone, Debug)]
pub struct Gate {
    pub name: String,
    /// The wire of its output.
    pub clock_out: String,
    pub clock: Expr,
    pub enable: Expr,
    /// Opens the gate so that a synchronous reset is seen.
    pub reset_n: Option<Expr>,
    pub test_enable: Expr,
}

/// An `always @(posedge ...)`.
#[derive(Clone, Debug)]
pub struct Process {
    pub clock: Expr,
    pub reset: Reset,
    pub reset_n: Option<Expr>,
    /// `None`: always, or through a gate.
    pub enable: Option<Expr>,
    /// Index of the gate in front of it.
    pub gate: Option<usize>,
    /// Registers and what they become.
    pub registers: Vec<(NetId, Expr)>,
}

/// Sorts the registers into processes, in the order of their first fields.
pub fn group(wiring: &Wiring) -> Result<(Vec<Gate>, Vec<Process>), HdlError> {
    let mut gates: Vec<Gate> = Vec::new();
    let mut processes: Vec<Process> = Vec::new();
    let scope = wiring.scope;
    for line in wiring.lines.iter().filter(|line| line.shape.depth > 0) {
        let net = |net: NetId| wiring.resolve(Expr::Part(scope.whole(net)));
        let clock = net(line.clk)?;
        let enable = net(line.en)?;
        let always = matches!(enable, Expr::Literal { value: 1, .. });
        let reset_n = match line.shape.reset {
            Reset::None => None,
            Reset::Sync | Reset::Async => Some(net(line.rst_n)?),
        };
        for (what, expr) in [("clk", Some(&clock)), ("rst_n", reset_n.as_ref())] {
            if !matches!(expr, None | Some(Expr::Part(_))) {
                return Err(scope.problem(format!(
                    "{what} of the register line {} is not a signal",
                    line.name
                )));
            }
        }
        let mut process = Process {
            clock,
            reset: line.shape.reset,
            reset_n,
            enable: (!always).then_some(enable),
            gate: None,
            registers: Vec::new(),
        };
        if line.shape.gated && !always {
            let gate = Gate {
                name: format!("{}_gate", line.name),
                clock_out: format!("{}_gclk", line.name),
                clock: process.clock.clone(),
                enable: process.enable.take().expect("set unless always"),
                reset_n: process
                    .reset_n
                    .clone()
                    .filter(|_| process.reset == Reset::Sync),
                test_enable: net(line.test_en)?,
            };
            let same = |known: &Gate| {
                (
                    &known.clock,
                    &known.enable,
                    &known.reset_n,
                    &known.test_enable,
                ) == (&gate.clock, &gate.enable, &gate.reset_n, &gate.test_enable)
            };
            process.gate = gates.iter().position(same);
            if process.gate.is_none() {
                process.gate = Some(gates.len());
                gates.push(gate);
            }
        }
        let key = |p: &Process| {
            (
                p.clock.clone(),
                p.reset,
                p.reset_n.clone(),
                p.enable.clone(),
                p.gate,
            )
        };
        let d = net(line.d)?;
        let value = if line.shape.depth == 1 {
            d
        } else {
            let kept = Part {
                net: line.q,
                lo: 0,
                bits: (line.shape.depth - 1) * line.shape.bits,
            };
            concat(vec![Expr::Part(kept), d])
        };
        let register = (line.q, value);
        match processes
            .iter_mut()
            .find(|known| key(known) == key(&process))
        {
            Some(known) => known.registers.push(register),
            None => {
                process.registers.push(register);
                processes.push(process);
            }
        }
    }
    Ok((gates, processes))
}
