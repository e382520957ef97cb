//! An array in Icarus, cycle by cycle: what is driven in each cycle is written down first, what
//! was seen in each is read afterwards. Inputs that a cycle does not name are unknown (X), but
//! for those that must always be driven, so whatever they touch shows.

use crate::common;
use heddle_hdl::emit::{Direction, Port};
use heddle_hdl::{generate, ArrayConfig};
use std::fmt::Write as _;

/// Inputs that always are driven, and how if a cycle does not say so.
const IDLE: [(&str, u128); 7] = [
    ("rst_ni", 1),
    ("test_en_i", 0),
    ("en_i", 1),
    ("clear_i", 0),
    ("w_valid_i", 0),
    ("a_valid_i", 0),
    ("x_valid_i", 0),
];

/// What one cycle drives.
pub type Inputs<'a> = &'a [(&'a str, u128)];

/// An array and what it is driven with.
pub struct Bench {
    config: ArrayConfig,
    ports: Vec<Port>,
    /// Its parameter of that name.
    pub preload: u64,
    /// Inputs change after the falling edge instead of before it.
    pub late: bool,
    cycles: Vec<Vec<(String, u128)>>,
}

impl Bench {
    /// An array that is being reset, for two cycles; none without Icarus.
    pub fn new(config: ArrayConfig) -> Option<Self> {
        let design = generate(&config).unwrap();
        let mut bench = Self {
            config,
            ports: design.top().unwrap().ports.clone(),
            preload: 0,
            late: false,
            cycles: Vec::new(),
        };
        bench.cycle(&[("rst_ni", 0)]);
        bench.cycle(&[("rst_ni", 0)]);
        common::has("iverilog").then_some(bench)
    }

    /// A port of that name.
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == name)
    }

    /// The number of the next cycle.
    pub fn now(&self) -> usize {
        self.cycles.len()
    }

    /// Drives one cycle; returns its number.
    pub fn cycle(&mut self, inputs: Inputs) -> usize {
        for (name, _) in inputs {
            assert!(self.port(name).is_some(), "no input {name}");
        }
        let owned = inputs
            .iter()
            .map(|(name, value)| (name.to_string(), *value));
        self.cycles.push(owned.collect());
        self.now() - 1
    }

    /// Drives nothing for some cycles.
    pub fn idle(&mut self, cycles: usize) {
        for _ in 0..cycles {
            self.cycle(&[]);
        }
    }

    /// What was driven in a cycle at a port of one bit.
    pub fn driven(&self, cycle: usize, name: &str) -> Option<u128> {
        let given = self.cycles[cycle].iter().find(|(known, _)| known == name);
        let idle = IDLE.iter().find(|(known, _)| *known == name);
        given
            .map(|(_, value)| *value)
            .or(idle.map(|(_, value)| *value))
    }

    /// Simulates all of it.
    pub fn run(&self) -> Seen {
        let design = generate(&self.config).unwrap();
        let (_guard, dir) = common::folder();
        let mut files = common::write(&design, &dir);
        std::fs::write(dir.join("bench.v"), self.verilog()).unwrap();
        std::fs::write(dir.join("stimuli.bin"), self.stimuli()).unwrap();
        files.push("bench.v".into());
        let mut args = vec!["-g2001", "-o", "bench.vvp", "-s", "bench"];
        args.extend(files.iter().map(String::as_str));
        let (output, text) = common::run(&dir, "iverilog", &args);
        assert!(output.status.success(), "{text}");
        let (_, text) = common::run(&dir, "vvp", &["-n", "bench.vvp"]);
        let lines: Vec<String> = text.lines().map(String::from).collect();
        assert_eq!(lines.len(), self.cycles.len(), "{text}");
        let mut high: usize = self.of(Direction::Output).map(|port| port.bits).sum();
        let fields = self.of(Direction::Output).map(|port| {
            let low = high - port.bits;
            let from = std::mem::replace(&mut high, low);
            (port.clone(), from)
        });
        let width = lines[0].len();
        let fields = fields.map(|(port, high)| {
            let at = width - high;
            (port.name.clone(), port.elements, at..at + port.bits)
        });
        Seen {
            fields: fields.collect(),
            lines,
        }
    }

    fn of(&self, direction: Direction) -> impl Iterator<Item = &Port> {
        let of = self
            .ports
            .iter()
            .filter(move |port| port.direction == direction);
        of.filter(|port| port.name != "clk_i")
    }

    /// A line of bits for each cycle.
    fn stimuli(&self) -> String {
        let mut text = String::new();
        for cycle in 0..self.now() {
            for port in self.of(Direction::Input) {
                match self.driven(cycle, &port.name) {
                    Some(value) => write!(text, "{value:0bits$b}", bits = port.bits).unwrap(),
                    None => text += &"x".repeat(port.bits),
                }
            }
            text.push('\n');
        }
        text
    }

    fn verilog(&self) -> String {
        let names = |direction| -> Vec<&str> {
            let names = self.of(direction).map(|port| port.name.as_str());
            names.collect()
        };
        let (inputs, outputs) = (names(Direction::Input), names(Direction::Output));
        let width: usize = self.of(Direction::Input).map(|port| port.bits).sum();
        let mut text = "module bench;\n  reg clk_i = 1'b0;\n".to_owned();
        for port in &self.ports {
            if port.name != "clk_i" {
                writeln!(text, "  wire [{}:0] {};", port.bits - 1, port.name).unwrap();
            }
        }
        let ports = self
            .ports
            .iter()
            .map(|port| format!(".{0}({0})", port.name));
        // The clock rises at the end of a cycle, when outputs have been read, and falls in its midst.
        let (before, after) = if self.late { (6, 3) } else { (1, 8) };
        write!(
            text,
            "  heddle_array #(.PRELOAD(48'd{})) array ({});\n  \
             reg [{}:0] stimuli [0:{}];\n  reg [{}:0] now;\n  assign {{{}}} = now;\n  \
             always #5 clk_i = !clk_i;\n  integer cycle;\n  initial begin\n    \
             $readmemb(\"stimuli.bin\", stimuli);\n    #5;\n    \
             for (cycle = 0; cycle < {}; cycle = cycle + 1) begin\n      \
             #{before} now = stimuli[cycle];\n      #{after} $display(\"%b\", {{{}}});\n      #1;\n    \
             end\n    $finish;\n  end\nendmodule\n",
            self.preload,
            ports.collect::<Vec<_>>().join(", "),
            width - 1,
            self.now() - 1,
            width - 1,
            inputs.join(", "),
            self.now(),
            outputs.join(", "),
        )
        .unwrap();
        text
    }
}

