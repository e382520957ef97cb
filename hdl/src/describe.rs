//! Short constructors for rust-hdl's syntax tree, for blocks whose wiring depends on
//! run-time parameters and so cannot be written with `#[hdl_gen]`.
//!
//! Names are rust-hdl's: `pe$3$act_i` is port `act_i` of element 3 of field `pe`.

use rust_hdl::core::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogConditional, VerilogExpression as E, VerilogOp,
    VerilogOpUnary, VerilogStatement,
};
use rust_hdl::prelude::Verilog;
use std::ops::{Add, BitAnd, BitOr, Mul, Not, Sub};

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr(E);

/// The net or port `name`.
pub(crate) fn net(name: impl Into<String>) -> Expr {
    Expr(E::Signal(name.into()))
}

/// An unsigned constant of `bits` bits.
pub(crate) fn lit(value: u64, bits: usize) -> Expr {
    Expr(E::Cast(Box::new(E::Literal(value.into())), bits))
}

impl Expr {
    fn binary(self, op: VerilogOp, other: Expr) -> Expr {
        let tree = E::Binary(Box::new(self.0), op, Box::new(other.0));
        Expr(E::Paren(Box::new(tree)))
    }

    /// Whether both are equal.
    pub(crate) fn is(self, other: Expr) -> Expr {
        self.binary(VerilogOp::Eq, other)
    }

    /// Shifted to the left by `bits`; what leaves at the top is lost.
    pub(crate) fn shl(self, bits: usize) -> Expr {
        self.binary(VerilogOp::Shl, lit(bits as u64, 6))
    }

    /// Bit `index`.
    pub(crate) fn bit(self, index: usize) -> Expr {
        let index = E::Literal((index as u32).into());
        Expr(E::Index(Box::new(self.0), Box::new(index)))
    }

    /// `bits` bits from `low` upwards.
    pub(crate) fn slice(self, low: usize, bits: usize) -> Expr {
        let low = E::Literal((low as u32).into());
        Expr(E::Slice(Box::new(self.0), bits, Box::new(low)))
    }

    /// Zero-extended to `bits`.
    pub(crate) fn zext(self, bits: usize) -> Expr {
        Expr(E::Cast(Box::new(self.0), bits))
    }

    /// Taken as two's complement: assigned to a wider signal, its sign is extended.
    pub(crate) fn signed(self) -> Expr {
        Expr(E::Signed(Box::new(self.0)))
    }
}

impl BitAnd for Expr {
    type Output = Expr;
    fn bitand(self, other: Expr) -> Expr {
        self.binary(VerilogOp::BitAnd, other)
    }
}

impl BitOr for Expr {
    type Output = Expr;
    fn bitor(self, other: Expr) -> Expr {
        self.binary(VerilogOp::BitOr, other)
    }
}

impl Add for Expr {
    type Output = Expr;
    fn add(self, other: Expr) -> Expr {
        self.binary(VerilogOp::Add, other)
    }
}

impl Sub for Expr {
    type Output = Expr;
    fn sub(self, other: Expr) -> Expr {
        self.binary(VerilogOp::Sub, other)
    }
}

impl Mul for Expr {
    type Output = Expr;
    fn mul(self, other: Expr) -> Expr {
        self.binary(VerilogOp::Mul, other)
    }
}

impl Not for Expr {
    type Output = Expr;
    fn not(self) -> Expr {
        Expr(E::Unary(VerilogOpUnary::Not, Box::new(self.0)))
    }
}

/// The statements of one module.
#[derive(Default)]
pub(crate) struct Body {
    statements: VerilogBlock,
    test_en: bool,
}

impl Body {
    /// Starts the body of module `name`; `about` becomes its header. `test_en` says
    /// whether the module has the port `test_en_i`.
    pub(crate) fn new(name: &str, about: &str, test_en: bool) -> Self {
        let header = format!("heddle:module {name} | {about}");
        Self {
            statements: vec![VerilogStatement::Comment(header)],
            test_en,
        }
    }

