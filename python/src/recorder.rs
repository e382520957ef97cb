//! Traces of what a training run multiplies.

use crate::error::{bad_input, raised, Raised};
use crate::operand::{mask, matrix, Operand};
use crate::product::accumulator;
use heddle_files::Destination;
use heddle_format::Format;
use heddle_gemm::{CpuEngine, Engine, Job, Label, MatMut, Phase, Policy, Scratch};
use heddle_lstm::Site;
use heddle_toolbox::memory;
use heddle_trace::{Expecting, RecordOptions, Recorder as Recording, Selection};
use numpy::{PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// So much more memory is asked for at a time.
const CHUNK: u128 = 256 << 20;

/// Records products and writes them as a trace, with the golden model's results.
///
/// `steps`, `times`, `layers`, `sites`, `phases` say which; `None` takes all. Where the trace goes
/// is looked at at once, and written by `finish` alone.
#[pyclass(frozen, module = "heddle._native")]
pub struct Recorder {
    to: Destination,
    selection: Selection,
    state: Mutex<Option<State>>,
}

struct State {
    recording: Recording<CpuEngine, Expecting>,
    scratch: Scratch,
    /// Bytes at which memory is asked for again.
    ask_at: u128,
}

#[pymethods]
impl Recorder {
    #[new]
    #[pyo3(signature = (path, format, acc_bits=None, overflow=None, steps=None, times=None, layers=None, sites=None, phases=None, max_jobs=None))]
    #[allow(clippy::too_many_arguments)] // Python's signature
    fn new(
        path: PathBuf,
        format: &str,
        acc_bits: Option<usize>,
        overflow: Option<&str>,
        steps: Option<Vec<u64>>,
        times: Option<Vec<usize>>,
        layers: Option<Vec<usize>>,
        sites: Option<Vec<String>>,
        phases: Option<Vec<String>>,
        max_jobs: Option<usize>,
    ) -> PyResult<Self> {
        let format: Format = format.parse().map_err(bad_input)?;
        for name in sites.iter().flatten() {
            site(name)?;
        }
        let phases = phases.map(|names| {
            let phases = names
                .iter()
                .map(|name| name.parse::<Phase>().map_err(bad_input));
            phases.collect::<PyResult<Vec<_>>>()
        });
        let selection = Selection {
            steps,
            times,
            layers,
            sites,
            phases: phases.transpose()?,
            max_jobs,
        };
        let options = RecordOptions {
            format,
            accumulator: accumulator(format, acc_bits, overflow)?,
            selection: selection.clone(),
        };
        let sink = Expecting::new(options.accumulator);
        Ok(Self {
            to: Destination::open(&path).map_err(raised)?,
            selection,
            state: Mutex::new(Some(State {
                recording: Recording::new(CpuEngine::new(), options, sink),
                scratch: Scratch::default(),
                ask_at: CHUNK,
            })),
        })
    }

    /// Whether a product of that label is to be recorded.
    fn wants(
        &self,
        phase: &str,
        layer: usize,
        time: usize,
        step: u64,
        site: &str,
    ) -> PyResult<bool> {
        let label = label(phase, layer, time, step, site)?;
        let full = |state: &State| state.recording.is_full();
        Ok(self.selection.matches(&label) && self.state().as_ref().is_some_and(|of| !full(of)))
    }

    /// Computes `c += a b` in f32 and records it, if it is wanted. A is M x K, B K x N, C M x N, all
    /// `float32`; `c` holds C0 and is rows without gaps that nobody else holds. Products that add
    /// into the same sums share it.
    #[pyo3(signature = (phase, layer, time, step, site, a, b, c, keep_m=None, keep_k=None, keep_n=None))]
    #[allow(clippy::too_many_arguments)] // Python's signature
    fn record(
        &self,
        py: Python<'_>,
        phase: &str,
        layer: usize,
        time: usize,
        step: u64,
        site: &str,
        a: &Bound<'_, PyAny>,
        b: &Bound<'_, PyAny>,
        c: &Bound<'_, PyArray2<f32>>,
        keep_m: Option<&Bound<'_, PyAny>>,
        keep_k: Option<&Bound<'_, PyAny>>,
        keep_n: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let label = label(phase, layer, time, step, site)?;
        let (a, b) = (
            matrix::<f32>(a, "a", "float32")?,
            matrix::<f32>(b, "b", "float32")?,
        );
        let (a, b) = (Operand::of(&a), Operand::of(&b));
        let masks = [
            mask(keep_m, "keep_m")?,
            mask(keep_k, "keep_k")?,
            mask(keep_n, "keep_n")?,
        ];
        let mut c = c.try_readwrite().map_err(bad_input)?;
        let (m, n) = c.as_array().dim();
        let c = c.as_slice_mut().map_err(bad_input)?;
        let (a, b) = (a.view(|all| all), b.view(|all| all));
        py.detach(|| {
            let mut state = self.state();
            let Some(state) = state.as_mut() else {
                return Err(bad_input(
                    "the trace is written already: no product can follow",
                ));
            };
            let job = Job {
                label: Some(&label),
                keep_m: masks[0].as_ref(),
                keep_k: masks[1].as_ref(),
                keep_n: masks[2].as_ref(),
                ..Job::new(a, b, 0)
            };
            let outputs = &mut [MatMut::row_major(c, m, n)];
            state
                .recording
                .run(Policy::Packed, &[job], outputs, &mut state.scratch)
                .map_err(raised)?;
            if state.recording.bytes() > state.ask_at {
                state.ask_at += CHUNK;
                let remedy = "record fewer steps, times or layers, or give max_jobs";
                memory::check("recording more products", CHUNK, remedy).map_err(Raised::raised)?;
            }
            Ok(())
        })
    }

    /// Writes the trace, whole or not at all, and returns how many jobs it holds; none are no trace
    /// and not written.
    fn finish(&self, py: Python<'_>) -> PyResult<usize> {
        py.detach(|| {
            let Some(state) = self.state().take() else {
                return Err(bad_input("the trace is written already"));
            };
            let jobs = state.recording.into_sink().into_jobs();
            if !jobs.is_empty() {
                heddle_trace::write(&self.to, &jobs).map_err(raised)?;
            }
            Ok(jobs.len())
        })
    }
}

impl Recorder {
    fn state(&self) -> std::sync::MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn site(name: &str) -> PyResult<Site> {
    name.parse().map_err(bad_input)
}

fn label(phase: &str, layer: usize, time: usize, step: u64, of: &str) -> PyResult<Label> {
    Ok(Label {
        phase: phase.parse().map_err(bad_input)?,
        layer,
        time,
        step,
        site: site(of)?.name(),
    })
}
