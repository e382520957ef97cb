//! The array itself: its model ([`super::build`]), driven through its ports.

use super::port::{ArrayPort, Counters, CycleIn, CycleOut};
use crate::ArrayError;
use heddle_hdl::{ArrayConfig, Gating};
use heddle_schedule::Edge;
use heddle_verilator::{Library, Model, Port, VerilatorError};
use std::path::Path;

/// Rising edges for which reset is held.
const RESET_CYCLES: usize = 4;

/// A port together with its width.
#[derive(Clone, Copy)]
struct Bus {
    port: Port,
    bits: usize,
}

impl Bus {
    /// Drives the bus; bits of `words` beyond its width are ignored.
    #[inline]
    fn drive(self, model: &mut Model, words: &[u32]) {
        match self.bits {
            0..=32 => model.set(self.port, u64::from(words[0])),
            33..=64 => model.set(self.port, u64::from(words[0]) | u64::from(words[1]) << 32),
            _ => model.words_mut(self.port).copy_from_slice(words),
        }
    }

    #[inline]
    fn sample(self, model: &Model, words: &mut [u32]) {
        match self.bits {
            0..=32 => words[0] = model.get(self.port) as u32,
            33..=64 => {
                let value = model.get(self.port);
                words[0] = value as u32;
                words[1] = (value >> 32) as u32;
            }
            _ => words.copy_from_slice(model.words(self.port)),
        }
    }
}

/// What only arrays with output-stationary tiles have.
struct OsPorts {
    a_flush: Port,
    x_valid: Port,
    x_last: Port,
    x_keep: Bus,
    x_ready: Port,
}

/// The model's ports.
struct Ports {
    rst_n: Port,
    test_en: Option<Port>,
    en: Port,
    clear: Port,
    w_valid: Port,
    /// Weight-stationary tiles only, and so is `w_left`.
    w_edge: Option<Port>,
    /// Both kinds of tiles only, and so is `a_os`.
    w_os: Option<Port>,
    w_last: Port,
    w_keep: Port,
    w_top: Bus,
    w_left: Option<Bus>,
    row_keep: Bus,
    col_keep: Bus,
    a_valid: Port,
    a_first: Port,
    a_keep: Port,
    a_os: Option<Port>,
    a: Bus,
    c: Bus,
    os: Option<OsPorts>,
    w_ready: Port,
    a_ready: Port,
    s_valid: Port,
    s_keep: Bus,
    s: Bus,
    /// Integer sums only.
    ovf: Option<Port>,
    wait: Port,
    cycles: Port,
    macs: Port,
    gated: Port,
    dropped: Port,
}

impl Ports {
    fn find(model: &Model, config: &ArrayConfig) -> Result<Self, VerilatorError> {
        let (rows, cols) = (config.rows, config.cols);
        let (w, a) = (config.operand_bits(), config.acc_bits());
        let bit_in = |name: &str| model.input(name, 1);
        let bit_out = |name: &str| model.output(name, 1);
        let counter = |name: &str| model.output(name, 48);
        let bus_in = |name: &str, bits| model.input(name, bits).map(|port| Bus { port, bits });
        let bus_out = |name: &str, bits| model.output(name, bits).map(|port| Bus { port, bits });
        let ws = config.dataflow.has_ws();
        let os = config.dataflow.has_os();
        let both = ws && os;
        let os_ports = || -> Result<OsPorts, VerilatorError> {
            Ok(OsPorts {
                a_flush: bit_in("a_flush_i")?,
                x_valid: bit_in("x_valid_i")?,
                x_last: bit_in("x_last_i")?,
                x_keep: bus_in("x_keep_i", cols)?,
                x_ready: bit_out("x_ready_o")?,
            })
        };
        Ok(Self {
            rst_n: bit_in("rst_ni")?,
            test_en: match config.gating {
                Gating::ClockGate => Some(bit_in("test_en_i")?),
                Gating::None | Gating::Enable => None,
            },
            en: bit_in("en_i")?,
            clear: bit_in("clear_i")?,
            w_valid: bit_in("w_valid_i")?,
            w_edge: ws.then(|| bit_in("w_edge_i")).transpose()?,
            w_os: both.then(|| bit_in("w_os_i")).transpose()?,
            w_last: bit_in("w_last_i")?,
            w_keep: bit_in("w_keep_i")?,
            w_top: bus_in("w_top_i", cols * w)?,
            w_left: ws.then(|| bus_in("w_left_i", rows * w)).transpose()?,
            row_keep: bus_in("row_keep_i", rows)?,
            col_keep: bus_in("col_keep_i", cols)?,
            a_valid: bit_in("a_valid_i")?,
            a_first: bit_in("a_first_i")?,
            a_keep: bit_in("a_keep_i")?,
            a_os: both.then(|| bit_in("a_os_i")).transpose()?,
            a: bus_in("a_i", rows * w)?,
            c: bus_in("c_i", cols * a)?,
            os: os.then(os_ports).transpose()?,
            w_ready: bit_out("w_ready_o")?,
            a_ready: bit_out("a_ready_o")?,
            s_valid: bit_out("s_valid_o")?,
            s_keep: bus_out("s_keep_o", cols)?,
            s: bus_out("s_o", cols * a)?,
            ovf: match config.format.is_integer() {
                true => Some(bit_out("ovf_o")?),
                false => None,
            },
            wait: bit_out("wait_o")?,
            cycles: counter("cycles_o")?,
            macs: counter("macs_o")?,
            gated: counter("gated_o")?,
            dropped: counter("dropped_o")?,
        })
    }
}

