//! Where everything lies: sizes of arrays, widths of their elements, what is kept how long.

use super::blocks::{Cones, Plan};
use super::ports::{Ports, Source};
use super::values::Values;
use crate::describe::{Body, Expr, Key, Place};
use std::collections::{BTreeSet, HashMap};

/// What comes from the west.
pub struct West {
    /// The input.
    pub net: usize,
    /// The neighbour's state that it is.
    pub state: usize,
    /// The mesh's port at the border, or zero.
    pub port: Option<String>,
    /// Whether anything reads it.
    pub read: bool,
}

/// What comes from the north and goes south.
pub struct South {
    /// The input.
    pub net: usize,
    /// What goes south.
    pub value: Expr,
    /// The mesh's port at the border, or zero.
    pub port: Option<String>,
    /// The first block that changes what `value` is made of.
    pub first: usize,
    /// The last block that reads the input.
    pub last: usize,
}

/// The plan of the text.
pub struct Layout {
    pub rows: usize,
    pub cols: usize,
    /// Columns that loops go over: what is beyond the last one is rubbish that nothing reads.
    pub lanes: usize,
    /// Elements of a row; the same for what goes east would be twice as many.
    pub stride: usize,
    /// Rows of an array.
    pub height: usize,
    /// Bits of an element of each net's arrays.
    pub stored: Vec<usize>,
    /// Bits of each value's variable.
    pub temporaries: HashMap<usize, usize>,
    /// Inputs that are the same for all.
    pub same: HashMap<usize, String>,
    pub west: Vec<West>,
    pub south: Vec<South>,
    /// The mesh's outputs.
    pub outputs: Vec<(String, Expr)>,
    /// Words of which a phase selects one, or 1.
    pub words: usize,
    /// The mesh's reset.
    pub rst_n: String,
    bits: Vec<usize>,
}

/// Bits of a variable in a loop of wide ones.
fn wide(bits: usize) -> usize {
    match bits {
        0..=32 => 32,
        33..=64 => 64,
        more => more,
    }
}

