//! Tasks as Slurm job arrays.

use crate::run_folder::Array;
use crate::{FarmError, RunFolder};
use heddle_files::{FileError, InputError};
use heddle_toolbox::{on_path, query, Cancel};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Slurm's own limit on numbers of elements where it does not say otherwise.
const USUAL_ARRAY: u64 = 1001;

/// The Slurm of this machine.
#[derive(Clone, Debug)]
pub struct Slurm {
    cancel: Cancel,
}

impl Slurm {
    /// Slurm, if its commands are here.
    ///
    /// # Errors
    /// [`FarmError::Input`] if they are not.
    pub fn find(cancel: &Cancel) -> Result<Self, FarmError> {
        if on_path(Path::new("sbatch")).is_none() {
            let remedy =
                "Slurm's commands are not on this machine: submit where they are, or give --local";
            return Err(InputError::new("sbatch", "not found", remedy).into());
        }
        Ok(Self {
            cancel: cancel.clone(),
        })
    }

    /// What a command of Slurm's prints.
    fn ask(&self, words: &[String]) -> Result<String, FarmError> {
        let slurm = |said: String| FarmError::Slurm {
            command: words.first().cloned().unwrap_or_default(),
            said,
        };
        let (program, arguments) = words.split_first().ok_or_else(|| slurm(String::new()))?;
        let mut command = Command::new(program);
        command.args(arguments);
        let output = query(&mut command, Some(&self.cancel)).map_err(|error| {
            match error.kind() == std::io::ErrorKind::Interrupted {
                true => FarmError::Cancelled,
                false => slurm(error.to_string()),
            }
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(slurm(said.trim().to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The largest number of an element, and one.
    fn max_array(&self) -> u64 {
        let words = ["scontrol", "show", "config"].map(str::to_owned);
        let text = self.ask(&words).unwrap_or_default();
        max_array(&text)
    }

    /// Submits tasks, as one array or as several where Slurm's are too small.
    ///
    /// # Errors
    /// [`FarmError::Slurm`] with what sbatch says; [`FarmError::File`].
    pub fn submit(&self, run: &RunFolder, tasks: &[u64]) -> Result<Vec<Array>, FarmError> {
        let script = run.path("slurm.sh");
        let text = script_of(run);
        fs::write(&script, text).map_err(FileError::writing(&script))?;
        let mut arrays = Vec::new();
        for (offset, tasks) in chunks(tasks, self.max_array()) {
            for task in &tasks {
                // What was known of an earlier end is no longer true.
                let _ = fs::remove_file(run.record(*task));
            }
            let numbers: Vec<u64> = tasks.iter().map(|task| task - offset).collect();
            let words = sbatch(run, &numbers, offset, &script);
            let said = self.ask(&words)?;
            // With several clusters the name of one follows.
            let job = said.trim().split(';').next().unwrap_or_default();
            if job.is_empty() || !job.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(FarmError::Slurm {
                    command: "sbatch --parsable".into(),
                    said,
                });
            }
            arrays.push(Array {
                job: job.to_owned(),
                offset,
                tasks,
            });
        }
        Ok(arrays)
    }

    /// The state of each task that Slurm knows, as Slurm calls it. A task is in several arrays
    /// after it was submitted again; the last one counts.
    ///
    /// # Errors
    /// [`FarmError::Cancelled`].
    pub fn states(&self, arrays: &[Array]) -> Result<BTreeMap<u64, String>, FarmError> {
        if arrays.is_empty() {
            return Ok(BTreeMap::new());
        }
        let jobs: Vec<&str> = arrays.iter().map(|array| array.job.as_str()).collect();
        let jobs = jobs.join(",");
        // Without accounting sacct fails, and only what waits or runs is known.
        let sacct = [
            "sacct",
            "-X",
            "-n",
            "-P",
            "--format=JobID,State",
            "-j",
            &jobs,
        ];
        let squeue = ["squeue", "-h", "-r", "-o", "%i|%T", "-j", &jobs];
        let mut states = BTreeMap::new();
        for words in [&sacct[..], &squeue[..]] {
            let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
            let text = match self.ask(&words) {
                Err(FarmError::Cancelled) => return Err(FarmError::Cancelled),
                // Slurm forgets jobs some time after their end.
                Err(_) => continue,
                Ok(text) => text,
            };
            for array in arrays {
                states.extend(states_of(&text, array));
            }
        }
        Ok(states)
    }

    /// Ends all that waits or runs of these arrays.
    ///
    /// # Errors
    /// [`FarmError::Slurm`].
    pub fn cancel(&self, arrays: &[Array]) -> Result<(), FarmError> {
        if arrays.is_empty() {
            return Ok(());
        }
        let mut words = vec!["scancel".to_owned()];
        words.extend(arrays.iter().map(|array| array.job.clone()));
        self.ask(&words).map(drop)
    }
}

/// Whether a task in this state may still give something.
pub(crate) fn goes_on(state: &str) -> bool {
    // "CANCELLED by 0" is one word and more.
    let word = state.split_whitespace().next().unwrap_or_default();
    [
        "PENDING",
        "RUNNING",
        "SUSPENDED",
        "CONFIGURING",
        "COMPLETING",
        "REQUEUED",
        "RESIZING",
        "STOPPED",
        "SIGNALING",
        "STAGE_OUT",
        "REQUEUE_FED",
        "REQUEUE_HOLD",
        "SPECIAL_EXIT",
        "RESV_DEL_HOLD",
    ]
    .contains(&word)
}

/// `MaxArraySize` of the configuration that scontrol shows.
fn max_array(text: &str) -> u64 {
    let line = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "MaxArraySize").then(|| value.trim().parse::<u64>().ok())?
    });
    line.filter(|&size| size > 1).unwrap_or(USUAL_ARRAY)
}

/// Tasks in arrays whose numbers, less an offset, stay below `size`.
fn chunks(tasks: &[u64], size: u64) -> Vec<(u64, Vec<u64>)> {
    let most = size - 1;
    let mut all: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for &task in tasks {
        let offset = (task - 1) / most * most;
        all.entry(offset).or_default().push(task);
    }
    all.into_iter().collect()
}

/// Numbers as sbatch takes them: `1-5,7`.
fn ranges(numbers: &[u64]) -> String {
    let mut text = Vec::new();
    for run in numbers.chunk_by(|one, next| one + 1 == *next) {
        match run {
            [] => {}
            [one] => text.push(one.to_string()),
            [first, .., last] => text.push(format!("{first}-{last}")),
        }
    }
    text.join(",")
}

/// A word of a shell's.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn script_of(run: &RunFolder) -> String {
    let word = |path: &Path| quoted(&path.display().to_string());
    format!(
        "#!/bin/sh\n\
         # A task of 'heddle farm': the number of its array's element, and what is added to it.\n\
         exec {} farm task {} --task \"$((SLURM_ARRAY_TASK_ID + $1))\"\n",
        word(&run.program),
        word(&run.plan.folder)
    )
}

