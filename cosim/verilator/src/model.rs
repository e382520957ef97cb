//! A running model: ports, evaluation, waveforms, coverage.

use crate::header::{Direction, PortInfo};
use crate::library::Loaded;
use crate::VerilatorError;
use std::ffi::{c_int, c_void, CStr, CString};
use std::ops::{Deref, DerefMut};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{null, NonNull};
use std::slice;
use std::sync::Arc;

/// A checked handle to a port, good for every model of the library it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    index: u32,
    library: u32,
}

/// Where a port's value lies in the model.
#[derive(Clone, Copy)]
struct Slot {
    /// The storage: 1, 2, 4 or 8 bytes up to 8, 16, 32 or 64 bits, 32-bit words
    /// beyond. It stays where it is as long as the model lives, is aligned like an
    /// integer of its size, and bits beyond the width are zero.
    storage: NonNull<u8>,
    width: u32,
    direction: Direction,
}

impl Slot {
    /// Bytes that hold the value.
    fn bytes(self) -> usize {
        self.width.div_ceil(8) as usize
    }

    /// Words of a wide port.
    fn words(self) -> usize {
        self.width.div_ceil(32) as usize
    }

    fn is_wide(self) -> bool {
        self.width > 64
    }

    /// The bits of the last of `units` of `unit` bits that belong to the value.
    fn last_bits(self, unit: u32) -> u32 {
        match self.width % unit {
            0 => unit,
            bits => bits,
        }
    }
}

