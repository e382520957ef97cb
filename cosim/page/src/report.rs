//! A report that was checked: what it is a report of, and who wrote it.

use crate::PageError;
use heddle_files::shown;
use serde_json::{Map, Value};

/// The version of the form of reports that is read.
pub const FORM: u64 = 2;

/// What a report is a report of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `heddle run`
    Run,
    /// `heddle cosim`
    Cosim,
    /// `heddle cycles`
    Cycles,
    /// `heddle explore`
    Explore,
    /// `heddle synth`
    Synth,
    /// `heddle power`
    Power,
    /// `heddle parity`
    Parity,
    /// `heddle bench train`
    Bench,
    /// `heddle train`
    Train,
    /// Another command: its fields are shown as they are.
    Other,
}

impl Kind {
    /// By the fields that only one command writes: some committed reports do not tell their command.
    fn of(fields: &Map<String, Value>) -> Self {
        let has = |names: &[&str]| names.iter().all(|name| fields.contains_key(*name));
        let known = [
            (Kind::Parity, has(&["comparisons", "samples"])),
            (Kind::Power, has(&["runs", "step"])),
            (Kind::Synth, has(&["fits", "top"])),
            (
                Kind::Bench,
                has(&["dense_tokens_per_s", "packed_tokens_per_s"]),
            ),
            (Kind::Explore, has(&["points"])),
            (Kind::Run, has(&["policies", "train"])),
            (Kind::Train, has(&["epochs", "task"])),
            (Kind::Cosim, has(&["policies", "source"])),
            (Kind::Cycles, has(&["policies", "network"])),
            (Kind::Cycles, has(&["cycles", "dense_cycles"])),
        ];
        let found = known.iter().find(|(_, holds)| *holds);
        found.map_or(Kind::Other, |(kind, _)| *kind)
    }

    /// What the page calls it.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Run => "Training, recorded and co-simulated",
            Kind::Cosim => "Co-simulation",
            Kind::Cycles => "Cycles by the cycle model",
            Kind::Explore => "Exploration",
            Kind::Synth => "Synthesis",
            Kind::Power => "Power",
            Kind::Parity => "Parity of dropout cases",
            Kind::Bench => "Speed of training",
            Kind::Train => "Training",
            Kind::Other => "Report",
        }
    }
}

/// A report in JSON, of heddle and of the form that is read.
#[derive(Clone, Debug)]
pub struct Report {
    fields: Map<String, Value>,
    kind: Kind,
}

impl Report {
    /// Reads a report; `file` is its name in messages.
    ///
    /// # Errors
    /// [`PageError`], which says what is wrong with the text and what would be right.
    pub fn parse(file: &str, text: &str) -> Result<Self, PageError> {
        let file = || file.to_owned();
        if text.trim().is_empty() {
            return Err(PageError::Empty { file: file() });
        }
        let not = |problem: &str| PageError::NotReport {
            file: file(),
            problem: problem.to_owned(),
        };
        let value = serde_json::from_str(text).map_err(|source| PageError::NotJson {
            file: file(),
            source,
        })?;
        let Value::Object(fields) = value else {
            return Err(not("it is no object"));
        };
        let name = fields.get("program").and_then(|of| of.get("name"));
        match name {
            Some(Value::String(name)) if name == "heddle" => {}
            Some(name) => {
                let problem = format!("program.name is {}", shown(&name.to_string()));
                return Err(not(&problem));
            }
            None => {}
        }
        match fields.get("schema_version") {
            Some(Value::Number(version)) if version.as_u64() == Some(FORM) => {}
            Some(version @ Value::Number(_)) if fields.contains_key("record") || name.is_none() && fields.contains_key("rules") => {
                let problem = format!(
                    "it is a part of a comparison's folder (version {version} of that); the folder's parity.json is a report"
                );
                return Err(not(&problem));
            }
            Some(Value::Number(version)) => {
                return Err(PageError::Version {
                    file: file(),
                    found: version.to_string(),
                    remedy: match version.as_u64() {
                        Some(1) => "version 2 is read; 'scripts/convert_reports.py FILE' rewrites a report of version 1 as one of version 2",
                        _ => "version 2 is read (scripts/convert_reports.py makes it of version 1); use the heddle that wrote the report",
                    },
                })
            }
            Some(_) => return Err(not("schema_version is no number")),
            None => return Err(not("it has no schema_version")),
        }
        if name.is_none() {
            return Err(not("it has no program.name"));
        }
        Ok(Self {
            kind: Kind::of(&fields),
            fields,
        })
    }

    /// What it is a report of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// All its fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Whether the engine around an array was run or counted.
    pub fn is_of_engine(&self) -> bool {
        self.fields.get("target").and_then(Value::as_str) == Some("engine")
    }

    /// The command line's words; none where the report does not tell them.
    pub fn command(&self) -> Option<Vec<&str>> {
        let words = self.fields.get("command")?.as_array()?;
        words.iter().map(Value::as_str).collect()
    }

    /// A value by its path, such as `first_mismatch.job`.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let mut at = self.fields.get(names.next()?)?;
        for name in names {
            at = at.get(name)?;
        }
        (!at.is_null()).then_some(at)
    }

    /// A text by its path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// A count by its path.
    pub fn count(&self, path: &str) -> Option<u64> {
        self.get(path)?.as_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Report::parse("a\u{1b}b.json", text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_no_report_is_told_with_the_remedy() {
        for (text, words) in [
            ("", "is empty; give what --report"),
            (" \n", "is empty"),
            ("{", "is not JSON: EOF"),
            ("[1]", "no report of heddle: it is no object"),
            ("{}", "it has no schema_version"),
            (r#"{"schema_version":"2"}"#, "schema_version is no number"),
            (r#"{"schema_version":2}"#, "it has no program.name"),
            (
                r#"{"schema_version":2,"program":{"name":"yosys"}}"#,
                r#"program.name is "yosys""#,
            ),
            (
                r#"{"schema_version":1,"config":{}}"#,
                "schema_version = 1 is not possible: version 2 is read; 'scripts/convert_reports.py FILE'",
            ),
            (
                r#"{"schema_version":3,"program":{"name":"heddle"}}"#,
                "use the heddle that wrote the report",
            ),
            (
                r#"{"schema_version":1,"program":"0.1.0","rules":[]}"#,
                "the folder's parity.json is a report",
            ),
        ] {
            let message = refused(text);
            assert!(message.contains(words), "'{words}' not in: {message}");
            assert!(message.contains("a\\u{1b}b.json"), "{message}");
        }
    }

    #[test]
    fn the_kind_is_known_by_the_fields() {
        let kind = |fields: &str| {
            let text = format!(
                r#"{{"schema_version":2,"program":{{"name":"heddle"}},"command":null{fields}}}"#
            );
            Report::parse("a.json", &text).unwrap().kind()
        };
        assert_eq!(kind(""), Kind::Other);
        assert_eq!(kind(r#","policies":{},"source":{}"#), Kind::Cosim);
        assert_eq!(kind(r#","policies":{},"train":{}"#), Kind::Run);
        assert_eq!(kind(r#","policies":{},"network":"x""#), Kind::Cycles);
        assert_eq!(kind(r#","fits":true,"top":"x""#), Kind::Synth);
    }
}
