//! A built model, loaded into this process.

use crate::builder::{Builder, Coverage, Trace};
use crate::compile::PORTS;
use crate::header::{Direction, PortInfo};
use crate::makefile::LIBRARY;
use crate::model::Model;
use crate::{VerilatorError, Version};
use std::ffi::{c_char, c_int, c_void, CStr};
use std::fs;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

/// The C interface of a model's library, as `shim.cpp` declares it.
///
/// Every function but `create` takes a pointer that `create` gave and `destroy`
/// has not yet taken. Functions that return `c_int` give 0 on success.
pub(crate) struct Interface {
    pub create: unsafe extern "C" fn(c_int, c_int, *mut c_char, usize) -> *mut c_void,
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub ports: unsafe extern "C" fn(*mut c_void, *mut *const RawPort) -> u32,
    pub message: unsafe extern "C" fn(*mut c_void) -> *const c_char,
    pub time: unsafe extern "C" fn(*mut c_void) -> u64,
    pub finished: unsafe extern "C" fn(*mut c_void) -> c_int,
    pub eval: Step,
    pub clock: Option<unsafe extern "C" fn(*mut c_void, u8) -> c_int>,
    pub cycle: Option<Step>,
    pub trace: Option<TraceInterface>,
    pub coverage_write: Option<Write>,
}

type Step = unsafe extern "C" fn(*mut c_void) -> c_int;
type Write = unsafe extern "C" fn(*mut c_void, *const c_char) -> c_int;

/// The functions of a model with waveforms.
pub(crate) struct TraceInterface {
    pub open: Write,
    pub flush: Step,
    pub close: Step,
    /// The files are FST, whose writer does not tell when the disk is full.
    pub fst: bool,
}

/// One entry of the library's port table.
#[repr(C)]
pub(crate) struct RawPort {
    pub storage: *mut c_void,
    pub width: u32,
    pub is_output: u32,
}

/// What the handles of one library share.
pub(crate) struct Loaded {
    pub interface: Interface,
    pub top: String,
    pub ports: Vec<PortInfo>,
    /// Tells this library's ports from those of others.
    pub id: u32,
    version: Version,
    randomizable: bool,
    path: PathBuf,
    /// Keeps the code behind `interface` in memory; never read.
    _code: libloading::Library,
}

/// A built model, loaded into this process. Clones share the code.
#[derive(Clone)]
pub struct Library {
    loaded: Arc<Loaded>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library")
            .field("top", &self.loaded.top)
            .field("path", &self.loaded.path)
            .finish_non_exhaustive()
    }
}

