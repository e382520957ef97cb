//! Names: rust-hdl's made fit for Verilog, indices evaluated, numbers read.

/// A loop variable and its value.
pub type LoopVariable = (String, i64);

/// rust-hdl's `a[i+1]$b$next` with i = 2 as the probe names it: `a$3$b`.
/// `None` if an index is more than literals, loop variables, `+`, `-`, `*`.
pub fn canonical(name: &str, variables: &[LoopVariable]) -> Option<String> {
    let mut text = name.replace("::", "$").replace('.', "$");
    while let Some(open) = text.find('[') {
        let close = open + text[open..].find(']')?;
        let index = evaluate(&text[open + 1..close], variables)?;
        text.replace_range(open..=close, &format!("${}", u64::try_from(index).ok()?));
    }
    let text = text.trim_start_matches('$');
    let text = text.strip_suffix("$next").unwrap_or(text);
    Some(text.trim_end_matches('$').to_owned())
}

/// The value of an index such as `(i+1)*2`.
pub fn evaluate(text: &str, variables: &[LoopVariable]) -> Option<i64> {
    let mut parser = Index {
        rest: text.trim(),
        variables,
    };
    let value = parser.sum()?;
    parser.rest.is_empty().then_some(value)
}

struct Index<'a> {
    rest: &'a str,
    variables: &'a [LoopVariable],
}

impl Index<'_> {
    fn take(&mut self, symbol: char) -> bool {
        let found = self.rest.strip_prefix(symbol);
        if let Some(rest) = found {
            self.rest = rest.trim_start();
        }
        found.is_some()
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        loop {
            if self.take('+') {
                value = value.checked_add(self.product()?)?;
            } else if self.take('-') {
                value = value.checked_sub(self.product()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.atom()?;
        while self.take('*') {
            value = value.checked_mul(self.atom()?)?;
        }
        Some(value)
    }

    fn atom(&mut self) -> Option<i64> {
        if self.take('(') {
            let value = self.sum()?;
            return self.take(')').then_some(value);
        }
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        match self.variables.iter().rev().find(|(name, _)| name == word) {
            Some((_, value)) => Some(*value),
            None => number(word).and_then(|n| i64::try_from(n).ok()),
        }
    }
}

/// A Rust integer or boolean literal.
pub fn number(word: &str) -> Option<u128> {
    let word = word.trim().replace('_', "");
    match word.as_str() {
        "true" => return Some(1),
        "false" => return Some(0),
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0b", 2)] {
        if let Some(digits) = word.strip_prefix(prefix) {
            return u128::from_str_radix(digits, radix).ok();
        }
    }
    let digits = word
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(word.len());
    let suffix = &word[digits..];
    let is_type = suffix.is_empty() || (suffix.starts_with(['u', 'i']) && suffix.len() <= 5);
    if is_type {
        word[..digits].parse().ok()
    } else {
        None
    }
}

/// The value in rust-hdl's text of a literal, `8'hff` or `8'h-1`, as `bits` bits.
/// `None` above 128 bits of value.
pub fn literal_value(text: &str, bits: usize) -> Option<u128> {
    let digits = &text[text.find("'h")? + 2..];
    match digits.strip_prefix('-') {
        Some(digits) => {
            let value = u128::from_str_radix(digits, 16).ok()?;
            Some(super::ir::low_bits(value.wrapping_neg(), bits))
        }
        None => u128::from_str_radix(digits, 16).ok(),
    }
}

/// A name of rust-hdl's as a Verilog identifier.
pub fn identifier(name: &str) -> String {
    name.replace('$', "_")
}

/// Whether `name` is a simple identifier that Verilog does not reserve. (`$` is left out: tools'
/// scripts take it for something else.)
pub fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    let first = letters.next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !is_reserved(name)
}

/// Whether Verilog-2001 or a tool that reads it as SystemVerilog reserves `name`: the words of
/// IEEE 1800-2017, which are all of those of Verilog.
pub fn is_reserved(name: &str) -> bool {
    const RESERVED: &str = "\
        accept_on alias always always_comb always_ff always_latch and assert assign assume \
        automatic before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex \
        casez cell chandle checker class clocking cmos config const constraint context \
        continue cover covergroup coverpoint cross deassign default defparam design disable \
        dist do edge else end endcase endchecker endclass endclocking endconfig endfunction \
        endgenerate endgroup endinterface endmodule endpackage endprimitive endprogram \
        endproperty endspecify endsequence endtable endtask enum event eventually expect \
        export extends extern final first_match for force foreach forever fork forkjoin \
        function generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins \
        implements implies import incdir include initial inout input inside instance int \
        integer interconnect interface intersect join join_any join_none large let liblist \
        library local localparam logic longint macromodule matches medium modport module nand \
        negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output \
        package packed parameter pmos posedge primitive priority program property protected \
        pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc \
        randcase randsequence rcmos real realtime ref reg reject_on release repeat restrict \
        return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime s_until \
        s_until_with scalared sequence shortint shortreal showcancelled signed small soft \
        solve specify specparam static string strong strong0 strong1 struct super supply0 \
        supply1 sync_accept_on sync_reject_on table tagged task this throughout time \
        timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type \
        typedef union unique unique0 unsigned until until_with untyped use uwire var vectored \
        virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor \
        xnor xor";
    RESERVED.split(' ').any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_brackets() {
        let i = [("i".to_owned(), 2)];
        for (given, expected) in [
            ("a$next", "a"),
            ("a[((i+1))]$b$next", "a$3$b"),
            ("a[i*3-1][0]$q", "a$5$0$q"),
            (".a.b", "a$b"),
            ("State::Idle", "State$Idle"),
        ] {
            assert_eq!(canonical(given, &i).as_deref(), Some(expected));
        }
        for wrong in ["a[j]", "a[i", "a[i-3]", "a[i/2]"] {
            assert_eq!(canonical(wrong, &i), None, "{wrong}");
        }
    }

    #[test]
    fn literals_of_every_kind() {
        assert_eq!(literal_value("8'hff", 8), Some(255));
        assert_eq!(literal_value("8'h-1", 8), Some(255));
        assert_eq!(literal_value("8'h-80", 8), Some(128));
        assert_eq!(number("0x1f"), Some(31));
        assert_eq!(number("12u8"), Some(12));
        assert_eq!(number("Idle"), None);
        assert_eq!(number(""), None);
    }
}
