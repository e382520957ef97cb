//! Where each input of a PE comes from, read from the bodies of the row and of the mesh.

use crate::describe::{Body, Expr, Item, Key, NetKind, Pin, Place, Size};

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The same for all PEs: a port of the mesh.
    Same(String),
    /// From the west: an output of the neighbour; at the border a port of the mesh, or zero.
    West(String, Option<String>),
    /// From the north, likewise.
    North(String, Option<String>),
}

/// How the PEs of a mesh are connected.
pub struct Ports {
    /// Each input of the PE, and where it comes from.
    pub inputs: Vec<(String, Source)>,
    /// Each output of the mesh, and the output of the last row's PEs that it shows.
    pub outputs: Vec<(String, String)>,
}

impl Ports {
    /// Those of `mesh`, whose rows are as `row`; `None` if they are connected in another way than
    /// by chains.
    pub fn of(mesh: &Body, row: &Body) -> Option<Self> {
        let (rows, pes) = (Grid::of(mesh)?, Grid::of(row)?);
        let mut inputs = Vec::new();
        for (name, way) in pes.inputs()? {
            let source = match way {
                // A chain within the row, fed by a port of the row, which is a lane of the mesh's.
                Way::Chain(from, None) => Source::West(from, None),
                Way::Chain(from, Some(port)) => match rows.input(&port)? {
                    Way::Lane(port) => Source::West(from, Some(port)),
                    _ => return None,
                },
                // A lane of a port of the row, which is an element of a chain of rows.
                Way::Lane(port) => match rows.input(&port)? {
                    Way::Chain(from, first) => Source::North(pes.behind(&from)?, first),
                    _ => return None,
                },
                Way::Whole(port) => match rows.input(&port)? {
                    Way::Whole(port) => Source::Same(port),
                    _ => return None,
                },
            };
            inputs.push((name, source));
        }
        let outputs = rows.last()?;
        let outputs = outputs
            .into_iter()
            .map(|(to, from)| Some((to, pes.behind(&from)?)));
        Some(Self {
            inputs,
            outputs: outputs.collect::<Option<_>>()?,
        })
    }
}

/// What an instance's input is connected to.
enum Way {
    /// An element of a chain: the instance before it drives it by this output; the first is this
    /// port's, or zero.
    Chain(String, Option<String>),
    /// The instance's lane of a port.
    Lane(String),
    /// All of a port.
    Whole(String),
}

/// A module that is instances in a line.
struct Grid<'a> {
    body: &'a Body,
    index: &'static str,
    child: usize,
    pins: &'a [Pin],
}

impl<'a> Grid<'a> {
    fn of(body: &'a Body) -> Option<Self> {
        let mut found = None;
        for item in &body.items {
            let Item::Loop(index, _, _, items) = item else {
                continue;
            };
            match (&items[..], &found) {
                ([Item::Instance(child, Some(_), pins, _)], None) => {
                    found = Some(Self {
                        body,
                        index: index.name,
                        child: *child,
                        pins,
                    });
                }
                _ => return None,
            }
        }
        found
    }

    fn port(&self, pin: usize) -> &str {
        &self.body.children[self.child].ports[pin].name
    }

    fn size(&self, size: &Size, index: usize) -> usize {
        self.body.size_in(size, &[(self.index, index)])
    }

    /// Whether `place` is element `index + offset` of its net, for each index.
    fn is_lane(&self, place: &Place, offset: usize) -> bool {
        let bits = self.size(&place.bits, 0);
        let Some(lo) = &place.lo else {
            return false;
        };
        (0..2).all(|index| self.size(lo, index) == (index + offset) * bits)
    }

    /// The port of the module that `place` is a part of.
    fn own(&self, place: &Place) -> Option<String> {
        match place.net {
            Key::Net(net) if self.body.nets[net].is_port() => {
                Some(self.body.nets[net].name.clone())
            }
            _ => None,
        }
    }

    /// The outputs of the instances that drive element `offset` behind their own.
    fn drives(&self, net: Key, offset: usize) -> Option<String> {
        let drives = |pin: &Pin| match pin {
            Pin::Output(to) => match &to[..] {
                [place] => place.net == net && self.is_lane(place, offset),
                _ => false,
            },
            _ => false,
        };
        let pin = self.pins.iter().position(drives)?;
        Some(self.port(pin).to_owned())
    }

    fn way(&self, driver: &Expr) -> Option<Way> {
        let Expr::Place(place) = driver else {
            return None;
        };
        if place.lo.is_none() {
            return Some(Way::Whole(self.own(place)?));
        }
        if !self.is_lane(place, 0) {
            return None;
        }
        if let Some(port) = self.own(place) {
            return Some(Way::Lane(port));
        }
        let from = self.drives(place.net, 1)?;
        let is_first = |to: &Place| to.net == place.net && to.lo == Some(Size::Number(0));
        let first = self.body.items.iter().find_map(|item| match item {
            Item::Assign(to, value) if is_first(to) => Some(value),
            _ => None,
        })?;
        match first {
            Expr::Place(port) if port.lo.is_none() => Some(Way::Chain(from, Some(self.own(port)?))),
            Expr::Number(0, _) => Some(Way::Chain(from, None)),
            _ => None,
        }
    }

    fn inputs(&self) -> Option<Vec<(String, Way)>> {
        let mut inputs = Vec::new();
        for (index, pin) in self.pins.iter().enumerate() {
            if let Pin::Input(driver) = pin {
                inputs.push((self.port(index).to_owned(), self.way(driver)?));
            }
        }
        Some(inputs)
    }

    fn input(&self, name: &str) -> Option<Way> {
        let mut inputs = self.inputs()?.into_iter();
        inputs.find(|(known, _)| known == name).map(|(_, way)| way)
    }

    /// The output of the instances whose lanes the port `name` of the module shows.
    fn behind(&self, name: &str) -> Option<String> {
        self.drives(Key::Net(self.body.named(name)?), 0)
    }

    /// The module's outputs that show the last element of a chain, and what drives that.
    fn last(&self) -> Option<Vec<(String, String)>> {
        let mut last = Vec::new();
        for net in self
            .body
            .nets
            .iter()
            .filter(|net| net.kind == NetKind::Output)
        {
            let to = Key::Net(self.body.named(&net.name)?);
            let from = self.body.items.iter().find_map(|item| match item {
                Item::Assign(place, Expr::Place(from)) if place.net == to => Some(from),
                _ => None,
            })?;
            last.push((net.name.clone(), self.drives(from.net, 1)?));
        }
        Some(last)
    }
}
