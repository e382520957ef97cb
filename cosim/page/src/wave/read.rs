//! A waveform's cycles: values just before each rising edge of the clock, which is what a flip-flop takes there.

use super::{engine, Signal, Snippet, Wanted};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{catch_unwind, AssertUnwindSafe};
use wellen::simple::Waveform;
use wellen::SignalRef;

/// Cycles before and after the one that is marked.
pub(super) const BEFORE: usize = 22;
pub(super) const AFTER: usize = 9;

/// Ports of the array that are drawn, where it has them, in this order.
const PORTS: [&str; 21] = [
    "rst_ni",
    "en_i",
    "w_valid_i",
    "w_ready_o",
    "w_last_i",
    "w_keep_i",
    "w_os_i",
    "w_top_i",
    "w_left_i",
    "row_keep_i",
    "col_keep_i",
    "a_valid_i",
    "a_ready_o",
    "a_first_i",
    "a_keep_i",
    "a_i",
    "x_valid_i",
    "x_ready_o",
    "c_i",
    "s_valid_o",
    "s_keep_o",
];

/// The cycles around the wrong sum, or the first ones.
pub fn snippet(bytes: Vec<u8>, wanted: &Wanted) -> Result<Snippet, String> {
    let read = || {
        // A damaged file may have the library panic: that is an unreadable waveform, and no one is to read of threads.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let read = catch_unwind(AssertUnwindSafe(|| read(bytes, wanted)));
        std::panic::set_hook(hook);
        read
    };
    read().unwrap_or_else(|_| Err("it is damaged, or no VCD or FST".to_owned()))
}

fn read(bytes: Vec<u8>, wanted: &Wanted) -> Result<Snippet, String> {
    let wave = wellen::simple::read_from_reader(Cursor::new(bytes));
    let mut wave = wave.map_err(|error| format!("it is damaged, or no VCD or FST: {error}"))?;
    if engine::is_engine(&wave) {
        return engine::snippet(&mut wave, wanted);
    }
    let ports = ports(&wave)?;
    let all: Vec<SignalRef> = ports.values().copied().collect();
    wave.load_signals(&all);
    let edges = rising_edges(&wave, ports["clk_i"])?;
    let cycles = Cycles::new(&wave, &ports, edges);
    let found = wanted.found.and_then(|found| cycles.find(found, wanted));
    let count = cycles.edges.len();
    let middle = found.as_ref().map_or(BEFORE, |found| found.cycle);
    let first = middle.saturating_sub(BEFORE).min(count.saturating_sub(1));
    let last = (first + BEFORE + AFTER + 1).min(count);
    let about = match (&found, wanted.found) {
        (Some(Found { cycle, lane, times: 1 }), _) => {
            format!("In cycle {cycle} the sum that was found leaves the array (lane {lane}).")
        }
        (Some(Found { cycle, lane, times }), _) => format!(
            "A sum with the bits that were found leaves the array (lane {lane}) in {times} cycles, in {cycle} first."
        ),
        (None, Some(_)) => "The sum that was found is in no cycle of this waveform; its first cycles are drawn.".to_owned(),
        (None, None) => "The first cycles.".to_owned(),
    };
    let marked = found.map(|found| (found.cycle, found.lane));
    let mut signals: Vec<Signal> = PORTS
        .iter()
        .filter_map(|port| {
            let values: Vec<String> = (first..last)
                .map(|cycle| cycles.value(port, cycle))
                .collect::<Option<_>>()?;
            Some(signal(port, &values, wanted))
        })
        .collect();
    let sums: Option<Vec<String>> = (first..last)
        .map(|cycle| cycles.value("s_o", cycle))
        .collect();
    if let Some(sums) = sums {
        if let Some((_, lane)) = marked {
            let own: Vec<_> = sums
                .iter()
                .map(|bits| {
                    lane_of(bits, lane, wanted.sum_bits)
                        .unwrap_or_default()
                        .to_owned()
                })
                .collect();
            let words = own
                .iter()
                .map(|bits| word(bits, wanted.is_integer))
                .collect();
            signals.push(Signal {
                name: format!("s_o, lane {lane}"),
                is_bit: false,
                values: words,
            });
        }
        signals.push(signal("s_o", &sums, wanted));
    }
    Ok(Snippet {
        first,
        marked: marked.map(|(cycle, _)| cycle),
        mark: "the wrong sum",
        about: format!("{about} Values are those just before the rising edge of the clock."),
        signals,
    })
}

