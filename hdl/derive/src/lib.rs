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
//! - `os = "TEXT"`, `both = "TEXT"`, `has_os = "TEXT"`: the comment instead of the doc comment, in
//!   arrays that are output-stationary only, in those with both dataflows, and in either;
//! - `build = EXPRESSION`: made by this instead.
//!
//! Expressions may use `config`, a `Site` that has all of the configuration. Of the struct:
//! `name = EXPRESSION` is the module's name without prefix, `about = EXPRESSION` its header
//! instead of the doc comment (both may use `self`), `manual` says that it writes its own `Logic`;
//! `flat`, or `flat = CONDITION`, that members of a bundle are named without the bundle's field.
//!
//! What is derived names the crate `heddle_hdl`; where that is used under another name, it has to
//! be `extern crate`d under this one.
#![deny(missing_docs)]

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashMap;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{parse_macro_input, Attribute, Data, DeriveInput, Expr, Ident, Lit, Meta, Token};

/// A block of hardware; see the crate's documentation.
#[proc_macro_derive(Module, attributes(hw))]
pub fn module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Kind::Module)
}

/// Signals that travel together; see the crate's documentation.
#[proc_macro_derive(Bundle, attributes(hw))]
pub fn bundle(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Kind::Bundle)
}

/// A field's doc comment as what stands behind its port: without capital and full stop.
fn phrase(doc: &str) -> String {
    let text = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix('.').unwrap_or(&text);
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() && second != '-' => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

enum Kind {
    Module,
    Bundle,
}

fn derive(input: &DeriveInput, kind: Kind) -> proc_macro::TokenStream {
    let made = Struct::read(input).map(|item| match kind {
        Kind::Module => item.module(),
        Kind::Bundle => item.bundle(),
    });
    made.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// What `#[hw(...)]` says: keys, and their values if they have any.
#[derive(Default)]
struct Options(HashMap<String, Option<Expr>>);

struct Entry(Ident, Option<Expr>);

impl Parse for Entry {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let key = input.parse()?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Entry(key, value))
    }
}

impl Options {
    fn read(attributes: &[Attribute], known: &[&str]) -> syn::Result<Self> {
        let mut options = Options::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("hw")) {
            let entries =
                attribute.parse_args_with(Punctuated::<Entry, Token![,]>::parse_terminated)?;
            for Entry(key, value) in entries {
                let name = key.to_string();
                if !known.contains(&name.as_str()) {
                    let text = format!("unknown key '{name}': use one of {}", known.join(", "));
                    return Err(syn::Error::new(key.span(), text));
                }
                options.0.insert(name, value);
            }
        }
        Ok(options)
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    fn value(&self, key: &str) -> Option<&Expr> {
        self.0.get(key)?.as_ref()
    }
}

/// The doc comment, in one line, without the marks of Markdown.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
    let text: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    text.join("\n")
        .replace(['`', '[', ']'], "")
        .trim()
        .to_owned()
}

struct Field {
    name: Ident,
    ty: syn::Type,
    doc: String,
    options: Options,
}

impl Field {
    /// Fields that begin with an underscore are not hardware.
    fn is_part(&self) -> bool {
        !self.name.to_string().starts_with('_')
    }
}

struct Struct<'a> {
    input: &'a DeriveInput,
    doc: String,
    options: Options,
    fields: Vec<Field>,
}

const OF_FIELDS: &[&str] = &[
    "lanes", "bits", "when", "style", "count", "name", "group", "build", "os", "both", "has_os",
];