/// Looks at a running array's model in every cycle.
pub trait ModelObserver {
    /// Inputs and logic are settled, the rising edge is to come.
    fn settled(&mut self, model: &Model);
    /// The rising edge has passed.
    fn risen(&mut self, model: &Model);
}

/// A running Verilated array.
pub struct VerilatedArray {
    model: Model,
    ports: Ports,
    observer: Option<Box<dyn ModelObserver>>,
    /// Buses are driven without a valid beat, too.
    drives_idle: bool,
    /// Cycles after which the waveform ends.
    trace_left: Option<u64>,
}

impl VerilatedArray {
    /// The array of `config` in `library`, reset.
    ///
    /// # Errors
    /// [`ArrayError::Verilator`] if the library's ports are not those of `config`, or if
    /// the simulation fails.
    pub fn new(
        config: &ArrayConfig,
        library: &Library,
        random_registers: Option<u32>,
    ) -> Result<Self, ArrayError> {
        let model = match random_registers {
            Some(seed) => library.randomized_model(seed)?,
            None => library.model()?,
        };
        let ports = Ports::find(&model, config)?;
        let mut array = Self {
            model,
            ports,
            observer: None,
            drives_idle: false,
            trace_left: None,
        };
        array.reset()?;
        Ok(array)
    }

    /// Drives an input of `bits` bits that no array of Heddle has: the choice of a fault in a
    /// netlist with many.
    ///
    /// # Errors
    /// [`ArrayError::Verilator`] if the model has no such input.
    pub fn drive_extra(&mut self, name: &str, bits: usize, value: u64) -> Result<(), ArrayError> {
        let port = self.model.input(name, bits)?;
        self.model.set(port, value);
        Ok(())
    }

    /// Its model, whose ports may be more than an array's.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// From now on `observer` looks at the model in every cycle, resets aside.
    pub fn observe(&mut self, observer: Box<dyn ModelObserver>) {
        self.observer = Some(observer);
    }

    /// From now on drives every bus in every cycle, valid or not. Without that a bus keeps what
    /// was last valid on it, which is quicker.
    pub fn drive_idle_buses(&mut self) {
        self.drives_idle = true;
    }

    /// Writes a waveform of everything from now on to `path`, or of so many cycles.
    ///
    /// # Errors
    /// [`ArrayError::Verilator`] if the model was built without, or if the file cannot
    /// be written.
    pub fn open_trace(&mut self, path: &Path, cycles: Option<u64>) -> Result<(), ArrayError> {
        self.trace_left = cycles;
        Ok(self.model.open_trace(path)?)
    }

