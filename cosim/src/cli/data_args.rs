//! The flags that say what is trained on: files for each part of the data.

use crate::CosimError;
use heddle_files::{InputError, Limit};
use heddle_lstm::{Parallel, TaskKind};
use heddle_toolbox::sha256;
use serde_json::{json, Value};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The files of the three parts: of each part one, or one for each language.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct DataArgs {
    /// Training data [default: embedded]. lm: one sentence a line, words separated by
    /// blanks (as the Penn Treebank's). nmt: SOURCE,TARGET, two such files line by line, or
    /// one file of sentence TAB translation. ner: CoNLL columns, the word first, its IOB1 or
    /// IOB2 tag last
    #[arg(long, value_name = "FILE")]
    train_text: Option<Vec<PathBuf>>,
    /// Validation data
    #[arg(long, value_name = "FILE")]
    valid_text: Option<Vec<PathBuf>>,
    /// Test data
    #[arg(long, value_name = "FILE")]
    test_text: Option<Vec<PathBuf>>,
    /// The sentences of the training data, where their translations are in --train-target (nmt)
    #[arg(long, value_name = "FILE", conflicts_with = "train_text")]
    train_source: Option<PathBuf>,
    /// Their translations, line by line (nmt)
    #[arg(long, value_name = "FILE", requires = "train_source")]
    train_target: Option<PathBuf>,
    /// The same of the validation data (nmt)
    #[arg(long, value_name = "FILE", conflicts_with = "valid_text")]
    valid_source: Option<PathBuf>,
    /// Their translations (nmt)
    #[arg(long, value_name = "FILE", requires = "valid_source")]
    valid_target: Option<PathBuf>,
    /// The same of the test data (nmt)
    #[arg(long, value_name = "FILE", conflicts_with = "test_text")]
    test_source: Option<PathBuf>,
    /// Their translations (nmt)
    #[arg(long, value_name = "FILE", requires = "test_source")]
    test_target: Option<PathBuf>,
}

/// A file, and the flag that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The flag.
    pub flag: &'static str,
    /// The file.
    pub path: PathBuf,
}

/// The files of one part: one, or a file of each language.
pub type PartFiles = Vec<Named>;

