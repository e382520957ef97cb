//! Hardware said once: a module's fields are its nets and its parts, and its description says
//! what drives them. From that come rust-hdl's simulation and the Verilog.
//!
//! To add a block, write a struct and what it does:
//!
//! ```
//! # use heddle_derive::Module;
//! # use heddle_emit::describe::{e, lit, Body, Clocked, Compiled, Describe, Net, Reg};
//! # use rust_hdl::prelude::*;
//! /// Counts the cycles in which it is enabled.
//! #[derive(Clone, LogicBlock, Module)]
//! pub struct Ticks {
//!     clocked: Clocked,
//!     /// the count
//!     pub count_o: Net<Out, Bits<8>>,
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
//! Verilog and wherever ports are listed, so it is a sentence that stands alone.

mod body;
mod clocked;
mod expr;
mod instances;
mod item;
mod net;
mod number;
mod operators;
mod parameter;
mod parts;
mod pins;
mod place;
mod say;
mod shape;
mod simulate;
mod site;
mod size;
mod unrolled;
mod walk;
mod word;

pub use body::{is_always, Body};
pub use clocked::{Clocked, Ungated};
pub use expr::{concat, e, lit, repeat, select, Expr};
pub use item::{Cell, ChildDecl, Constant, Form, Index, Item, NetDecl, Pin, Register};
pub use net::{is_port, AnyNet, Net, NetInfo, NetKind, Reg, Stored};
pub use operators::{Binary, Unary};
pub use parameter::{Parameter, Sizes};
pub use parts::{Build, Describe, Found, Label, Many, Maybe, Module, Part};
pub use pins::Pins;
pub use place::{Key, Place, Places};
pub use shape::{Reset, Shape, Style};
pub use simulate::{connect, update, Compiled, Simulated};
pub use site::{Configuration, Site};
pub use size::{bits_to, Size, BITS_TO};
pub use unrolled::{elements, unrolled};
pub(crate) use walk::block_name;
pub use walk::{for_each_expr, for_each_read, for_each_register};
pub use word::Word;

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
