//! Hardware that is described once, and its Verilog-2001.
//!
//! [`describe`] is the language: a struct whose fields are a module's ports, registers and parts,
//! and what it says of them. From that come rust-hdl's simulation ([`describe::Pins`]) and, by
//! [`emit()`], the Verilog: one module per distinct description, its sizes as parameters, rows of
//! instances as loops. What a design is made for does not matter here: its configuration is a type
//! of its own ([`describe::Configuration`]).
#![deny(missing_docs)]

// The derives name this crate as their users do.
extern crate self as heddle_emit;

pub mod describe;
mod emit;

pub use emit::{
    banner, cell, emit, emit_as, expression, header, is_plain, is_reserved, number, range, Design,
    Direction, EmitError, Module, Port, Text, PREFIX,
};
