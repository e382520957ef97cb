//! A running model: evaluation, waveforms, coverage.

use crate::fst;
use crate::header::PortInfo;
use crate::library::Loaded;
use crate::ports::Slot;
use crate::VerilatorError;
use std::ffi::{c_int, c_void, CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::{null, NonNull};
use std::slice;
use std::sync::Arc;

/// A running model.
///
/// A model may move to another thread, but is never used by two at once. It ends,
/// with its `final` blocks and an open waveform file, when it is dropped.
pub struct Model {
    handle: NonNull<c_void>,
    pub(crate) slots: Vec<Slot>,
    /// The waveform that is being written.
    waveform: Option<PathBuf>,
    /// Outlives the handle: `drop` below runs before the fields are dropped.
    pub(crate) loaded: Arc<Loaded>,
}

// SAFETY: a model owns all of its state, which has no tie to a thread: the shim
// names the model's context to Verilator's thread-local pointer on each call.
unsafe impl Send for Model {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("top", &self.loaded.top)
            .field("time", &self.time())
            .finish_non_exhaustive()
    }
}

impl Model {
    /// Takes over a model that the library's `create` made.
    ///
    /// # Safety
    /// `handle` comes from `loaded` and nobody else uses it.
    pub(crate) unsafe fn own(loaded: Arc<Loaded>, handle: NonNull<c_void>) -> Self {
        let mut table = null();
        // SAFETY: the handle is live; the function sets `table` to an array of as
        // many entries as it returns, which lives as long as the model.
        let table = unsafe {
            let length = (loaded.interface.ports)(handle.as_ptr(), &mut table);
            slice::from_raw_parts(table, length as usize)
        };
        let slots = table.iter().map(Slot::of).collect();
        Self {
            handle,
            slots,
            waveform: None,
            loaded,
        }
    }

    /// The top module's name.
    pub fn top(&self) -> &str {
        &self.loaded.top
    }

    /// The top module's ports.
    pub fn ports(&self) -> &[PortInfo] {
        &self.loaded.ports
    }

    /// Evaluates the model with the inputs as they are. Time stands still and
    /// nothing is written to a waveform.
    ///
    /// # Errors
    /// [`VerilatorError::Simulation`] if the model stopped itself.
    #[inline]
    pub fn eval(&mut self) -> Result<(), VerilatorError> {
        // SAFETY: the handle is live.
        let failed = unsafe { (self.loaded.interface.eval)(self.handle.as_ptr()) };
        self.check(failed)
    }

    /// Sets the clock low with the inputs as they are, evaluates, and lets half a
    /// cycle pass: afterwards the outputs show what they are before the next edge,
    /// those that depend on inputs of the same cycle included.
    ///
    /// # Errors
    /// [`VerilatorError::NotBuilt`] without a clock, [`VerilatorError::Simulation`]
    /// if the model stopped itself.
    #[inline]
    pub fn settle(&mut self) -> Result<(), VerilatorError> {
        self.clock(0)
    }

    /// Sets the clock high, evaluates, and lets half a cycle pass.
    ///
    /// # Errors
    /// [`VerilatorError::NotBuilt`] without a clock, [`VerilatorError::Simulation`]
    /// if the model stopped itself.
    #[inline]
    pub fn rise(&mut self) -> Result<(), VerilatorError> {
        self.clock(1)
    }

    #[inline]
    fn clock(&mut self, level: u8) -> Result<(), VerilatorError> {
        let clock = self.loaded.interface.clock.ok_or_else(|| self.no_clock())?;
        // SAFETY: the handle is live.
        let failed = unsafe { clock(self.handle.as_ptr(), level) };
        self.check(failed)
    }

    /// A rising and a falling edge in one foreign call: [`rise`](Self::rise), then
    /// [`settle`](Self::settle) with the same inputs.
    ///
    /// # Errors
    /// [`VerilatorError::NotBuilt`] without a clock, [`VerilatorError::Simulation`]
    /// if the model stopped itself.
    #[inline]
    pub fn cycle(&mut self) -> Result<(), VerilatorError> {
        let cycle = self.loaded.interface.cycle.ok_or_else(|| self.no_clock())?;
        // SAFETY: the handle is live.
        let failed = unsafe { cycle(self.handle.as_ptr()) };
        self.check(failed)
    }

    #[cold]
    fn no_clock(&self) -> VerilatorError {
        self.not_built("a clock", "clock")
    }

    #[cold]
    fn not_built(&self, feature: &'static str, method: &'static str) -> VerilatorError {
        VerilatorError::NotBuilt {
            top: self.loaded.top.clone(),
            feature,
            method,
        }
    }

