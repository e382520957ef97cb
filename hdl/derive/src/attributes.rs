//! What is said of a struct or a field: its attributes and its doc comment.

use std::collections::HashMap;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Lit, Meta, Token};

/// What `#[hw(...)]` says: keys, and their values if they have any.
#[derive(Default)]
pub struct Options(HashMap<String, Option<Expr>>);

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
    pub fn read(attributes: &[Attribute], known: &[&str]) -> syn::Result<Self> {
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

    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn value(&self, key: &str) -> Option<&Expr> {
        self.0.get(key)?.as_ref()
    }
}

/// The doc comment, in one line, without the marks of Markdown.
pub fn doc(attributes: &[Attribute]) -> String {
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

/// A field's doc comment as what stands behind its port: without capital and full stop.
pub fn phrase(doc: &str) -> String {
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