    /// Writes the coverage counted so far, in the form of `verilator_coverage`.
    ///
    /// # Errors
    /// [`ArrayError::Verilator`] if the model was built without, or if the file cannot
    /// be written.
    pub fn write_coverage(&mut self, path: &Path) -> Result<(), ArrayError> {
        Ok(self.model.write_coverage(path)?)
    }
}

impl ArrayPort for VerilatedArray {
    fn reset(&mut self) -> Result<(), ArrayError> {
        let (model, ports) = (&mut self.model, &self.ports);
        for idle in [ports.w_valid, ports.a_valid, ports.clear] {
            model.set(idle, 0);
        }
        if let Some(os) = &ports.os {
            model.set(os.x_valid, 0);
        }
        if let Some(test_en) = ports.test_en {
            model.set(test_en, 0);
        }
        model.set(ports.en, 1);
        model.set(ports.rst_n, 0);
        for _ in 0..RESET_CYCLES {
            model.settle()?;
            model.rise()?;
        }
        model.set(ports.rst_n, 1);
        Ok(())
    }

    #[inline]
    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        let (model, ports) = (&mut self.model, &self.ports);
        model.set(ports.en, u64::from(input.en));
        model.set(ports.clear, u64::from(input.clear));
        model.set(ports.w_valid, u64::from(input.w_valid));
        model.set(ports.a_valid, u64::from(input.a_valid));
        if input.w_valid || self.drives_idle {
            if let Some(w_edge) = ports.w_edge {
                model.set(w_edge, u64::from(input.w_edge == Edge::Left));
            }
            if let Some(w_os) = ports.w_os {
                model.set(w_os, u64::from(input.w_os));
            }
            model.set(ports.w_last, u64::from(input.w_last));
            model.set(ports.w_keep, u64::from(input.w_keep));
            match (input.w_edge, ports.w_left) {
                (Edge::Left, Some(w_left)) => w_left.drive(model, &input.w_left),
                _ => ports.w_top.drive(model, &input.w_top),
            }
            ports.row_keep.drive(model, &input.row_keep);
            ports.col_keep.drive(model, &input.col_keep);
        }
        if input.a_valid || self.drives_idle {
            model.set(ports.a_first, u64::from(input.a_first));
            model.set(ports.a_keep, u64::from(input.a_keep));
            if let Some(a_os) = ports.a_os {
                model.set(a_os, u64::from(input.a_os));
            }
            ports.a.drive(model, &input.a);
        }
        if let Some(os) = &ports.os {
            let flush = (input.a_valid || self.drives_idle) && input.a_flush;
            model.set(os.a_flush, u64::from(flush));
            model.set(os.x_valid, u64::from(input.x_valid));
            if input.x_valid || self.drives_idle {
                model.set(os.x_last, u64::from(input.x_last));
                os.x_keep.drive(model, &input.x_keep);
            }
        }
        if input.x_valid || input.a_valid && !input.a_os || self.drives_idle {
            ports.c.drive(model, &input.c);
        }
        model.settle()?;
        if let Some(observer) = &mut self.observer {
            observer.settled(model);
        }
        output.w_ready = model.get(ports.w_ready) != 0;
        output.a_ready = model.get(ports.a_ready) != 0;
        output.x_ready = ports
            .os
            .as_ref()
            .is_some_and(|os| model.get(os.x_ready) != 0);
        output.s_valid = model.get(ports.s_valid) != 0;
        if output.s_valid {
            ports.s_keep.sample(model, &mut output.s_keep);
            ports.s.sample(model, &mut output.s);
        }
        model.rise()?;
        if let Some(observer) = &mut self.observer {
            observer.risen(model);
        }
        if let Some(left) = &mut self.trace_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.trace_left = None;
                model.close_trace()?;
            }
        }
        Ok(())
    }

    fn close_trace(&mut self) -> Result<(), ArrayError> {
        Ok(self.model.close_trace()?)
    }

    fn counters(&mut self) -> Counters {
        let read = |port| self.model.get(port);
        Counters {
            cycles: read(self.ports.cycles),
            macs: read(self.ports.macs),
            gated: read(self.ports.gated),
            dropped: read(self.ports.dropped),
            overflow: self.ports.ovf.is_some_and(|ovf| read(ovf) != 0),
            waited: read(self.ports.wait) != 0,
        }
    }
}
