//! The ports of a model, read from the C++ header that Verilator wrote.

use crate::VerilatorError;
use serde::{Deserialize, Serialize};

/// Which way a port goes, seen from the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Driven by the caller.
    Input,
    /// Driven by the model.
    Output,
}

/// A port of the top module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortInfo {
    /// Its name in the Verilog.
    pub name: String,
    /// Its width in bits.
    pub width: u32,
    /// Which way it goes.
    pub direction: Direction,
}

/// A port and what its member is called in C++.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub port: PortInfo,
    pub identifier: String,
}

/// The ports that `header`, the text of the model's class, declares.
///
/// They stand between the comments `PORTS` and `CELLS`, one a line, as macros such
/// as `VL_INW(&name,299,0,10);`: most and least significant bit, words.
pub(crate) fn ports(header: &str, top: &str) -> Result<Vec<Member>, VerilatorError> {
    header
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "// PORTS")
        .take_while(|line| *line != "// CELLS")
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(|line| {
            member(line).ok_or_else(|| VerilatorError::UnsupportedPort {
                top: top.to_owned(),
                declaration: line.trim_end_matches(';').to_owned(),
            })
        })
        .collect()
}

fn member(line: &str) -> Option<Member> {
    let (kind, rest) = line.strip_prefix("VL_")?.split_once('(')?;
    let direction = match kind.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'W') {
        "IN" => Direction::Input,
        "OUT" => Direction::Output,
        _ => return None,
    };
    let mut arguments = rest.strip_suffix(");")?.split(',');
    let identifier = arguments.next()?.strip_prefix('&')?.to_owned();
    let high: u32 = arguments.next()?.parse().ok()?;
    let low: u32 = arguments.next()?.parse().ok()?;
    Some(Member {
        port: PortInfo {
            name: verilog_name(&identifier),
            width: high.checked_sub(low)? + 1,
            direction,
        },
        identifier,
    })
}

/// Undoes Verilator's renaming: `__0` and two hexadecimal digits stand for a
/// character that C++ does not allow, `__SYM__` precedes a C++ keyword.
fn verilog_name(identifier: &str) -> String {
    let identifier = identifier.strip_prefix("__SYM__").unwrap_or(identifier);
    let mut parts = identifier.split("__0");
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                name.push(char::from(code));
                name += &part[2..];
            }
            None => {
                name += "__0";
                name += part;
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_port() {
        let header = "\
            // PORTS\n\
            // The application code\n\
            VL_IN8(&clk_i,0,0);\n\
            VL_OUT16(&half_o,15,0);\n\
            VL_IN(&word_i,31,0);\n\
            VL_OUT64(&long_o,63,0);\n\
            VL_INW(&wide_i,307,8,10);\n\
            VL_OUT8(&a___05Fb,0,0);\n\n\
            // CELLS\n\
            VL_IN8(&no_port,0,0);\n";
        let members = ports(header, "t").unwrap();
        let seen: Vec<_> = members
            .iter()
            .map(|m| (m.port.name.as_str(), m.port.width, m.port.direction))
            .collect();
        use Direction::{Input, Output};
        assert_eq!(
            seen,
            [
                ("clk_i", 1, Input),
                ("half_o", 16, Output),
                ("word_i", 32, Input),
                ("long_o", 64, Output),
                ("wide_i", 300, Input),
                ("a__b", 1, Output),
            ]
        );
        assert_eq!(members[5].identifier, "a___05Fb");
    }

    #[test]
    fn names_are_decoded() {
        assert_eq!(verilog_name("x__02ey"), "x.y");
        assert_eq!(verilog_name("__SYM__int"), "int");
        assert_eq!(verilog_name("plain_i"), "plain_i");
        assert_eq!(verilog_name("odd__0"), "odd__0");
    }

    #[test]
    fn other_ports_are_errors() {
        for line in [
            "double &r;",
            "VL_IN8((&array)[4],7,0);",
            "VL_INOUT8(&pad,0,0);",
        ] {
            let header = format!("// PORTS\n{line}\n// CELLS\n");
            let error = ports(&header, "t").unwrap_err().to_string();
            assert!(error.contains(line.trim_end_matches(';')), "{error}");
        }
    }
}
