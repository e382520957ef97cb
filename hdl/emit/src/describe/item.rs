//! What a description consists of.

use super::net::{NetInfo, NetKind};
use super::{Expr, Label, Parameter, Place, Size, Sizes, Style};

/// A net of a module.
#[derive(Clone, Debug)]
pub struct NetDecl {
    /// Its name in Verilog; empty if the configuration has no use for it.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// A heading over it and the ports behind it.
    pub group: Option<&'static str>,
    /// What it is.
    pub kind: NetKind,
    /// Elements; `None` if it is no vector of any.
    pub lanes: Option<Size>,
    /// Elements as built.
    pub count: usize,
    /// Bits of an element.
    pub element: Size,
    /// Bits of an element as built.
    pub width: usize,
    /// How a register is reset and held.
    pub style: Style,
    /// Of two's complement: a product.
    pub signed: bool,
}

impl NetDecl {
    pub(super) fn new(label: Label, info: NetInfo) -> Self {
        Self {
            name: label.name,
            doc: label.doc,
            group: label.group,
            kind: info.kind,
            lanes: info.lanes,
            count: info.count,
            element: info.element,
            width: info.width,
            style: info.style,
            signed: false,
        }
    }

    /// All of its bits.
    pub fn bits(&self) -> Size {
        self.lanes.clone().unwrap_or(Size::Number(1)) * self.element.clone()
    }

    /// Whether it is a port.
    pub fn is_port(&self) -> bool {
        self.kind.is_port()
    }
}

/// A module in a module: one, or many alike.
#[derive(Clone, Debug)]
pub struct ChildDecl {
    /// The field.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// How many; `None` if it is no vector of any.
    pub count: Option<Size>,
    /// Its ports; a size that is not one of the parent's is the number that it is.
    pub ports: Vec<NetDecl>,
    /// Values of its parameters.
    pub sizes: Sizes,
}

/// What an instance's port is connected to.
#[derive(Clone, Debug)]
pub enum Pin {
    /// What drives an input.
    Input(Expr),
    /// What an output drives: places side by side, the first in the high bits.
    Output(Vec<Place>),
    /// Nothing: an output that nobody reads.
    Open,
}

/// A register: at a rising edge of `clk_i`.
#[derive(Clone, Debug)]
pub struct Register {
    /// The register, or a part of it.
    pub q: Place,
    /// What it takes.
    pub value: Expr,
    /// Where low, it holds.
    pub enable: Expr,
    /// Its reset, active low, if that is not `rst_ni`.
    pub reset_n: Option<Expr>,
    /// The parameter that reset puts into it, from this bit up.
    pub preload: Option<(&'static Parameter, usize)>,
    /// How it is reset and held.
    pub style: Style,
}

/// The variable of a loop, and what it counts, after which the loop's blocks may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// The variable.
    pub name: &'static str,
    /// What it counts, if that has a name.
    pub counts: Option<&'static str>,
}

impl Index {
    /// The variable `name`, which counts what is called `counts`.
    pub const fn new(name: &'static str, counts: &'static str) -> Self {
        Self {
            name,
            counts: Some(counts),
        }
    }
}

/// A word says what it counts, a letter does not.
impl From<&'static str> for Index {
    fn from(name: &'static str) -> Self {
        Self {
            name,
            counts: (name.len() > 1).then_some(name),
        }
    }
}

/// A piece of a module, in the order in which it is written.
#[derive(Clone, Debug)]
pub enum Item {
    /// A comment on what follows.
    Note(String),
    /// A wire is declared here, and driven if so.
    Wire(usize, Option<Expr>),
    /// A place is driven.
    Assign(Place, Expr),
    /// Places side by side, the first in the high bits, are driven at once.
    Unpack(Vec<Place>, Expr),
    /// A register and what it takes.
    Register(Box<Register>),
    /// The items once for each value of the variable from the first up to the second.
    Loop(Index, Size, Size, Vec<Item>),
    /// Child, index, ports' connections in their order, parameters.
    Instance(usize, Option<Size>, Vec<Pin>, Vec<(&'static str, Size)>),
    /// A parameter of a child, until its instance is made.
    Parameter(usize, Option<Size>, &'static str, Size),
}

/// A named constant of the module, a `localparam`.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its value.
    pub value: Size,
}

/// A module whose text is a template.
#[derive(Clone, Debug)]
pub struct Cell {
    /// From the module's name to its text, between `default_nettype`s.
    pub text: String,
    /// Parameters and their defaults.
    pub parameters: Vec<(&'static str, usize)>,
}

/// What a module is described as.
#[derive(Clone, Debug, Default)]
pub enum Form {
    /// Items.
    #[default]
    Items,
    /// A template.
    Cell(Cell),
}
