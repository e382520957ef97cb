//! From bounds to a verdict.

use super::statistics::Paired;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a case does against Case I.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Worse by less than the margin, with confidence.
    NonInferior,
    /// Worse by more than the margin, with confidence.
    Inferior,
    /// Neither can be told.
    Inconclusive,
    /// Case I is not shown to be better than p = 0, so that being as good as Case I would
    /// prove nothing.
    DropoutDoesNotHelp,
}

impl Verdict {
    /// The words used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::NonInferior => "non-inferior",
            Verdict::Inferior => "inferior",
            Verdict::Inconclusive => "inconclusive",
            Verdict::DropoutDoesNotHelp => "dropout does not help here",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the margin alone says of `worse`, the paired differences counted so that more is
/// worse. A bound that lies on the margin decides nothing.
pub fn by_margin(worse: &Paired, margin: f64) -> Verdict {
    if worse.lower > margin {
        Verdict::Inferior
    } else if worse.upper < margin {
        Verdict::NonInferior
    } else {
        Verdict::Inconclusive
    }
}

/// Whether `worse`, p = 0 against Case I with more being worse, shows that Case I is the
/// better one.
pub fn shows_help(worse: &Paired) -> bool {
    worse.lower > 0.0
}

/// The verdict: inferior before "dropout does not help here" before the others (the
/// module `parity` says why). `worse` is the case against Case I with more being worse,
/// `margin` is positive and in the unit of the differences.
pub fn judge(worse: &Paired, margin: f64, dropout_helps: bool) -> Verdict {
    match by_margin(worse, margin) {
        Verdict::Inferior => Verdict::Inferior,
        _ if !dropout_helps => Verdict::DropoutDoesNotHelp,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGIN: f64 = 0.02;

    /// Ten differences around `centre`, one standard deviation being `spread`.
    fn sample(centre: f64, spread: f64) -> Paired {
        let signs = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        let scale = spread * (9.0f64 / 10.0).sqrt();
        Paired::of(&signs.map(|sign| centre + sign * scale)).unwrap()
    }

    #[test]
    fn every_verdict_has_its_sample() {
        // half of the interval is 1.8331 / sqrt(10) = 0.58 of the standard deviation
        for (centre, spread, helps, expected) in [
            (0.000, 0.01, true, Verdict::NonInferior),
            (-0.10, 0.01, true, Verdict::NonInferior),
            (0.013, 0.01, true, Verdict::NonInferior),
            (0.015, 0.01, true, Verdict::Inconclusive),
            (0.025, 0.01, true, Verdict::Inconclusive),
            (0.027, 0.01, true, Verdict::Inferior),
            (0.000, 0.04, true, Verdict::Inconclusive),
            (0.000, 0.01, false, Verdict::DropoutDoesNotHelp),
            (0.015, 0.01, false, Verdict::DropoutDoesNotHelp),
            // a certain loss is not hidden behind a dropout that does nothing
            (0.027, 0.01, false, Verdict::Inferior),
        ] {
            let found = judge(&sample(centre, spread), MARGIN, helps);
            assert_eq!(found, expected, "{centre} {spread} {helps}");
        }
    }

    #[test]
    fn help_must_be_shown_not_guessed() {
        assert!(shows_help(&sample(0.01, 0.01)));
        assert!(!shows_help(&sample(0.005, 0.01)), "within the noise");
        assert!(!shows_help(&sample(-0.01, 0.01)), "p = 0 is better");
        assert!(
            !shows_help(&Paired::of(&[0.0; 5]).unwrap()),
            "no difference"
        );
    }

    #[test]
    fn a_bound_on_the_margin_decides_nothing() {
        let on = Paired::of(&[MARGIN; 3]).unwrap();
        assert_eq!(by_margin(&on, MARGIN), Verdict::Inconclusive);
    }

    #[test]
    fn turning_the_sign_turns_the_verdict() {
        let worse = sample(0.1, 0.01);
        assert_eq!(by_margin(&worse, MARGIN), Verdict::Inferior);
        assert_eq!(by_margin(&worse.negated(), MARGIN), Verdict::NonInferior);
    }
}
