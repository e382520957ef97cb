//! OpenSTA: its netlists and scripts, and what it prints.

use crate::activity::Activity;
use crate::clocks::Clocks;
use crate::netlist::{Netlist, Signal};
use crate::view::{CLOCK_PART, PERIOD_PIN, SOURCE};
use heddle_liberty::{Library, Units};
use heddle_synth::SynthError;
use std::collections::HashMap;
use std::fmt::Write;

/// Transition of inputs, and of the clock at every register, in nanoseconds.
pub const TRANSITION_NS: f64 = 0.1;

/// Files of the scripts.
pub const SCRIPT: &str = "sta.tcl";
/// What OpenSTA prints.
pub const LOG: &str = "sta.log";
/// Transitions that it found.
pub const SLEWS: &str = "slews.txt";
/// Powers that it found.
pub const POWERS: &str = "powers.txt";
/// The netlist that it is given.
pub const NETLIST: &str = "sta.v";
/// The view of the library.
pub const VIEW: &str = "view.lib";

/// The file with the activities of a run.
pub fn activity_file(run: usize) -> String {
    format!("activity_{run}.txt")
}

fn name(signal: Signal) -> String {
    match signal {
        Signal::Constant(one) => format!("1'b{}", u8::from(one)),
        Signal::Net(net) => format!("n{net}"),
    }
}

/// The bits of ports as ports of one bit, `p0` and so on, with what they are connected to.
fn port_bits(netlist: &Netlist) -> impl Iterator<Item = (usize, bool, Signal)> + '_ {
    let bits = netlist
        .ports
        .iter()
        .flat_map(|port| port.bits.iter().map(move |signal| (port.input, *signal)));
    bits.enumerate()
        .map(|(number, (input, signal))| (number, input, signal))
}

/// The netlist with plain names, to be read with the library as it is.
pub fn plain_netlist(netlist: &Netlist) -> String {
    let ports: Vec<_> = port_bits(netlist).collect();
    let names: Vec<_> = ports
        .iter()
        .map(|(number, ..)| format!("p{number}"))
        .collect();
    let mut text = format!("module {} ({});\n", netlist.top, names.join(", "));
    for (number, input, signal) in &ports {
        let way = if *input { "input" } else { "output" };
        let _ = writeln!(text, "  {way} p{number};");
        match (input, signal) {
            (true, Signal::Net(net)) => {
                let _ = writeln!(text, "  wire n{net};\n  assign n{net} = p{number};");
            }
            (false, signal) => {
                let _ = writeln!(text, "  assign p{number} = {};", name(*signal));
            }
            _ => {}
        }
    }
    for (number, instance) in netlist.instances.iter().enumerate() {
        let pins: Vec<_> = instance
            .pins
            .iter()
            .map(|(pin, signal)| format!(".{pin}({})", name(*signal)))
            .collect();
        let _ = writeln!(text, "  {} c{number} ({});", instance.cell, pins.join(", "));
    }
    text.push_str("endmodule\n");
    text
}

/// Finds the transitions at all pins.
pub fn slews_script(netlist: &Netlist, clocks: &Clocks, cells: &str, units: &Units) -> String {
    let is_clock = |signal: &Signal| matches!(signal, Signal::Net(net) if clocks.is[*net]);
    let clock = port_bits(netlist).find(|(_, input, signal)| *input && is_clock(signal));
    let clock = clock.map_or(0, |(number, ..)| number);
    // OpenSTA speaks the library's unit of time
    let (period, transition) = (100.0 / units.ns(), TRANSITION_NS / units.ns());
    format!(
        "read_liberty {cells}\nread_verilog {NETLIST}\nlink_design {}\n\
         create_clock -name clk -period {period} [get_ports p{clock}]\n\
         set_clock_transition {transition} [get_clocks clk]\n\
         set_input_transition {transition} [all_inputs]\n\
         set out [open {SLEWS} w]\n\
         foreach pin [get_pins */*] {{\n  \
         set vertex [lindex [$pin vertices] 0]\n  \
         puts $out \"[get_property $pin full_name] [lindex [$vertex slews rise] 0] \
         [lindex [$vertex slews fall] 0]\"\n}}\nclose $out\nexit\n",
        netlist.top
    )
}

/// Transitions of the pins of each instance in seconds, rising and falling.
pub type Slews = Vec<HashMap<String, [f64; 2]>>;

