//! Median and spread of a few measurements.

use serde::Serialize;

/// What measurements of one quantity have in the middle and at their ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// A quarter is below.
    pub lower_quartile: f64,
    /// Half is below.
    pub median: f64,
    /// Three quarters are below.
    pub upper_quartile: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of at least one value; in between two of them, a quantile is interpolated (type 7
    /// of Hyndman and Fan 1996, as NumPy's default). Of no value, all is NaN.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let quantile = |q: f64| match values.len() {
            0 => f64::NAN,
            n => {
                let place = q * (n - 1) as f64;
                let (low, high) = (place.floor() as usize, place.ceil() as usize);
                values[low] + (values[high] - values[low]) * place.fract()
            }
        };
        Self {
            min: quantile(0.0),
            lower_quartile: quantile(0.25),
            median: quantile(0.5),
            upper_quartile: quantile(0.75),
            max: quantile(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: `numpy.quantile([3, 1, 2, 10], [0, .25, .5, .75, 1])`.
    #[test]
    fn quantiles_are_numpys() {
        let spread = Spread::of([3.0, 1.0, 2.0, 10.0]);
        let expected = [1.0, 1.75, 2.5, 4.75, 10.0];
        let found = [
            spread.min,
            spread.lower_quartile,
            spread.median,
            spread.upper_quartile,
            spread.max,
        ];
        assert_eq!(found, expected);
        assert_eq!(Spread::of([7.0]).lower_quartile, 7.0);
        assert!(Spread::of([]).median.is_nan());
    }
}