impl<'a> Struct<'a> {
    fn read(input: &'a DeriveInput) -> syn::Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(syn::Error::new(Span::call_site(), "hardware is a struct"));
        };
        let mut fields = Vec::new();
        for field in &data.fields {
            let name = field.ident.clone().ok_or_else(|| {
                syn::Error::new(Span::call_site(), "hardware has fields with names")
            })?;
            fields.push(Field {
                name,
                ty: field.ty.clone(),
                doc: phrase(&doc(&field.attrs)),
                options: Options::read(&field.attrs, OF_FIELDS)?,
            });
        }
        Ok(Self {
            input,
            doc: doc(&input.attrs),
            options: Options::read(&input.attrs, &["name", "about", "manual", "flat"])?,
            fields,
        })
    }

    fn parts(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_part())
    }

    /// The fields of a new one.
    fn built(&self, inherited: bool) -> Vec<TokenStream> {
        let build = |field: &Field| {
            let Field {
                name, ty, options, ..
            } = field;
            if let Some(expression) = options.value("build") {
                return quote!(#name: #expression);
            }
            if !field.is_part() {
                return quote!(#name: ::core::default::Default::default());
            }
            let mut shape = match inherited {
                true => quote!(shape.clone()),
                false => quote!(::core::default::Default::default()),
            };
            for key in [
                "lanes", "bits", "when", "style", "count", "os", "both", "has_os",
            ] {
                if let Some(value) = options.value(key) {
                    let set = format_ident!("with_{key}");
                    shape = quote!(::heddle_hdl::describe::Shape::#set(#shape, #value));
                }
            }
            quote!(#name: <#ty as ::heddle_hdl::describe::Part>::build(config, &#shape))
        };
        self.fields.iter().map(build).collect()
    }

    /// Calls that tell `visit` of every part.
    fn visits(&self, label: impl Fn(&Field) -> TokenStream) -> Vec<TokenStream> {
        let visit = |field: &Field| {
            let (name, label) = (&field.name, label(field));
            quote!(::heddle_hdl::describe::Part::visit(&self.#name, &#label, visit);)
        };
        self.parts().map(visit).collect()
    }

    fn module(&self) -> TokenStream {
        let name = &self.input.ident;
        let (generics, types, wheres) = self.input.generics.split_for_impl();
        let built = self.built(false);
        let visits = self.visits(|field| {
            let (text, doc) = (field.name.to_string(), &field.doc);
            let group = match field.options.value("group") {
                Some(heading) => quote!(Some(#heading)),
                None => quote!(None),
            };
            quote!(::heddle_hdl::describe::Label::new(#text, #doc, #group))
        });
        let parts: Vec<_> = self.parts().map(|field| &field.name).collect();
        let module_name = match self.options.value("name") {
            Some(name) => quote!(#name.into()),
            None => {
                let text = snake(&name.to_string());
                quote!(#text.into())
            }
        };
        let doc = &self.doc;
        let about = match self.options.value("about") {
            Some(about) => quote!(#about.into()),
            None => quote!(#doc.into()),
        };
        let logic = match self.options.has("manual") {
            true => TokenStream::new(),
            false => quote! {
                impl #generics ::heddle_hdl::describe::Simulated for #name #types #wheres {
                    fn compiled(&self) -> &::heddle_hdl::describe::Compiled {
                        &self._body
                    }
                }
                impl #generics ::rust_hdl::prelude::Logic for #name #types #wheres {
                    fn update(&mut self) {
                        ::heddle_hdl::describe::update(self);
                    }
                    fn connect(&mut self) {
                        ::heddle_hdl::describe::connect(self);
                    }
                    fn hdl(&self) -> ::rust_hdl::prelude::Verilog {
                        ::heddle_hdl::describe::unrolled(self)
                    }
                }
            },
        };
        quote! {
            #logic
            impl #generics #name #types #wheres {
                /// One that is part of the hardware at `config`.
                pub fn at(config: &::heddle_hdl::describe::Site) -> Self {
                    Self { #(#built),* }
                }
            }
            impl #generics ::heddle_hdl::describe::Module for #name #types #wheres {
                fn module_name(&self) -> String {
                    #module_name
                }
                fn about(&self) -> String {
                    #about
                }
                fn visit_parts<'a>(&'a self, visit: &mut dyn FnMut(::heddle_hdl::describe::Found<'a>)) {
                    #(#visits)*
                }
                fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>) {
                    #(::heddle_hdl::describe::Part::nets_mut(&mut self.#parts, out);)*
                }
                fn split_mut<'a>(
                    &'a mut self,
                    nets: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>,
                    children: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>,
                ) {
                    #(::heddle_hdl::describe::Part::split_mut(&mut self.#parts, nets, children);)*
                }
            }
            impl #generics ::heddle_hdl::describe::Part for #name #types #wheres {
                fn build(config: &::heddle_hdl::describe::Site, _: &::heddle_hdl::describe::Shape) -> Self {
                    Self::at(config)
                }
                fn visit<'a>(
                    &'a self,
                    label: &::heddle_hdl::describe::Label,
                    visit: &mut dyn FnMut(::heddle_hdl::describe::Found<'a>),
                ) {
                    visit(::heddle_hdl::describe::Found::child(label, self, None));
                }
                fn nets_mut<'a>(&'a mut self, _: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>) {}
                fn split_mut<'a>(
                    &'a mut self,
                    _: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>,
                    children: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>,
                ) {
                    let mut nets = Vec::new();
                    ::heddle_hdl::describe::Module::nets_mut(self, &mut nets);
                    children.extend(nets.into_iter().filter(|net| net.info().is_port()));
                }
            }
        }
    }

    fn bundle(&self) -> TokenStream {
        let name = &self.input.ident;
        let (generics, types, wheres) = self.input.generics.split_for_impl();
        let built = self.built(true);
        let flat = match self.options.value("flat") {
            Some(condition) => quote!(#condition),
            None => {
                let flat = self.options.has("flat");
                quote!(#flat)
            }
        };
        let visits = self.visits(|field| {
            let member = match field.options.value("name") {
                Some(name) => quote!(#name),
                None => {
                    let text = field.name.to_string();
                    quote!(#text)
                }
            };
            let doc = &field.doc;
            quote!(label.member(#member, #flat, #doc))
        });
        let members: Vec<_> = self.fields.iter().map(|field| &field.name).collect();
        let accepts = self.parts().map(|field| {
            let name = &field.name;
            let text = name.to_string();
            let member = match field.options.value("name") {
                Some(name) => quote!(#name),
                None => quote!(#text),
            };
            quote!(::rust_hdl::prelude::Block::accept(
                &self.#name,
                &label.member(#member, #flat, "").name,
                probe,
            );)
        });
        quote! {
            impl #generics #name #types #wheres {
                /// Its nets, in order.
                #[allow(dead_code)]
                pub fn nets(&self) -> ::heddle_hdl::describe::Places {
                    let mut places = ::heddle_hdl::describe::Places::default();
                    #(places.extend(self.#members.nets());)*
                    places
                }
                /// Lane `lane` of each.
                #[allow(dead_code)]
                pub fn at(&self, lane: impl Into<::heddle_hdl::describe::Size>) -> ::heddle_hdl::describe::Places {
                    self.nets().at(lane)
                }
                /// Those of instance `index`.
                #[allow(dead_code)]
                pub fn of(&self, index: impl Into<::heddle_hdl::describe::Size>) -> ::heddle_hdl::describe::Places {
                    self.nets().of(index)
                }
            }
            impl #generics ::heddle_hdl::describe::Part for #name #types #wheres {
                fn build(config: &::heddle_hdl::describe::Site, shape: &::heddle_hdl::describe::Shape) -> Self {
                    let _ = (&config, &shape);
                    Self { #(#built),* }
                }
                fn visit<'a>(
                    &'a self,
                    label: &::heddle_hdl::describe::Label,
                    visit: &mut dyn FnMut(::heddle_hdl::describe::Found<'a>),
                ) {
                    #(#visits)*
                }
                fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>) {
                    #(::heddle_hdl::describe::Part::nets_mut(&mut self.#members, out);)*
                }
                fn split_mut<'a>(
                    &'a mut self,
                    nets: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>,
                    children: &mut Vec<&'a mut dyn ::heddle_hdl::describe::AnyNet>,
                ) {
                    #(::heddle_hdl::describe::Part::split_mut(&mut self.#members, nets, children);)*
                }
            }
            impl #generics ::rust_hdl::prelude::Logic for #name #types #wheres {
                fn update(&mut self) {}
                fn connect(&mut self) {
                    #(::rust_hdl::prelude::Logic::connect(&mut self.#members);)*
                }
            }
            impl #generics ::rust_hdl::prelude::Block for #name #types #wheres {
                fn connect_all(&mut self) {
                    #(::rust_hdl::prelude::Block::connect_all(&mut self.#members);)*
                }
                fn update_all(&mut self) {
                    #(::rust_hdl::prelude::Block::update_all(&mut self.#members);)*
                }
                fn has_changed(&self) -> bool {
                    false #(|| ::rust_hdl::prelude::Block::has_changed(&self.#members))*
                }
                fn accept(&self, name: &str, probe: &mut dyn ::rust_hdl::prelude::Probe) {
                    let label = ::heddle_hdl::describe::Label::new(name, "", None);
                    #(#accepts)*
                }
            }
        }
    }
}

/// `west_edge` of `WestEdge`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
