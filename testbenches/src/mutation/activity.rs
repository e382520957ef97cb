//! What moves inside a netlist: an output that tells which registers of which PE a clock edge
//! has changed, put into the netlist after it was mutated, so that it is no mutant itself.
//!
//! A fault in gating changes no bit of any sum; it shows here and nowhere else.

use heddle_hdl::{ArrayConfig, TOP};
use std::fmt::Write as _;

/// The output's name.
pub const PORT: &str = "moved_o";

/// Registers of a PE that move together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The activation.
    Activation,
    /// The weight at work, and whether there is one.
    Weight,
    /// The waiting weight, and the word on its way to the next PE.
    Words,
    /// The product's registers.
    Product,
    /// The adder's registers.
    Adder,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Activation,
        Self::Weight,
        Self::Words,
        Self::Product,
        Self::Adder,
    ];

    /// Of a register with this name in a PE, if any.
    fn of(register: &str) -> Option<Self> {
        let stem = register.strip_suffix("_q")?;
        match stem {
            "act" => Some(Self::Activation),
            "weight" | "on" => Some(Self::Weight),
            "next" | "next_keep" | "pass" | "pass_keep" => Some(Self::Words),
            _ if stem.starts_with("product_mac") || stem.starts_with("product_on") => None,
            _ if stem.starts_with("product") => Some(Self::Product),
            _ if stem.starts_with("u_add.live") => None,
            _ if stem.starts_with("u_add.") => Some(Self::Adder),
            _ => None,
        }
    }

    /// The output's bit for this group of the PE at (`row`, `col`).
    pub fn bit(self, config: &ArrayConfig, row: usize, col: usize) -> usize {
        (row * config.cols + col) * Self::ALL.len() + self as usize
    }
}

/// Bits of the output; the highest is about all registers of the array together.
pub fn bits(config: &ArrayConfig) -> usize {
    config.rows * config.cols * Group::ALL.len() + 1
}

/// Puts the output into the flat netlist `text` of an array of `config`.
///
/// # Errors
/// What is not as yosys writes it, or a group without a register in a PE.
pub fn add(text: &str, config: &ArrayConfig) -> Result<String, String> {
    let start = format!("module {TOP}(");
    let (before, rest) = text.split_once(&start).ok_or("a netlist without a top")?;
    let (body, after) = rest.rsplit_once("endmodule").ok_or("an unended netlist")?;
    let all = registers(body);
    let mut nets: Vec<Vec<String>> = vec![Vec::new(); bits(config)];
    for name in declared(body) {
        let Some((row, col, register)) = place(name) else {
            continue;
        };
        if let Some(group) = Group::of(register) {
            nets[group.bit(config, row, col)].push(format!("\\{name} "));
        }
    }
    *nets.last_mut().expect("the bit of all") = all;
    let mut added = String::new();
    let mut put = |line: String| writeln!(added, "{line}").expect("writing to a string");
    put(format!("  output [{}:0] {PORT};", nets.len() - 1));
    for (bit, nets) in nets.iter().enumerate() {
        if nets.is_empty() {
            put(format!("  assign {PORT}[{bit}] = 1'b0;"));
            continue;
        }
        // `was` is as wide as needed; what is not used of it stays zero.
        let now = nets.join(", ");
        put(format!(
            "  reg [{}:0] moved_was_{bit};",
            width(body, nets)? - 1
        ));
        put(format!(
            "  always @(posedge clk_i) moved_was_{bit} <= {{{now}}};"
        ));
        put(format!(
            "  assign {PORT}[{bit}] = moved_was_{bit} != {{{now}}};"
        ));
    }
    Ok(format!(
        "{before}{start}{PORT}, {body}{added}endmodule{after}"
    ))
}

