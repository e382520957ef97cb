//! A struct and its fields, and what modules and bundles have in common.

use crate::attributes::{doc, phrase, Options};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{parse_quote, Data, DeriveInput, Generics, Ident};

/// A field of it.
pub struct Field {
    pub name: Ident,
    pub ty: syn::Type,
    pub doc: String,
    pub options: Options,
}

impl Field {
    /// Fields that begin with an underscore are not hardware.
    pub fn is_part(&self) -> bool {
        !self.name.to_string().starts_with('_')
    }
}

/// A struct that is hardware.
pub struct Struct<'a> {
    pub input: &'a DeriveInput,
    pub doc: String,
    pub options: Options,
    pub fields: Vec<Field>,
}

const OF_FIELDS: &[&str] = &[
    "lanes", "bits", "when", "style", "count", "name", "group", "build", "doc",
];

impl<'a> Struct<'a> {
    pub fn read(input: &'a DeriveInput) -> syn::Result<Self> {
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
            options: Options::read(&input.attrs, &["name", "about", "manual", "flat", "config"])?,
            fields,
        })
    }

    /// Those that are hardware.
    pub fn parts(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_part())
    }

    /// The fields of a new one.
    pub fn built(&self, inherited: bool) -> Vec<TokenStream> {
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
            for key in ["lanes", "bits", "when", "style", "count", "doc"] {
                if let Some(value) = options.value(key) {
                    let set = format_ident!("with_{key}");
                    shape = quote!(::heddle_emit::describe::Shape::#set(#shape, #value));
                }
            }
            quote!(#name: <#ty as ::heddle_emit::describe::Build<_>>::build(config, &#shape))
        };
        self.fields.iter().map(build).collect()
    }

    /// Calls that tell `visit` of every part.
    pub fn visits(&self, label: impl Fn(&Field) -> TokenStream) -> Vec<TokenStream> {
        let visit = |field: &Field| {
            let (name, label) = (&field.name, label(field));
            quote!(::heddle_emit::describe::Part::visit(&self.#name, &#label, visit);)
        };
        self.parts().map(visit).collect()
    }

    /// The generics of what builds it, the configuration among them, and that.
    pub fn built_from(&self) -> syn::Result<(Generics, syn::Type)> {
        let mut generics = self.input.generics.clone();
        if let Some(config) = self.options.value("config") {
            return Ok((generics, syn::parse2(quote!(#config))?));
        }
        generics
            .params
            .push(parse_quote!(__C: ::heddle_emit::describe::Configuration));
        Ok((generics, parse_quote!(__C)))
    }
}
