//! What Verilator made of the Verilog: the C++ files and the ports.

use crate::error::at;
use crate::header::{self, Direction, Member};
use crate::VerilatorError;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Verilator's prefix for the model's classes and files.
pub(crate) const PREFIX: &str = "Vmodel";

/// What Verilator left in a folder.
pub(crate) struct Generated {
    /// C++ files, without extension, whose speed matters.
    pub fast: Vec<String>,
    /// C++ files, without extension, that run once.
    pub slow: Vec<String>,
    /// Files of Verilator's runtime that the model needs, without extension.
    pub runtime: Vec<String>,
    /// The top module's ports.
    pub members: Vec<Member>,
    /// Bytes of C++.
    pub size: u64,
}

impl Generated {
    /// Reads what Verilator left in `work`.
    pub fn read(work: &Path, top: &str) -> Result<Self, VerilatorError> {
        let read = |name: String| {
            let path = work.join(name);
            fs::read_to_string(&path).map_err(at(&path))
        };
        let classes = read(format!("{PREFIX}_classes.mk"))?;
        let list = |names: [&str; 2]| -> Vec<String> {
            let lists = names.iter().map(|name| make_list(&classes, name));
            lists.flatten().collect()
        };
        let fast = list(["VM_CLASSES_FAST", "VM_SUPPORT_FAST"]);
        let slow = list(["VM_CLASSES_SLOW", "VM_SUPPORT_SLOW"]);
        let mut size = 0;
        for name in fast.iter().chain(&slow) {
            let path = work.join(format!("{name}.cpp"));
            size += fs::metadata(&path).map_err(at(&path))?.len();
        }
        let mut members = header::ports(&read(format!("{PREFIX}.h"))?, top)?;
        // Verilator's own order follows what it makes of the nets: one interface shall have one.
        members.sort_by(|a, b| a.port.name.cmp(&b.port.name));
        Ok(Self {
            fast,
            slow,
            runtime: list(["VM_GLOBAL_FAST", "VM_GLOBAL_SLOW"]),
            members,
            size,
        })
    }

    /// The C++ member of the one-bit input called `clock`.
    pub fn clock(&self, clock: &str, top: &str) -> Result<&str, VerilatorError> {
        let fits = |member: &&Member| {
            let port = &member.port;
            port.name == clock && port.width == 1 && port.direction == Direction::Input
        };
        match self.members.iter().find(fits) {
            Some(member) => Ok(&member.identifier),
            None => Err(VerilatorError::Request {
                top: top.to_owned(),
                detail: format!(
                    "there is no one-bit input '{clock}' to be the clock; \
                     name the clock's port with Builder::clock"
                ),
            }),
        }
    }

    /// The lines that the shim includes to learn the ports.
    pub fn port_table(&self) -> String {
        let mut table = String::new();
        for Member { port, identifier } in &self.members {
            let is_output = u8::from(port.direction == Direction::Output);
            let _ = writeln!(table, "PORT({identifier}, {}, {is_output})", port.width);
        }
        table
    }
}

/// The words of `NAME += \` and its continuation lines in a makefile.
fn make_list(makefile: &str, name: &str) -> Vec<String> {
    makefile
        .lines()
        .skip_while(|line| line.split_whitespace().next() != Some(name))
        .skip(1)
        .take_while(|line| line.starts_with(char::is_whitespace))
        .map(|line| line.trim_end_matches('\\').trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_a_makefile() {
        let text = "A += \\\n  one \\\n  two \\\n\n# c\nAB += \\\n  three \\\n\n";
        assert_eq!(make_list(text, "A"), ["one", "two"]);
        assert_eq!(make_list(text, "AB"), ["three"]);
        assert!(make_list(text, "C").is_empty());
    }
}
