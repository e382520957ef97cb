//! Whether what a report checked was right, from its own fields.
//!
//! A verdict is right only if every field that it rests on is there and says so: a report that lacks one says nothing.

mod engine;

use crate::number;
use crate::report::{Kind, Report};
use serde_json::{Map, Value};

/// How a verdict is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What was checked is right.
    Right,
    /// Something is wrong, or does not fit.
    Wrong,
    /// It was checked and cannot be told.
    Open,
    /// Nothing was checked: the report measures.
    None,
}

/// What stands at the head of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How it is shown.
    pub level: Level,
    /// In a word, such as `right`.
    pub word: String,
    /// In a sentence.
    pub text: String,
    /// What is wrong or missing, one by one.
    pub details: Vec<String>,
}

impl Verdict {
    fn new(level: Level, word: &str, text: impl Into<String>) -> Self {
        Self {
            level,
            word: word.to_owned(),
            text: text.into(),
            details: Vec::new(),
        }
    }

    fn none(text: &str) -> Self {
        Self::new(Level::None, "no verdict", text)
    }

    /// Of a report.
    pub fn of(report: &Report) -> Self {
        match report.kind() {
            Kind::Run | Kind::Cosim if report.is_of_engine() => engine::of_engine(report),
            Kind::Run | Kind::Cosim => of_array(report),
            Kind::Synth => of_synthesis(report),
            Kind::Parity => of_parity(report),
            Kind::Cycles => {
                Self::none("The cycle model counts; nothing was simulated or compared.")
            }
            Kind::Explore => {
                Self::none("A sweep with the cycle model; nothing was simulated or compared.")
            }
            Kind::Power => Self::none("An estimate; it checks nothing."),
            Kind::Bench => Self::none("A measurement; it checks nothing."),
            Kind::Train => Self::none("A training; it checks nothing."),
            Kind::Other => of_others(report),
        }
    }
}

/// The sentence of a report that lacks what its verdict would rest on.
fn incomplete(field: &str) -> Verdict {
    Verdict::none(&format!(
        "The report lacks {field}, so it does not say whether all was right."
    ))
}

fn counted(count: u64, what: &str) -> String {
    format!("{} {what}", number::of(count as f64))
}

/// Whether a flag is among the words of the command.
fn asked(report: &Report, flag: &str) -> bool {
    report.command().is_some_and(|words| words.contains(&flag))
}

fn of_array(report: &Report) -> Verdict {
    let names = ["jobs", "mismatches", "cycle_model_differences"];
    let mut counts = [0; 3];
    for (name, count) in names.iter().zip(&mut counts) {
        match report.count(name) {
            Some(told) => *count = told,
            None => return incomplete(name),
        }
    }
    let [jobs, mismatches, off] = counts;
    let all = counted(jobs, "jobs");
    let skipped = report.count("skipped").filter(|count| *count > 0);
    let skipped = skipped.map(|count| counted(count, "jobs of another number format were skipped"));
    let mut verdict = if mismatches + off > 0 || report.get("first_mismatch").is_some() {
        let mut verdict = Verdict::new(
            Level::Wrong,
            "wrong",
            format!(
                "{all}: {}, {}.",
                counted(mismatches, "wrong sums"),
                counted(off, "jobs off the cycle model")
            ),
        );
        let of_trace = report.count("trace_mismatches").unwrap_or(0);
        if of_trace > 0 {
            verdict.details.push(counted(
                of_trace,
                "of the wrong sums equal the golden model: only the trace's own results differ",
            ));
        }
        verdict
    } else if jobs == 0 {
        Verdict::new(Level::Open, "nothing was run", "The report has no job.")
    } else if asked(report, "--disturb") {
        let text = format!(
            "{all}, disturbed: every bit equals the golden model; cycles were not compared."
        );
        Verdict::new(Level::Right, "right", text)
    } else {
        let text =
            format!("{all}: every bit equals the golden model, every cycle the cycle model.");
        Verdict::new(Level::Right, "right", text)
    };
    verdict.details.extend(skipped);
    verdict
}

