//! A waveform of an engine: its AXI4 port around the write of the first wrong byte.

use super::read::{look_up, rising_edges, word, Cycles, AFTER, BEFORE};
use super::{Signal, Snippet, Wanted};
use wellen::simple::Waveform;
use wellen::SignalRef;

/// Ports of the engine that are drawn, in this order.
const PORTS: [&str; 21] = [
    "rst_ni",
    "irq_o",
    "m_axi_arvalid",
    "m_axi_arready",
    "m_axi_araddr",
    "m_axi_arlen",
    "m_axi_rvalid",
    "m_axi_rready",
    "m_axi_rlast",
    "m_axi_rresp",
    "m_axi_rdata",
    "m_axi_awvalid",
    "m_axi_awready",
    "m_axi_awaddr",
    "m_axi_awlen",
    "m_axi_wvalid",
    "m_axi_wready",
    "m_axi_wlast",
    "m_axi_wstrb",
    "m_axi_wdata",
    "m_axi_bvalid",
];
const CLOCK: &str = "clk_i";

/// Whether it is one of an engine.
pub fn is_engine(wave: &Waveform) -> bool {
    look_up(wave, ["m_axi_arvalid", CLOCK].into_iter()).len() == 2
}

/// The cycles around the one that the report names, or the last ones.
pub fn snippet(wave: &mut Waveform, wanted: &Wanted) -> Result<Snippet, String> {
    let ports = look_up(wave, PORTS.into_iter().chain([CLOCK]));
    let all: Vec<SignalRef> = ports.values().copied().collect();
    wave.load_signals(&all);
    let edges = rising_edges(wave, ports[CLOCK])?;
    let count = edges.len();
    let cycles = Cycles::new(wave, &ports, edges);
    let marked = wanted.cycle.filter(|cycle| *cycle < count);
    let middle = marked.unwrap_or(count);
    let first = middle.saturating_sub(BEFORE).min(count.saturating_sub(1));
    let last = (first + BEFORE + AFTER + 1).min(count);
    let (about, mark) = match (marked, &wanted.address) {
        (Some(cycle), Some(address)) => (
            format!("In cycle {cycle} the first wrong byte, at {address}, is written last."),
            "the wrong byte",
        ),
        (Some(cycle), None) => (
            format!("The last beat goes over the bus in cycle {cycle}."),
            "the last beat",
        ),
        (None, Some(address)) => (
            format!("The wrong byte, at {address}, is never written; the last cycles are drawn."),
            "",
        ),
        (None, None) => ("The last cycles.".to_owned(), ""),
    };
    let signals = PORTS.iter().filter_map(|port| {
        let values: Vec<String> = (first..last)
            .map(|cycle| cycles.value(port, cycle))
            .collect::<Option<_>>()?;
        let is_bit = values.iter().all(|bits| bits.len() == 1);
        let words = match is_bit {
            true => values,
            false => values.iter().map(|bits| word(bits, false)).collect(),
        };
        Some(Signal {
            name: (*port).to_owned(),
            is_bit,
            values: words,
        })
    });
    Ok(Snippet {
        first,
        marked,
        mark,
        signals: signals.collect(),
        about: format!("{about} Values are those just before the rising edge of the clock."),
    })
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    /// A waveform of a word written in cycle 1, by hand.
    const VCD: &str = "$timescale 1ns $end\n$scope module TOP $end\n$var wire 1 c clk_i $end\n$var wire 1 a m_axi_arvalid $end
$var wire 1 v m_axi_wvalid $end\n$var wire 16 d m_axi_wdata [15:0] $end\n$upscope $end\n$enddefinitions $end
#0\n0c\n0a\n0v\nb0 d\n#1\n1c\n#2\n0c\n1v\nb1111110100000101 d\n#3\n1c\n#4\n0c\n0v\n#5\n1c\n#6\n0c\n";

    fn wanted(cycle: Option<usize>, address: Option<&str>) -> Wanted {
        Wanted {
            cycle,
            address: address.map(str::to_owned),
            ..Wanted::default()
        }
    }

    #[test]
    fn the_cycle_that_the_report_names_is_marked() {
        let of = read::snippet(VCD.into(), &wanted(Some(1), Some("0x40"))).unwrap();
        assert_eq!(
            (of.first, of.marked, of.mark),
            (0, Some(1), "the wrong byte")
        );
        assert!(of
            .about
            .contains("In cycle 1 the first wrong byte, at 0x40"));
        let values = |name: &str| &of.signals.iter().find(|of| of.name == name).unwrap().values;
        assert_eq!(values("m_axi_wdata"), &["0000", "fd05", "fd05"]);
        assert_eq!(values("m_axi_wvalid"), &["0", "1", "0"]);
        assert!(of.signals.iter().all(|of| of.name != "clk_i"));
    }

    #[test]
    fn a_cycle_beyond_the_file_is_not_marked() {
        for (cycle, address, about) in [
            (Some(9), Some("0x40"), "never written"),
            (None, None, "The last cycles"),
        ] {
            let of = read::snippet(VCD.into(), &wanted(cycle, address)).unwrap();
            assert_eq!(of.marked, None);
            assert!(of.about.contains(about), "{}", of.about);
        }
        let of = read::snippet(VCD.into(), &wanted(Some(2), None)).unwrap();
        assert_eq!((of.marked, of.mark), (Some(2), "the last beat"));
        for length in 0..VCD.len() {
            let _ = read::snippet(VCD.as_bytes()[..length].to_vec(), &wanted(Some(1), None));
        }
    }
}
