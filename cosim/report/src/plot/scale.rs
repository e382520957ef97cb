//! From values to places: linear and logarithmic scales.

use super::canvas::tick;

/// A scale over `frame`.
pub struct Scale {
    frame: (i32, i32),
    low: f64,
    high: f64,
    /// Whether it is logarithmic.
    log: bool,
}

impl Scale {
    /// From the least to the greatest of `values`; one value alone stands in the middle.
    pub fn linear(frame: (i32, i32), values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = match range(values) {
            None => (0.0, 1.0),
            Some((low, high)) if low < high => (low, high),
            Some((low, high)) => (low - 0.5, high + 0.5),
        };
        Self {
            frame,
            low,
            high,
            log: false,
        }
    }

    /// The same, logarithmic, of values from 1 on.
    pub fn logarithmic(frame: (i32, i32), values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = match range(values) {
            Some((low, high)) if low < high => (low, high),
            alone => (
                alone.map_or(1.0, |(low, _)| low) / 2.0,
                alone.map_or(1.0, |(_, high)| high) * 2.0,
            ),
        };
        Self {
            frame,
            low,
            high,
            log: true,
        }
    }

    /// The same, logarithmic if the values are of several sizes: a perplexity begins at the
    /// vocabulary's size, and its end is what one wants to see.
    pub fn steep(mut self) -> Self {
        self.log = self.low > 0.0 && self.high / self.low > 8.0;
        self
    }

    /// The least and the greatest value.
    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The place of a value.
    pub fn at(&self, value: f64) -> i32 {
        let share = match self.log {
            false => (value - self.low) / (self.high - self.low),
            true => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        self.frame.0 + (f64::from(self.frame.1 - self.frame.0) * share).round() as i32
    }

    /// Round values: of a linear scale in equal steps, whole ones if `whole`, of a logarithmic
    /// one 1, 2 and 5 times the powers of ten.
    pub fn ticks(&self, whole: bool) -> Vec<f64> {
        if self.log {
            return self.by_powers(&[1.0, 2.0, 5.0]);
        }
        let step = match tick(self.high - self.low) {
            step if whole => step.max(1.0).round(),
            step => step,
        };
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }

    /// The powers of ten in range times each of `digits`.
    pub fn by_powers(&self, digits: &[f64]) -> Vec<f64> {
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = powers.flat_map(|power| digits.iter().map(move |x| x * 10f64.powi(power)));
        all.filter(|value| (self.low..=self.high).contains(value))
            .collect()
    }
}

/// The least and the greatest value, if there is any.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_scales_hold_their_values() {
        let linear = |values: &[f64]| Scale::linear((0, 100), values.iter().copied());
        let scale = linear(&[1.0, 5.0]);
        assert_eq!([1.0, 3.0, 5.0].map(|v| scale.at(v)), [0, 50, 100]);
        assert_eq!(scale.ticks(true), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(linear(&[7.0]).at(7.0), 50);
        let steep = |values: [f64; 2]| linear(&values).steep();
        assert_eq!(steep([10.0, 1000.0]).at(100.0), 50);
        assert_eq!(steep([10.0, 1000.0]).ticks(false)[..3], [10.0, 20.0, 50.0]);
        assert_eq!(steep([50.0, 150.0]).at(100.0), 50, "linear");
        assert_eq!(steep([0.0, 90.0]).at(45.0), 50, "linear");
    }

    #[test]
    fn logarithmic_scales_hold_their_values() {
        let scale = Scale::logarithmic((0, 100), [10.0, 1000.0].into_iter());
        assert_eq!([10.0, 100.0, 1000.0].map(|v| scale.at(v)), [0, 50, 100]);
        let ticks = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
        assert_eq!(scale.ticks(false), ticks);
        assert_eq!(Scale::logarithmic((0, 100), [7.0].into_iter()).at(7.0), 50);
    }
}