/// Reads what [`slews_script`] made OpenSTA write.
///
/// # Errors
/// [`SynthError::Unreadable`] for a line of another form or a pin that is missing.
pub fn read_slews(what: &str, text: &str, netlist: &Netlist) -> Result<Slews, SynthError> {
    let bad = |problem: String| SynthError::Unreadable {
        what: what.to_owned(),
        problem,
    };
    let mut slews: Slews = vec![HashMap::new(); netlist.instances.len()];
    for line in text.lines() {
        let read = || {
            let mut words = line.split_whitespace();
            let (instance, pin) = words.next()?.split_once('/')?;
            let number: usize = instance.strip_prefix('c')?.parse().ok()?;
            let times = [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
            Some((number, pin.to_owned(), times))
        };
        let (number, pin, times) = read().ok_or_else(|| bad(format!("'{line}' is no slew")))?;
        let pins = slews.get_mut(number);
        pins.ok_or_else(|| bad(format!("there is no instance {number}")))?
            .insert(pin, times);
    }
    for (instance, found) in netlist.instances.iter().zip(&slews) {
        for (pin, _) in &instance.pins {
            if !found.contains_key(pin) {
                return Err(bad(format!("pin {pin} of {} is missing", instance.name)));
            }
        }
    }
    Ok(slews)
}

/// The netlist for the view of the library: `c0` and so on are the cells, `k0` and so on
/// the clock pins of those that are registers, `p0` and so on what drives the nets from
/// ports.
pub fn view_netlist(netlist: &Netlist, library: &Library) -> Result<String, SynthError> {
    let mut text = format!("module {} (period);\n  input period;\n", netlist.top);
    for (number, input, signal) in port_bits(netlist) {
        if let (true, Signal::Net(net)) = (input, signal) {
            let [cell, output] = SOURCE;
            let _ = writeln!(
                text,
                "  {cell} p{number} (.{output}(n{net}), .{PERIOD_PIN}(period));"
            );
        }
    }
    for (number, instance) in netlist.instances.iter().enumerate() {
        let cell = library.cell(&instance.cell, &instance.name)?;
        let pins = |clock: bool| {
            let of = instance
                .pins
                .iter()
                .filter(move |(pin, _)| !clock || cell.is_clock(pin));
            // constants never change
            let nets = of.filter_map(|(pin, signal)| match signal {
                Signal::Net(net) => Some(format!(".{pin}(n{net}), ")),
                Signal::Constant(_) => None,
            });
            nets.collect::<String>()
        };
        let kind = &instance.cell;
        let _ = writeln!(
            text,
            "  {kind} c{number} ({}.{PERIOD_PIN}(period));",
            pins(false)
        );
        if cell.state.is_some() {
            let _ = writeln!(
                text,
                "  {kind}{CLOCK_PART} k{number} ({}.{PERIOD_PIN}(period));",
                pins(true)
            );
        }
    }
    text.push_str("endmodule\n");
    Ok(text)
}

/// Transitions at the pins from which energies are read, as commands.
fn transitions(netlist: &Netlist, library: &Library, slews: &Slews) -> Result<String, SynthError> {
    let mut text = String::new();
    let ns = library.units.ns();
    let mut assign = |pin: String, times: [f64; 2]| {
        let [rise, fall] = times.map(|time| time / ns);
        let _ = writeln!(text, "slew {pin} {rise:.6} {fall:.6}");
    };
    for (number, instance) in netlist.instances.iter().enumerate() {
        let cell = library.cell(&instance.cell, &instance.name)?;
        for (pin, signal) in &instance.pins {
            if cell.pin(pin).is_none_or(|pin| pin.is_output())
                || matches!(signal, Signal::Constant(_))
            {
                continue;
            }
            if cell.is_clock(pin) {
                assign(format!("c{number}/{pin}"), [TRANSITION_NS; 2]);
                assign(format!("k{number}/{pin}"), [TRANSITION_NS; 2]);
                continue;
            }
            // Where no edge ever comes OpenSTA gives a huge time or a negative one.
            let times = slews[number].get(pin).copied().unwrap_or_default();
            let times = times.map(|time| match time * 1e9 {
                time if (0.0..1e6).contains(&time) => time,
                _ => 0.0,
            });
            assign(format!("c{number}/{pin}"), times);
        }
    }
    Ok(text)
}

/// Takes the activities of `runs` runs, one after the other, and writes the power of every
/// instance.
pub fn power_script(
    netlist: &Netlist,
    library: &Library,
    slews: &Slews,
    period_ns: f64,
    runs: usize,
) -> Result<String, SynthError> {
    Ok(format!(
        "read_liberty {VIEW}\nread_verilog {NETLIST}\nlink_design {}\n\
         create_clock -name clk -period {period}\n\
         set_input_delay 0 -clock clk [all_inputs]\n\
         proc slew {{pin rise fall}} {{\n  \
         set_assigned_transition -rise $rise [get_pins $pin]\n  \
         set_assigned_transition -fall $fall [get_pins $pin]\n}}\n\
         {}\
         set names {{}}\n\
         foreach cell [get_cells *] {{ lappend names [get_property $cell full_name] }}\n\
         set corner [sta::cmd_corner]\n\
         set out [open {POWERS} w]\n\
         for {{set run 0}} {{$run < {runs}}} {{incr run}} {{\n  \
         puts $out \"run $run\"\n  \
         set in [open activity_$run.txt r]\n  \
         while {{[gets $in line] >= 0}} {{\n    \
         lassign $line pin rate duty\n    \
         sta::set_power_pin_activity [get_pins $pin] $rate $duty\n  }}\n  \
         close $in\n  \
         foreach name $names {{\n    \
         puts $out \"$name [sta::instance_power [get_cells $name] $corner]\"\n  }}\n}}\n\
         close $out\nexit\n",
        netlist.top,
        transitions(netlist, library, slews)?,
        period = period_ns / library.units.ns(),
    ))
}

/// The activity of every net, at the pin that drives it.
///
/// # Errors
/// [`SynthError::Unreadable`] if the library lacks a cell.
pub fn activities(
    netlist: &Netlist,
    library: &Library,
    activity: &Activity,
) -> Result<String, SynthError> {
    let mut text = String::new();
    let mut drive = |pin: String, net: usize| {
        let (rate, duty) = (activity.rate(net), activity.duty(net));
        let _ = writeln!(text, "{pin} {rate} {duty}");
    };
    for (number, input, signal) in port_bits(netlist) {
        if let (true, Signal::Net(net)) = (input, signal) {
            drive(format!("p{number}/{}", SOURCE[1]), net);
        }
    }
    for (number, instance) in netlist.instances.iter().enumerate() {
        let cell = library.cell(&instance.cell, &instance.name)?;
        for (pin, signal) in &instance.pins {
            if let (true, Signal::Net(net)) =
                (cell.pin(pin).is_some_and(|pin| pin.is_output()), *signal)
            {
                drive(format!("c{number}/{pin}"), net);
            }
        }
    }
    Ok(text)
}

/// Power in watt.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Power {
    /// Within cells, when pins change.
    pub internal: f64,
    /// Of the nets' capacitance.
    pub switching: f64,
    /// At rest.
    pub leakage: f64,
}

