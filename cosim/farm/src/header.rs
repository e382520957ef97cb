//! What results were made with. Results go together where their headers are equal in all but the
//! command line, the shard and the machine.

use crate::{FarmError, Shard};
use heddle_toolbox::Key;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The version of the form of these files.
const FORM: u32 = 1;

/// Who computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The program.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit that it was built from, if it was built in a repository.
    pub commit: Option<String>,
    /// Whether that was changed, or is not known.
    pub dirty: bool,
    /// Then what the program itself is, by its hash.
    pub executable: Option<String>,
}

impl Program {
    /// The running program, built from `commit`, which ends in `-modified` if that was changed.
    ///
    /// # Errors
    /// [`FarmError::File`] if the program cannot be read, which is done where its commit says
    /// too little.
    pub fn running(name: &str, version: &str, commit: Option<&str>) -> Result<Self, FarmError> {
        let dirty = commit.is_none_or(|commit| commit.ends_with("-modified"));
        let hash = || -> Result<String, FarmError> {
            let path = Path::new("/proc/self/exe");
            let bytes = std::fs::read(path).map_err(heddle_files::FileError::reading(path))?;
            Ok(Key::new("program").bytes(&bytes).finish())
        };
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            commit: commit.map(|commit| commit.trim_end_matches("-modified").to_owned()),
            dirty,
            executable: dirty.then(hash).transpose()?,
        })
    }
}

/// What is computed, by which kind of command.
#[derive(Clone, Debug, PartialEq)]
pub struct What {
    /// The kind of work, such as `cosim-random`.
    pub kind: &'static str,
    /// All that decides the results, but the seed.
    pub configuration: Value,
    /// The seed of the run.
    pub seed: u64,
    /// How many pieces there are in all shards together.
    pub pieces: u64,
    /// Tools that take part, with their versions.
    pub tools: BTreeMap<String, String>,
}

/// The first line of a file of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the form of the file.
    pub heddle_pieces: u32,
    /// The kind of work.
    pub kind: String,
    /// Who computed.
    pub program: Program,
    /// With which tools.
    pub tools: BTreeMap<String, String>,
    /// All that decides the results, by its hash.
    pub configuration: String,
    /// The same, to be read.
    pub what: Value,
    /// The seed of the run.
    pub seed: u64,
    /// How many pieces there are in all shards together.
    pub pieces: u64,
    /// The command line, word by word.
    pub command: Vec<String>,
    /// Which of the pieces are in this file.
    pub shard: Option<String>,
    /// The machine.
    pub host: Option<String>,
}

impl Header {
    /// The header of results of `what`.
    pub fn new(program: Program, what: What, command: Vec<String>, shard: Option<Shard>) -> Self {
        let text = what.configuration.to_string();
        Self {
            heddle_pieces: FORM,
            kind: what.kind.to_owned(),
            program,
            tools: what.tools,
            configuration: Key::new(what.kind).text(&text).finish(),
            what: what.configuration,
            seed: what.seed,
            pieces: what.pieces,
            command,
            shard: shard.map(|shard| shard.to_string()),
            host: Some(host()),
        }
    }

    /// In what this differs from `other` that must not differ: the field, its value here, its
    /// value there.
    pub fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        let text = |value: &Program| serde_json::to_string(value).unwrap_or_default();
        let tools = |of: &Self| serde_json::to_string(&of.tools).unwrap_or_default();
        let fields = [
            (
                "form",
                self.heddle_pieces.to_string(),
                other.heddle_pieces.to_string(),
            ),
            ("kind", self.kind.clone(), other.kind.clone()),
            ("program", text(&self.program), text(&other.program)),
            ("tools", tools(self), tools(other)),
            (
                "configuration",
                format!("{} ({})", self.configuration, self.what),
                format!("{} ({})", other.configuration, other.what),
            ),
            ("seed", self.seed.to_string(), other.seed.to_string()),
            ("pieces", self.pieces.to_string(), other.pieces.to_string()),
        ];
        fields.into_iter().find(|(_, one, other)| one != other)
    }

    /// Refuses results in the file at `path` that do not go with this header.
    ///
    /// # Errors
    /// [`FarmError::Mixed`].
    pub fn check(&self, path: &Path, there: &Self) -> Result<(), FarmError> {
        match self.difference(there) {
            None => Ok(()),
            Some((field, here, there)) => Err(FarmError::Mixed {
                path: path.to_owned(),
                field,
                there,
                here,
            }),
        }
    }

    /// The command that runs the piece `name` alone.
    pub fn reproduces(&self, name: &str) -> Vec<String> {
        let mut words = self.command.iter();
        let mut alone = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--pieces" | "--shard" => drop(words.next()),
                "--prepare" => {}
                other if other.starts_with("--pieces=") || other.starts_with("--shard=") => {}
                _ => alone.push(word.clone()),
            }
        }
        alone.extend(["--piece".to_owned(), name.to_owned()]);
        alone
    }
}

/// The name of this machine.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = name.trim().chars().filter(|c| plain(*c)).collect();
    match name.is_empty() {
        true => "unknown".into(),
        false => name,
    }
}
