//! Nets: signals of rust-hdl's with what a description needs to know of them besides.

use super::{Configuration, Expr, Key, Place, Places, Shape, Site, Size, Sizes, Style, Word};
use rust_hdl::prelude::*;
use std::any::{Any, TypeId};

/// The direction of a register: of the module that holds it.
#[derive(Clone, Debug, Default)]
pub struct Stored;

impl Direction for Stored {
    const KIND: AtomKind = AtomKind::LocalSignal;
}

/// Whether what has this direction is a port.
pub fn is_port<D: Direction + 'static>() -> bool {
    kind_of::<D>().is_port()
}

/// A register of the module that holds it.
pub type Reg<T> = Net<Stored, T>;

/// What a net is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetKind {
    /// Input port.
    Input,
    /// Output port.
    Output,
    /// Neither, and no register.
    Wire,
    /// Register.
    Register,
}

impl NetKind {
    /// Whether it is a port.
    pub fn is_port(self) -> bool {
        matches!(self, NetKind::Input | NetKind::Output)
    }
}

/// What is known of a net.
#[derive(Clone, Debug)]
pub struct NetInfo {
    /// What it is.
    pub kind: NetKind,
    /// Elements; `None` if it is no vector of any.
    pub lanes: Option<Size>,
    /// Elements that there are.
    pub count: usize,
    /// Bits of an element.
    pub element: Size,
    /// Bits of an element as built.
    pub width: usize,
    /// Where the field is, by which descriptions name it.
    pub address: usize,
    /// Of a register.
    pub style: Style,
    /// Whether the configuration has it.
    pub present: bool,
    /// Values of parameters where it was built, which a bare signal does not know.
    pub sizes: Option<Sizes>,
    /// What is said of it in this configuration, if not its doc comment.
    pub doc: Option<&'static str>,
}

impl NetInfo {
    /// Whether it is a port.
    pub fn is_port(&self) -> bool {
        self.kind.is_port()
    }

    /// All of it.
    pub fn place(&self) -> Place {
        Place {
            net: Key::Address(self.address),
            of: None,
            lo: None,
            bits: self.lanes.clone().unwrap_or(Size::Number(1)) * self.element.clone(),
            element: self.element.clone(),
        }
    }
}

/// A net of whatever direction and type, as the simulation sees it.
pub trait AnyNet {
    /// What is known of it.
    fn info(&self) -> NetInfo;
    /// The value of element `lane`.
    fn read(&self, lane: usize) -> u128;
    /// Drives element `lane`.
    fn drive(&mut self, lane: usize, value: u128);
    /// Whether it has just risen.
    fn rises(&self) -> bool;
    /// Says that it is driven.
    fn claim(&mut self);
    /// Whether its module drives it.
    fn has_value(&self) -> bool;
}

/// A port or a wire: one signal, a vector of them, or none if the configuration lacks it.
#[derive(Clone, Debug)]
pub struct Net<D: Direction, T: Word> {
    signals: Vec<Signal<D, T>>,
    lanes: Option<Size>,
    count: usize,
    element: Size,
    width: usize,
    sizes: Sizes,
    /// Of a register.
    style: Style,
    doc: Option<&'static str>,
}