impl Layout {
    pub fn of(
        mesh: &Body,
        ports: &Ports,
        values: &Values,
        plan: &Plan,
        cones: &Cones,
    ) -> Option<Self> {
        let (rows, cols) = (mesh.value_of("ROWS"), mesh.value_of("COLS"));
        let stride = cols.next_power_of_two();
        let bits: Vec<usize> = values
            .body
            .nets
            .iter()
            .map(|net| net.element.known().unwrap_or(1))
            .collect();
        let mut read = BTreeSet::new();
        for state in &values.states {
            read.extend(cones.of(&state.next).leaves);
        }
        let mut layout = Self {
            rows,
            cols,
            lanes: if cols > 4 { stride } else { cols },
            stride,
            height: rows.next_power_of_two(),
            stored: bits.clone(),
            temporaries: HashMap::new(),
            same: HashMap::new(),
            west: Vec::new(),
            south: Vec::new(),
            outputs: Vec::new(),
            words: values
                .states
                .iter()
                .filter_map(|state| state.words)
                .map(|(words, _)| words)
                .max()
                .unwrap_or(1),
            rst_n: String::new(),
            bits,
        };
        let output = |name: &str| {
            values
                .outputs
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, e)| e.clone())
        };
        for ((name, source), net) in ports.inputs.iter().zip(&values.inputs) {
            match source {
                Source::Same(port) => {
                    if name == "rst_ni" {
                        layout.rst_n.clone_from(port);
                    }
                    layout.same.insert(*net, port.clone());
                }
                Source::West(from, port) => {
                    let Expr::Place(Place {
                        net: Key::Net(state),
                        lo: None,
                        ..
                    }) = output(from)?
                    else {
                        return None;
                    };
                    if !values
                        .states
                        .iter()
                        .any(|known| known.net == state && known.words.is_none())
                    {
                        return None;
                    }
                    layout.west.push(West {
                        net: *net,
                        state,
                        port: port.clone(),
                        read: read.contains(net),
                    });
                }
                Source::North(from, port) if read.contains(net) => {
                    let south =
                        layout.south(*net, output(from)?, port.clone(), values, plan, cones)?;
                    layout.south.push(south);
                }
                Source::North(..) => {}
            }
        }
        for (port, from) in &ports.outputs {
            layout.outputs.push((port.clone(), output(from)?));
        }
        layout.widths(values, plan, cones);
        Some(layout)
    }

    fn south(
        &self,
        net: usize,
        value: Expr,
        port: Option<String>,
        values: &Values,
        plan: &Plan,
        cones: &Cones,
    ) -> Option<South> {
        let leaves = cones.of(&value).leaves;
        // What goes on at once would make a wire of the whole column.
        if !leaves
            .iter()
            .all(|leaf| values.states.iter().any(|state| state.net == *leaf))
        {
            return None;
        }
        let end = plan.blocks.len() - 1;
        let in_place = |state: &&usize| {
            !plan.late.contains(*state) && leaves.contains(&values.states[**state].net)
        };
        let first = plan
            .blocks
            .iter()
            .position(|block| block.states.iter().any(|state| in_place(&state)));
        let last = plan
            .blocks
            .iter()
            .rposition(|block| block.reads.contains(&net));
        Some(South {
            net,
            value,
            port,
            first: first.unwrap_or(end),
            last: last.unwrap_or(0),
        })
    }

    /// In a loop with a net of many bits all have the bits of a machine's word.
    fn widths(&mut self, values: &Values, plan: &Plan, cones: &Cones) {
        for (at, block) in plan.blocks.iter().enumerate() {
            let own = || block.states.iter().map(|state| &values.states[*state]);
            let mut cone = super::blocks::Cone::default();
            own().for_each(|state| cones.add(&state.next, &mut cone));
            if block.wide {
                for net in cone
                    .leaves
                    .iter()
                    .copied()
                    .chain(own().map(|state| state.net))
                {
                    self.stored[net] = self.bits[net].max(32);
                }
            }
            for south in self.south.iter().filter(|south| south.first == at) {
                cones.add(&south.value, &mut cone);
            }
            for value in cone.values {
                let net = values.values[value].0;
                let bits = if block.wide {
                    wide(self.bits[net])
                } else {
                    self.bits[net]
                };
                let known = self.temporaries.entry(net).or_default();
                *known = bits.max(*known);
            }
        }
        for west in &self.west {
            let bits = self.stored[west.net].max(self.stored[west.state]);
            self.stored[west.net] = bits;
            self.stored[west.state] = bits;
        }
        for south in &self.south {
            let leaves = cones.of(&south.value).leaves;
            if leaves.iter().any(|leaf| self.stored[*leaf] >= 32) {
                self.stored[south.net] = self.bits[south.net].max(32);
            }
        }
        // What only the outputs need.
        for (net, _) in &values.values {
            self.temporaries.entry(*net).or_insert(self.bits[*net]);
        }
    }

    /// Bits of a net.
    pub fn bits(&self, net: usize) -> usize {
        self.bits[net]
    }

    fn goes_east(&self, net: usize) -> bool {
        self.west.iter().any(|west| west.state == net)
    }

    fn words_of(values: &Values, net: usize) -> usize {
        let state = values.states.iter().find(|state| state.net == net);
        state
            .and_then(|state| state.words)
            .map_or(1, |(words, _)| words)
    }

    /// Elements of a state's array.
    pub fn size(&self, values: &Values, net: usize) -> usize {
        let row = if self.goes_east(net) {
            2 * self.stride
        } else {
            self.stride
        };
        row * self.height * Self::words_of(values, net).next_power_of_two()
    }

    /// The index of column `c` of row `r` in a state's array; `own` is 0 for the neighbour's.
    pub fn index(&self, values: &Values, net: usize, own: usize) -> String {
        if self.goes_east(net) {
            let more = if own > 0 { " + 1" } else { "" };
            return format!("r * 32'd{} + c{more}", 2 * self.stride);
        }
        let base = if Self::words_of(values, net) > 1 {
            "base + "
        } else {
            ""
        };
        format!("{base}r * 32'd{} + c", self.stride)
    }

    /// The index of column 0 of the last row.
    pub fn last_row(&self, values: &Values, net: usize, word: usize) -> usize {
        let row = self.rows - 1;
        if self.goes_east(net) {
            return row * 2 * self.stride + 1;
        }
        let word = if Self::words_of(values, net) > 1 {
            word
        } else {
            0
        };
        (word * self.height + row) * self.stride
    }

    /// The port that says which word it is, and its bits.
    pub fn phase(&self, values: &Values) -> Option<(String, usize)> {
        let (_, net) = values.states.iter().find_map(|state| state.words)?;
        Some((self.same.get(&net)?.clone(), self.bits[net]))
    }
}
