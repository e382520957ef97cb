//! Powers of instances, summed.

use crate::activity::Activity;
use crate::groups::{Group, Place, Places};
use crate::netlist::{Netlist, Signal};
use crate::sta::{Element, Power};
use heddle_liberty::Library;
use heddle_synth::SynthError;
use serde::Serialize;
use std::collections::BTreeMap;

/// How far OpenSTA's switching power may be from that of capacitances and toggles: what its
/// single precision leaves.
const TOLERANCE: f64 = 1e-4;

/// The power of every element in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Elements {
    /// Each with its power.
    pub all: Vec<(Element, Power)>,
}

/// Power by group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sums {
    /// Of each group that has any cell.
    pub groups: BTreeMap<Group, Power>,
}

impl Sums {
    /// The power of the groups for which `wanted` is true.
    pub fn of(&self, wanted: impl Fn(Group) -> bool) -> Power {
        let mut sum = Power::default();
        for (_, power) in self.groups.iter().filter(|(group, _)| wanted(**group)) {
            sum += *power;
        }
        sum
    }

    /// The power of a group; none if it has no cells.
    pub fn group(&self, group: Group) -> Power {
        self.groups.get(&group).copied().unwrap_or_default()
    }
}

impl Elements {
    /// Checks that OpenSTA saw the activities that were measured: its switching power must
    /// be half the square of the supply times what every net's pins hold, for each change.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] with both figures.
    pub fn check(
        &self,
        netlist: &Netlist,
        library: &Library,
        activity: &Activity,
        period_ns: f64,
    ) -> Result<(), SynthError> {
        let voltage = library.supply()?.voltage;
        let mut expected = 0.0;
        for instance in &netlist.instances {
            let cell = library.cell(&instance.cell, &instance.name)?;
            for (pin, signal) in &instance.pins {
                let (Some(pin), Signal::Net(net)) = (cell.pin(pin), *signal) else {
                    continue;
                };
                let each = 0.5 * pin.capacitance * voltage * voltage;
                expected += each * activity.rate(net) / (period_ns * 1e-9);
            }
        }
        let found: f64 = self.all.iter().map(|(_, power)| power.switching).sum();
        if (found - expected).abs() <= TOLERANCE * expected {
            return Ok(());
        }
        Err(SynthError::Unreadable {
            what: "OpenSTA's report of power".into(),
            problem: format!(
                "its switching power is {found:.6e} W, capacitances and counted changes give \
                 {expected:.6e} W: it did not take the measured activity"
            ),
        })
    }

    /// The sums of the groups.
    pub fn by_group(&self, places: &Places) -> Sums {
        self.sums(places, |_| true)
    }

    /// The sums of the groups of one PE, or of those that `wanted` tells by row and column.
    /// Clock pins count to the group of their register only in [`Group::ClockPins`].
    pub fn of_pes(&self, places: &Places, wanted: impl Fn(usize, usize) -> bool) -> Sums {
        self.sums(places, |place| {
            place.pe.is_some_and(|(row, col)| wanted(row, col))
        })
    }

    /// The power of the clock pins of the registers of datapath groups of some PEs.
    pub fn datapath_clock(&self, places: &Places, wanted: impl Fn(usize, usize) -> bool) -> Power {
        let mut sum = Power::default();
        for (element, power) in &self.all {
            let owner = places.owner(*element);
            let is_clock = matches!(element, Element::ClockPins(_));
            let here = owner.pe.is_some_and(|(row, col)| wanted(row, col));
            if is_clock && here && owner.group.is_datapath() {
                sum += *power;
            }
        }
        sum
    }

    fn sums(&self, places: &Places, wanted: impl Fn(Place) -> bool) -> Sums {
        let mut sums = Sums::default();
        for (element, power) in &self.all {
            let place = places.of(*element);
            if wanted(place) {
                *sums.groups.entry(place.group).or_default() += *power;
            }
        }
        sums
    }
}