fn of_synthesis(report: &Report) -> Verdict {
    let part = report.text("part").unwrap_or("the target");
    let clock = report.get("fmax_mhz").and_then(Value::as_f64);
    match report.get("fits").and_then(Value::as_bool) {
        Some(true) => {
            let clock = clock.map_or("it was not placed".to_owned(), |mhz| {
                format!("highest clock {mhz:.1} MHz")
            });
            Verdict::new(Level::Right, "fits", format!("It fits on {part}; {clock}."))
        }
        Some(false) => {
            let mut verdict = Verdict::new(
                Level::Wrong,
                "does not fit",
                format!("It does not fit on {part}."),
            );
            let exceeds = report.get("exceeds").and_then(Value::as_array);
            let demands = exceeds.into_iter().flatten().map(|of| {
                let count = |name: &str| of.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
                let what = of.get("resource").and_then(Value::as_str).unwrap_or("?");
                let (needs, has) = (number::of(count("needs")), number::of(count("has")));
                format!("needs {needs} {what}, the part has {has}")
            });
            verdict.details = demands.collect();
            verdict
        }
        None => incomplete("fits"),
    }
}

fn of_parity(report: &Report) -> Verdict {
    let comparisons = report.get("comparisons").and_then(Value::as_array);
    let text = |of: &Map<String, Value>, name: &str| {
        let text = of.get(name).and_then(Value::as_str);
        text.unwrap_or("?").to_owned()
    };
    let judged: Vec<(String, String, String)> = comparisons
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .filter(|of| of.contains_key("verdict"))
        .map(|of| {
            let what = format!("{} against {}", text(of, "of"), text(of, "minus"));
            (text(of, "question"), text(of, "verdict"), what)
        })
        .collect();
    let of_parity: Vec<_> = judged.iter().filter(|of| of.0 == "parity").collect();
    let level = |word: &str| match word {
        "non-inferior" => Level::Right,
        "inferior" => Level::Wrong,
        _ => Level::Open,
    };
    // the worst one speaks for all
    let rank = |of: &&&(String, String, String)| match level(&of.1) {
        Level::Wrong => 0,
        Level::Open | Level::None => 1,
        Level::Right => 2,
    };
    let Some((_, word, what)) = of_parity.iter().min_by_key(rank) else {
        return incomplete("a comparison whose question is parity");
    };
    let metric = report.text("protocol.metric").unwrap_or("the metric");
    let mut verdict = Verdict::new(level(word), word, format!("{what}: {word} in {metric}."));
    let others = judged
        .iter()
        .map(|(question, word, what)| format!("{question}, {what}: {word}"));
    verdict.details = others.collect();
    verdict
}