    /// Says what `port` is for, in the module's header.
    pub(crate) fn port(&mut self, port: &str, purpose: &str) {
        let text = format!("heddle:port {port} | {purpose}");
        self.statements.push(VerilogStatement::Comment(text));
    }

    /// `target = value`.
    pub(crate) fn assign(&mut self, target: impl Into<String>, value: Expr) {
        let target = E::Signal(target.into());
        self.statements
            .push(VerilogStatement::Assignment(target, value.0));
    }

    /// `target[low + width - 1 : low] = value`.
    pub(crate) fn assign_bits(&mut self, target: &str, low: usize, width: usize, value: Expr) {
        self.statements.push(VerilogStatement::SliceAssignment {
            base: E::Signal(target.to_owned()),
            width,
            offset: E::Literal((low as u32).into()),
            replacement: value.0,
        });
    }

    /// `target[i] = source[i]` for `lanes` lanes.
    pub(crate) fn assign_lanes(&mut self, target: &str, source: &str, lanes: usize) {
        for i in 0..lanes {
            self.assign(format!("{target}${i}"), net(format!("{source}${i}")));
        }
    }

    /// `if (condition) target = value`, after an unconditional assignment.
    pub(crate) fn assign_if(&mut self, target: &str, condition: Expr, value: Expr) {
        let target = E::Signal(target.to_owned());
        self.statements
            .push(VerilogStatement::If(VerilogConditional {
                test: condition.0,
                then: vec![VerilogStatement::Assignment(target, value.0)],
                otherwise: VerilogBlockOrConditional::None,
            }));
    }

    /// `target = condition ? then : otherwise`.
    pub(crate) fn select(&mut self, target: &str, condition: Expr, then: Expr, otherwise: Expr) {
        let set = |value: Expr| {
            vec![VerilogStatement::Assignment(
                E::Signal(target.to_owned()),
                value.0,
            )]
        };
        self.statements
            .push(VerilogStatement::If(VerilogConditional {
                test: condition.0,
                then: set(then),
                otherwise: VerilogBlockOrConditional::Block(set(otherwise)),
            }));
    }

    /// Clock, reset, enable and test enable of child `name`, passed on.
    pub(crate) fn control(&mut self, name: &str) {
        for port in ["clk_i", "rst_ni", "en_i"] {
            self.assign(format!("{name}${port}"), net(port));
        }
        if self.test_en {
            self.assign(format!("{name}$test_en_i$0"), net("test_en_i$0"));
        }
    }

    /// Wires the pipe `name` to the module's clock and reset.
    pub(crate) fn pipe_control(&mut self, name: &str, en: Expr) {
        self.assign(format!("{name}$clk"), net("clk_i"));
        self.assign(format!("{name}$rst_n"), net("rst_ni"));
        let test_en = if self.test_en {
            net("test_en_i$0")
        } else {
            lit(0, 1)
        };
        self.assign(format!("{name}$test_en"), test_en);
        self.assign(format!("{name}$en"), en);
    }

    /// Wires the pipe `name`, its input included.
    pub(crate) fn pipe(&mut self, name: &str, en: Expr, d: Expr) {
        self.pipe_control(name, en);
        self.assign(format!("{name}$d"), d);
    }

    /// Wires the DSP block `name`, in a module whose clock, reset and enable are optional.
    pub(crate) fn dsp(&mut self, name: &str, a: Expr, b: Expr) {
        for port in ["clk_i", "en_i"] {
            self.assign(format!("{name}${port}"), net(format!("{port}$0")));
        }
        self.assign(format!("{name}$a_i"), a);
        self.assign(format!("{name}$b_i"), b);
    }

    /// The finished description.
    pub(crate) fn finish(self) -> Verilog {
        Verilog::Combinatorial(self.statements)
    }
}
