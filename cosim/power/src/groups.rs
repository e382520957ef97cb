//! Which part of the array an instance belongs to.

use crate::netlist::{Netlist, Signal};
use crate::sta::Element;
use heddle_hdl::Prefix;
use heddle_liberty::Library;
use heddle_synth::{Hierarchy, SynthError};
use serde::Serialize;

/// A part of the array by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The multipliers, with the registers of operands and products.
    Multiplier,
    /// The adders, with the registers of sums.
    Adder,
    /// The weights at work.
    Weight,
    /// Held sums and seeds of output-stationary tiles.
    Accumulator,
    /// Activations, and the bits that go with them, passed to the east.
    Activation,
    /// The next weights and the words that are passed on.
    WeightLoad,
    /// The edges: skew and deskew.
    Skew,
    /// Handshake, masks, turns.
    Control,
    /// The counters.
    Counters,
    /// Nets that ports drive, the clock's aside: what the neighbours pay.
    Inputs,
    /// The clock pins of all registers.
    ClockPins,
    /// The nets of the clock, and its gates.
    ClockNets,
}

impl Group {
    /// All, in the order of reports.
    pub const ALL: [Group; 12] = [
        Group::Multiplier,
        Group::Adder,
        Group::Weight,
        Group::Accumulator,
        Group::Activation,
        Group::WeightLoad,
        Group::Skew,
        Group::Control,
        Group::Counters,
        Group::Inputs,
        Group::ClockPins,
        Group::ClockNets,
    ];

    /// What a report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Group::Multiplier => "multiplier",
            Group::Adder => "adder",
            Group::Weight => "weight at work",
            Group::Accumulator => "accumulator",
            Group::Activation => "activation pass",
            Group::WeightLoad => "weight load",
            Group::Skew => "skew registers",
            Group::Control => "control",
            Group::Counters => "counters",
            Group::Inputs => "input nets",
            Group::ClockPins => "clock pins",
            Group::ClockNets => "clock nets",
        }
    }

    /// Whether it is the clock tree's.
    pub fn is_clock(self) -> bool {
        matches!(self, Group::ClockPins | Group::ClockNets)
    }

    /// Whether it is what computes in the PEs.
    pub fn is_datapath(self) -> bool {
        matches!(
            self,
            Group::Multiplier | Group::Adder | Group::Weight | Group::Accumulator
        )
    }
}

/// Where an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of what.
    pub group: Group,
    /// Row and column of its PE, if it is in one.
    pub pe: Option<(usize, usize)>,
}

/// Of every instance of a netlist, and of every bit of its ports, where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// By instance.
    instances: Vec<Place>,
    /// By bit of the ports: whether it is the clock.
    clock_bits: Vec<bool>,
}

impl Places {
    /// Where each instance is; `prefix` is what the modules' names begin with. Registers of a PE are told by their names. Other cells of a
    /// PE belong to what they feed; those that feed several belong to the first of them
    /// in the order of [`Group::ALL`].
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if a register of a PE is none that is known, or if the
    /// library lacks a cell.
    pub fn find(
        netlist: &Netlist,
        library: &Library,
        hierarchy: &Hierarchy,
        prefix: &Prefix,
        clock: &[bool],
    ) -> Result<Self, SynthError> {
        let mut known: Vec<Option<Group>> = Vec::with_capacity(netlist.instances.len());
        let mut pes = Vec::with_capacity(netlist.instances.len());
        for instance in &netlist.instances {
            let cell = library.cell(&instance.cell, &instance.name)?;
            let (path, module, signal) = hierarchy.locate(&instance.name);
            pes.push(pe(path));
            let drives_clock = instance.pins.iter().any(|(pin, net)| {
                let output = cell.pin(pin).is_some_and(|pin| pin.is_output());
                output && matches!(net, Signal::Net(net) if clock[*net])
            });
            let group = match of_module(module, prefix) {
                _ if drives_clock => Some(Group::ClockNets),
                Some(group) => Some(group),
                None if cell.state.is_some() => {
                    Some(of_register(signal).ok_or_else(|| SynthError::Unreadable {
                        what: format!("register {signal} of {module}"),
                        problem: "it is none that a group of the power report is known for".into(),
                    })?)
                }
                None => None,
            };
            known.push(group);
        }
        let takers = takers(netlist, library)?;
        let groups = (0..netlist.instances.len())
            .map(|at| feeds(at, &mut known, &takers, netlist, library))
            .collect::<Vec<_>>();
        let instances = groups
            .into_iter()
            .zip(pes)
            .map(|(group, pe)| Place { group, pe })
            .collect();
        let bits = netlist.ports.iter().flat_map(|port| &port.bits);
        let clock_bits = bits.map(|bit| matches!(bit, Signal::Net(net) if clock[*net]));
        Ok(Self {
            instances,
            clock_bits: clock_bits.collect(),
        })
    }

