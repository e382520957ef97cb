//! `#[derive(Module)]`.

use crate::structure::Struct;
use proc_macro2::TokenStream;
use quote::quote;

impl Struct<'_> {
    /// What is derived of a module.
    pub fn module(&self) -> syn::Result<TokenStream> {
        let (build_generics, config) = self.built_from()?;
        let (build_generics, _, _) = build_generics.split_for_impl();
        let name = &self.input.ident;
        let (generics, types, wheres) = self.input.generics.split_for_impl();
        let built = self.built(false);
        let visits = self.visits(|field| {
            let (text, doc) = (field.name.to_string(), &field.doc);
            let group = match field.options.value("group") {
                Some(heading) => quote!(Some(#heading)),
                None => quote!(None),
            };
            quote!(::heddle_emit::describe::Label::new(#text, #doc, #group))
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
                impl #generics ::heddle_emit::describe::Simulated for #name #types #wheres {
                    fn compiled(&self) -> &::heddle_emit::describe::Compiled {
                        &self._body
                    }
                }
                impl #generics ::rust_hdl::prelude::Logic for #name #types #wheres {
                    fn update(&mut self) {
                        ::heddle_emit::describe::update(self);
                    }
                    fn connect(&mut self) {
                        ::heddle_emit::describe::connect(self);
                    }
                    fn hdl(&self) -> ::rust_hdl::prelude::Verilog {
                        ::heddle_emit::describe::unrolled(self)
                    }
                }
            },
        };
        let at = match self.options.has("config") {
            true => TokenStream::new(),
            false => quote!(<__C: ::heddle_emit::describe::Configuration>),
        };
        Ok(quote! {
            #logic
            impl #generics #name #types #wheres {
                /// One that is part of the hardware at `config`.
                pub fn at #at(config: &::heddle_emit::describe::Site<#config>) -> Self {
                    Self { #(#built),* }
                }
            }
            impl #generics ::heddle_emit::describe::Module for #name #types #wheres {
                fn module_name(&self) -> String {
                    #module_name
                }
                fn about(&self) -> String {
                    #about
                }
                fn visit_parts<'a>(&'a self, visit: &mut dyn FnMut(::heddle_emit::describe::Found<'a>)) {
                    #(#visits)*
                }
                fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>) {
                    #(::heddle_emit::describe::Part::nets_mut(&mut self.#parts, out);)*
                }
                fn split_mut<'a>(
                    &'a mut self,
                    nets: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>,
                    children: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>,
                ) {
                    #(::heddle_emit::describe::Part::split_mut(&mut self.#parts, nets, children);)*
                }
            }
            impl #build_generics ::heddle_emit::describe::Build<#config> for #name #types #wheres {
                fn build(
                    config: &::heddle_emit::describe::Site<#config>,
                    _: &::heddle_emit::describe::Shape,
                ) -> Self {
                    Self::at(config)
                }
            }
            impl #generics ::heddle_emit::describe::Part for #name #types #wheres {
                fn visit<'a>(
                    &'a self,
                    label: &::heddle_emit::describe::Label,
                    visit: &mut dyn FnMut(::heddle_emit::describe::Found<'a>),
                ) {
                    visit(::heddle_emit::describe::Found::child(label, self, None));
                }
                fn nets_mut<'a>(&'a mut self, _: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>) {}
                fn split_mut<'a>(
                    &'a mut self,
                    _: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>,
                    children: &mut Vec<&'a mut dyn ::heddle_emit::describe::AnyNet>,
                ) {
                    let mut nets = Vec::new();
                    ::heddle_emit::describe::Module::nets_mut(self, &mut nets);
                    children.extend(nets.into_iter().filter(|net| net.info().is_port()));
                }
            }
        })
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