/// Signals by their names, of several those of the outermost scope.
pub(super) fn look_up(
    wave: &Waveform,
    names: impl Iterator<Item = &'static str> + Clone,
) -> BTreeMap<&'static str, SignalRef> {
    let hierarchy = wave.hierarchy();
    let mut found: BTreeMap<&'static str, (usize, SignalRef)> = BTreeMap::new();
    for at in hierarchy.all_vars() {
        let var = &hierarchy[at];
        let name = var.name(hierarchy);
        let Some(port) = names.clone().find(|port| *port == name) else {
            continue;
        };
        let depth = var.full_name(hierarchy).matches('.').count();
        if found.get(port).is_none_or(|(known, _)| depth < *known) {
            found.insert(port, (depth, var.signal_ref()));
        }
    }
    let found = found.into_iter();
    found.map(|(port, (_, of))| (port, of)).collect()
}

/// The ports of an array by their names.
fn ports(wave: &Waveform) -> Result<BTreeMap<&'static str, SignalRef>, String> {
    let found = look_up(wave, PORTS.into_iter().chain(["clk_i", "s_o"]));
    for needed in ["clk_i", "s_valid_o", "s_o"] {
        if !found.contains_key(needed) {
            return Err(format!(
                "it has no signal {needed}, so it is none of an array or an engine"
            ));
        }
    }
    Ok(found)
}

/// The index of the time before each rising edge.
pub(super) fn rising_edges(wave: &Waveform, clock: SignalRef) -> Result<Vec<u32>, String> {
    let clock = wave.get_signal(clock).ok_or("its clock cannot be read")?;
    let mut edges = Vec::new();
    let mut was = String::new();
    for (at, value) in clock.iter_changes() {
        let is = value.to_bit_string().unwrap_or_default();
        if is == "1" && was == "0" && at > 0 {
            edges.push(at - 1);
        }
        was = is;
    }
    match edges.is_empty() {
        true => Err("its clock never rises".to_owned()),
        false => Ok(edges),
    }
}

/// A sum in the waveform.
struct Found {
    cycle: usize,
    lane: usize,
    /// In so many cycles it leaves that lane.
    times: usize,
}

pub(super) struct Cycles<'a> {
    wave: &'a Waveform,
    ports: &'a BTreeMap<&'static str, SignalRef>,
    edges: Vec<u32>,
}

impl<'a> Cycles<'a> {
    pub(super) fn new(
        wave: &'a Waveform,
        ports: &'a BTreeMap<&'static str, SignalRef>,
        edges: Vec<u32>,
    ) -> Self {
        Self { wave, ports, edges }
    }

    /// The bits of a port in a cycle; nothing before its first value.
    pub(super) fn value(&self, port: &str, cycle: usize) -> Option<String> {
        let signal = self.wave.get_signal(*self.ports.get(port)?)?;
        let Some(offset) = signal.get_offset(*self.edges.get(cycle)?) else {
            return Some("x".to_owned());
        };
        // of several changes at one time the last one counts
        let last = offset.elements.saturating_sub(1);
        signal.get_value_at(&offset, last).to_bit_string()
    }

    /// Where the sum that was found leaves: in the lane of its column, where orientation and packing leave it there,
    /// else in the first one that has it.
    fn find(&self, found: u128, wanted: &Wanted) -> Option<Found> {
        let mut lanes: BTreeMap<usize, Found> = BTreeMap::new();
        let mut width = 0;
        for cycle in 0..self.edges.len() {
            if self.value("s_valid_o", cycle).as_deref() != Some("1") {
                continue;
            }
            let sums = self.value("s_o", cycle)?;
            let keep = self.value("s_keep_o", cycle);
            width = sums.len() / wanted.sum_bits.max(1);
            for lane in 0..width {
                let kept = keep
                    .as_ref()
                    .is_none_or(|bits| lane_of(bits, lane, 1) != Some("0"));
                let bits = lane_of(&sums, lane, wanted.sum_bits);
                let same = bits.and_then(|bits| u128::from_str_radix(bits, 2).ok()) == Some(found);
                if kept && same {
                    lanes
                        .entry(lane)
                        .or_insert(Found {
                            cycle,
                            lane,
                            times: 0,
                        })
                        .times += 1;
                }
            }
        }
        let usual = wanted.col.checked_rem(width).unwrap_or(0);
        let first = lanes.values().min_by_key(|of| of.cycle).map(|of| of.lane)?;
        lanes.remove(&usual).or_else(|| lanes.remove(&first))
    }
}

