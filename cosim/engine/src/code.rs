//! What the engine says of a descriptor that it cannot do.

use std::fmt;

/// Why a job was not done: `hdl/ENGINE.md`, "Errors".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Code {
    /// Layout 3, or one that the array's dataflow lacks.
    Layout = 0x01,
    /// Policy 3.
    Policy = 0x02,
    /// A reserved bit is set.
    Reserved = 0x04,
    /// M, K or N is 0.
    Zero = 0x05,
    /// M, K or N is above the largest.
    Dim = 0x06,
    /// A base or a stride is no multiple of an operand, or the base of a mask none of 64.
    Align = 0x07,
    /// A does not fit.
    ASpace = 0x08,
    /// Sums do not fit.
    SumSpace = 0x09,
    /// B does not fit.
    BSpace = 0x0a,
    /// Sums are to be resumed, and the job before left none.
    NoSums = 0x0b,
    /// A is to be kept, and the job before had another one.
    KeepA = 0x0c,
    /// C0 lies elsewhere than C where a mask would have parts of it copied.
    Copy = 0x0d,
    /// A bus error.
    Bus = 0x20,
}

impl Code {
    /// In the order in which they are checked.
    pub const ALL: [Code; 13] = [
        Code::Layout,
        Code::Policy,
        Code::Reserved,
        Code::Zero,
        Code::Dim,
        Code::Align,
        Code::ASpace,
        Code::SumSpace,
        Code::BSpace,
        Code::NoSums,
        Code::KeepA,
        Code::Copy,
        Code::Bus,
    ];

    /// The code of a number, if it is one.
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == number)
    }

    /// The name in the documentation and in the C header.
    pub const fn name(self) -> &'static str {
        match self {
            Code::Layout => "LAYOUT",
            Code::Policy => "POLICY",
            Code::Reserved => "RESERVED",
            Code::Zero => "ZERO",
            Code::Dim => "DIM",
            Code::Align => "ALIGN",
            Code::ASpace => "A_SPACE",
            Code::SumSpace => "SUM_SPACE",
            Code::BSpace => "B_SPACE",
            Code::NoSums => "NO_SUMS",
            Code::KeepA => "KEEP_A",
            Code::Copy => "COPY",
            Code::Bus => "BUS",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the documentation is the only source; this one has to say the same.
    #[test]
    fn codes_are_those_of_the_documentation_in_its_order() {
        let page = include_str!("../../../hdl/ENGINE.md");
        let documented: Vec<(u8, &str)> = page
            .lines()
            .skip_while(|line| !line.starts_with("<!-- codes"))
            .take_while(|line| !line.starts_with("<!-- end of codes"))
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| 0x")?.split('|').map(str::trim);
                let number = u8::from_str_radix(cells.next()?, 16).ok()?;
                Some((number, cells.next()?))
            })
            .collect();
        let ours: Vec<_> = Code::ALL.map(|code| (code as u8, code.name())).into();
        assert_eq!(documented, ours);
        assert!(Code::ALL
            .into_iter()
            .all(|code| Code::of(code as u8) == Some(code)));
        assert_eq!(Code::of(0x03), None);
    }
}
