//! What a module is made of: nets, bundles of nets, other modules.

use super::net::{AnyNet, Net, NetInfo};
use super::{Body, Configuration, Places, Shape, Site, Size, Word};
use rust_hdl::prelude::*;
use std::ops::{Deref, DerefMut};

/// How a part is called, and what its author says of it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The field, or what it is called in its module.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// A heading over it and what follows.
    pub group: Option<&'static str>,
}

impl Label {
    /// That of a field.
    pub fn new(name: &str, doc: &str, group: Option<&'static str>) -> Self {
        Self {
            name: name.to_owned(),
            doc: doc.to_owned(),
            group,
        }
    }

    /// That of a bundle's member: of `north_i`, `keep` is `north_keep_i`, and `keep_i` if the bundle
    /// is `flat`. A bundle whose name says no direction gives its members none. What is said of the
    /// bundle is said of each before what is said of it.
    #[must_use]
    pub fn member(&self, member: &str, flat: bool, doc: &str) -> Self {
        let (stem, suffix) = match self.name.rsplit_once('_') {
            Some((stem, suffix @ ("i" | "o" | "q"))) => (stem, format!("_{suffix}")),
            _ => ("", String::new()),
        };
        let name = match (flat || stem.is_empty(), member) {
            // What has an ending of its own takes none: a module in a bundle.
            _ if member.ends_with('_') => format!("{stem}_{}", member.trim_end_matches('_')),
            (true, _) => format!("{member}{suffix}"),
            (false, "") => format!("{stem}{suffix}"),
            (false, _) => format!("{stem}_{member}{suffix}"),
        };
        let doc = match (self.doc.is_empty() || stem.is_empty(), doc.is_empty()) {
            (true, _) => doc.to_owned(),
            (false, true) => self.doc.clone(),
            (false, false) => format!("{}: {doc}", self.doc),
        };
        Self {
            name,
            doc,
            group: self.group,
        }
    }
}

/// A part that a walk has found.
pub enum Found<'a> {
    /// A net.
    Net(Label, NetInfo),
    /// A module: one, or the first of many.
    Child(Label, &'a dyn Module, Option<Size>),
}

impl<'a> Found<'a> {
    /// The module `label`.
    pub fn child(label: &Label, module: &'a dyn Module, count: Option<Size>) -> Self {
        Found::Child(label.clone(), module, count)
    }
}

/// A field of a module.
pub trait Part {
    /// Tells `visit` what it is.
    fn visit<'a>(&'a self, label: &Label, visit: &mut dyn FnMut(Found<'a>));
    /// Its nets, in the order of the visit.
    fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn AnyNet>);
    /// Its nets, and the ports of the modules in it, instance by instance.
    fn split_mut<'a>(
        &'a mut self,
        nets: &mut Vec<&'a mut dyn AnyNet>,
        children: &mut Vec<&'a mut dyn AnyNet>,
    );
}

/// A field of a module that is built from a configuration `C`.
pub trait Build<C>: Part {
    /// One as its attributes say.
    fn build(config: &Site<C>, shape: &Shape) -> Self;
}

/// What a module does, said once: for rust-hdl's simulation and for Verilog.
pub trait Describe {
    /// Says it.
    fn describe(&self, body: &mut Body);
}

/// A block of hardware with a description. Derived: see `heddle-derive`.
pub trait Module: Block + Describe {
    /// Its name in Verilog, without prefix.
    fn module_name(&self) -> String;
    /// What it is.
    fn about(&self) -> String;
    /// Tells `visit` of all its parts, in order.
    fn visit_parts<'a>(&'a self, visit: &mut dyn FnMut(Found<'a>));
    /// Its own nets, in that order.
    fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn AnyNet>);
    /// Its own nets, and the ports of its children, instance by instance.
    fn split_mut<'a>(
        &'a mut self,
        nets: &mut Vec<&'a mut dyn AnyNet>,
        children: &mut Vec<&'a mut dyn AnyNet>,
    );
}

