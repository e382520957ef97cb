//! The engine itself: its model, driven through its pins.

use crate::pins::{Address, EnginePort, PinsIn, PinsOut};
use crate::{EngineError, Sizes};
use heddle_verilator::{Builder, Direction, Library, Model, Port, VerilatorError};
use std::path::{Path, PathBuf};

/// Rising edges for which reset is held.
const RESET_CYCLES: usize = 4;
/// Name of the top module.
pub const TOP: &str = "heddle_engine";

/// How the model of an engine whose Verilog lies in `files` is built.
pub fn builder(files: &[PathBuf]) -> Builder {
    Builder::new(TOP)
        .files(files)
        .clock("clk_i")
        .no_inline("heddle_row")
        .no_inline("heddle_add_bf16")
}

/// The pins of an address channel that the engine drives.
struct AddressPorts {
    valid: Port,
    addr: Port,
    len: Port,
    /// Pins that say always the same may be left out.
    size: Option<Port>,
    burst: Option<Port>,
    id: Option<Port>,
    ready: Port,
}

/// The model's ports.
struct Ports {
    rst_n: Port,
    irq: Port,
    ar: AddressPorts,
    aw: AddressPorts,
    rvalid: Port,
    rready: Port,
    rdata: Port,
    rresp: Port,
    rlast: Port,
    wvalid: Port,
    wready: Port,
    wdata: Port,
    wstrb: Port,
    wlast: Port,
    bvalid: Port,
    bready: Port,
    bresp: Port,
    lite: LitePorts,
}

struct LitePorts {
    awvalid: Port,
    awready: Port,
    awaddr: Port,
    wvalid: Port,
    wready: Port,
    wdata: Port,
    wstrb: Port,
    bvalid: Port,
    bready: Port,
    bresp: Port,
    arvalid: Port,
    arready: Port,
    araddr: Port,
    rvalid: Port,
    rready: Port,
    rdata: Port,
    rresp: Port,
}

/// Bits of an address of the AXI4-Lite port.
const LITE_ADDR_BITS: usize = 12;

/// Looks ports up: as AXI names them, or with the ending of Heddle's other ports.
struct Find<'a>(&'a Model);

impl Find<'_> {
    fn input(&self, name: &str, bits: usize) -> Result<Port, VerilatorError> {
        let ending = format!("{name}_i");
        self.0
            .input(name, bits)
            .or_else(|error| self.0.input(&ending, bits).map_err(|_| error))
    }

    fn output(&self, name: &str, bits: usize) -> Result<Port, VerilatorError> {
        let ending = format!("{name}_o");
        self.0
            .output(name, bits)
            .or_else(|error| self.0.output(&ending, bits).map_err(|_| error))
    }

    /// An output that there need not be, of any width.
    fn optional(&self, name: &str) -> Option<Port> {
        let ending = format!("{name}_o");
        let is = |port: &&heddle_verilator::PortInfo| {
            port.direction == Direction::Output && (port.name == name || port.name == ending)
        };
        let found = self.0.ports().iter().find(is)?;
        self.0.output(&found.name, found.width as usize).ok()
    }

    fn address(&self, name: &str, addr_bits: usize) -> Result<AddressPorts, VerilatorError> {
        let of = |pin: &str| format!("m_axi_{name}{pin}");
        Ok(AddressPorts {
            valid: self.output(&of("valid"), 1)?,
            addr: self.output(&of("addr"), addr_bits)?,
            len: self.output(&of("len"), 8)?,
            size: self.optional(&of("size")),
            burst: self.optional(&of("burst")),
            id: self.optional(&of("id")),
            ready: self.input(&of("ready"), 1)?,
        })
    }

    fn lite(&self) -> Result<LitePorts, VerilatorError> {
        let input = |pin: &str, bits| self.input(&format!("s_axil_{pin}"), bits);
        let output = |pin: &str, bits| self.output(&format!("s_axil_{pin}"), bits);
        Ok(LitePorts {
            awvalid: input("awvalid", 1)?,
            awready: output("awready", 1)?,
            awaddr: input("awaddr", LITE_ADDR_BITS)?,
            wvalid: input("wvalid", 1)?,
            wready: output("wready", 1)?,
            wdata: input("wdata", 32)?,
            wstrb: input("wstrb", 4)?,
            bvalid: output("bvalid", 1)?,
            bready: input("bready", 1)?,
            bresp: output("bresp", 2)?,
            arvalid: input("arvalid", 1)?,
            arready: output("arready", 1)?,
            araddr: input("araddr", LITE_ADDR_BITS)?,
            rvalid: output("rvalid", 1)?,
            rready: input("rready", 1)?,
            rdata: output("rdata", 32)?,
            rresp: output("rresp", 2)?,
        })
    }
}

impl Ports {
    fn find(model: &Model, sizes: &Sizes) -> Result<Self, VerilatorError> {
        let find = Find(model);
        let bytes = sizes.engine.bus_bytes();
        let input = |pin: &str, bits| find.input(&format!("m_axi_{pin}"), bits);
        let output = |pin: &str, bits| find.output(&format!("m_axi_{pin}"), bits);
        Ok(Self {
            rst_n: model.input("rst_ni", 1)?,
            irq: find.output("irq", 1)?,
            ar: find.address("ar", sizes.engine.addr_bits)?,
            aw: find.address("aw", sizes.engine.addr_bits)?,
            rvalid: input("rvalid", 1)?,
            rready: output("rready", 1)?,
            rdata: input("rdata", 8 * bytes)?,
            rresp: input("rresp", 2)?,
            rlast: input("rlast", 1)?,
            wvalid: output("wvalid", 1)?,
            wready: input("wready", 1)?,
            wdata: output("wdata", 8 * bytes)?,
            wstrb: output("wstrb", bytes)?,
            wlast: output("wlast", 1)?,
            bvalid: input("bvalid", 1)?,
            bready: output("bready", 1)?,
            bresp: input("bresp", 2)?,
            lite: find.lite()?,
        })
    }
}

