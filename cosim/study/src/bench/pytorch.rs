//! PyTorch as a child process that trains when it is told to.

use super::BenchSettings;
use crate::StudyError;
use heddle_files::InputError;
use heddle_gemm::GemmError;
use heddle_lstm::Site;
use heddle_toolbox::Child;
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

/// The child's program; its first lines describe the protocol.
const SCRIPT: &str = include_str!("../../../../scripts/pytorch_bench.py");

/// A Python that holds the model and waits. It ends when this is dropped.
pub struct PyTorch {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    python: String,
    version: String,
}

/// What some steps took.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub struct Took {
    /// Seconds, by the child's clock.
    pub seconds: f64,
    /// Tokens trained on.
    pub tokens: usize,
}

/// What the child says first.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Greeting {
    Ready(String),
    Error(String),
}

impl PyTorch {
    /// Starts `python`, whose modules must include torch, and builds the model in it.
    ///
    /// # Errors
    /// [`StudyError::Input`] if it cannot be started or has no PyTorch.
    pub fn start(python: &str, settings: &BenchSettings) -> Result<Self, StudyError> {
        let refuse = |remedy: String| {
            StudyError::Input(InputError {
                name: "--pytorch",
                value: python.to_owned(),
                remedy,
            })
        };
        let mut command = Command::new(python);
        command
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = Child::spawn(&mut command).map_err(|error| {
            refuse(format!(
                "it cannot be started ({error}); give the path of a Python with PyTorch"
            ))
        })?;
        let process = child.process();
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(refuse("its input and output cannot be connected".into()));
        };
        let mut this = Self {
            child,
            input: Some(input),
            output: BufReader::new(output),
            python: python.to_owned(),
            version: String::new(),
        };
        let greeting = this.ask(&json!({
            "vocabulary": settings.vocabulary,
            "hidden": settings.model.hidden,
            "layers": settings.model.layers,
            "init": settings.model.init,
            "batch": settings.batch,
            "window": settings.window,
            "p": settings.p,
            "mask_output": settings.sites.contains(&Site::Out),
            "threads": settings.threads,
            "learning_rate": settings.optimiser.learning_rate,
            "clip": settings.optimiser.clip,
            "seed": settings.seed,
        }));
        match serde_json::from_str(&greeting) {
            Ok(Greeting::Ready(version)) => {
                this.version = version;
                Ok(this)
            }
            Ok(Greeting::Error(error)) => Err(refuse(format!(
                "it cannot load PyTorch ({error}); install it with `{python} -m pip install torch`"
            ))),
            Err(_) => Err(refuse(format!(
                "it does not answer as a Python with PyTorch would, but with '{}'; \
                 give the path of one",
                greeting.trim()
            ))),
        }
    }

    /// Its version of PyTorch.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Trains `steps` steps.
    ///
    /// # Errors
    /// [`StudyError::Gemm`] if the child has died.
    pub fn train(&mut self, steps: usize) -> Result<Took, StudyError> {
        let answer = self.ask(&json!(steps));
        serde_json::from_str(&answer).map_err(|_| {
            StudyError::Gemm(GemmError::Engine(
                format!(
                    "PyTorch in {} failed, see its messages above (its answer was '{}')",
                    self.python,
                    answer.trim()
                )
                .into(),
            ))
        })
    }

    /// One line there, one line back; nothing comes back from a dead child.
    fn ask(&mut self, question: &serde_json::Value) -> String {
        let mut answer = String::new();
        if let Some(input) = &mut self.input {
            // A child that ended before it read may still have said why.
            let _ = writeln!(input, "{question}").and_then(|()| input.flush());
            let _ = self.output.read_line(&mut answer);
        }
        answer
    }
}

impl Drop for PyTorch {
    /// The end of its input ends the child; one that is in the middle of something is
    /// killed.
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.end();
    }
}
