//! Generated, synthesized, estimated: `generate`, `synth`, `power`.

use super::common::{Array, Header, Heddle, Phase, Version};
use super::{form, words};
use std::collections::BTreeMap;

form! {
    Generate {
        .. { header: Header, folder: Folder, }
    }
}

form! {
    /// Without what differs between two runs with the same flags.
    Manifest {
        /// The version of the form.
        schema_version: Version,
        program: ManifestProgram,
        .. { folder: Folder, }
    }
}

form! {
    ManifestProgram {
        name: Heddle,
        version: String,
    }
}

form! {
    /// What is in a generated folder.
    Folder {
        array: Array,
        top: String,
        ports: Vec<Port>,
        latencies: Latencies,
        clock_mhz: f64,
        files: Vec<File>,
        ? { kind: FolderKind, prefix: String, }
    }
}

words! { FolderKind { Engine = "engine", } }

form! {
    Port {
        name: String,
        direction: String,
        bits: u64,
        elements: u64,
        purpose: String,
    }
}

form! {
    Latencies {
        mul_stages: u64,
        add_stages: u64,
        row_skew: u64,
        col_skew: u64,
        beat_to_sum: u64,
        turnaround: u64,
        round_trip: u64,
        ? {
            /// Groups of sums that take turns at an adder.
            phases: u64,
        }
    }
}

form! {
    File {
        name: String,
        role: String,
        sha256: String,
    }
}

form! {
    Synth {
        target: String,
        part: String,
        top: String,
        array: Array,
        fits: bool,
        exceeds: Vec<Demand>,
        fmax_mhz: Option<f64>,
        cells_by_kind: BTreeMap<String, u64>,
        modules: Vec<Module>,
        runs: Vec<ClockRun>,
        unfinished_seeds: Vec<u64>,
        critical_path: Option<CriticalPath>,
        tools: SynthTools,
        notes: Vec<String>,
        logs: Vec<String>,
        cached: bool,
        ? { engine: EngineArea, frame: Area, }
        .. { header: Header, area: Area, }
    }
}

form! {
    Area {
        ff: u64,
        cells: u64,
        ? { lut4: u64, mult18: u64, block_ram: u64, area_um2: f64, memory_bits: u64, }
    }
}

form! {
    Demand {
        resource: String,
        needs: u64,
        has: u64,
    }
}

form! {
    Module {
        module: String,
        instances: u64,
        own: Area,
        whole: Area,
    }
}

form! {
    EngineArea {
        array_alone: Area,
        blocks: Vec<Block>,
        memories: Vec<Memory>,
    }
}

form! {
    Block {
        instance: String,
        module: String,
        .. { area: Area, }
    }
}

form! {
    Memory {
        instance: String,
        module: String,
        ? { block_ram: u64, memory_bits: u64, }
    }
}

form! {
    ClockRun {
        fmax_mhz: f64,
        critical_path: CriticalPath,
        ? { seed: u64, }
    }
}

form! {
    CriticalPath {
        from: Endpoint,
        to: Endpoint,
        delay_ns: f64,
        logic_ns: f64,
        levels: u64,
        modules: Vec<String>,
        ? { routing_ns: f64, }
    }
}

form! {
    Endpoint {
        instance: String,
        module: String,
        signal: String,
    }
}

form! {
    SynthTools {
        yosys: String,
        ? { nextpnr: String, placer: String, opensta: String, }
    }
}

form! {
    Power {
        array: Array,
        library: String,
        liberty: Vec<String>,
        conditions: String,
        clock_mhz: f64,
        cells: u64,
        nets: u64,
        runs: Vec<JobsRun>,
        step: Vec<StepEnergy>,
        tools: PowerTools,
        notes: Vec<String>,
        logs: Vec<String>,
        cached: bool,
        ? { column: Column, }
        .. { header: Header, }
    }
}

words! {
    /// What became of dropped units; `kept` is gated with all masks kept.
    Treatment { Dense = "dense", Gated = "gated", Packed = "packed", Kept = "kept", }
}

form! {
    JobsRun {
        phase: Phase,
        policy: Treatment,
        job_names: Vec<String>,
        macs: u64,
        cycles: u64,
        watt: Sums,
        joule: Energy,
        ratio: f64,
        ratio_with_clock: f64,
        ? { against_dense: f64, }
    }
}

form! {
    Energy {
        dynamic: f64,
        clock: f64,
        leakage: f64,
    }
}

form! {
    Sums {
        groups: BTreeMap<String, Watt>,
    }
}

form! {
    Watt {
        internal: f64,
        switching: f64,
        leakage: f64,
    }
}

form! {
    StepEnergy {
        policy: Treatment,
        joule: Energy,
        macs: u64,
        joule_per_mac: f64,
        joule_per_mac_with_clock: f64,
        ratio: f64,
        ratio_with_clock: f64,
    }
}

form! {
    Column {
        column: u64,
        active_datapath_watt: f64,
        gated_datapath_watt: f64,
        ratio: f64,
        ratio_with_clock: f64,
        active_watt: Sums,
        gated_watt: Sums,
    }
}

form! {
    PowerTools {
        yosys: String,
        opensta: String,
    }
}