    /// Where an element of OpenSTA's netlist is.
    pub fn of(&self, element: Element) -> Place {
        let outside = |group| Place { group, pe: None };
        match element {
            Element::Instance(number) => self.instances[number],
            Element::ClockPins(number) => Place {
                group: Group::ClockPins,
                pe: self.instances[number].pe,
            },
            Element::Source(bit) if self.clock_bits[bit] => outside(Group::ClockNets),
            Element::Source(_) => outside(Group::Inputs),
        }
    }

    /// The group of the register, or of the logic, whose clock pins or cells these are.
    pub fn owner(&self, element: Element) -> Place {
        match element {
            Element::ClockPins(number) => self.instances[number],
            other => self.of(other),
        }
    }
}

/// Row and column in `u_mesh.g_row[1].u_row.g_pe[2].u_pe.u_add`.
fn pe(path: &str) -> Option<(usize, usize)> {
    let number = |prefix: &str| {
        let mut parts = path.split('.');
        parts.find_map(|part| part.strip_prefix(prefix)?.strip_suffix(']')?.parse().ok())
    };
    Some((number("g_row[")?, number("g_pe[")?))
}

/// The group of a module that is all of one kind; none for those of the mesh.
fn of_module(module: &str, prefix: &Prefix) -> Option<Group> {
    let name = module.strip_prefix(&prefix.module("")).unwrap_or(module);
    // of a module with parameters they stand behind it
    let name = name.split(' ').next().unwrap_or(name);
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    match name {
        "pe" | "row" | "mesh" => None,
        "counters" => Some(Group::Counters),
        "west_edge" | "north_edge" | "south_edge" => Some(Group::Skew),
        "accumulator" => Some(Group::Accumulator),
        "clock_gate" => Some(Group::ClockNets),
        _ if begins(&["mul", "dsp"]) => Some(Group::Multiplier),
        _ if begins(&["add", "fma", "align", "normalize", "round"]) => Some(Group::Adder),
        _ if begins(&["bank"]) => Some(Group::Accumulator),
        _ if begins(&["delay", "ram_line"]) => Some(Group::Skew),
        _ => Some(Group::Control),
    }
}

/// The group of a register of a PE, by its name.
fn of_register(signal: &str) -> Option<Group> {
    let groups: [(Group, &[&str]); 5] = [
        (Group::Multiplier, &["product", "operand"]),
        (Group::Weight, &["weight_", "on_"]),
        (Group::Activation, &["act_", "mac_", "swap_"]),
        (Group::WeightLoad, &["pass_", "down_", "next_"]),
        (Group::Control, &["spin_", "exch_", "seed_", "ring_"]),
    ];
    let found = groups
        .iter()
        .find(|(_, names)| names.iter().any(|name| signal.starts_with(name)));
    found.map(|(group, _)| *group)
}

/// Of every net the instances that take it.
fn takers(netlist: &Netlist, library: &Library) -> Result<Vec<Vec<usize>>, SynthError> {
    let mut takers = vec![Vec::new(); netlist.nets];
    for (number, instance) in netlist.instances.iter().enumerate() {
        let cell = library.cell(&instance.cell, &instance.name)?;
        for (pin, signal) in &instance.pins {
            if let (false, Signal::Net(net)) =
                (cell.pin(pin).is_some_and(|pin| pin.is_output()), signal)
            {
                takers[*net].push(number);
            }
        }
    }
    Ok(takers)
}

/// The group of a cell: its own, or the first of those that it feeds.
fn feeds(
    at: usize,
    known: &mut [Option<Group>],
    takers: &[Vec<usize>],
    netlist: &Netlist,
    library: &Library,
) -> Group {
    if let Some(group) = known[at] {
        return group;
    }
    // Logic without loops: the way down ends at registers and at other modules.
    let instance = &netlist.instances[at];
    let mut found: Option<Group> = None;
    for (pin, signal) in &instance.pins {
        let cell = library.cells.get(&instance.cell);
        let output = cell
            .and_then(|cell| cell.pin(pin))
            .is_some_and(|pin| pin.is_output());
        if let (true, Signal::Net(net)) = (output, signal) {
            for &taker in &takers[*net] {
                let group = feeds(taker, known, takers, netlist, library);
                found = Some(found.map_or(group, |found| found.min(group)));
            }
        }
    }
    let group = found.unwrap_or(Group::Control);
    known[at] = Some(group);
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_and_modules_have_their_place() {
        let path = "u_mesh.g_row[1].u_row.g_pe[12].u_pe.u_add";
        assert_eq!(pe(path), Some((1, 12)));
        assert_eq!(pe("u_mesh.g_row[1].u_row"), None);
        assert_eq!(pe("u_west.g_row[1].u_lane"), None);
        let group = |module| of_module(module, &Prefix::default());
        assert_eq!(group("heddle_delay (BITS=18, DEPTH=1)"), Some(Group::Skew));
        assert_eq!(group("heddle_ram_line (DEPTH=17)"), Some(Group::Skew));
        assert_eq!(group("heddle_row"), None);
        assert_eq!(of_register("next_valid_q"), Some(Group::WeightLoad));
        assert_eq!(of_register("full_q"), None);
    }
}
