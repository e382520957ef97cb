//! Each pin of a Verilated engine is the one that it is called.

use crate::common::sizes as common_sizes;
use heddle_engine::pins::{Address, AxiIn, EnginePort, LiteIn, PinsIn, PinsOut};
use heddle_engine::verilated::{builder, VerilatedEngine};
use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_verilator::Library;

fn library() -> Library {
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/pins.v");
    let cache = tempfile::tempdir().unwrap();
    let builder = builder(&[text.into()]).cache_dir(cache.path());
    builder.build().unwrap()
}

#[test]
fn pins_are_where_they_belong() {
    let sizes = common_sizes(2, 2, Format::Int8, EngineConfig::default());
    let library = library();
    let mut engine = VerilatedEngine::new(&sizes, &library, None).unwrap();
    engine.reset().unwrap();
    let mut output = PinsOut::default();
    let mut input = PinsIn {
        lite: LiteIn {
            awvalid: true,
            awaddr: 0xabc,
            wvalid: true,
            wdata: 0x1000_0000,
            wstrb: 0b0110,
            bready: true,
            arvalid: true,
            araddr: 0x123,
            rready: true,
        },
        axi: AxiIn {
            arready: true,
            rvalid: true,
            rdata: (0..16).map(|i| 0x11 * i as u8).collect(),
            rresp: 1,
            rlast: true,
            awready: true,
            wready: true,
            bvalid: true,
            bresp: 2,
        },
    };
    engine.cycle(&input, &mut output).unwrap();
    let lite = output.lite;
    assert!(lite.awready && lite.wready && lite.bvalid && lite.arready && lite.rvalid);
    assert_eq!((lite.bresp, lite.rresp), (0b10, 0b01));
    assert_eq!(lite.rdata, 0x10ab_c123);
    let axi = &output.axi;
    let ar = Address {
        valid: true,
        addr: 0x44_3322_1100,
        len: 0,
        size: 4,
        burst: 1,
        id: 0,
    };
    assert_eq!(axi.ar, ar);
    // pins that always say the same may be left out
    let aw = Address {
        addr: 0xff_eedd_ccbb,
        len: 255,
        ..ar
    };
    assert_eq!(axi.aw, aw);
    assert!(axi.rready && axi.bready && axi.wvalid && axi.wlast);
    let inverted: Vec<u8> = input.axi.rdata.iter().map(|byte| !byte).collect();
    assert_eq!((&axi.wdata, axi.wstrb), (&inverted, 0x1100));
    assert!(!output.irq);
    input = PinsIn::default();
    engine.cycle(&input, &mut output).unwrap();
    assert_eq!(
        (output.axi.ar.valid, output.axi.ar.len, output.irq),
        (false, 1, false)
    );
    assert!(!output.axi.aw.valid && !output.axi.wvalid && !output.lite.rvalid);
    engine.cycle(&input, &mut output).unwrap();
    assert!(output.irq, "two cycles after reset");
    // another engine is told by its pins
    let wide = EngineConfig {
        bus_bits: 256,
        ..EngineConfig::default()
    };
    let sizes = common_sizes(2, 2, Format::Int8, wide);
    let error = VerilatedEngine::new(&sizes, &library, None).err().unwrap();
    assert!(error.to_string().contains("rdata"), "{error}");
}