/// A running model.
///
/// A model may move to another thread, but is never used by two at once. It ends,
/// with its `final` blocks and an open waveform file, when it is dropped.
pub struct Model {
    handle: NonNull<c_void>,
    slots: Vec<Slot>,
    /// Outlives the handle: `drop` below runs before the fields are dropped.
    loaded: Arc<Loaded>,
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
        let slots = table.iter().map(|raw| Slot {
            storage: NonNull::new(raw.storage.cast()).expect("a member has an address"),
            width: raw.width,
            direction: raw.direction(),
        });
        let slots = slots.collect();
        Self {
            handle,
            slots,
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

    /// The port called `name`.
    ///
    /// # Errors
    /// [`VerilatorError::NoPort`], which lists the ports that there are.
    pub fn port(&self, name: &str) -> Result<Port, VerilatorError> {
        let ports = self.ports();
        match ports.iter().position(|port| port.name == name) {
            Some(index) => Ok(Port {
                index: index as u32,
                library: self.loaded.id,
            }),
            None => Err(VerilatorError::NoPort {
                top: self.loaded.top.clone(),
                name: name.to_owned(),
                available: ports
                    .iter()
                    .map(|port| port.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    /// The input called `name`, `width` bits wide.
    ///
    /// # Errors
    /// [`VerilatorError::NoPort`]; [`VerilatorError::PortShape`] if it is an output
    /// or has another width.
    pub fn input(&self, name: &str, width: usize) -> Result<Port, VerilatorError> {
        self.shaped(name, width, Direction::Input)
    }

    /// The output called `name`, `width` bits wide.
    ///
    /// # Errors
    /// [`VerilatorError::NoPort`]; [`VerilatorError::PortShape`] if it is an input
    /// or has another width.
    pub fn output(&self, name: &str, width: usize) -> Result<Port, VerilatorError> {
        self.shaped(name, width, Direction::Output)
    }

    fn shaped(&self, name: &str, width: usize, way: Direction) -> Result<Port, VerilatorError> {
        let port = self.port(name)?;
        let info = self.info(port);
        if info.width as usize == width && info.direction == way {
            return Ok(port);
        }
        let shape = |way, width: usize| {
            let way = match way {
                Direction::Input => "an input",
                Direction::Output => "an output",
            };
            format!("{way} of {width} bits")
        };
        Err(VerilatorError::PortShape {
            top: self.loaded.top.clone(),
            name: name.to_owned(),
            found: shape(info.direction, info.width as usize),
            expected: shape(way, width),
        })
    }

    /// Name, width and direction of a port.
    ///
    /// # Panics
    /// If the port belongs to another library.
    pub fn info(&self, port: Port) -> &PortInfo {
        self.slot(port);
        &self.ports()[port.index as usize]
    }

    #[inline]
    fn slot(&self, port: Port) -> Slot {
        assert!(
            port.library == self.loaded.id,
            "the port belongs to another library"
        );
        self.slots[port.index as usize]
    }

    #[inline]
    fn input_slot(&self, port: Port) -> Slot {
        let slot = self.slot(port);
        assert!(
            slot.direction == Direction::Input,
            "the port is an output, which only the model drives"
        );
        slot
    }

    /// Drives an input of up to 64 bits; bits of `value` beyond its width are
    /// dropped. The model sees it at the next evaluation.
    ///
    /// # Panics
    /// If the port is wider, is an output, or belongs to another library.
    #[inline]
    pub fn set(&mut self, port: Port, value: u64) {
        let slot = self.input_slot(port);
        assert!(!slot.is_wide(), "the port has more than 64 bits");
        let value = value & (u64::MAX >> (64 - slot.width));
        // SAFETY: the storage of a port of this width is an aligned integer of this
        // size that lives as long as the model, and `&mut self` keeps others away.
        unsafe {
            match slot.width {
                0..=8 => slot.storage.write(value as u8),
                9..=16 => slot.storage.cast().write(value as u16),
                17..=32 => slot.storage.cast().write(value as u32),
                _ => slot.storage.cast().write(value),
            }
        }
    }

    /// The value of a port of up to 64 bits, as of the last evaluation.
    ///
    /// # Panics
    /// If the port is wider or belongs to another library.
    #[inline]
    pub fn get(&self, port: Port) -> u64 {
        let slot = self.slot(port);
        assert!(!slot.is_wide(), "the port has more than 64 bits");
        // SAFETY: as in `set`; nothing writes while `&self` is borrowed.
        unsafe {
            match slot.width {
                0..=8 => u64::from(slot.storage.read()),
                9..=16 => u64::from(slot.storage.cast::<u16>().read()),
                17..=32 => u64::from(slot.storage.cast::<u32>().read()),
                _ => slot.storage.cast().read(),
            }
        }
    }

    /// The value of a port of any width as bytes, least significant first.
    ///
    /// # Panics
    /// If the port belongs to another library.
    #[inline]
    pub fn bytes(&self, port: Port) -> &[u8] {
        let slot = self.slot(port);
        // SAFETY: the storage holds at least this many bytes, in little-endian order
        // because the target is, and nothing writes while `self` is borrowed.
        unsafe { slice::from_raw_parts(slot.storage.as_ptr(), slot.bytes()) }
    }

    /// An input of any width as bytes to be written, least significant first. Bits
    /// beyond the width are cleared when the borrow ends.
    ///
    /// # Panics
    /// If the port is an output or belongs to another library.
    #[inline]
    pub fn bytes_mut(&mut self, port: Port) -> BytesMut<'_> {
        let slot = self.input_slot(port);
        BytesMut {
            // SAFETY: as in `bytes`, and `self` is borrowed mutably.
            bytes: unsafe { slice::from_raw_parts_mut(slot.storage.as_ptr(), slot.bytes()) },
            mask: u8::MAX >> (8 - slot.last_bits(8)),
        }
    }

    /// The value of a port of more than 64 bits as words, least significant first.
    ///
    /// # Panics
    /// If the port is narrower or belongs to another library.
    #[inline]
    pub fn words(&self, port: Port) -> &[u32] {
        let slot = self.slot(port);
        assert!(slot.is_wide(), "the port has 64 bits or fewer");
        // SAFETY: the storage of a wide port is this many aligned words, and nothing
        // writes while `self` is borrowed.
        unsafe { slice::from_raw_parts(slot.storage.cast().as_ptr(), slot.words()) }
    }

    /// An input of more than 64 bits as words to be written, least significant
    /// first. Bits beyond the width are cleared when the borrow ends.
    ///
    /// # Panics
    /// If the port is narrower, is an output, or belongs to another library.
    #[inline]
    pub fn words_mut(&mut self, port: Port) -> WordsMut<'_> {
        let slot = self.input_slot(port);
        assert!(slot.is_wide(), "the port has 64 bits or fewer");
        WordsMut {
            // SAFETY: as in `words`, and `self` is borrowed mutably.
            words: unsafe { slice::from_raw_parts_mut(slot.storage.cast().as_ptr(), slot.words()) },
            mask: u32::MAX >> (32 - slot.last_bits(32)),
        }
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
        self.written(path, failed)
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
    /// [`VerilatorError::Simulation`] if that fails.
    pub fn close_trace(&mut self) -> Result<(), VerilatorError> {
        match &self.loaded.interface.trace {
            // SAFETY: the handle is live.
            Some(trace) => self.check(unsafe { (trace.close)(self.handle.as_ptr()) }),
            None => Ok(()),
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

macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $field:ident, $unit:ty) => {
        $(#[$doc])*
        pub struct $name<'a> {
            $field: &'a mut [$unit],
            /// The bits of the last unit that belong to the value.
            mask: $unit,
        }

        impl Deref for $name<'_> {
            type Target = [$unit];
            #[inline]
            fn deref(&self) -> &[$unit] {
                self.$field
            }
        }

        impl DerefMut for $name<'_> {
            #[inline]
            fn deref_mut(&mut self) -> &mut [$unit] {
                self.$field
            }
        }

        impl Drop for $name<'_> {
            #[inline]
            fn drop(&mut self) {
                // Verilated code relies on the bits beyond a width being zero.
                if let Some(last) = self.$field.last_mut() {
                    *last &= self.mask;
                }
            }
        }
    };
}
guard!(
    /// The bytes of an input, to be written through; ends the value cleanly.
    BytesMut, bytes, u8
);
guard!(
    /// The words of a wide input, to be written through; ends the value cleanly.
    WordsMut, words, u32
);