/// The bits of a lane of a packed port, lane 0 in the low bits.
fn lane_of(bits: &str, lane: usize, width: usize) -> Option<&str> {
    let end = bits.len().checked_sub(lane * width)?;
    bits.get(end.checked_sub(width)?..end)
}

/// A port with its values in words: a bit, the bits of a mask, or the words of its lanes from lane 0 on.
fn signal(port: &str, values: &[String], wanted: &Wanted) -> Signal {
    let width = match port {
        "w_top_i" | "w_left_i" | "a_i" => wanted.word_bits,
        "c_i" | "s_o" => wanted.sum_bits,
        _ => 0,
    };
    let words = |bits: &String| match width {
        0 => bits.clone(),
        _ => {
            let lanes = (0..bits.len() / width).filter_map(|lane| lane_of(bits, lane, width));
            lanes
                .map(|bits| word(bits, wanted.is_integer))
                .collect::<Vec<_>>()
                .join(" ")
        }
    };
    Signal {
        name: port.to_owned(),
        is_bit: values.iter().all(|bits| bits.len() == 1),
        values: values.iter().map(words).collect(),
    }
}

/// A word: an integer in decimal, all others in hexadecimal.
pub(super) fn word(bits: &str, is_integer: bool) -> String {
    match u128::from_str_radix(bits, 2) {
        Ok(value) if is_integer && bits.len() < 128 => {
            let negative = bits.starts_with('1') && bits.len() > 1;
            let value = value as i128 - if negative { 1 << bits.len() } else { 0 };
            value.to_string()
        }
        Ok(value) => format!("{value:0digits$x}", digits = bits.len().div_ceil(4)),
        Err(_) => "x".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A waveform of two lanes of 8 bits, written by hand: the sum 5, -3 is valid in cycle 2.
    const VCD: &str = "$timescale 1ns $end\n$scope module TOP $end\n$var wire 1 c clk_i $end\n$var wire 1 v s_valid_o $end
$var wire 2 k s_keep_o [1:0] $end\n$var wire 16 s s_o [15:0] $end\n$scope module heddle_array $end
$var wire 1 d clk_i $end\n$upscope $end\n$upscope $end\n$enddefinitions $end
#0\n0c\n0d\n0v\nb00 k\nb0000000000000000 s\n#1\n1c\n#2\n0c\n#3\n1c\n#4\n0c\n1v\nb11 k\nb1111110100000101 s\n#5\n1c\n0v\nb0000000000000000 s\n#6\n0c\n#7\n1c\n#8\n0c\n";

    fn wanted(found: Option<u128>) -> Wanted {
        Wanted {
            found,
            col: 1,
            word_bits: 8,
            sum_bits: 8,
            is_integer: true,
            ..Wanted::default()
        }
    }

    #[test]
    fn the_wrong_sum_is_found_in_its_lane_before_the_edge() {
        let of = snippet(VCD.into(), &wanted(Some(0xfd))).unwrap();
        assert_eq!(of.marked, Some(2), "{of:?}");
        assert_eq!(of.first, 0);
        let values = |name: &str| &of.signals.iter().find(|of| of.name == name).unwrap().values;
        assert_eq!(values("s_o")[2], "5 -3");
        assert_eq!(values("s_o, lane 1")[2], "-3");
        assert_eq!(values("s_valid_o"), &["0", "0", "1", "0"]);
        assert!(of.about.contains("In cycle 2 the sum"));
    }

    #[test]
    fn a_sum_that_is_not_there_is_told() {
        let of = snippet(VCD.into(), &wanted(Some(0x77))).unwrap();
        assert_eq!(of.marked, None);
        assert!(of.about.contains("in no cycle"));
        assert!(snippet(VCD.into(), &wanted(None))
            .unwrap()
            .about
            .starts_with("The first cycles"));
    }

    #[test]
    fn what_is_no_waveform_is_told_and_nothing_panics() {
        for text in ["", "{}", "$timescale 1ns $end", "\u{0}\u{1}"] {
            assert!(snippet(text.into(), &wanted(None)).is_err(), "{text:?}");
        }
        let no_clock = VCD.replace("clk_i", "clock");
        assert!(snippet(no_clock.into(), &wanted(None))
            .unwrap_err()
            .contains("no signal clk_i"));
        // every prefix of a file, as a full disk leaves it
        for length in 0..VCD.len() {
            let _ = snippet(VCD.as_bytes()[..length].to_vec(), &wanted(Some(5)));
        }
    }
}
