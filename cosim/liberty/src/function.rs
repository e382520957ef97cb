//! Boolean functions of Liberty files.

/// A function of a cell's pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Function {
    /// 0 or 1.
    Constant(bool),
    /// A pin, or the variable of a register.
    Pin(String),
    /// The inverse.
    Not(Box<Function>),
    /// All of them.
    And(Vec<Function>),
    /// Any of them.
    Or(Vec<Function>),
    /// An odd number of them.
    Xor(Vec<Function>),
}

impl Function {
    /// Reads a function: `!` and `'` invert, `^` binds closer than `&`, `*` or a blank, and
    /// these closer than `|` and `+`. What is wrong with it is told.
    ///
    /// # Errors
    /// A text that says what was expected where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            // some put a backslash ahead of the brackets of a bit
            symbols: text.chars().filter(|c| !matches!(c, '"' | '\\')).collect(),
            at: 0,
            depth: 0,
        };
        let function = reader.or()?;
        match reader.next() {
            None => Ok(function),
            Some(symbol) => Err(format!("'{symbol}' was not expected in '{text}'")),
        }
    }

    /// As a Verilog expression, `name` telling what a pin is called.
    pub fn verilog(&self, name: &dyn Fn(&str) -> String) -> String {
        let joined = |parts: &[Function], sign: &str| {
            let parts: Vec<_> = parts.iter().map(|part| part.verilog(name)).collect();
            format!("({})", parts.join(sign))
        };
        match self {
            Function::Constant(one) => format!("1'b{}", u8::from(*one)),
            Function::Pin(pin) => name(pin),
            Function::Not(inner) => match (&**inner, inner.verilog(name)) {
                // Verilog has no '~~'
                (Function::And(_) | Function::Or(_) | Function::Xor(_), text) => format!("~{text}"),
                (_, text) => format!("~({text})"),
            },
            Function::And(parts) => joined(parts, " & "),
            Function::Or(parts) => joined(parts, " | "),
            Function::Xor(parts) => joined(parts, " ^ "),
        }
    }

    /// The pin that it is, and whether it is that pin's inverse; none if it is more.
    pub fn literal(&self) -> Option<(&str, bool)> {
        match self {
            Function::Pin(pin) => Some((pin, false)),
            Function::Not(inner) => inner.literal().map(|(pin, inverse)| (pin, !inverse)),
            _ => None,
        }
    }

    /// The pins that it depends on.
    pub fn pins(&self) -> Vec<&str> {
        match self {
            Function::Constant(_) => Vec::new(),
            Function::Pin(pin) => vec![pin],
            Function::Not(inner) => inner.pins(),
            Function::And(parts) | Function::Or(parts) | Function::Xor(parts) => {
                parts.iter().flat_map(Function::pins).collect()
            }
        }
    }
}

struct Reader {
    symbols: Vec<char>,
    at: usize,
    depth: usize,
}

/// Parentheses and signs of inversion within each other at most.
const DEPTH: usize = 200;

impl Reader {
    /// The next symbol that is no blank.
    fn next(&mut self) -> Option<char> {
        while self.symbols.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.symbols.get(self.at).copied()
    }

    fn or(&mut self) -> Result<Function, String> {
        let mut parts = vec![self.and()?];
        while matches!(self.next(), Some('|' | '+')) {
            self.at += 1;
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Function::Or))
    }

    fn and(&mut self) -> Result<Function, String> {
        let mut parts = vec![self.xor()?];
        loop {
            match self.next() {
                Some('&' | '*') => self.at += 1,
                // two factors without a sign
                Some(c) if c == '!' || c == '(' || named(c) => {}
                _ => return Ok(one_or(parts, Function::And)),
            }
            parts.push(self.xor()?);
        }
    }

    fn xor(&mut self) -> Result<Function, String> {
        let mut parts = vec![self.factor()?];
        while self.next() == Some('^') {
            self.at += 1;
            parts.push(self.factor()?);
        }
        Ok(one_or(parts, Function::Xor))
    }

    fn factor(&mut self) -> Result<Function, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("it is more than {DEPTH} deep"));
        }
        let factor = self.plain_factor();
        self.depth -= 1;
        factor
    }

    fn plain_factor(&mut self) -> Result<Function, String> {
        let mut factor = match self.next() {
            Some('!') => {
                self.at += 1;
                return Ok(Function::Not(Box::new(self.factor()?)));
            }
            Some('(') => {
                self.at += 1;
                let inner = self.or()?;
                if self.next() != Some(')') {
                    return Err("a ')' is missing".into());
                }
                self.at += 1;
                inner
            }
            Some(c) if named(c) => {
                let start = self.at;
                while self.symbols.get(self.at).copied().is_some_and(named) {
                    self.at += 1;
                }
                let name: String = self.symbols[start..self.at].iter().collect();
                match name.as_str() {
                    "0" => Function::Constant(false),
                    "1" => Function::Constant(true),
                    _ => Function::Pin(name),
                }
            }
            Some(c) => return Err(format!("'{c}' was not expected")),
            None => return Err("a pin is missing at the end".into()),
        };
        while self.next() == Some('\'') {
            self.at += 1;
            factor = Function::Not(Box::new(factor));
        }
        Ok(factor)
    }
}

fn named(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']' | '.' | '$')
}

fn one_or(mut parts: Vec<Function>, many: fn(Vec<Function>) -> Function) -> Function {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verilog(text: &str) -> String {
        Function::parse(text).unwrap().verilog(&str::to_owned)
    }

    #[test]
    fn the_forms_that_liberty_files_use() {
        assert_eq!(verilog("(!((A B)+(C D)))"), "~((A & B) | (C & D))");
        assert_eq!(verilog("A' * B | C"), "((~(A) & B) | C)");
        assert_eq!(verilog("A & B ^ C"), "(A & (B ^ C))");
        assert_eq!(verilog("((A^B)^C)"), "((A ^ B) ^ C)");
        assert_eq!(verilog("!(S A) !B"), "(~(S & A) & ~(B))");
        assert_eq!(verilog("A ' B"), "(~(A) & B)");
        assert_eq!(verilog("\\D\\[0\\]"), "D[0]");
        assert_eq!(verilog("1"), "1'b1");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "A +", "(A", "A)", "A & & B", "#"] {
            assert!(Function::parse(text).is_err(), "{text}");
        }
        assert!(Function::parse(&"(".repeat(1_000_000)).is_err());
        assert!(Function::parse(&"!".repeat(1_000_000)).is_err());
    }
}
