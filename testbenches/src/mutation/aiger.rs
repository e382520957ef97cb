//! An and-inverter graph in AIGER's binary form, with some inputs made constant.

/// What is needed of a file: the numbers of its header, the literals of its latches and
/// outputs as text, and its gates.
pub struct Aiger {
    header: Vec<usize>,
    /// `next [init]` of each latch.
    latches: Vec<Vec<usize>>,
    /// Outputs, bad states, constraints and so on, in order.
    literals: Vec<usize>,
    gates: Vec<[usize; 2]>,
    /// Names of inputs.
    names: Vec<(usize, String)>,
    /// Names of outputs.
    output_names: Vec<(usize, String)>,
    /// Names of latches.
    latch_names: Vec<(usize, String)>,
}

impl Aiger {
    /// Reads a file.
    ///
    /// # Errors
    /// What is not as AIGER 1.9 says.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = bytes;
        let mut line = || -> Result<String, String> {
            let end = rest.iter().position(|&byte| byte == b'\n');
            let (line, after) = rest.split_at(end.ok_or("a line without an end")?);
            rest = &after[1..];
            Ok(String::from_utf8_lossy(line).into_owned())
        };
        let numbers = |text: &str| -> Result<Vec<usize>, String> {
            let words = text.split_whitespace();
            let result: Result<_, _> = words.map(str::parse).collect();
            result.map_err(|error| format!("'{text}': {error}"))
        };
        let first = line()?;
        let header = numbers(
            first
                .strip_prefix("aig ")
                .ok_or("not a binary AIGER file")?,
        )?;
        let [_, inputs, latches, outputs, gates, ..] = header[..] else {
            return Err(format!("the header '{first}'"));
        };
        let other: usize = outputs + header[5..].iter().sum::<usize>();
        let latches = (0..latches)
            .map(|_| numbers(&line()?))
            .collect::<Result<Vec<_>, _>>()?;
        let literals = (0..other)
            .map(|_| line()?.parse().map_err(|error| format!("{error}")))
            .collect::<Result<Vec<_>, _>>()?;
        let mut coded = rest.iter();
        let mut delta = || -> Result<usize, String> {
            let (mut value, mut shift) = (0, 0);
            loop {
                let byte = *coded.next().ok_or("gates that end early")?;
                value |= usize::from(byte & 127) << shift;
                shift += 7;
                if byte < 128 {
                    return Ok(value);
                }
            }
        };
        let first_gate = inputs + latches.len() + 1;
        let gates = (first_gate..first_gate + gates)
            .map(|variable| {
                let left = (2 * variable).checked_sub(delta()?);
                let left = left.ok_or("a gate before its inputs")?;
                let right = left.checked_sub(delta()?);
                Ok([left, right.ok_or("a gate before its inputs")?])
            })
            .collect::<Result<Vec<_>, String>>()?;
        let symbols = String::from_utf8_lossy(coded.as_slice());
        let names = |of: char| {
            let lines = symbols.lines().take_while(|line| !line.starts_with('c'));
            let names = lines.filter_map(|line| {
                let (at, name) = line.strip_prefix(of)?.split_once(' ')?;
                Some((at.parse().ok()?, name.to_owned()))
            });
            names.collect()
        };
        Ok(Self {
            names: names('i'),
            output_names: names('o'),
            latch_names: names('l'),
            header,
            latches,
            literals,
            gates,
        })
    }

    /// The names of the inputs, in order; empty where one has none.
    pub fn inputs(&self) -> Vec<&str> {
        named(&self.names, self.header[1])
    }

    /// The outputs and whatever stands behind them, assertions for instance, in order: name and literal.
    pub fn outputs(&self) -> Vec<(&str, usize)> {
        let names = named(&self.output_names, self.literals.len());
        names
            .into_iter()
            .zip(self.literals.iter().copied())
            .collect()
    }

    /// The names of the latches, in order.
    pub fn latch_names(&self) -> Vec<&str> {
        named(&self.latch_names, self.latches.len())
    }

    /// What is written into each latch.
    pub fn next(&self) -> impl Iterator<Item = usize> + '_ {
        self.latches.iter().map(|latch| latch[0])
    }

    /// The gates in order: the first has the variable behind those of inputs and latches.
    pub fn gates(&self) -> &[[usize; 2]] {
        &self.gates
    }

    /// How many latches there are.
    pub fn latches(&self) -> usize {
        self.latches.len()
    }

    /// The file with the input `name` (bit i of it is `name[i]`) set to `value`. The input
    /// stays, and nothing reads it.
    pub fn with(&self, name: &str, value: usize) -> Vec<u8> {
        // Of each variable of an input that is constant, its value.
        let constant = |at: usize| {
            let names = self.names.iter().filter(|(input, _)| *input == at);
            names.into_iter().find_map(|(_, found)| {
                let bit = found.strip_prefix(name)?.strip_prefix('[')?;
                let bit: usize = bit.strip_suffix(']')?.parse().ok()?;
                Some(value >> bit & 1)
            })
        };
        let inputs: Vec<Option<usize>> = (0..self.header[1]).map(constant).collect();
        let literal = |literal: usize| {
            let input = (literal / 2).checked_sub(1).and_then(|at| inputs.get(at));
            match input.copied().flatten() {
                Some(value) => value ^ literal & 1,
                None => literal,
            }
        };
        let join = |numbers: &[usize]| {
            let words: Vec<String> = numbers.iter().map(usize::to_string).collect();
            words.join(" ") + "\n"
        };
        let mut bytes = format!("aig {}", join(&self.header)).into_bytes();
        for latch in &self.latches {
            let mut latch = latch.clone();
            latch[0] = literal(latch[0]);
            bytes.extend(join(&latch).into_bytes());
        }
        for &output in &self.literals {
            bytes.extend(join(&[literal(output)]).into_bytes());
        }
        let first_gate = self.header[1] + self.header[2] + 1;
        let gates: Vec<_> = self.gates.iter().map(|gate| gate.map(literal)).collect();
        encode(first_gate, &gates, &mut bytes);
        bytes
    }
}

/// Writes gates, of which the first has this variable, in AIGER's binary form.
pub fn encode(first_gate: usize, gates: &[[usize; 2]], bytes: &mut Vec<u8>) {
    for (at, &[mut left, mut right]) in gates.iter().enumerate() {
        if left < right {
            (left, right) = (right, left);
        }
        for mut delta in [2 * (first_gate + at) - left, left - right] {
            while delta > 127 {
                bytes.push((delta & 127) as u8 | 128);
                delta >>= 7;
            }
            bytes.push(delta as u8);
        }
    }
}

fn named(names: &[(usize, String)], count: usize) -> Vec<&str> {
    let mut all = vec![""; count];
    for (at, name) in names {
        if let Some(place) = all.get_mut(*at) {
            *place = name;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_becomes_constant() {
        // y = a & s; a is input 0, s[0] input 1: variables 1, 2; gate 3 = (4, 2).
        let bytes = b"aig 3 2 0 1 1\n6\n\x02\x02i0 a\ni1 s[0]\nc\nwhoever\n";
        let aiger = Aiger::read(bytes).unwrap();
        assert_eq!(aiger.gates, [[4, 2]]);
        // y = a & 1: (2, 1); y = a & 0: (2, 0).
        assert_eq!(aiger.with("s", 1), b"aig 3 2 0 1 1\n6\n\x04\x01");
        assert_eq!(aiger.with("s", 0), b"aig 3 2 0 1 1\n6\n\x04\x02");
        assert!(Aiger::read(b"aag 0 0 0 0 0\n").is_err());
    }
}
