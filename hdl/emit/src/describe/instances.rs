//! From assignments to the ports of children to instances.

use super::item::{Item, Pin};
use super::net::NetKind;
use super::walk::{change_exprs, for_each_read};
use super::{Body, Expr, Key, Place, Size};
use std::collections::{HashMap, HashSet};

/// Ports that a child has from its module without a word.
const SHARED: [&str; 4] = ["clk_i", "rst_ni", "en_i", "test_en_i"];

/// Makes the instances of `body`.
pub fn make(body: &mut Body) {
    let items = std::mem::take(&mut body.items);
    body.items = scope(body, items);
    drop_aliases(body);
    drop_unread(body);
}

/// A wire that is a number, or another net and nothing more, says nothing: what reads it reads that.
pub fn drop_aliases(body: &mut Body) {
    let mut items = std::mem::take(&mut body.items);
    while let Some((wire, value)) = take_alias(body, &mut items) {
        let read = |place: &Place| match place.net == Key::Net(wire) {
            true => part_of(&value, place),
            false => place.clone().into(),
        };
        change_exprs(&mut items, &|e| e.map(&read, &Size::clone));
        body.unused = std::mem::take(&mut body.unused)
            .into_iter()
            .filter_map(|place| match read(&place) {
                Expr::Place(place) => Some(place),
                _ => None,
            })
            .collect();
        body.nets[wire].name.clear();
    }
    body.items = items;
}

