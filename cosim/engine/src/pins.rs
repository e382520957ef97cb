//! The engine's pins in one cycle, with the names of AXI.

use crate::EngineError;

/// The address channel of a burst, for reads or writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Offered.
    pub valid: bool,
    /// Byte address of the first beat.
    pub addr: u64,
    /// Beats less one.
    pub len: u8,
    /// Binary logarithm of the bytes of a beat.
    pub size: u8,
    /// Kind of burst: 1 is INCR.
    pub burst: u8,
    /// Identifier; 0 if the engine has no such pin.
    pub id: u32,
}

impl Address {
    /// Beats of the burst.
    pub fn beats(&self) -> u64 {
        u64::from(self.len) + 1
    }
}

/// What the engine drives on its AXI4 port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AxiOut {
    /// Read addresses.
    pub ar: Address,
    /// Read data are taken.
    pub rready: bool,
    /// Write addresses.
    pub aw: Address,
    /// Write data are offered.
    pub wvalid: bool,
    /// They; as many bytes as the bus has.
    pub wdata: Vec<u8>,
    /// Which of its bytes count.
    pub wstrb: u64,
    /// The last beat of its burst.
    pub wlast: bool,
    /// A response is taken.
    pub bready: bool,
}

/// What memory drives on that port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AxiIn {
    /// Read addresses are taken.
    pub arready: bool,
    /// Read data are offered.
    pub rvalid: bool,
    /// They; as many bytes as the bus has.
    pub rdata: Vec<u8>,
    /// Their response.
    pub rresp: u8,
    /// The last beat of its burst.
    pub rlast: bool,
    /// Write addresses are taken.
    pub awready: bool,
    /// Write data are taken.
    pub wready: bool,
    /// A response is offered.
    pub bvalid: bool,
    /// It.
    pub bresp: u8,
}

/// What a host drives on the engine's AXI4-Lite port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiteIn {
    /// A write address is offered.
    pub awvalid: bool,
    /// It.
    pub awaddr: u32,
    /// Write data are offered.
    pub wvalid: bool,
    /// They.
    pub wdata: u32,
    /// Which of its bytes count.
    pub wstrb: u8,
    /// A write's response is taken.
    pub bready: bool,
    /// A read address is offered.
    pub arvalid: bool,
    /// It.
    pub araddr: u32,
    /// Read data are taken.
    pub rready: bool,
}

/// What the engine drives on that port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiteOut {
    /// A write address is taken.
    pub awready: bool,
    /// Write data are taken.
    pub wready: bool,
    /// A write's response is offered.
    pub bvalid: bool,
    /// It.
    pub bresp: u8,
    /// A read address is taken.
    pub arready: bool,
    /// Read data are offered.
    pub rvalid: bool,
    /// They.
    pub rdata: u32,
    /// Their response.
    pub rresp: u8,
}

/// All inputs of the engine but clock and reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinsIn {
    /// From the host.
    pub lite: LiteIn,
    /// From memory.
    pub axi: AxiIn,
}

/// All outputs of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinsOut {
    /// To the host.
    pub lite: LiteOut,
    /// To memory.
    pub axi: AxiOut,
    /// The interrupt.
    pub irq: bool,
}

/// Something that behaves like the generated engine, seen from its pins.
pub trait EnginePort {
    /// Resets the engine; it is idle afterwards.
    ///
    /// # Errors
    /// Those of the simulator.
    fn reset(&mut self) -> Result<(), EngineError>;

    /// Simulates one clock cycle with the given inputs. `output` receives the outputs that belong to
    /// these inputs, as they stand right before the clock edge.
    ///
    /// # Errors
    /// Those of the simulator.
    fn cycle(&mut self, input: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError>;

    /// Completes the waveform, if one is written.
    ///
    /// # Errors
    /// Those of the simulator, such as a full disk.
    fn close_trace(&mut self) -> Result<(), EngineError> {
        Ok(())
    }
}