impl DataArgs {
    /// The flags of each part: the one for all, and the two for languages.
    #[allow(clippy::type_complexity)]
    fn parts(&self) -> [(&'static str, &Option<Vec<PathBuf>>, [Option<Named>; 2]); 3] {
        let named = |flag, path: &Option<PathBuf>| {
            let path = path.clone();
            path.map(|path| Named { flag, path })
        };
        [
            (
                "--train-text",
                &self.train_text,
                [
                    named("--train-source", &self.train_source),
                    named("--train-target", &self.train_target),
                ],
            ),
            (
                "--valid-text",
                &self.valid_text,
                [
                    named("--valid-source", &self.valid_source),
                    named("--valid-target", &self.valid_target),
                ],
            ),
            (
                "--test-text",
                &self.test_text,
                [
                    named("--test-source", &self.test_source),
                    named("--test-target", &self.test_target),
                ],
            ),
        ]
    }

    /// The files of training, validation and test data for `task`, all of which exist; `None`
    /// where none is given.
    ///
    /// # Errors
    /// [`CosimError::Input`] that names the flag: a part is missing, has more files than the
    /// task reads, or a file that is not there.
    pub fn files(&self, task: TaskKind) -> Result<Option<[PartFiles; 3]>, CosimError> {
        let parts = self.parts().map(|(flag, text, languages)| {
            let [source, target] = languages;
            match (text, source, target) {
                (Some(given), ..) => split(task, flag, given).map(Some),
                (None, Some(source), Some(target)) => Ok(Some(vec![source, target])),
                (None, Some(source), None) => Err(bad(
                    &source,
                    "its translations are required as well: give the --*-target to it",
                )),
                (None, None, _) => Ok(None),
            }
        });
        let [train, valid, test] = parts;
        let parts = [train?, valid?, test?];
        let given = parts.iter().flatten().flatten().next().cloned();
        let Some(given) = given else { return Ok(None) };
        let names = ["--train-text", "--valid-text", "--test-text"];
        if let Some((_, name)) = parts.iter().zip(names).find(|(part, _)| part.is_none()) {
            let remedy =
                format!("{name} is required as well: give training, validation and test data");
            return Err(bad(&given, &remedy));
        }
        let parts = parts.map(Option::unwrap_or_default);
        for part in &parts {
            if let ([_, _], false) = (&part[..], task == TaskKind::Nmt) {
                return Err(bad(&part[0], "give one file: two are for --task nmt"));
            }
            part.iter().try_for_each(exists)?;
        }
        Ok(Some(parts))
    }

    /// Every file that is given.
    pub fn all(&self) -> Vec<Named> {
        let parts = self.parts().into_iter();
        let files = parts.flat_map(|(flag, text, languages)| {
            let text = text.as_deref().unwrap_or_default();
            let of_text = split(TaskKind::Nmt, flag, text).unwrap_or_default();
            of_text.into_iter().chain(languages.into_iter().flatten())
        });
        files.collect()
    }
}

impl DataArgs {
    /// Flag and SHA-256 of every file, and of `more`; null for what is no regular file, which
    /// cannot be read twice. None without files.
    ///
    /// # Errors
    /// [`CosimError::File`] if one cannot be read.
    pub fn hashes(&self, more: Option<(&str, PathBuf)>) -> Result<Option<Value>, CosimError> {
        let files = self.all().into_iter().map(|file| (file.flag, file.path));
        let mut hashes = Vec::new();
        for (flag, path) in files.chain(more) {
            let regular = std::fs::metadata(&path).is_ok_and(|about| about.is_file());
            let sha256 = match regular {
                true => Some(sha256(&heddle_files::read(&path, Limit::TEXT)?)),
                false => None,
            };
            hashes.push(json!({ "flag": flag, "sha256": sha256 }));
        }
        Ok((!hashes.is_empty()).then(|| hashes.into()))
    }
}

/// The files of a flag. A comma stands between two for nmt, unless there is a file of the
/// whole name.
fn split(task: TaskKind, flag: &'static str, given: &[PathBuf]) -> Result<PartFiles, CosimError> {
    let named = |path: &Path| Named {
        flag,
        path: path.to_owned(),
    };
    let files: PartFiles = match given {
        [one] if !one.exists() => {
            let names = one.as_os_str().as_bytes().split(|&byte| byte == b',');
            let names = names.map(|name| Path::new(std::ffi::OsStr::from_bytes(name)));
            names.map(named).collect()
        }
        given => given.iter().map(|path| named(path)).collect(),
    };
    let most = if task == TaskKind::Nmt { 2 } else { 1 };
    if files.len() <= most {
        return Ok(files);
    }
    let whole = Named {
        flag,
        path: given.iter().fold(PathBuf::new(), |all, path| {
            match all.as_os_str().is_empty() {
                true => path.clone(),
                false => {
                    let mut all = all.into_os_string();
                    all.push(",");
                    all.push(path);
                    all.into()
                }
            }
        }),
    };
    Err(bad(
        &whole,
        match task {
            TaskKind::Nmt => {
                "give SOURCE,TARGET or one file with TABs; for names with commas there are \
                 --train-source and --train-target, and so on"
            }
            TaskKind::Lm | TaskKind::Ner => "give one file: two are for --task nmt",
        },
    ))
}

/// Refuses what is not there, or is a folder.
fn exists(file: &Named) -> Result<(), CosimError> {
    match std::fs::metadata(&file.path) {
        Ok(about) if about.is_dir() => Err(bad(file, "it is a folder: give a file")),
        Ok(_) => Ok(()),
        Err(error) => Err(bad(
            file,
            &format!("it cannot be read ({error}): give the path of a text file"),
        )),
    }
}

fn bad(file: &Named, remedy: &str) -> CosimError {
    InputError::new(file.flag, file.path.display(), remedy).into()
}

/// One TSV file or a file of each language.
pub fn parallel(files: &PartFiles) -> Parallel<'_> {
    match &files[..] {
        [source, target] => Parallel::Files {
            source: &source.path,
            target: &target.path,
        },
        files => Parallel::Tsv(&files[0].path),
    }
}
