//! `#[derive(Bundle)]`.

use crate::structure::Struct;
use proc_macro2::TokenStream;
use quote::quote;

impl Struct<'_> {
    /// What is derived of a bundle.
    pub fn bundle(&self) -> syn::Result<TokenStream> {
        let (build_generics, config) = self.built_from()?;
        let (build_generics, _, _) = build_generics.split_for_impl();
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
        Ok(quote! {
            impl #generics #name #types #wheres {
                /// Its nets, in order.
                #[allow(dead_code)]
                pub fn nets(&self) -> ::heddle_emit::describe::Places {
                    let mut places = ::heddle_emit::describe::Places::default();
                    #(places.extend(self.#members.nets());)*
                    places
                }
                /// Lane `lane` of each.
                #[allow(dead_code)]
                pub fn at(&self, lane: impl Into<::heddle_emit::describe::Size>) -> ::heddle_emit::describe::Places {
                    self.nets().at(lane)
                }
                /// Those of instance `index`.
                #[allow(dead_code)]
                pub fn of(&self, index: impl Into<::heddle_emit::describe::Size>) -> ::heddle_emit::describe::Places {
                    self.nets().of(index)
                }
            }
            impl #build_generics ::heddle_emit::describe::Build<#config> for #name #types #wheres {
                fn build(
                    config: &::heddle_emit::describe::Site<#config>,
                    shape: &::heddle_emit::describe::Shape,
                ) -> Self {
                    let _ = (&config, &shape);
                    Self { #(#built),* }
                }
            }
            impl #generics ::heddle_emit::describe::Part for #name #types #wheres {
                fn visit<'a>(
                    &'a self,
                    label: &::heddle_emit::describe::Label,
                    visit: &mut dyn FnMut(::heddle_emit::describe::Found<'a>),
                ) {
                    #(#visits)*
                }
                fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>) {
                    #(::heddle_emit::describe::Part::nets_mut(&mut self.#members, out);)*
                }
                fn split_mut<'a>(
                    &'a mut self,
                    nets: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>,
                    children: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>,
                ) {
                    #(::heddle_emit::describe::Part::split_mut(&mut self.#members, nets, children);)*
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
                    let label = ::heddle_emit::describe::Label::new(name, "", None);
                    #(#accepts)*
                }
            }
        })
    }
}