/// Row, column and the rest of the name of a net in a PE.
fn place(name: &str) -> Option<(usize, usize, &str)> {
    let (row, rest) = name
        .strip_prefix("u_mesh.g_row[")?
        .split_once("].u_row.g_pe[")?;
    let (col, register) = rest.split_once("].u_pe.")?;
    Some((row.parse().ok()?, col.parse().ok()?, register))
}

/// Names of the declared nets with escaped names.
fn declared(body: &str) -> impl Iterator<Item = &str> {
    body.lines().filter_map(|line| {
        let (kind, name) = line.trim_start().split_once('\\')?;
        let kind = kind.split(' ').next()?;
        (kind == "reg" || kind == "wire").then(|| name.trim_end_matches([';', ' ']))
    })
}

/// Everything that a clock edge writes, as written.
fn registers(body: &str) -> Vec<String> {
    let mut names: Vec<String> = body
        .lines()
        .filter_map(|line| {
            let (left, _) = line.split_once(" <= ")?;
            let left = left.rsplit_once(')').map_or(left, |(_, after)| after);
            let left = left.trim_start();
            let name = left
                .strip_prefix("else ")
                .unwrap_or(left)
                .trim_end_matches(' ');
            let is_name =
                name.starts_with(['\\', '_', '$']) || name.starts_with(char::is_alphabetic);
            is_name.then(|| format!("{name} "))
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Bits of these nets together.
fn width(body: &str, nets: &[String]) -> Result<usize, String> {
    let one = |net: &String| -> Result<usize, String> {
        let name = net.trim_end();
        // A slice of a register; a bracket within an escaped name is part of it.
        let slice = match name.strip_prefix('\\') {
            Some(name) => name.split_once(" ["),
            None => name.split_once('['),
        };
        if let Some((_, slice)) = slice {
            return range(slice).ok_or(format!("the slice {name}"));
        }
        let declared = body.lines().find_map(|line| {
            let line = line.trim().strip_suffix(';')?.trim_end();
            let rest = line.strip_prefix("reg ").or(line.strip_prefix("wire "))?;
            let rest = rest.strip_suffix(name)?.trim_end();
            match rest.strip_prefix('[') {
                None => rest.is_empty().then_some(1),
                Some(bits) => range(bits),
            }
        });
        declared.ok_or(format!("{name} is not declared"))
    };
    nets.iter().map(one).sum()
}

/// Bits of `HIGH:LOW]` or `BIT]`.
fn range(text: &str) -> Option<usize> {
    let text = text.strip_suffix(']')?;
    match text.split_once(':') {
        None => text.parse::<usize>().ok().map(|_| 1),
        Some((high, low)) => {
            let (high, low): (usize, usize) = (high.parse().ok()?, low.parse().ok()?);
            Some(high.abs_diff(low) + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;

    #[test]
    fn registers_are_found_by_name_and_by_their_clock_edge() {
        let text = "module heddle_array(clk_i);\n  input clk_i;\n  \
                    reg [7:0] \\u_mesh.g_row[0].u_row.g_pe[0].u_pe.act_q ;\n  \
                    reg _1_;\n  always @(posedge clk_i)\n    if (!_3_) _1_ <= 1'h0;\n    \
                    else _1_ <= _2_;\n  always @(posedge clk_i)\n    \\u_mesh.g_row[0].u_row.g_pe[0].u_pe.act_q [3:0] <= _4_;\nendmodule\n";
        let config = ArrayConfig::new(1, 1, Format::Int8);
        let text = add(text, &config).unwrap();
        assert!(text.contains("output [5:0] moved_o;"), "{text}");
        assert!(text.contains("reg [7:0] moved_was_0;"), "{text}");
        assert!(
            text.contains("{\\u_mesh.g_row[0].u_row.g_pe[0].u_pe.act_q }"),
            "{text}"
        );
        assert!(text.contains("reg [4:0] moved_was_5;"), "{text}");
        assert!(text.contains("assign moved_o[1] = 1'b0;"), "{text}");
    }
}