/// A running Verilated engine.
pub struct VerilatedEngine {
    model: Model,
    ports: Ports,
    bus_bytes: usize,
    size: u8,
}

impl VerilatedEngine {
    /// The engine in `library`. With `random_registers` they start at random values.
    ///
    /// # Errors
    /// [`EngineError::Verilator`] if the library's ports are not those of `sizes`.
    pub fn new(
        sizes: &Sizes,
        library: &Library,
        random_registers: Option<u32>,
    ) -> Result<Self, EngineError> {
        let model = match random_registers {
            Some(seed) => library.randomized_model(seed)?,
            None => library.model()?,
        };
        let ports = Ports::find(&model, sizes)?;
        let bus_bytes = sizes.engine.bus_bytes();
        Ok(Self {
            model,
            ports,
            bus_bytes,
            size: bus_bytes.ilog2() as u8,
        })
    }

    /// Writes a waveform of everything from now on to `path`.
    ///
    /// # Errors
    /// [`EngineError::Verilator`] if the model was built without, or if the file cannot be written.
    pub fn open_trace(&mut self, path: &Path) -> Result<(), EngineError> {
        Ok(self.model.open_trace(path)?)
    }

    /// Drives an input that is none of the engine's, in a model that was changed: it holds its value.
    ///
    /// # Errors
    /// [`EngineError::Verilator`] if there is none of so many bits.
    pub fn drive_extra(&mut self, name: &str, bits: usize, value: u64) -> Result<(), EngineError> {
        let port = self.model.input(name, bits)?;
        self.model.set(port, value);
        Ok(())
    }

    /// Its model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    fn drive(&mut self, input: &PinsIn) {
        let (model, ports) = (&mut self.model, &self.ports);
        let axi = &input.axi;
        let lite = &input.lite;
        let l = &ports.lite;
        for (port, value) in [
            (ports.ar.ready, axi.arready),
            (ports.aw.ready, axi.awready),
            (ports.wready, axi.wready),
            (ports.rvalid, axi.rvalid),
            (ports.rlast, axi.rlast),
            (ports.bvalid, axi.bvalid),
            (l.awvalid, lite.awvalid),
            (l.wvalid, lite.wvalid),
            (l.bready, lite.bready),
            (l.arvalid, lite.arvalid),
            (l.rready, lite.rready),
        ] {
            model.set(port, value.into());
        }
        model.set(ports.rresp, axi.rresp.into());
        model.set(ports.bresp, axi.bresp.into());
        if axi.rvalid {
            model.bytes_mut(ports.rdata).copy_from_slice(&axi.rdata);
        }
        let mask = (1 << LITE_ADDR_BITS) - 1;
        model.set(l.awaddr, (lite.awaddr & mask).into());
        model.set(l.araddr, (lite.araddr & mask).into());
        model.set(l.wdata, lite.wdata.into());
        model.set(l.wstrb, lite.wstrb.into());
    }

    fn address(&self, of: &AddressPorts) -> Address {
        let get = |port: Port| self.model.get(port);
        Address {
            valid: get(of.valid) != 0,
            addr: get(of.addr),
            len: get(of.len) as u8,
            size: of.size.map_or(self.size, |port| get(port) as u8),
            burst: of.burst.map_or(1, |port| get(port) as u8),
            id: of.id.map_or(0, |port| get(port) as u32),
        }
    }

    fn sample(&self, output: &mut PinsOut) {
        let (model, ports) = (&self.model, &self.ports);
        let high = |port: Port| model.get(port) != 0;
        output.irq = high(ports.irq);
        let axi = &mut output.axi;
        axi.ar = self.address(&ports.ar);
        axi.aw = self.address(&ports.aw);
        axi.rready = high(ports.rready);
        axi.bready = high(ports.bready);
        axi.wvalid = high(ports.wvalid);
        if axi.wvalid {
            axi.wdata.resize(self.bus_bytes, 0);
            axi.wdata.copy_from_slice(model.bytes(ports.wdata));
            axi.wstrb = model.get(ports.wstrb);
            axi.wlast = high(ports.wlast);
        }
        let (l, lite) = (&ports.lite, &mut output.lite);
        lite.awready = high(l.awready);
        lite.wready = high(l.wready);
        lite.bvalid = high(l.bvalid);
        lite.bresp = model.get(l.bresp) as u8;
        lite.arready = high(l.arready);
        lite.rvalid = high(l.rvalid);
        lite.rdata = model.get(l.rdata) as u32;
        lite.rresp = model.get(l.rresp) as u8;
    }
}

impl EnginePort for VerilatedEngine {
    fn reset(&mut self) -> Result<(), EngineError> {
        self.drive(&PinsIn::default());
        self.model.set(self.ports.rst_n, 0);
        for _ in 0..RESET_CYCLES {
            self.model.settle()?;
            self.model.rise()?;
        }
        self.model.set(self.ports.rst_n, 1);
        Ok(())
    }

    fn cycle(&mut self, input: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError> {
        self.drive(input);
        self.model.settle()?;
        self.sample(output);
        self.model.rise()?;
        Ok(())
    }

    fn close_trace(&mut self) -> Result<(), EngineError> {
        Ok(self.model.close_trace()?)
    }
}