    #[inline]
    fn check(&self, failed: c_int) -> Result<(), VerilatorError> {
        if failed == 0 {
            return Ok(());
        }
        Err(self.stopped())
    }

    #[cold]
    fn stopped(&self) -> VerilatorError {
        VerilatorError::Simulation {
            top: self.loaded.top.clone(),
            time: self.time(),
            message: self.message(),
        }
    }

    fn message(&self) -> String {
        // SAFETY: the handle is live; the text ends with a zero and stays as it is
        // until the model is called again.
        let text = unsafe { CStr::from_ptr((self.loaded.interface.message)(self.handle.as_ptr())) };
        text.to_string_lossy().into_owned()
    }

    /// Half cycles since the start.
    pub fn time(&self) -> u64 {
        // SAFETY: the handle is live.
        unsafe { (self.loaded.interface.time)(self.handle.as_ptr()) }
    }

    /// Whether the model has executed `$finish`.
    pub fn finished(&self) -> bool {
        // SAFETY: the handle is live.
        unsafe { (self.loaded.interface.finished)(self.handle.as_ptr()) != 0 }
    }

    /// Writes a waveform of everything from now on to `path`, until
    /// [`close_trace`](Self::close_trace), another call, or the model's end.
    ///
    /// # Errors
    /// [`VerilatorError::NotBuilt`] if the model was built without waveforms,
    /// [`VerilatorError::Output`] if the file cannot be written.
    pub fn open_trace(&mut self, path: &Path) -> Result<(), VerilatorError> {
        let trace = self.loaded.interface.trace.as_ref();
        let open = trace
            .ok_or_else(|| self.not_built("waveforms", "trace"))?
            .open;
        let name = c_path(path)?;
        // SAFETY: the handle is live and the name ends with a zero.
        let failed = unsafe { open(self.handle.as_ptr(), name.as_ptr()) };
        self.written(path, failed)?;
        self.waveform = Some(path.to_owned());
        Ok(())
    }

    /// Writes what the waveform holds so far to its file, if one is open.
    ///
    /// # Errors
    /// [`VerilatorError::Simulation`] if that fails.
    pub fn flush_trace(&mut self) -> Result<(), VerilatorError> {
        match &self.loaded.interface.trace {
            // SAFETY: the handle is live.
            Some(trace) => self.check(unsafe { (trace.flush)(self.handle.as_ptr()) }),
            None => Ok(()),
        }
    }

    /// Completes the waveform file, if one is open.
    ///
    /// # Errors
    /// [`VerilatorError::Output`] if the file is not complete, on a full disk for instance.
    pub fn close_trace(&mut self) -> Result<(), VerilatorError> {
        let Some(trace) = &self.loaded.interface.trace else {
            return Ok(());
        };
        // SAFETY: the handle is live.
        let failed = unsafe { (trace.close)(self.handle.as_ptr()) };
        let Some(path) = self.waveform.take() else {
            return Ok(());
        };
        self.written(&path, failed)?;
        match trace.fst && !fst::is_whole(&path) {
            true => Err(VerilatorError::Output {
                path,
                detail: "the waveform is not complete: is there no room?".into(),
            }),
            false => Ok(()),
        }
    }

    /// Writes the coverage counted so far to `path`, in the format that
    /// `verilator_coverage` reads.
    ///
    /// # Errors
    /// [`VerilatorError::NotBuilt`] if the model was built without coverage,
    /// [`VerilatorError::Output`] if the file cannot be written.
    pub fn write_coverage(&mut self, path: &Path) -> Result<(), VerilatorError> {
        let write = self.loaded.interface.coverage_write;
        let write = write.ok_or_else(|| self.not_built("coverage", "coverage"))?;
        let name = c_path(path)?;
        // SAFETY: the handle is live and the name ends with a zero.
        let failed = unsafe { write(self.handle.as_ptr(), name.as_ptr()) };
        self.written(path, failed)
    }

    fn written(&self, path: &Path, failed: c_int) -> Result<(), VerilatorError> {
        if failed == 0 {
            return Ok(());
        }
        Err(VerilatorError::Output {
            path: path.to_owned(),
            detail: self.message(),
        })
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: the handle is live and not used again; the code that it needs is
        // held by `loaded`, which is dropped after this.
        unsafe { (self.loaded.interface.destroy)(self.handle.as_ptr()) }
    }
}

fn c_path(path: &Path) -> Result<CString, VerilatorError> {
    CString::new(path.as_os_str().as_bytes()).map_err(|error| VerilatorError::Output {
        path: path.to_owned(),
        detail: error.to_string(),
    })
}