impl Library {
    /// Loads the library that `builder` described from its cache entry.
    pub(crate) fn load(
        entry: &Path,
        builder: &Builder,
        version: Version,
    ) -> Result<Self, VerilatorError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = entry.join(LIBRARY);
        let error = |detail: String| VerilatorError::Load {
            path: path.clone(),
            detail,
        };
        let ports = fs::read_to_string(entry.join(PORTS)).map_err(|e| error(e.to_string()))?;
        let ports = serde_json::from_str(&ports).map_err(|e| error(e.to_string()))?;
        // SAFETY: the file is one that the binding built from its own shim and that
        // still has the checksum it was installed with. Its initialisers are those of
        // the C++ runtime and of Verilator, which may run in any thread.
        let code = unsafe { libloading::Library::new(&path) }.map_err(|e| error(e.to_string()))?;
        // SAFETY: `shim.cpp`, whose text is part of the cache's key, declares these
        // names with these types.
        let interface =
            unsafe { Interface::find(&code, builder) }.map_err(|e| error(e.to_string()))?;
        Ok(Self {
            loaded: Arc::new(Loaded {
                interface,
                top: builder.top.clone(),
                ports,
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                randomizable: builder.x_initial_unique,
                version,
                path,
                _code: code,
            }),
        })
    }

    /// The top module's name.
    pub fn top(&self) -> &str {
        &self.loaded.top
    }

    /// The shared library's file.
    pub fn path(&self) -> &Path {
        &self.loaded.path
    }

    /// The version of the Verilator that built the model.
    pub fn verilator_version(&self) -> Version {
        self.loaded.version
    }

    /// The top module's ports.
    pub fn ports(&self) -> &[PortInfo] {
        &self.loaded.ports
    }

    /// A new model in its initial state, independent of all others. It has been
    /// evaluated once, with every input zero.
    ///
    /// # Errors
    /// [`VerilatorError::Simulation`] if an initial block stops the simulation.
    pub fn model(&self) -> Result<Model, VerilatorError> {
        self.create(None)
    }

    /// A new model whose registers without an initial value, and whose memories,
    /// start at random values drawn from `seed`, the same for equal seeds.
    ///
    /// # Errors
    /// [`VerilatorError::NotBuilt`] unless the model was built with
    /// [`Builder::x_initial_unique`]; [`VerilatorError::Simulation`] if an initial
    /// block stops the simulation.
    pub fn randomized_model(&self, seed: u32) -> Result<Model, VerilatorError> {
        if !self.loaded.randomizable {
            return Err(VerilatorError::NotBuilt {
                top: self.loaded.top.clone(),
                feature: "random initial values",
                method: "x_initial_unique",
            });
        }
        self.create(Some(seed))
    }

    fn create(&self, seed: Option<u32>) -> Result<Model, VerilatorError> {
        const LENGTH: usize = 512;
        // Verilator takes 1 to 2^31-1; 0 would mean a seed from the clock.
        let raw_seed = (seed.unwrap_or(0) % 0x7fff_fffe) as c_int + 1;
        let mut message = [0 as c_char; LENGTH];
        let interface = &self.loaded.interface;
        // SAFETY: the buffer has the length given, and the function ends what it
        // writes there with a zero.
        let handle = unsafe {
            (interface.create)(
                c_int::from(seed.is_some()),
                raw_seed,
                message.as_mut_ptr(),
                LENGTH,
            )
        };
        let Some(handle) = NonNull::new(handle) else {
            // SAFETY: as above, there is a zero within the buffer.
            let message = unsafe { CStr::from_ptr(message.as_ptr()) };
            return Err(VerilatorError::Simulation {
                top: self.loaded.top.clone(),
                time: 0,
                message: message.to_string_lossy().into_owned(),
            });
        };
        // SAFETY: the handle is fresh and the model its only owner.
        Ok(unsafe { Model::own(self.loaded.clone(), handle) })
    }
}

impl Interface {
    /// Looks the functions up.
    ///
    /// # Safety
    /// The library must have been built from this crate's shim, for `builder`.
    unsafe fn find(
        code: &libloading::Library,
        builder: &Builder,
    ) -> Result<Self, libloading::Error> {
        // SAFETY: the caller vouches for names and types.
        unsafe {
            Ok(Self {
                create: *code.get(b"heddle_create")?,
                destroy: *code.get(b"heddle_destroy")?,
                ports: *code.get(b"heddle_ports")?,
                message: *code.get(b"heddle_message")?,
                time: *code.get(b"heddle_time")?,
                finished: *code.get(b"heddle_finished")?,
                eval: *code.get(b"heddle_eval")?,
                clock: match builder.clock {
                    Some(_) => Some(*code.get(b"heddle_clock")?),
                    None => None,
                },
                cycle: match builder.clock {
                    Some(_) => Some(*code.get(b"heddle_cycle")?),
                    None => None,
                },
                trace: match builder.trace {
                    Trace::None => None,
                    Trace::Vcd | Trace::Fst => Some(TraceInterface {
                        open: *code.get(b"heddle_trace_open")?,
                        flush: *code.get(b"heddle_trace_flush")?,
                        close: *code.get(b"heddle_trace_close")?,
                        fst: builder.trace == Trace::Fst,
                    }),
                },
                coverage_write: match builder.coverage {
                    Coverage::None => None,
                    _ => Some(*code.get(b"heddle_coverage_write")?),
                },
            })
        }
    }
}

impl RawPort {
    /// Which way the port goes.
    pub fn direction(&self) -> Direction {
        if self.is_output == 0 {
            Direction::Input
        } else {
            Direction::Output
        }
    }
}
