//! Plans: which work, in how many tasks, where.

use crate::FarmError;
use heddle_files::{read_text, Limit};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A plan that runs as it is.
pub const EXAMPLE: &str = include_str!("example.toml");

/// A plan, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name: that of the job array and of the merged results.
    pub name: String,
    /// Where everything of the run is, on a file system that all machines share; from the plan's
    /// folder.
    pub folder: PathBuf,
    /// How many tasks there are: shards of the pieces.
    pub tasks: u64,
    /// A command of heddle whose pieces are the work, such as `cosim --random`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heddle: Vec<String>,
    /// Instead: a command that prints the names of pieces, one a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<String>,
    /// And one that runs a piece: `{piece}` and `{seed}` stand for its name and seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<String>,
    /// And one that is run before all of them, where they are submitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub build: Vec<String>,
    /// And the seed of the pieces' seeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Where commands run; from the plan's folder.
    #[serde(default = "here")]
    pub cd: PathBuf,
    /// Where built models are kept [default: `models` in the run's folder]; from the plan's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
    /// How long things may take.
    #[serde(default)]
    pub limits: Limits,
    /// What Slurm is told.
    #[serde(default)]
    pub slurm: SlurmOptions,
}

/// How long things may take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A piece, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece_seconds: Option<u64>,
    /// A task, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_seconds: Option<u64>,
}

impl Limits {
    /// Of a piece.
    pub fn piece(&self) -> Option<Duration> {
        self.piece_seconds.map(Duration::from_secs)
    }

    /// Of a task.
    pub fn task(&self) -> Option<Duration> {
        self.task_seconds.map(Duration::from_secs)
    }
}

/// What Slurm is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlurmOptions {
    /// Options of sbatch, each a word, such as `--partition=short`.
    #[serde(default)]
    pub options: Vec<String>,
    /// So many tasks run at the same time at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u64>,
}

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work<'a> {
    /// Pieces of a command of heddle.
    Heddle(&'a [String]),
    /// A command for each piece.
    Commands {
        /// What prints the names of the pieces.
        list: &'a [String],
        /// What runs one.
        run: &'a [String],
    },
}

/// Most tasks.
const MOST_TASKS: u64 = 100_000;

fn here() -> PathBuf {
    ".".into()
}

impl Plan {
    /// Reads and checks a plan. Its paths become absolute.
    ///
    /// # Errors
    /// [`FarmError::File`], [`FarmError::Plan`].
    pub fn read(path: &Path) -> Result<Self, FarmError> {
        let text = read_text(path, Limit::CONFIGURATION)?;
        let problem = |problem: String| FarmError::Plan {
            path: path.to_owned(),
            problem,
        };
        let mut plan: Self = toml::from_str(&text).map_err(|error| problem(error.to_string()))?;
        let folder = std::path::absolute(path).map_err(heddle_files::FileError::reading(path))?;
        let folder = folder.parent().unwrap_or(Path::new("/"));
        // "x/." and "x" are the same place, and the former reads badly in messages.
        let place = |given: &Path| folder.join(given).components().collect::<PathBuf>();
        plan.folder = place(&plan.folder);
        plan.cd = place(&plan.cd);
        plan.cache = plan.cache.as_deref().map(place);
        plan.check().map_err(problem)?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty()
            || !self.name.chars().all(plain)
            || self.name.starts_with(['-', '.'])
        {
            return Err(format!(
                "name = '{}': give letters, digits and '-_.', with a letter first",
                self.name
            ));
        }
        if !(1..=MOST_TASKS).contains(&self.tasks) {
            let tasks = self.tasks;
            return Err(format!("tasks = {tasks}: give 1 to {MOST_TASKS}"));
        }
        let zero = [self.limits.piece_seconds, self.limits.task_seconds];
        if zero.contains(&Some(0)) || self.slurm.at_once == Some(0) {
            return Err("a limit of 0 lets nothing run: give 1 or more, or leave it out".into());
        }
        if let Some(odd) = self.slurm.options.iter().find(|it| !it.starts_with('-')) {
            return Err(format!(
                "slurm.options: '{odd}' is no option: give each as one word, such as '--partition=short'"
            ));
        }
        let commands = !self.list.is_empty() && !self.run.is_empty();
        let some = !self.list.is_empty() || !self.run.is_empty();
        match (self.heddle.first(), some) {
            (Some(_), true) => {
                Err("heddle and list, run: give one or the other, they are different work".into())
            }
            (None, _) if !commands => {
                Err("there is no work: give heddle, or list and run ('heddle farm example')".into())
            }
            (Some(_), _) if self.seed.is_some() => {
                Err("seed goes with list and run: give --seed among the words of heddle".into())
            }
            (Some(_), _) => self.check_heddle(),
            (None, _) if !self.run.iter().any(|word| word.contains("{piece}")) => {
                Err("run has no {piece}, so that all pieces would be the same".into())
            }
            (None, _) => Ok(()),
        }
    }

    fn check_heddle(&self) -> Result<(), String> {
        let first = &self.heddle[0];
        if !["cosim", "explore"].contains(&first.as_str()) {
            return Err(format!(
                "heddle = ['{first}', ...]: cosim --random and explore have pieces; give others as list \
                 and run"
            ));
        }
        let own = [
            "--pieces",
            "--shard",
            "--piece",
            "--prepare",
            "--json",
            "--report",
        ];
        let taken = self.heddle.iter().find(|word| {
            let name = word.split('=').next().unwrap_or_default();
            own.contains(&name)
        });
        match taken {
            Some(word) => Err(format!("heddle: {word} is given to each task by the farm")),
            None => Ok(()),
        }
    }

    /// What is run.
    pub fn work(&self) -> Work<'_> {
        match self.heddle.is_empty() {
            false => Work::Heddle(&self.heddle),
            true => Work::Commands {
                list: &self.list,
                run: &self.run,
            },
        }
    }

    /// Where built models are kept.
    pub fn models(&self) -> PathBuf {
        self.cache
            .clone()
            .unwrap_or_else(|| self.folder.join("models"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Plan, FarmError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.toml");
        std::fs::write(&path, text).unwrap();
        Plan::read(&path)
    }

    #[test]
    fn the_example_is_a_plan() {
        let plan = plan(EXAMPLE).unwrap();
        assert!(plan.folder.is_absolute() && plan.cd.is_absolute());
        assert!(matches!(plan.work(), Work::Heddle(words) if words[0] == "cosim"));
    }

    #[test]
    fn what_is_no_plan_is_bad_input_that_says_why() {
        let head = "name = 'a'\nfolder = 'f'\ntasks = 2\n";
        let good = format!("{head}list = ['ls']\nrun = ['cat', '{{piece}}']\n");
        assert!(plan(&good).is_ok());
        for (text, word) in [
            (head.to_owned(), "no work"),
            (good.replace("tasks = 2", "tasks = 0"), "tasks"),
            (good.replace("'a'", "'a/b'"), "name"),
            (good.replace("'{piece}'", "'x'"), "{piece}"),
            (format!("{good}heddle = ['cosim']\n"), "one or the other"),
            (format!("{good}size = 3\n"), "size"),
            (format!("{head}heddle = ['train']\n"), "train"),
            (
                format!("{head}heddle = ['cosim', '--shard=1/2']\n"),
                "--shard",
            ),
            (format!("{good}[limits]\npiece_seconds = 0\n"), "limit"),
            (format!("{good}[slurm]\noptions = ['short']\n"), "short"),
        ] {
            let error = plan(&text).unwrap_err();
            assert!(error.is_bad_input());
            assert!(error.to_string().contains(word), "{word}: {error}");
        }
    }
}