impl Power {
    /// What changes of nets cost.
    pub fn dynamic(&self) -> f64 {
        self.internal + self.switching
    }
}

impl std::ops::AddAssign for Power {
    fn add_assign(&mut self, other: Self) {
        self.internal += other.internal;
        self.switching += other.switching;
        self.leakage += other.leakage;
    }
}

/// What drives nets or takes them, in OpenSTA's netlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// An instance; of a register all but its clock pins.
    Instance(usize),
    /// The clock pins of a register.
    ClockPins(usize),
    /// What drives the net from a bit of a port.
    Source(usize),
}

/// The power of every element in every run.
///
/// # Errors
/// [`SynthError::Unreadable`] for a line of another form, or if an instance is missing.
pub fn read_powers(
    what: &str,
    text: &str,
    netlist: &Netlist,
    runs: usize,
) -> Result<Vec<Vec<(Element, Power)>>, SynthError> {
    let bad = |problem: String| SynthError::Unreadable {
        what: what.to_owned(),
        problem,
    };
    let mut all: Vec<Vec<(Element, Power)>> = Vec::new();
    for line in text.lines() {
        if line.starts_with("run ") {
            all.push(Vec::new());
            continue;
        }
        let read = || {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            let number = name.get(1..)?.parse().ok()?;
            let element = match name.as_bytes()[0] {
                b'c' => Element::Instance(number),
                b'k' => Element::ClockPins(number),
                b'p' => Element::Source(number),
                _ => return None,
            };
            let mut watt = || {
                words
                    .next()?
                    .parse::<f64>()
                    .ok()
                    .filter(|watt| watt.is_finite())
            };
            let power = Power {
                internal: watt()?,
                switching: watt()?,
                leakage: watt()?,
            };
            Some((element, power))
        };
        let found = read().ok_or_else(|| bad(format!("'{line}' is no power")))?;
        all.last_mut()
            .ok_or_else(|| bad("it does not begin with a run".into()))?
            .push(found);
    }
    let instances = |run: &Vec<(Element, Power)>| {
        let of = run
            .iter()
            .filter(|(element, _)| matches!(element, Element::Instance(_)));
        of.count()
    };
    if all.len() != runs
        || all
            .iter()
            .any(|run| instances(run) != netlist.instances.len())
    {
        return Err(bad("runs or instances are missing".into()));
    }
    Ok(all)
}