fn sbatch(run: &RunFolder, numbers: &[u64], offset: u64, script: &Path) -> Vec<String> {
    let plan = &run.plan;
    let at_once = plan.slurm.at_once.map(|count| format!("%{count}"));
    let mut words = vec![
        "sbatch".to_owned(),
        "--parsable".into(),
        format!("--job-name={}", plan.name),
        format!("--array={}{}", ranges(numbers), at_once.unwrap_or_default()),
        // A percent sign in a path would stand for something else.
        format!(
            "--output={}/logs/slurm-%A_%a.log",
            plan.folder.display().to_string().replace('%', "%%")
        ),
        format!("--chdir={}", plan.cd.display()),
        // The next one may take what this one was killed on: the farm submits again.
        "--no-requeue".into(),
    ];
    let given = |name: &str| plan.slurm.options.iter().any(|it| it.starts_with(name));
    if let Some(seconds) = plan
        .limits
        .task_seconds
        .filter(|_| !given("--time") && !given("-t"))
    {
        // A minute more, in which the task writes down that its time was over.
        words.push(format!("--time={}", seconds.div_ceil(60) + 1));
    }
    words.extend(plan.slurm.options.iter().cloned());
    words.extend([script.display().to_string(), offset.to_string()]);
    words
}

/// The states of an array's tasks in lines such as `12_3|RUNNING` and `12_[4-6,9%2]|PENDING`.
fn states_of(text: &str, array: &Array) -> BTreeMap<u64, String> {
    let mut states = BTreeMap::new();
    for line in text.lines() {
        let Some((id, state)) = line.trim().split_once('|') else {
            continue;
        };
        let Some((job, numbers)) = id.split_once('_') else {
            continue;
        };
        if job != array.job {
            continue;
        }
        let numbers = numbers.trim_matches(['[', ']']);
        let numbers = numbers.split('%').next().unwrap_or_default();
        for range in numbers.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse::<u64>()) else {
                continue;
            };
            let most = first.saturating_add(1_000_000);
            for number in first..=last.min(most) {
                states.insert(number + array.offset, state.to_owned());
            }
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_stay_within_what_slurm_takes() {
        assert_eq!(max_array("A = 1\nMaxArraySize            = 11\n"), 11);
        assert_eq!(max_array(""), 1001);
        let tasks: Vec<u64> = (1..=25).collect();
        let all = chunks(&tasks, 11);
        assert_eq!(all.len(), 3);
        for (offset, tasks) in &all {
            assert!(tasks.iter().all(|task| (1..11).contains(&(task - offset))));
        }
        assert_eq!(chunks(&[12], 11), [(10, vec![12])]);
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), "1-3,5,7-8");
    }

    #[test]
    fn states_are_read_as_slurm_writes_them() {
        let array = Array {
            job: "12".into(),
            offset: 100,
            tasks: Vec::new(),
        };
        let text =
            "12_3|COMPLETED\n12_[4-6,9%2]|PENDING\n13_1|RUNNING\n12_7|CANCELLED by 0\n12|X\n";
        let states = states_of(text, &array);
        let numbers: Vec<u64> = states.keys().copied().collect();
        assert_eq!(numbers, [103, 104, 105, 106, 107, 109]);
        assert!(!goes_on(&states[&103]) && goes_on(&states[&109]) && !goes_on(&states[&107]));
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
