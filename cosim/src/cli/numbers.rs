//! Flags that take numbers: each has a range, which a number outside of it is answered with,
//! and so is what is no number (`1e9`, `nan`).

use std::fmt::Display;
use std::str::FromStr;

/// Most samples side by side.
pub const MAX_BATCH: usize = 65_536;
/// Most time steps of a window.
pub const MAX_WINDOW: usize = 65_536;
/// Most times that data is read.
pub const MAX_EPOCHS: usize = 1_000_000;
/// Most training steps that are named one by one.
pub const MAX_STEPS: u64 = 1_000_000_000;
/// Most threads.
pub const MAX_THREADS: usize = 1024;

/// The parser of a count from `low` to `high`.
pub fn whole(
    low: usize,
    high: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync {
    within(low, high)
}

/// The parser of a number of 64 bits from `low` to `high`.
pub fn long(low: u64, high: u64) -> impl Fn(&str) -> Result<u64, String> + Clone + Send + Sync {
    within(low, high)
}

/// The parser of any number of 32 bits.
pub fn short() -> impl Fn(&str) -> Result<u32, String> + Clone + Send + Sync {
    within(0, u32::MAX)
}

fn within<T>(low: T, high: T) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync
where
    T: FromStr + PartialOrd + Display + Copy + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse::<T>().ok();
        number
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| format!("give a whole number from {low} to {high}"))
    }
}

/// The parser of a positive number up to `high`.
pub fn positive(high: f64) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync {
    move |text| {
        let number = text.parse::<f64>().ok();
        number
            .filter(|&number| number > 0.0 && number <= high)
            .ok_or_else(|| match high {
                high if high < 1e6 => format!("give a number above 0 and at most {high}"),
                high => format!("give a number above 0 and at most {high:e}"),
            })
    }
}

/// The parser of a drop probability.
///
/// # Errors
/// If it is none.
pub fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let number = number.filter(|number| (0.0..1.0).contains(number));
    // -0 becomes 0
    let number = number.map(|number| number + 0.0);
    number.ok_or_else(|| "give a probability: at least 0 and less than 1".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_and_what_is_none_are_answered_with_the_range() {
        let rows = whole(1, 256);
        assert_eq!((rows("1"), rows("256")), (Ok(1), Ok(256)));
        for text in [
            "0",
            "257",
            "-1",
            "1e9",
            "1.5",
            "",
            "many",
            "99999999999999999999",
        ] {
            let range = "give a whole number from 1 to 256";
            assert_eq!(rows(text), Err(range.into()), "{text}");
        }
        let rate = positive(1e6);
        assert_eq!((rate("0.5"), rate("1e6")), (Ok(0.5), Ok(1e6)));
        for text in ["0", "-1", "nan", "inf", "-inf", "1e7", "x"] {
            let range = "give a number above 0 and at most 1e6";
            assert_eq!(rate(text), Err(range.into()), "{text}");
        }
        assert_eq!((probability("0"), probability(".65")), (Ok(0.0), Ok(0.65)));
        assert_eq!(probability("-0").map(f64::to_bits), Ok(0));
        for text in ["1", "-0.1", "nan", "inf", ""] {
            assert!(
                probability(text).unwrap_err().contains("less than 1"),
                "{text}"
            );
        }
    }
}
