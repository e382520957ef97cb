//! Nets: signals of rust-hdl's with what a description needs to know of them besides.

use super::{Expr, Key, Place, Places, Size};
use crate::{ArrayConfig, Dataflow, Reset};
use rust_hdl::prelude::*;
use std::any::{Any, TypeId};
use std::ops::Deref;

/// Where hardware is built: its configuration, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    config: &'a ArrayConfig,
    /// One of many instances only, and of many lanes: enough to describe them, not to simulate.
    outline: bool,
}

impl Deref for Site<'_> {
    type Target = ArrayConfig;
    fn deref(&self) -> &ArrayConfig {
        self.config
    }
}

impl<'a> Site<'a> {
    /// All of the hardware of `config`.
    pub fn whole(config: &'a ArrayConfig) -> Self {
        Self {
            config,
            outline: false,
        }
    }

    /// As little of it as its description needs.
    pub fn outline(config: &'a ArrayConfig) -> Self {
        Self {
            config,
            outline: true,
        }
    }

    /// What `size` is here.
    pub fn value(&self, size: &Size) -> usize {
        size.eval(&|name| match name {
            "ROWS" => self.config.rows,
            "COLS" => self.config.cols,
            other => panic!("{other} is no size of a configuration"),
        })
    }

    /// How many of `count` are built.
    pub fn built(&self, count: usize) -> usize {
        match self.outline {
            true => count.min(1),
            false => count,
        }
    }
}

/// What the attributes of a field say.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    lanes: Option<Size>,
    bits: Option<Size>,
    absent: bool,
    style: Option<Style>,
    count: Option<Size>,
    os: Option<&'static str>,
    both: Option<&'static str>,
}

impl Shape {
    /// So many elements.
    #[must_use]
    pub fn with_lanes(self, lanes: impl Into<Size>) -> Self {
        Self {
            lanes: Some(lanes.into()),
            ..self
        }
    }

    /// So many bits.
    #[must_use]
    pub fn with_bits(self, bits: impl Into<Size>) -> Self {
        Self {
            bits: Some(bits.into()),
            ..self
        }
    }

    /// Absent unless `present`.
    #[must_use]
    pub fn with_when(self, present: bool) -> Self {
        Self {
            absent: self.absent || !present,
            ..self
        }
    }

    /// How a register is reset and gated.
    #[must_use]
    pub fn with_style(self, style: Style) -> Self {
        Self {
            style: Some(style),
            ..self
        }
    }

    /// So many instances.
    #[must_use]
    pub fn with_count(self, count: impl Into<Size>) -> Self {
        Self {
            count: Some(count.into()),
            ..self
        }
    }

    /// Its comment in arrays that are output-stationary only.
    #[must_use]
    pub fn with_os(self, doc: &'static str) -> Self {
        Self {
            os: Some(doc),
            ..self
        }
    }

    /// Its comment in arrays with both dataflows.
    #[must_use]
    pub fn with_both(self, doc: &'static str) -> Self {
        Self {
            both: Some(doc),
            ..self
        }
    }

    /// Its comment in arrays with output-stationary tiles.
    #[must_use]
    pub fn with_has_os(self, doc: &'static str) -> Self {
        self.with_os(doc).with_both(doc)
    }

    /// What is said of it in an array of `dataflow`, if not what its doc comment says.
    fn doc(&self, dataflow: Dataflow) -> Option<&'static str> {
        match dataflow {
            Dataflow::Ws => None,
            Dataflow::Os => self.os,
            Dataflow::Both => self.both,
        }
    }

    /// How many instances, if there are many.
    pub fn count(&self) -> Option<&Size> {
        self.count.as_ref()
    }

    /// Whether it is there.
    pub fn is_present(&self) -> bool {
        !self.absent
    }
}

/// How a register is reset and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    /// How it is reset, to zero.
    pub reset: Reset,
    /// Whether its enable stops the clock through a gate cell.
    pub gated: bool,
}

/// A type that a net can carry: its values as numbers, and back.
pub trait Word: Synth + 'static {
    /// Its bits as a number.
    fn number(&self) -> u128;
    /// The value with these bits.
    fn of_number(number: u128) -> Self;
}

impl Word for Bit {
    fn number(&self) -> u128 {
        u128::from(*self)
    }
    fn of_number(number: u128) -> Self {
        number & 1 == 1
    }
}

impl Word for Clock {
    fn number(&self) -> u128 {
        u128::from(self.clk)
    }
    fn of_number(number: u128) -> Self {
        Clock {
            clk: number & 1 == 1,
        }
    }
}

impl<const N: usize> Word for Bits<N> {
    fn number(&self) -> u128 {
        u128::from(self.to_u64())
    }
    fn of_number(number: u128) -> Self {
        (number as u64).into()
    }
}

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
    /// Rows and columns of the array that it is part of.
    pub size: Option<(usize, usize)>,
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
    /// Rows and columns of the array that it is part of.
    size: (usize, usize),
    /// Of a register.
    style: Style,
    doc: Option<&'static str>,
}

impl<D: Direction + 'static, T: Word> Net<D, T> {
    /// One as `shape` says.
    pub fn new(config: &Site, shape: &Shape) -> Self {
        let count = match (&shape.lanes, shape.absent) {
            (_, true) => 0,
            (None, _) => 1,
            (Some(lanes), _) => config.value(lanes),
        };
        Self::with_count(config, shape, count)
    }

    /// One of `count` elements, whatever its lanes are called.
    pub fn with_count(config: &Site, shape: &Shape, count: usize) -> Self {
        let element = shape.bits.clone().unwrap_or(Size::Number(T::BITS));
        let width = config.value(&element);
        assert!(width <= T::BITS, "{width} bits in a type of {}", T::BITS);
        Self {
            signals: (0..config.built(count))
                .map(|_| Signal::default())
                .collect(),
            lanes: shape.lanes.clone(),
            count,
            size: (config.rows, config.cols),
            style: shape.style.unwrap_or_default(),
            doc: shape.doc(config.dataflow),
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
            size: Some(self.size),
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
            size: None,
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