/// What other commands say of themselves.
fn of_others(report: &Report) -> Verdict {
    let says = |name: &str| report.get(name).and_then(Value::as_bool);
    match (says("is_valid"), says("ready")) {
        (Some(true), _) => Verdict::new(Level::Right, "valid", "The trace is valid."),
        (Some(false), _) => Verdict::new(Level::Wrong, "not valid", "The trace is not valid."),
        (None, Some(true)) => Verdict::new(Level::Right, "ready", "All that is needed is there."),
        (None, Some(false)) => Verdict::new(
            Level::Wrong,
            "not ready",
            "Something that is needed is missing.",
        ),
        (None, None) => Verdict::none("The report checks nothing."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::FAULTS;
    use serde_json::json;

    fn of(fields: Value) -> Verdict {
        let mut report =
            json!({ "schema_version": 2, "program": { "name": "heddle" }, "command": ["heddle"] });
        for (name, value) in fields.as_object().unwrap() {
            report[name] = value.clone();
        }
        Verdict::of(&Report::parse("r", &report.to_string()).unwrap())
    }

    #[test]
    fn an_array_is_right_only_if_every_count_is_there_and_zero() {
        let clean = json!({
            "source": {}, "policies": {}, "jobs": 3, "mismatches": 0, "cycle_model_differences": 0,
            "first_mismatch": null,
        });
        assert_eq!(of(clean.clone()).level, Level::Right);
        for (name, value, level) in [
            ("mismatches", json!(1), Level::Wrong),
            ("cycle_model_differences", json!(1), Level::Wrong),
            ("first_mismatch", json!({ "job": "a" }), Level::Wrong),
            ("jobs", json!(0), Level::Open),
            ("mismatches", json!(null), Level::None),
            ("cycle_model_differences", json!("0"), Level::None),
        ] {
            let mut spoiled = clean.clone();
            spoiled[name] = value;
            assert_eq!(of(spoiled).level, level, "{name}");
        }
        let mut disturbed = clean;
        disturbed["command"] = json!(["heddle", "cosim", "--disturb"]);
        assert!(of(disturbed).text.contains("cycles were not compared"));
    }

    #[test]
    fn an_engine_is_wrong_by_any_of_its_counts() {
        let mut policy = json!({
            "jobs": 4, "interrupts_expected": 2, "interrupts_seen": 2, "errors_expected": 0, "errors_seen": 0,
        });
        for name in FAULTS {
            policy[name] = json!(0);
        }
        let report = |policy: &Value| json!({ "target": "engine", "source": {}, "policies": { "packed": policy }, "first_problem": null });
        assert_eq!(of(report(&policy)).level, Level::Right);
        let mut uncompared = policy.clone();
        uncompared["cycle_model_differences"] = json!(null);
        assert!(of(report(&uncompared)).text.contains("not compared"));
        let counts = FAULTS
            .into_iter()
            .filter(|name| !["first_problem", "trace_mismatches"].contains(name));
        for name in counts.chain(["interrupts_seen", "errors_seen"]) {
            let mut spoiled = policy.clone();
            spoiled[name] = json!(7);
            let verdict = of(report(&spoiled));
            assert_eq!(verdict.level, Level::Wrong, "{name}");
            assert!(
                verdict.details[0].starts_with("packed: 7"),
                "{:?}",
                verdict.details
            );
            spoiled.as_object_mut().unwrap().remove(name);
            assert_eq!(of(report(&spoiled)).level, Level::None, "{name}");
        }
        let mut told = report(&policy);
        told["first_problem"] = json!("it hangs");
        assert!(of(told).text.contains("it hangs"));
    }

    #[test]
    fn the_worst_comparison_speaks_for_parity() {
        let comparison = |verdict: &str| json!({ "question": "parity", "of": "III", "minus": "I", "verdict": verdict });
        let parity = |all: &[&str]| {
            let all: Vec<_> = all.iter().map(|word| comparison(word)).collect();
            of(json!({ "samples": [], "comparisons": all }))
        };
        assert_eq!(parity(&["non-inferior"]).level, Level::Right);
        assert_eq!(
            parity(&["non-inferior", "inferior", "inconclusive"]).word,
            "inferior"
        );
        assert_eq!(parity(&["non-inferior", "inconclusive"]).level, Level::Open);
        assert_eq!(parity(&[]).level, Level::None);
    }

    #[test]
    fn synthesis_says_what_does_not_fit() {
        let synth = |fits: Value| {
            of(json!({
                "top": "heddle_array", "part": "ecp5-25k", "fmax_mhz": null, "fits": fits,
                "exceeds": [{ "resource": "lut4", "needs": 30000, "has": 24288 }],
            }))
        };
        assert_eq!(synth(json!(true)).word, "fits");
        assert_eq!(
            synth(json!(false)).details,
            ["needs 30,000 lut4, the part has 24,288"]
        );
        assert_eq!(synth(json!(null)).level, Level::None);
    }
}
