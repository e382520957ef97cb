//! A scale from values to places, linear or logarithmic, with round ticks.

/// A scale.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
}

impl Scale {
    /// From `from` to `to` for values that begin at 0.
    pub fn from_zero(largest: f64, from: f64, to: f64) -> Self {
        Self {
            low: 0.0,
            high: if largest > 0.0 { largest } else { 1.0 },
            from,
            to,
            log: false,
        }
    }

    /// For values with room at both ends; a logarithmic one takes positive values only.
    pub fn around(values: impl Iterator<Item = f64>, log: bool, from: f64, to: f64) -> Self {
        let own = |value: f64| if log { value.log10() } else { value };
        let fit = values.filter(|value| value.is_finite() && (!log || *value > 0.0));
        let (mut low, mut high) = fit
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(own(value)), high.max(own(value)))
            });
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let room = match high - low {
            width if width > 0.0 => 0.06 * width,
            _ if log => 0.3,
            _ if low == 0.0 => 1.0,
            _ => 0.1 * low.abs(),
        };
        Self {
            low: low - room,
            high: high + room,
            from,
            to,
            log,
        }
    }

    /// The place of a value; none where the scale has none.
    pub fn at(&self, value: f64) -> Option<f64> {
        let own = match self.log {
            true if value <= 0.0 => return None,
            true => value.log10(),
            false => value,
        };
        let place = self.from + (own - self.low) / (self.high - self.low) * (self.to - self.from);
        place.is_finite().then_some(place)
    }

    /// Round values, some five of them.
    pub fn ticks(&self) -> Vec<f64> {
        if self.log {
            return self.log_ticks();
        }
        let step = nice((self.high - self.low) / 5.0);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last.min(first + 20))
            .map(|at| at as f64 * step)
            .collect()
    }

    /// Powers of ten; where there are few, 2 and 5 times these, or all digits of a short range.
    fn log_ticks(&self) -> Vec<f64> {
        let of = |digits: &[i32]| -> Vec<f64> {
            let powers = self.low.floor() as i32..=self.high.ceil() as i32;
            let values = powers.flat_map(|power| {
                digits
                    .iter()
                    .map(move |digit| f64::from(*digit) * 10f64.powi(power))
            });
            let inside = |value: &f64| (self.low..=self.high).contains(&value.log10());
            values.filter(inside).collect()
        };
        let sets: [&[i32]; 3] = [&[1], &[1, 2, 5], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
        let enough = sets
            .iter()
            .map(|digits| of(digits))
            .find(|ticks| ticks.len() >= 3);
        match enough {
            Some(ticks) => {
                let every = ticks.len().div_ceil(8);
                ticks.into_iter().step_by(every).collect()
            }
            None => of(sets[2]),
        }
    }
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn nice(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let digit = step / power;
    let digit = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|of| digit <= *of + 1e-9);
    digit.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_places_and_ticks_are_round() {
        let scale = Scale::from_zero(36_666_875.0, 100.0, 600.0);
        assert_eq!(scale.at(0.0), Some(100.0));
        assert_eq!(scale.at(36_666_875.0), Some(600.0));
        assert_eq!(scale.ticks(), [0.0, 1e7, 2e7, 3e7]);
        let log = Scale::around([64.0, 4096.0].into_iter(), true, 0.0, 1.0);
        assert_eq!(log.at(0.0), None);
        let place = log.at(512.0).unwrap();
        assert!(
            (place - 0.5).abs() < 1e-9,
            "the middle of 64 and 4096 is 512"
        );
        assert_eq!(
            log.ticks(),
            [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0]
        );
        for values in [vec![], vec![3.0], vec![0.0], vec![f64::NAN]] {
            let scale = Scale::around(values.into_iter(), false, 0.0, 1.0);
            assert!(!scale.ticks().is_empty() && scale.at(0.0).is_some());
        }
    }
}
