//! Numbers for people: digits in groups of three, as many as tell something, and prefixes of units.

use serde_json::Number;

/// A text of digits with a comma between groups of three before the point.
fn grouped(text: &str) -> String {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", text),
    };
    let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// Whether a number of a report is a count.
pub fn is_whole(number: &Number) -> bool {
    number.is_u64() || number.is_i64()
}

/// Digits after the point with which numbers up to `largest` have five that tell something; none where they are
/// so small that they are written with a power of ten.
pub fn decimals(largest: f64) -> Option<usize> {
    if largest == 0.0 {
        return Some(0);
    }
    if !(1e-3..1e15).contains(&largest) {
        return None;
    }
    Some((4 - largest.log10().floor() as i32).clamp(0, 7) as usize)
}

/// Digits after the point that a number has when it is written out.
pub fn own_decimals(value: f64) -> usize {
    let text = value.to_string();
    text.split_once('.').map_or(0, |(_, part)| part.len())
}

/// A number with so many digits after the point, or as a power of ten.
pub fn fixed(value: f64, decimals: Option<usize>) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    match decimals {
        Some(decimals) => grouped(&format!("{value:.decimals$}")),
        None => format!("{value:.4e}"),
    }
}

/// A number by itself: a count in groups, any other with five digits at least that tell something.
pub fn plain(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if !is_whole(number) => {
            let text = fixed(value, decimals(value.abs()));
            match text.contains('.') && !text.contains('e') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
        _ => grouped(&number.to_string()),
    }
}

/// A count or another number.
pub fn of(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => grouped(&format!("{value:.0}")),
        false => {
            let text = fixed(value, decimals(value.abs()));
            match text.contains('.') && !text.contains('e') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
    }
}

/// Short, for an axis or a mark: 36.7 M.
pub fn short(value: f64) -> String {
    const STEPS: [(f64, &str); 9] = [
        (1e12, " T"),
        (1e9, " G"),
        (1e6, " M"),
        (1e3, " k"),
        (1.0, ""),
        (1e-3, " m"),
        (1e-6, " \u{b5}"),
        (1e-9, " n"),
        (1e-12, " p"),
    ];
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    // what rounds up to the next step belongs there
    let size = value.abs() * 1.0005;
    let (step, prefix) = STEPS
        .into_iter()
        .find(|(step, _)| size >= *step)
        .unwrap_or((1.0, ""));
    let scaled = value / step;
    let text = match scaled.abs() {
        of if of >= 99.95 => format!("{scaled:.0}"),
        of if of >= 9.995 => format!("{scaled:.1}"),
        _ => format!("{scaled:.2}"),
    };
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    format!("{}{prefix}", text.replace('-', "\u{2212}"))
}

/// The step of three powers of ten that suits `largest` watt, joule or seconds, and its prefix.
pub fn prefix(largest: f64) -> (f64, &'static str) {
    const STEPS: [(f64, &str); 6] = [
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "\u{b5}"),
        (1e-9, "n"),
        (1e-12, "p"),
        (1e-15, "f"),
    ];
    let found = STEPS.into_iter().find(|(step, _)| largest >= *step);
    match largest > 0.0 {
        true => found.unwrap_or((1e-15, "f")),
        false => (1.0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_as_many_as_tell_something() {
        let number = |text: &str| plain(&serde_json::from_str(text).unwrap());
        for (given, text) in [
            ("0", "0"),
            ("-1234567", "\u{2212}1,234,567"),
            ("18446744073709551615", "18,446,744,073,709,551,615"),
            ("4621093.75", "4,621,094"),
            ("0.9863014977776118", "0.9863"),
            ("35.0", "35"),
            ("1.0499e-5", "1.0499e-5"),
            ("0.0", "0"),
        ] {
            assert_eq!(number(given), text, "{given}");
        }
        for (value, text) in [
            (36_666_875.0, "36.7 M"),
            (999.96, "1 k"),
            (0.00642, "6.42 m"),
            (-12.0, "\u{2212}12"),
            (0.0, "0"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(prefix(0.0123), (1e-3, "m"));
    }
}