impl<D: Direction + 'static, T: Word> Net<D, T> {
    /// One as `shape` says.
    pub fn new<C: Configuration>(config: &Site<C>, shape: &Shape) -> Self {
        let count = match (&shape.lanes, shape.absent) {
            (_, true) => 0,
            (None, _) => 1,
            (Some(lanes), _) => config.value(lanes),
        };
        Self::with_count(config, shape, count)
    }

    /// One of `count` elements, whatever its lanes are called.
    pub fn with_count<C: Configuration>(config: &Site<C>, shape: &Shape, count: usize) -> Self {
        let element = shape.bits.clone().unwrap_or(Size::Number(T::BITS));
        let width = config.value(&element);
        assert!(width <= T::BITS, "{width} bits in a type of {}", T::BITS);
        Self {
            signals: (0..config.built(count))
                .map(|_| Signal::default())
                .collect(),
            lanes: shape.lanes.clone(),
            count,
            sizes: config.sizes().clone(),
            style: shape.style.unwrap_or_else(|| config.style()),
            doc: shape.doc,
            element,
            width,
        }
    }

    /// Whether the configuration has it.
    pub fn is_present(&self) -> bool {
        self.count > 0
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// How many elements it has, as a symbol.
    pub fn lanes(&self) -> Size {
        self.lanes.clone().unwrap_or(Size::Number(1))
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of it.
    pub fn place(&self) -> Place {
        self.info().place()
    }

    /// The same as a bundle of one.
    pub fn nets(&self) -> Places {
        Places(vec![self.is_present().then(|| self.place())])
    }

    /// Lane `lane`.
    pub fn at(&self, lane: impl Into<Size>) -> Place {
        self.place().at(lane)
    }

    /// The last lane: of a line, what comes out of it.
    pub fn last(&self) -> Expr {
        self.at(self.len() - 1).into()
    }

    /// That of instance `index`.
    pub fn of(&self, index: impl Into<Size>) -> Place {
        self.place().of(index)
    }

    /// What it carries; `otherwise` if the configuration lacks it.
    pub fn or(&self, otherwise: impl Into<Expr>) -> Expr {
        match self.is_present() {
            true => self.into(),
            false => otherwise.into(),
        }
    }

    /// Drives element `lane`, from a test.
    pub fn set(&mut self, lane: usize, value: T) {
        self.signals[lane].next = value;
    }

    /// Drives every element, from a test.
    pub fn set_all(&mut self, value: T) {
        for signal in &mut self.signals {
            signal.next = value;
        }
    }
}

/// The value of an element, for tests: what is seen of an input is its last value, of anything
/// else its new one.
macro_rules! gets {
    ($($direction:ty),+) => {$(
        impl<T: Word> Net<$direction, T> {
            /// The value of element `lane`.
            pub fn get(&self, lane: usize) -> T {
                self.signals[lane].val()
            }
        }
    )+};
}
gets!(In, Out, Local);

fn kind_of<D: Direction + 'static>() -> NetKind {
    match D::KIND {
        AtomKind::InputParameter => NetKind::Input,
        AtomKind::OutputParameter => NetKind::Output,
        _ if TypeId::of::<D>() == TypeId::of::<Stored>() => NetKind::Register,
        _ => NetKind::Wire,
    }
}

impl<D: Direction + 'static, T: Word> From<&Net<D, T>> for Expr {
    fn from(net: &Net<D, T>) -> Self {
        assert!(net.is_present(), "a net that the configuration lacks");
        Expr::Place(net.place())
    }
}

impl<D: Direction + 'static, T: Word> AnyNet for Net<D, T> {
    fn info(&self) -> NetInfo {
        NetInfo {
            kind: kind_of::<D>(),
            lanes: self.lanes.clone(),
            count: self.count,
            element: self.element.clone(),
            width: self.width,
            address: std::ptr::from_ref(self) as usize,
            style: self.style,
            present: self.is_present(),
            sizes: Some(self.sizes.clone()),
            doc: self.doc,
        }
    }
    fn read(&self, lane: usize) -> u128 {
        seen(&self.signals[lane])
    }
    fn drive(&mut self, lane: usize, value: u128) {
        self.signals[lane].next = T::of_number(value);
    }
    fn rises(&self) -> bool {
        self.signals
            .first()
            .is_some_and(|signal| signal.changed && seen(signal) == 1)
    }
    fn claim(&mut self) {
        self.signals.iter_mut().for_each(Logic::connect);
    }
    fn has_value(&self) -> bool {
        !self.signals.is_empty()
    }
}

/// What is seen of a signal: of an input what it was when it was last updated, of anything else
/// what drives it.
fn seen<D: Direction + 'static, T: Word>(signal: &Signal<D, T>) -> u128 {
    match (signal as &dyn Any).downcast_ref::<Signal<In, T>>() {
        Some(input) => input.val().number(),
        None => signal.next.number(),
    }
}

/// A bare signal, of a block that rust-hdl translates.
impl<D: Direction + 'static, T: Word> AnyNet for Signal<D, T> {
    fn info(&self) -> NetInfo {
        NetInfo {
            kind: kind_of::<D>(),
            lanes: None,
            count: 1,
            element: Size::Number(T::BITS),
            width: T::BITS,
            address: std::ptr::from_ref(self) as usize,
            style: Style::default(),
            present: true,
            sizes: None,
            doc: None,
        }
    }
    fn read(&self, _: usize) -> u128 {
        seen(self)
    }
    fn drive(&mut self, _: usize, value: u128) {
        self.next = T::of_number(value);
    }
    fn rises(&self) -> bool {
        self.changed && seen(self) == 1
    }
    fn claim(&mut self) {
        self.connect();
    }
    fn has_value(&self) -> bool {
        true
    }
}

/// rust-hdl's view of a net: its signals under one name, with an index if it is a vector.
impl<D: Direction + 'static, T: Word> Logic for Net<D, T> {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.claim();
    }
}

impl<D: Direction + 'static, T: Word> Block for Net<D, T> {
    fn connect_all(&mut self) {
        self.signals.connect_all();
    }
    fn update_all(&mut self) {
        self.signals.update_all();
    }
    fn has_changed(&self) -> bool {
        self.signals.has_changed()
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        match self.lanes {
            Some(_) => self.signals.accept(name, probe),
            None => self.signals.iter().for_each(|s| s.accept(name, probe)),
        }
    }
}
