//! What the names of an array's modules and files begin with.

use crate::emit::{is_reserved, Design, PREFIX};
use crate::HdlError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the names of modules and files begin with, `heddle` unless somebody wants two designs
/// in one: `heddle_array`, `heddle_pe`, `heddle.f` and so on. An identifier that no
/// Verilog reserves. No two prefixes have a module in common.
///
/// It is a property of the folder, like the clock of the constraints, and not of the array:
/// the same array under another name is the same array.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(String);

impl Prefix {
    /// The most characters: module and file names stay far below what tools and file systems
    /// take.
    pub const LONGEST: usize = 64;

    /// That of `design`, which was generated with one.
    pub fn of(design: &Design) -> Self {
        Self(design.prefix.clone())
    }

    /// The prefix itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the default, `heddle`.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// A module of this prefix.
    pub fn module(&self, name: &str) -> String {
        format!("{self}_{name}")
    }

    /// The array itself, the top module of a design without an engine.
    pub fn top(&self) -> String {
        self.module("array")
    }

    /// The engine around it, the top module of a design that has one.
    pub fn engine(&self) -> String {
        self.module("engine")
    }

    /// The cell that stops clocks, which a foundry's replaces.
    pub fn clock_gate(&self) -> String {
        self.module("clock_gate")
    }

    /// The frame in which the array is placed and routed alone.
    pub fn frame(&self) -> String {
        self.module("synth_frame")
    }

    /// The file list's name: `verilator -F heddle.f`, or `-f` from within the folder.
    pub fn file_list(&self) -> String {
        format!("{self}.f")
    }

    /// The file of the timing constraints, in SDC.
    pub fn sdc(&self) -> String {
        format!("{self}.sdc")
    }

    /// The file of the ECP5's constraints, in Lattice's LPF.
    pub fn lpf(&self) -> String {
        format!("{self}.lpf")
    }

    /// The text with which an engine is instantiated.
    pub fn instance(&self) -> String {
        format!("{}_inst.vh", self.engine())
    }

    /// The description of an engine's registers, in SystemRDL.
    pub fn system_rdl(&self) -> String {
        format!("{}.rdl", self.engine())
    }

    /// FuseSoC's core file.
    pub fn core(&self) -> String {
        format!("{self}.core")
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self(PREFIX.into())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.0
    }
}

impl TryFrom<String> for Prefix {
    type Error = HdlError;

    fn try_from(text: String) -> Result<Self, HdlError> {
        let wrong = |remedy: String| HdlError::Config {
            name: "prefix",
            value: format!("'{}'", text.escape_debug()),
            remedy,
        };
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(wrong(
                "use a letter, then letters, digits and underscores".into(),
            ));
        }
        if text.len() > Self::LONGEST {
            let remedy = format!("use at most {} characters", Self::LONGEST);
            return Err(wrong(remedy));
        }
        if is_reserved(&text) {
            return Err(wrong(
                "use a word that Verilog and SystemVerilog do not reserve".into(),
            ));
        }
        // x_fma_count and x_engine_core are modules of x already, and tb_x_array its bench.
        let ends = ["_fma", "_engine"].iter().any(|end| text.ends_with(end));
        if text.starts_with("tb_") || ends {
            return Err(wrong(
                "use one that neither begins with tb_ nor ends in _fma or _engine: another design \
                 may have such modules"
                    .into(),
            ));
        }
        Ok(Self(text))
    }
}

impl FromStr for Prefix {
    type Err = HdlError;

    fn from_str(text: &str) -> Result<Self, HdlError> {
        Self::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_taken_and_all_else_is_named() {
        let longest = "a".repeat(Prefix::LONGEST);
        for good in ["a", "Acme_2", "x__", "heddle", "Module", &longest] {
            assert_eq!(good.parse::<Prefix>().unwrap().as_str(), good);
        }
        let too_long = "a".repeat(Prefix::LONGEST + 1);
        for bad in [
            "", "2a", "_a", "a-b", "a b", "a$b", "a.b", "../a", "a/b", "ä", "a\n", "\\a ",
            "module", "logic", "bind", "strong0", "rnmos", "s_until", "tb_a", "a_fma", "a_engine",
            &too_long,
        ] {
            let error = bad.parse::<Prefix>().unwrap_err().to_string();
            assert!(error.starts_with("prefix = '"), "{bad}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