/// The first such wire among `items`, which it leaves, and its value.
fn take_alias(body: &Body, items: &mut Vec<Item>) -> Option<(usize, Expr)> {
    let is_alias = |value: &Expr| match value {
        Expr::Place(place) => place.lo.is_none() && matches!(place.net, Key::Net(_)),
        // Whose bits are known, whatever part is read.
        Expr::Number(value, bits) => *value == 0 || *bits == Size::Number(1),
        _ => false,
    };
    for at in 0..items.len() {
        match &mut items[at] {
            Item::Wire(net, Some(value)) if !body.nets[*net].signed && is_alias(value) => {
                let found = (*net, value.clone());
                take_with_notes(items, at);
                return Some(found);
            }
            Item::Loop(_, _, _, inner) => {
                if let Some(found) = take_alias(body, inner) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// Takes a wire away, and what was said of it alone.
fn take_with_notes(items: &mut Vec<Item>, at: usize) {
    let notes = items[..at].iter().rev();
    let notes = notes
        .take_while(|item| matches!(item, Item::Note(_)))
        .count();
    items.drain(at - notes..=at);
}

/// What `place` reads of a wire that has `value`.
fn part_of(value: &Expr, place: &Place) -> Expr {
    match (value, &place.lo) {
        (Expr::Number(number, _), _) => Expr::Number(*number, place.bits.clone()),
        (value, None) => value.clone(),
        (value, Some(lo)) => value.clone().slice(lo, &place.bits),
    }
}

/// Drops wires that nothing reads, and their names.
pub fn drop_unread(body: &mut Body) {
    while drop_once(body) {}
}

fn drop_once(body: &mut Body) -> bool {
    let mut read = HashSet::new();
    let mut see = |place: &Place| {
        read.insert(place.net);
    };
    for_each_read(&body.items, &mut see);
    body.unused.iter().for_each(&mut see);
    let mut dropped = Vec::new();
    for at in (0..body.items.len()).rev() {
        match body.items[at] {
            Item::Wire(net, Some(_)) if !read.contains(&Key::Net(net)) => {
                dropped.push(net);
                take_with_notes(&mut body.items, at);
            }
            _ => {}
        }
    }
    dropped.iter().for_each(|net| body.nets[*net].name.clear());
    !dropped.is_empty()
}

type Child = (usize, Option<Size>);

/// What is said of an instance in one scope.
#[derive(Default)]
struct Said {
    inputs: HashMap<usize, Expr>,
    parameters: Vec<(&'static str, Size)>,
}

fn scope(body: &mut Body, items: Vec<Item>) -> Vec<Item> {
    let mut order: Vec<Child> = Vec::new();
    let mut said: HashMap<Child, Said> = HashMap::new();
    let mut rest: Vec<Item> = Vec::new();
    for item in items {
        match item {
            Item::Assign(
                Place {
                    net: Key::Port(child, port),
                    of,
                    ..
                },
                value,
            ) => {
                first(&mut order, &mut rest, (child, of.clone()));
                let known = said.entry((child, of)).or_default();
                assert!(
                    known.inputs.insert(port, value).is_none(),
                    "{} is driven twice",
                    body.children[child].ports[port].name
                );
            }
            Item::Parameter(child, of, name, value) => {
                first(&mut order, &mut rest, (child, of.clone()));
                let known = said.entry((child, of)).or_default();
                known.parameters.push((name, value));
            }
            Item::Loop(index, from, to, inner) => {
                let inner = scope(body, inner);
                rest.push(Item::Loop(index, from, to, inner));
            }
            other => {
                // A child that needs nothing but what all have is there if it is read.
                let mut read = Vec::new();
                for_each_read(std::slice::from_ref(&other), &mut |place| match place.net {
                    Key::Port(child, _) if is_served(body, child) => {
                        read.push((child, place.of.clone()));
                    }
                    _ => {}
                });
                read.into_iter()
                    .for_each(|child| first(&mut order, &mut rest, child));
                rest.push(other);
            }
        }
    }
    // Who reads which output, and whether it is only passed on.
    let mut wires: HashMap<(usize, usize, Option<Size>), Place> = HashMap::new();
    for child in order {
        let known = said.remove(&child).unwrap_or_default();
        let parameters = known.parameters.clone();
        let pins = pins(body, &mut rest, &child, known, &mut wires, &said);
        let at = rest
            .iter()
            .position(|item| is_stand_in(item, &child))
            .expect("an instance has a place");
        rest[at] = Item::Instance(child.0, child.1, pins, parameters);
    }
    // Outputs are read by the name of their wire.
    rest.iter_mut().for_each(|item| rename(item, &wires));
    rest
}

/// Keeps the place of an instance where it is first spoken of.
fn first(order: &mut Vec<Child>, rest: &mut Vec<Item>, child: Child) {
    if !order.contains(&child) {
        rest.push(Item::Instance(
            child.0,
            child.1.clone(),
            Vec::new(),
            Vec::new(),
        ));
        order.push(child);
    }
}

/// Whether a child has all of its inputs without a word.
fn is_served(body: &Body, child: usize) -> bool {
    let mut inputs = body.children[child]
        .ports
        .iter()
        .filter(|port| port.kind == NetKind::Input);
    inputs.all(|port| SHARED.contains(&port.name.as_str()))
}

fn is_stand_in(item: &Item, child: &Child) -> bool {
    matches!(item, Item::Instance(id, of, pins, _) if *id == child.0 && *of == child.1 && pins.is_empty())
}

fn pins(
    body: &mut Body,
    rest: &mut Vec<Item>,
    (child, of): &Child,
    Said {
        mut inputs,
        parameters,
    }: Said,
    wires: &mut HashMap<(usize, usize, Option<Size>), Place>,
    others: &HashMap<Child, Said>,
) -> Vec<Pin> {
    let mut pins = Vec::new();
    for port in 0..body.children[*child].ports.len() {
        let decl = body.children[*child].ports[port].clone();
        let is_this = |place: &Place| place.net == Key::Port(*child, port) && place.of == *of;
        if decl.kind == NetKind::Input {
            let shared = || {
                let name = SHARED.iter().find(|name| **name == decl.name)?;
                Some(body.whole(body.named(name)?).into())
            };
            let driver = inputs.remove(&port).or_else(shared);
            let driver = driver.unwrap_or_else(|| {
                panic!(
                    "input {} of {} is open",
                    decl.name, body.children[*child].name
                )
            });
            pins.push(Pin::Input(driver));
            continue;
        }
        let mut reads = 0;
        let mut count = |place: &Place| reads += usize::from(is_this(place));
        for_each_read(rest, &mut count);
        for said in others.values() {
            said.inputs
                .values()
                .for_each(|e| e.for_each_place(&mut count));
        }
        inputs.values().for_each(|e| e.for_each_place(&mut count));
        let passed = rest.iter().position(|item| match item {
            Item::Assign(_, Expr::Place(place)) | Item::Unpack(_, Expr::Place(place)) => {
                is_this(place) && place.lo.is_none()
            }
            _ => false,
        });
        pins.push(match (reads, passed) {
            (0, _) => Pin::Open,
            (1, Some(at)) => match rest.remove(at) {
                Item::Assign(to, _) => Pin::Output(vec![to]),
                Item::Unpack(to, _) => Pin::Output(to),
                _ => Pin::Open,
            },
            _ => {
                let stem = decl.name.strip_suffix("_o").unwrap_or(&decl.name);
                let name = format!("{}_{stem}", body.children[*child].name);
                let bits = with(&decl.bits(), &parameters);
                let wire = body.declare(&name, &decl.doc, None, bits);
                if let Key::Net(net) = wire.net {
                    let at = rest
                        .iter()
                        .position(|item| is_stand_in(item, &(*child, of.clone())))
                        .unwrap_or(0);
                    rest.insert(at, Item::Wire(net, None));
                }
                wires.insert((*child, port, of.clone()), wire.clone());
                Pin::Output(vec![wire])
            }
        });
    }
    pins
}

/// Reads wires instead of the outputs that drive them.
fn rename(item: &mut Item, wires: &HashMap<(usize, usize, Option<Size>), Place>) {
    let place = |place: &Place| -> Expr {
        let wire = match place.net {
            Key::Port(child, port) => wires.get(&(child, port, place.of.clone())),
            _ => None,
        };
        match wire {
            // All of an output is all of the wire, whose width is not named by the child.
            Some(wire) if place.lo.is_none() => wire.clone().into(),
            Some(wire) => Expr::Place(Place {
                net: wire.net,
                of: None,
                ..place.clone()
            }),
            None => place.clone().into(),
        }
    };
    change_exprs(std::slice::from_mut(item), &|value| {
        value.map(&place, &Size::clone)
    });
}

/// `size` where `parameters` have their values.
fn with(size: &Size, parameters: &[(&'static str, Size)]) -> Size {
    let given = |name: &str| {
        let found = parameters.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    size.with(&|leaf| match leaf {
        Size::Name(name) => given(name),
        Size::Parameter(parameter) => given(parameter.name),
        _ => None,
    })
}
