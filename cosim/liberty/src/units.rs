//! Units of a library.

use crate::tree::Group;

/// What 1 of a quantity is in a library's tables, in SI units. Energies have no unit of their
/// own: theirs is the product of capacitance and voltage squared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    /// Seconds.
    pub time: f64,
    /// Farad.
    pub capacitance: f64,
    /// Volt.
    pub voltage: f64,
    /// Watt of power at rest; none if the library does not say.
    pub leakage: Option<f64>,
}

const PREFIXES: [(&str, f64); 8] = [
    ("f", 1e-15),
    ("p", 1e-12),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("", 1.0),
    ("k", 1e3),
    ("a", 1e-18),
];

impl Units {
    /// The units of a library. 1 ns, 1 pF and 1 V serve for what is not said.
    ///
    /// # Errors
    /// What is wrong, with the attribute and its value.
    pub(crate) fn of(library: &Group) -> Result<Self, String> {
        let simple = |name: &str, base: &str| {
            let text = library.value(name);
            text.map(|text| {
                unit(text, base).ok_or_else(|| {
                    format!("its {name} is '{text}', not a number and a unit such as '1n{base}'")
                })
            })
            .transpose()
        };
        let capacitance = match library.values("capacitive_load_unit") {
            Some(values) => unit(&values.concat(), "f").ok_or_else(|| {
                format!(
                    "its capacitive_load_unit is ({}), not a number and a unit such as (1,pf)",
                    values.join(",")
                )
            })?,
            // what OpenSTA and ABC take
            None => 1e-12,
        };
        Ok(Self {
            time: simple("time_unit", "s")?.unwrap_or(1e-9),
            capacitance,
            voltage: simple("voltage_unit", "v")?.unwrap_or(1.0),
            leakage: simple("leakage_power_unit", "w")?,
        })
    }

    /// Nanoseconds in its unit of time.
    pub fn ns(&self) -> f64 {
        self.time / 1e-9
    }

    /// Time and voltage as every tool reads them.
    ///
    /// # Errors
    /// A unit that is not 1, 10 or 100 of one with a name.
    pub(crate) fn written(&self) -> Result<[(&'static str, String); 2], String> {
        let one = |name, value, base| {
            named(value, base)
                .map(|text| (name, format!("\"{text}\"")))
                .ok_or_else(|| format!("its {name} is not 1, 10 or 100 of a unit that has a name"))
        };
        Ok([
            one("time_unit", self.time, "s")?,
            one("voltage_unit", self.voltage, "V")?,
        ])
    }

    /// The capacitance as `(number,unit)`, in picofarad or femtofarad.
    pub(crate) fn written_capacitance(&self) -> Vec<String> {
        let (unit, of) = match self.capacitance < 1e-13 * (1.0 - 1e-9) {
            true => (1e-15, "ff"),
            false => (1e-12, "pf"),
        };
        // 0.1 and not 0.09999999999999999
        let number: f64 = format!("{:.9e}", self.capacitance / unit)
            .parse()
            .unwrap_or(1.0);
        vec![number.to_string(), of.to_owned()]
    }
}

/// `1ns` or `0.1 pF` as a number.
fn unit(text: &str, base: &str) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let before = text.strip_suffix(base)?;
    let (prefix, scale) = PREFIXES
        .into_iter()
        .filter(|(prefix, _)| before.ends_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())?;
    let number: f64 = before[..before.len() - prefix.len()].parse().ok()?;
    let value = number * scale;
    (value.is_finite() && value > 0.0).then_some(value)
}

/// A quantity as people write it.
pub(crate) fn shown(value: f64, base: &str) -> String {
    named(value, base).unwrap_or_else(|| format!("{value:e} {base}"))
}

/// 1, 10 or 100 of a unit with a name.
fn named(value: f64, base: &str) -> Option<String> {
    for (prefix, scale) in PREFIXES {
        for number in [1, 10, 100] {
            if (value / (scale * f64::from(number)) - 1.0).abs() < 1e-9 {
                return Some(format!("{number}{prefix}{base}"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_in_all_spellings() {
        for (text, base, value) in [
            ("1ns", "s", 1e-9),
            ("10ps", "s", 1e-11),
            (" 100 PS ", "s", 1e-10),
            ("1.0000,pf", "f", f64::NAN),
            ("1pF", "f", 1e-12),
            ("0.1pf", "f", 1e-13),
            ("1f", "f", 1.0),
            ("100mV", "v", 0.1),
            ("1nW", "w", 1e-9),
            ("ns", "s", f64::NAN),
            ("-1ns", "s", f64::NAN),
            ("1n", "s", f64::NAN),
        ] {
            let found = unit(text, base);
            match value.is_nan() {
                true => assert_eq!(found, None, "{text}"),
                false => assert!((found.unwrap() / value - 1.0).abs() < 1e-12, "{text}"),
            }
        }
        assert_eq!(named(1e-9, "s").unwrap(), "1ns");
        assert_eq!(named(unit("1000ps", "s").unwrap(), "s").unwrap(), "1ns");
        assert_eq!(named(1e-11, "s").unwrap(), "10ps");
        assert_eq!(named(3e-9, "s"), None);
    }
}