/// What was seen at the outputs, just before each rising edge.
pub struct Seen {
    /// Name, elements, bits of each line.
    fields: Vec<(String, usize, std::ops::Range<usize>)>,
    lines: Vec<String>,
}

impl Seen {
    fn field(&self, name: &str) -> &(String, usize, std::ops::Range<usize>) {
        let found = self.fields.iter().find(|(known, ..)| known == name);
        found.unwrap_or_else(|| panic!("no output {name}"))
    }

    /// An output in a cycle; none if a bit of it is unknown.
    pub fn at(&self, cycle: usize, name: &str) -> Option<u128> {
        let (_, _, bits) = self.field(name);
        u128::from_str_radix(&self.lines[cycle][bits.clone()], 2).ok()
    }

    /// The same of a port that must be known.
    #[track_caller]
    pub fn known(&self, cycle: usize, name: &str) -> u128 {
        let found = self.at(cycle, name);
        found.unwrap_or_else(|| panic!("{name} is unknown in cycle {cycle}"))
    }

    /// Cycles in which an output is 1.
    pub fn cycles(&self, name: &str) -> Vec<usize> {
        let all = 0..self.lines.len();
        all.filter(|cycle| self.at(*cycle, name) == Some(1))
            .collect()
    }

    /// The elements of the sums in a cycle, element 0 first; none where unknown or not kept.
    pub fn sums(&self, cycle: usize) -> Vec<Option<u128>> {
        let (_, count, bits) = self.field("s_o");
        let each = bits.len() / count;
        let keep = self.known(cycle, "s_keep_o");
        let element = |index: usize| {
            let end = bits.end - index * each;
            let text = &self.lines[cycle][end - each..end];
            u128::from_str_radix(text, 2)
                .ok()
                .filter(|_| keep >> index & 1 == 1)
        };
        (0..*count).map(element).collect()
    }

    /// All sums that leave, each with its cycle.
    pub fn all_sums(&self) -> Vec<(usize, Vec<Option<u128>>)> {
        let cycles = self.cycles("s_valid_o").into_iter();
        cycles.map(|cycle| (cycle, self.sums(cycle))).collect()
    }
}

/// Elements packed, element 0 in the low bits.
pub fn pack(elements: &[i64], bits: usize) -> u128 {
    let mask = (1u128 << bits) - 1;
    let shifted = elements.iter().enumerate();
    shifted.fold(0, |all, (at, element)| {
        all | (*element as u128 & mask) << (at * bits)
    })
}
