//! Which nets are the clock, and which pins it clocks.

use crate::netlist::{Netlist, Signal};
use heddle_liberty::Library;
use heddle_synth::SynthError;

/// The nets of the clock: its port's, and what gates and buffers make of it. They change
/// twice in a cycle; all others settle once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Their numbers, in increasing order.
    pub nets: Vec<usize>,
    /// Of every net: whether it is one of them.
    pub is: Vec<bool>,
}

impl Clocks {
    /// Follows the clock from the input `port` through cells that remember nothing.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if there is no such port, if the library lacks a cell, or
    /// if a register is clocked by a net that no clock reaches.
    pub fn find(netlist: &Netlist, library: &Library, port: &str) -> Result<Self, SynthError> {
        let bad = |problem: String| SynthError::Unreadable {
            what: "the netlist".into(),
            problem,
        };
        let root = netlist.ports.iter().find(|of| of.input && of.name == port);
        let Some([Signal::Net(root)]) = root.map(|port| port.bits.as_slice()) else {
            return Err(bad(format!("it has no clock {port}")));
        };
        let mut is = vec![false; netlist.nets];
        is[*root] = true;
        // Gates of the clock are few and shallow: a pass for each level is enough.
        let mut changed = true;
        while changed {
            changed = false;
            for instance in &netlist.instances {
                let cell = library.cell(&instance.cell, &instance.name)?;
                if cell.state.is_some() {
                    continue;
                }
                let clocked =
                    |&(_, signal): &(String, Signal)| matches!(signal, Signal::Net(net) if is[net]);
                if !instance.pins.iter().any(clocked) {
                    continue;
                }
                for (pin, signal) in &instance.pins {
                    let output = cell.pin(pin).is_some_and(|pin| pin.is_output());
                    if let (true, Signal::Net(net)) = (output, *signal) {
                        changed |= !is[net];
                        is[net] = true;
                    }
                }
            }
        }
        for instance in &netlist.instances {
            let cell = library.cell(&instance.cell, &instance.name)?;
            for (pin, signal) in &instance.pins {
                match signal {
                    Signal::Net(net) if cell.is_clock(pin) && !is[*net] => {
                        return Err(bad(format!(
                            "{}, a {}, is clocked by a net that {port} does not reach",
                            instance.name, instance.cell
                        )))
                    }
                    _ => {}
                }
            }
        }
        let nets = (0..netlist.nets).filter(|&net| is[net]).collect();
        Ok(Self { nets, is })
    }
}
