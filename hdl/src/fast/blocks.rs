//! Groups of states that share logic, in an order in which each state is written after its last
//! reader.

use super::atoms::{cost, net_of};
use super::values::Values;
use crate::describe::{Binary, Expr};
use std::collections::{BTreeSet, HashMap, HashSet};

/// States that are computed in one loop.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Their indices.
    pub states: Vec<usize>,
    /// Whether any net of it has more than [`NARROW`] bits: then all are computed as wide ones.
    pub wide: bool,
    /// Inputs and states that it reads, but what it writes itself.
    pub reads: BTreeSet<usize>,
}

/// All of them.
pub struct Plan {
    /// In order.
    pub blocks: Vec<Block>,
    /// States that are written before they are read for the last time: what they become is kept
    /// apart until then.
    pub late: HashSet<usize>,
}

/// Words of so many bits or fewer are computed as they are.
const NARROW: usize = 16;
/// A bit of at most so many operators is computed in each block that needs it.
const CHEAP: usize = 4;

/// What an expression is made of: indices of values, and nets that are inputs or states.
#[derive(Clone, Debug, Default)]
pub struct Cone {
    /// Values.
    pub values: BTreeSet<usize>,
    /// Inputs and states.
    pub leaves: BTreeSet<usize>,
}

/// Which net is which value.
pub struct Cones<'a> {
    values: &'a Values,
    of_net: HashMap<usize, usize>,
}

impl<'a> Cones<'a> {
    pub fn new(values: &'a Values) -> Self {
        let nets = values.values.iter().enumerate();
        Self {
            values,
            of_net: nets.map(|(index, (net, _))| (*net, index)).collect(),
        }
    }

    /// What `e` is made of.
    pub fn of(&self, e: &Expr) -> Cone {
        let mut cone = Cone::default();
        self.add(e, &mut cone);
        cone
    }

    pub fn add(&self, e: &Expr, cone: &mut Cone) {
        e.for_each_place(&mut |place| {
            let net = net_of(place);
            match self.of_net.get(&net) {
                Some(value) if cone.values.insert(*value) => {
                    self.add(&self.values.values[*value].1, cone);
                }
                Some(_) => {}
                None => {
                    cone.leaves.insert(net);
                }
            }
        });
    }

    fn cost(&self, cone: &Cone) -> usize {
        cone.values
            .iter()
            .map(|value| cost(&self.values.values[*value].1))
            .sum()
    }
}

fn width(e: &Expr) -> usize {
    e.bits().known().unwrap_or(1)
}

fn computes(e: &Expr) -> bool {
    use Binary::{Add, Shl, Shr, Sub};
    let mut found = false;
    e.for_each(&mut |e| {
        found |= matches!(
            e,
            Expr::Product(..) | Expr::Binary(Add | Sub | Shl | Shr, ..)
        );
    });
    found
}

/// Which of many belong together.
struct Union(Vec<usize>);

impl Union {
    fn root(&mut self, of: usize) -> usize {
        if self.0[of] != of {
            self.0[of] = self.root(self.0[of]);
        }
        self.0[of]
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

impl Plan {
    pub fn of(values: &Values) -> Self {
        let cones = Cones::new(values);
        let of: Vec<Cone> = values
            .states
            .iter()
            .map(|state| cones.of(&state.next))
            .collect();
        let mut union = Union((0..of.len()).collect());
        // Logic in common.
        let mut users: HashMap<usize, usize> = HashMap::new();
        for (state, cone) in of.iter().enumerate() {
            for value in &cone.values {
                let (net, e) = &values.values[*value];
                let own = cones.cost(&cones.of(&values.body.whole(*net).into()));
                if width(e) == 1 && own <= CHEAP {
                    continue;
                }
                match users.get(value) {
                    Some(other) => union.join(state, *other),
                    None => {
                        users.insert(*value, state);
                    }
                }
            }
        }
        // A wide word that several read.
        let mut readers: HashMap<usize, usize> = HashMap::new();
        for (state, cone) in of.iter().enumerate() {
            let own = values.states[state].net;
            for leaf in cone.leaves.iter().filter(|leaf| **leaf != own) {
                if values.body.nets[*leaf].element.known() <= Some(NARROW) {
                    continue;
                }
                match readers.get(leaf) {
                    Some(other) => union.join(state, *other),
                    None => {
                        readers.insert(*leaf, state);
                    }
                }
            }
        }
        let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
        for state in 0..of.len() {
            groups.entry(union.root(state)).or_default().push(state);
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort();
        let blocks: Vec<Block> = groups
            .into_iter()
            .map(|group| block(values, &of, group))
            .collect();
        let (heavy, light): (Vec<Block>, Vec<Block>) = blocks.into_iter().partition(|block| {
            block.wide
                || block
                    .states
                    .iter()
                    .any(|state| all(values, &of, *state).any(computes))
        });
        let mut joined = heavy.clone();
        let mut rest = Vec::new();
        // Bits that come along: who reads all that they are made of computes them too.
        for light in light {
            let own = |net: &usize| {
                light
                    .states
                    .iter()
                    .any(|state| values.states[*state].net == *net)
            };
            let home = heavy.iter().position(|block| {
                let of_block = |net: &usize| {
                    let states = &block.states;
                    block.reads.contains(net)
                        || states.iter().any(|s| values.states[*s].net == *net)
                };
                light.reads.iter().any(|net| !own(net)) && light.reads.iter().all(of_block)
            });
            match home {
                Some(home) => joined[home].states.extend(light.states),
                None => rest.extend(light.states),
            }
        }
        let mut blocks: Vec<Block> = joined
            .into_iter()
            .map(|b| block(values, &of, b.states))
            .collect();
        if !rest.is_empty() {
            blocks.push(block(values, &of, rest));
        }
        order(values, blocks)
    }
}

/// All that is computed for a state.
fn all<'a>(values: &'a Values, of: &'a [Cone], state: usize) -> impl Iterator<Item = &'a Expr> {
    let cone = of[state]
        .values
        .iter()
        .map(|value| &values.values[*value].1);
    cone.chain([&values.states[state].next])
}

fn block(values: &Values, of: &[Cone], mut states: Vec<usize>) -> Block {
    states.sort_unstable();
    let wide = states
        .iter()
        .any(|state| all(values, of, *state).any(|e| width(e) > NARROW));
    let written: Vec<usize> = states
        .iter()
        .map(|state| values.states[*state].net)
        .collect();
    let leaves = states.iter().flat_map(|state| &of[*state].leaves);
    let reads = leaves
        .filter(|net| !written.contains(net))
        .copied()
        .collect();
    Block {
        states,
        wide,
        reads,
    }
}

/// Who reads a state comes before who writes it; where that is a circle, the state is late.
fn order(values: &Values, mut pending: Vec<Block>) -> Plan {
    let (mut blocks, mut late) = (Vec::new(), HashSet::new());
    while !pending.is_empty() {
        let readers = |at: usize| -> Vec<usize> {
            let read = |state: &&usize| {
                let net = values.states[**state].net;
                let mut others = pending.iter().enumerate().filter(|(other, _)| *other != at);
                others.any(|(_, block)| block.reads.contains(&net))
            };
            pending[at].states.iter().filter(read).copied().collect()
        };
        let next = (0..pending.len()).min_by_key(|at| readers(*at).len());
        let next = next.expect("a block that is left");
        late.extend(readers(next));
        blocks.push(pending.remove(next));
    }
    Plan { blocks, late }
}
