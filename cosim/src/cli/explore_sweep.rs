//! `heddle explore --sweep`: the lists of a sweep as a file, under the names of the flags.

use super::explore::ExploreArgs;
use crate::CosimError;
use clap::{Args, FromArgMatches};
use heddle_files::{read_text, shown_path, InputError, Limit};
use std::path::Path;

/// What a file may hold: flags without their dashes.
const KEYS: [&str; 17] = [
    "network",
    "rows",
    "cols",
    "dataflow",
    "format",
    "add_stages",
    "p",
    "sites",
    "flow",
    "phase",
    "batch",
    "bus_bits",
    "latency",
    "a_words",
    "b_slots",
    "slot_words",
    "sum_words",
];

/// The flags that a file stands for; each is checked as the flag is.
///
/// # Errors
/// [`CosimError::Input`] that names the file and what is wrong in it, [`CosimError::File`] if it cannot be read.
pub(super) fn read(path: &Path) -> Result<ExploreArgs, CosimError> {
    let text = read_text(path, Limit::CONFIGURATION)?;
    let flags = flags(&text).and_then(|flags| parse(&flags));
    flags.map_err(|problem| {
        let remedy = format!("{problem}\nit may hold {}", KEYS.join(", "));
        InputError::new("--sweep", shown_path(path), remedy).into()
    })
}

fn flags(text: &str) -> Result<Vec<String>, String> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let mut flags = Vec::new();
    for (key, value) in &table {
        if !KEYS.contains(&key.as_str()) {
            return Err(format!(
                "there is no list called '{}'",
                heddle_files::shown(key)
            ));
        }
        let values = match value {
            toml::Value::Array(values) => values.iter().map(word).collect::<Option<Vec<_>>>(),
            one => word(one).map(|word| vec![word]),
        };
        let values = values.filter(|values| !values.is_empty());
        let values = values.ok_or_else(|| format!("{key} is no list of numbers or names"))?;
        flags.push(format!("--{}={}", key.replace('_', "-"), values.join(",")));
    }
    Ok(flags)
}

fn word(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

fn parse(flags: &[String]) -> Result<ExploreArgs, String> {
    let command = ExploreArgs::augment_args(clap::Command::new("sweep").no_binary_name(true));
    // the network may be a flag of the command line
    let named = flags.iter().any(|flag| flag.starts_with("--network="));
    let network = (!named).then(|| "--network=elsewhere".to_owned());
    let words = flags.iter().cloned().chain(network);
    let told = |error: clap::Error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        line.trim_start_matches("error: ").to_owned()
    };
    let matches = command.try_get_matches_from(words).map_err(told)?;
    let mut args = ExploreArgs::from_arg_matches(&matches).map_err(told)?;
    args.network = args.network.filter(|_| named);
    Ok(args)
}

impl ExploreArgs {
    /// These flags, and from a sweep's file those that are not among them.
    pub(super) fn over(&self, file: Self) -> Self {
        fn list<T: Clone>(own: &[T], file: Vec<T>) -> Vec<T> {
            match own {
                [] => file,
                own => own.to_vec(),
            }
        }
        let mut all = self.clone();
        all.network = self.network.clone().or(file.network);
        all.rows = list(&self.rows, file.rows);
        all.cols = list(&self.cols, file.cols);
        all.dataflow = list(&self.dataflow, file.dataflow);
        all.format = list(&self.format, file.format);
        all.add_stages = list(&self.add_stages, file.add_stages);
        all.p = list(&self.p, file.p);
        all.sites = self.sites.clone().or(file.sites);
        if self.map.given().is_none() {
            all.map = file.map;
        }
        all.engine.merge(file.engine);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_flags_say() {
        let text =
            "rows = [8, 16]\ncols = [\"same\", 8]\np = 0.5\nadd_stages = [1]\nbus_bits = [64]\n";
        assert_eq!(
            flags(text).unwrap(),
            [
                "--add-stages=1",
                "--bus-bits=64",
                "--cols=same,8",
                "--p=0.5",
                "--rows=8,16"
            ]
        );
        let file = parse(&flags(text).unwrap()).unwrap();
        assert_eq!(
            (file.rows.clone(), file.p.clone()),
            (vec![8, 16], vec![0.5])
        );
        let flags = parse(&["--rows=4".into()]).unwrap();
        let both = flags.over(file);
        assert_eq!((both.rows, both.p), (vec![4], vec![0.5]), "flags win");
    }

    #[test]
    fn what_a_file_may_not_hold_is_told() {
        for (text, word) in [
            ("row = [8]", "'row'"),
            ("rows = []", "rows is no list"),
            ("rows = [[8]]", "rows is no list"),
            ("rows = [true]", "rows is no list"),
            ("rows = [300]", "1 to 256"),
            ("p = [1.5]", "less than 1"),
            ("cols = [\"equal\"]", "'equal'"),
            ("rows = 8 8", "rows"),
        ] {
            let told = flags(text).and_then(|flags| parse(&flags)).unwrap_err();
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}