macro_rules! net_part {
    ([$($generics:tt)*] $type:ty, $build:expr) => {
        impl<C: Configuration, $($generics)*> Build<C> for $type {
            fn build(config: &Site<C>, shape: &Shape) -> Self {
                let build: fn(&Site<C>, &Shape) -> Self = $build;
                build(config, shape)
            }
        }
        impl<$($generics)*> Part for $type {
            fn visit<'a>(&'a self, label: &Label, visit: &mut dyn FnMut(Found<'a>)) {
                let (mut label, info) = (label.clone(), self.info());
                if let Some(doc) = info.doc {
                    doc.clone_into(&mut label.doc);
                }
                visit(Found::Net(label, info));
            }
            fn nets_mut<'a>(&'a mut self, out: &mut Vec<&'a mut dyn AnyNet>) {
                out.push(self);
            }
            fn split_mut<'a>(
                &'a mut self,
                nets: &mut Vec<&'a mut dyn AnyNet>,
                _: &mut Vec<&'a mut dyn AnyNet>,
            ) {
                nets.push(self);
            }
        }
    };
}
net_part!([D: Direction + 'static, T: Word] Net<D, T>, Net::new);
net_part!([D: Direction + 'static, T: Word] Signal<D, T>, |_, _| Signal::default());

/// Many modules of one kind.
#[derive(Clone, Debug)]
pub struct Many<M> {
    items: Vec<M>,
    /// One to be described where a size makes none.
    spare: Vec<M>,
    count: Size,
}

impl<M> Many<M> {
    /// `count` of them, each made by `make` of its index.
    pub fn new<C: Configuration>(
        config: &Site<C>,
        count: impl Into<Size>,
        make: impl Fn(usize) -> M,
    ) -> Self {
        let count = count.into();
        let built = config.built(config.value(&count));
        let spare = usize::from(built == 0);
        Self {
            items: (0..built).map(&make).collect(),
            spare: (0..spare).map(&make).collect(),
            count,
        }
    }

    /// None, in a configuration that lacks them.
    pub fn absent() -> Self {
        Self {
            items: Vec::new(),
            spare: Vec::new(),
            count: Size::Number(0),
        }
    }

    /// Whether the configuration has them.
    pub fn is_present(&self) -> bool {
        !(self.items.is_empty() && self.spare.is_empty())
    }

    /// Any one of them: what is said of it is said of all.
    pub fn each(&self) -> &M {
        let any = self.items.first().or(self.spare.first());
        any.expect("modules that the configuration has")
    }
}

impl<M> Deref for Many<M> {
    type Target = [M];
    fn deref(&self) -> &[M] {
        &self.items
    }
}

impl<M> DerefMut for Many<M> {
    fn deref_mut(&mut self) -> &mut [M] {
        &mut self.items
    }
}

impl<C: Configuration, M: Module + Build<C>> Build<C> for Many<M> {
    fn build(config: &Site<C>, shape: &Shape) -> Self {
        if !shape.is_present() {
            return Many::absent();
        }
        let count = shape.count().cloned().unwrap_or(Size::Number(1));
        Many::new(config, count, |_| M::build(config, &Shape::default()))
    }
}

impl<M: Module + Part> Part for Many<M> {
    fn visit<'a>(&'a self, label: &Label, visit: &mut dyn FnMut(Found<'a>)) {
        if self.is_present() {
            visit(Found::child(label, self.each(), Some(self.count.clone())));
        }
    }
    fn nets_mut<'a>(&'a mut self, _: &mut Vec<&'a mut dyn AnyNet>) {}
    fn split_mut<'a>(
        &'a mut self,
        nets: &mut Vec<&'a mut dyn AnyNet>,
        children: &mut Vec<&'a mut dyn AnyNet>,
    ) {
        for item in &mut self.items {
            Part::split_mut(item, nets, children);
        }
    }
}

/// A module that a configuration may lack.
#[derive(Clone, Debug)]
pub struct Maybe<M>(Vec<M>);

impl<M> Maybe<M> {
    /// `module` if it is there.
    pub fn new(module: Option<M>) -> Self {
        Self(module.into_iter().collect())
    }
}

impl<M> Maybe<M> {
    /// A module is no net of a bundle.
    #[allow(clippy::unused_self)]
    pub fn nets(&self) -> Places {
        Places::default()
    }

    /// The module, if it is there.
    pub fn get(&self) -> Option<&M> {
        self.0.first()
    }
}

impl<C, M: Module + Build<C>> Build<C> for Maybe<M> {
    fn build(config: &Site<C>, shape: &Shape) -> Self {
        let present = shape.is_present();
        Self::new(present.then(|| M::build(config, &Shape::default())))
    }
}

impl<M: Module + Part> Part for Maybe<M> {
    fn visit<'a>(&'a self, label: &Label, visit: &mut dyn FnMut(Found<'a>)) {
        if let Some(module) = self.0.first() {
            Part::visit(module, label, visit);
        }
    }
    fn nets_mut<'a>(&'a mut self, _: &mut Vec<&'a mut dyn AnyNet>) {}
    fn split_mut<'a>(
        &'a mut self,
        nets: &mut Vec<&'a mut dyn AnyNet>,
        children: &mut Vec<&'a mut dyn AnyNet>,
    ) {
        for item in &mut self.0 {
            Part::split_mut(item, nets, children);
        }
    }
}

/// rust-hdl's view of modules in a row: all of them, one after the other.
macro_rules! row_of_blocks {
    ($type:ident, $field:tt, $accept:expr) => {
        impl<M: Block> Logic for $type<M> {
            fn update(&mut self) {}
        }
        impl<M: Block> Block for $type<M> {
            fn connect_all(&mut self) {
                self.$field.connect_all();
            }
            fn update_all(&mut self) {
                self.$field.update_all();
            }
            fn has_changed(&self) -> bool {
                self.$field.has_changed()
            }
            fn accept(&self, name: &str, probe: &mut dyn Probe) {
                let accept: fn(&Vec<M>, &str, &mut dyn Probe) = $accept;
                accept(&self.$field, name, probe);
            }
        }
    };
}
row_of_blocks!(Many, items, |items, name, probe| items.accept(name, probe));
row_of_blocks!(Maybe, 0, |items, name, probe| items
    .iter()
    .for_each(|item| item.accept(name, probe)));
