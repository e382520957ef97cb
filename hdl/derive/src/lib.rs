//! `#[derive(Module)]` and `#[derive(Bundle)]`: what a block of hardware consists of, read from
//! its fields, so that no port is named twice.
//!
//! Attributes of a field, all optional, in `#[hw(...)]`:
//! - `lanes = SIZE`: so many elements, one packed vector in Verilog;
//! - `bits = SIZE`: narrower than its type;
//! - `when = CONDITION`: absent otherwise;
//! - `style = STYLE`: how a register is reset and gated;
//! - `count = SIZE`: so many instances;
//! - `name = "NAME"`: of a bundle's member, if not the field's; with `_` at its end it takes no `_i`,
//!   `_o` or `_q`, as is right for a module;
//! - `group = "HEADING"`: over this port and those behind it;
//! - `doc = EXPRESSION`: the comment instead of the doc comment, or `None` to leave that;
//! - `build = EXPRESSION`: made by this instead.
//!
//! Expressions may use `config`, a `Site` that has all of the configuration. Of the struct:
//! `config = TYPE` says of which type that is (without it the struct is built from every
//! configuration, of which it knows what the trait `Configuration` has); `name = EXPRESSION` is the module's name without prefix, `about = EXPRESSION` its header
//! instead of the doc comment (both may use `self`), `manual` says that it writes its own `Logic`;
//! `flat`, or `flat = CONDITION`, that members of a bundle are named without the bundle's field.
//!
//! What is derived names the crate `heddle_emit`; where that is used under another name, it has to
//! be `extern crate`d under this one.
#![deny(missing_docs)]

mod attributes;
mod bundle;
mod module;
mod structure;

use structure::Struct;
use syn::{parse_macro_input, DeriveInput};

/// A block of hardware; see the crate's documentation.
#[proc_macro_derive(Module, attributes(hw))]
pub fn module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), |item| {
        item.module()
    })
}

/// Signals that travel together; see the crate's documentation.
#[proc_macro_derive(Bundle, attributes(hw))]
pub fn bundle(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), |item| {
        item.bundle()
    })
}

fn derive(
    input: &DeriveInput,
    write: fn(&Struct) -> syn::Result<proc_macro2::TokenStream>,
) -> proc_macro::TokenStream {
    let written = Struct::read(input).and_then(|item| write(&item));
    written
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
