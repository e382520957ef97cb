//! Hardware said once: a module's fields are its nets and its parts, and its description says
//! what drives them. From that come rust-hdl's simulation and the Verilog.
//!
//! To add a block, write a struct and what it does:
//!
//! ```ignore
//! /// Counts the cycles in which it is enabled.
//! #[derive(Clone, LogicBlock, Module)]
//! pub struct Ticks {
//!     clocked: Clocked,
//!     /// the count
//!     pub count_o: Net<Out, Bits<8>>,
//!     #[hw(style = config.control_style())]
//!     count_q: Reg<Bits<8>>,
//!     _body: Compiled,
//! }
//!
//! impl Describe for Ticks {
//!     fn describe(&self, m: &mut Body) {
//!         m.note("Counts where en_i is high.");
//!         m.reg(&self.count_q, &self.clocked.en_i, e(&self.count_q) + lit(1, 8));
//!         m.assign(&self.count_o, &self.count_q);
//!     }
//! }
//! ```
//!
//! `heddle-derive` says what the attributes of fields are. Clock, reset and enables reach the
//! children without a word; what else a child takes is assigned to its port like any other net
//! (`m.assign(&self.child.word_i, &self.word_q)`), and one of many is meant by
//! `self.child.each().word_i.of(index)`. A field's doc comment is its port's comment, in the
//! Verilog, the manifest and the interface's description, so it is a sentence that stands alone.

mod body;
mod expr;
mod instances;
mod net;
mod parts;
mod pins;
mod simulate;
mod size;
mod unrolled;
mod walk;

pub use body::{is_always, Body, Cell, ChildDecl, Constant, Form, Item, NetDecl, Pin, Register};
pub use expr::{concat, e, lit, repeat, select, Binary, Expr, Key, Place, Places, Unary};
pub use net::{is_port, AnyNet, Net, NetInfo, NetKind, Reg, Shape, Site, Stored, Style, Word};
pub use parts::{Describe, Found, Label, Many, Maybe, Module, Part};
pub use pins::Pins;
pub use simulate::{connect, update, Compiled, Simulated};
pub(crate) use size::BITS_TO;
pub use size::{bits_to, Size, COLS, ROWS};
pub(crate) use unrolled::elements;
pub use unrolled::unrolled;
pub(crate) use walk::block_name;
pub use walk::{for_each_expr, for_each_read, for_each_register};

use rust_hdl::prelude::*;

impl<D: Direction + 'static, T: Word> From<&Net<D, T>> for Place {
    fn from(net: &Net<D, T>) -> Self {
        net.place()
    }
}

impl<D: Direction + 'static, T: Word> From<&Signal<D, T>> for Place {
    fn from(signal: &Signal<D, T>) -> Self {
        signal.info().place()
    }
}

impl<D: Direction + 'static, T: Word> From<&Signal<D, T>> for Expr {
    fn from(signal: &Signal<D, T>) -> Self {
        Expr::Place(signal.into())
    }
}
