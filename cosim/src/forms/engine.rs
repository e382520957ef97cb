//! Products on the tile engine: `run`, `cosim` and `cycles` with `--target engine`.

use super::common::{
    Array, ByPhase, ByPolicy, Dropout, Engine, Header, InAll, Phase, TargetEngine,
};
use super::form;
use super::products::{At, OfShape, Pieces, Source};
use super::training::Trained;

form! {
    /// The engine, and the memory behind it.
    OnEngine {
        target: TargetEngine,
        array: Array,
        engine: Engine,
        latency: u64,
    }
}

form! {
    Run {
        first_problem: Option<String>,
        waveform: Option<String>,
        waveform_cycle: Option<u64>,
        waveform_address: Option<String>,
        policies: ByPolicy<Found>,
        phases: ByPhase<ByPolicy<Found>>,
        speedup: InAll<Option<f64>>,
        train: Trained,
        .. { header: Header, on: OnEngine, }
    }
}

form! {
    Cosim {
        disturbed: bool,
        source: Asked,
        first_problem: Option<String>,
        waveform: Option<String>,
        waveform_cycle: Option<u64>,
        waveform_address: Option<String>,
        policies: ByPolicy<Found>,
        .. { header: Header, on: OnEngine, }
    }
}

form! {
    /// Random descriptors, a trace, or a product by its shape.
    Asked {
        ? {
            trace: String,
            random: u64,
            errors: u64,
            seed: u64,
            max_dim: u64,
            phase: Phase,
            m: u64,
            k: u64,
            n: u64,
            keep: u64,
            times: u64,
        }
    }
}

form! {
    /// What the simulated engine did, under one policy.
    Found {
        bytes_read_of: BytesReadOf,
        rows_fetched: u64,
        rows_skipped: u64,
        guard_violations: u64,
        stray_reads: u64,
        protocol_violations: u64,
        interrupts_expected: u64,
        interrupts_seen: u64,
        errors_wrong: u64,
        counter_differences: u64,
        overflows: u64,
        overflow_differences: u64,
        counters: Counters,
        .. { sums: Sums, }
    }
}

form! {
    /// Only what bytes were read for.
    BytesReadOf {
        ? { descriptors: u64, mask: u64, a: u64, b: u64, c0: u64, c: u64, }
    }
}

form! {
    Counters {
        busy: u64,
        bytes_read: u64,
        bytes_written: u64,
        gated: u64,
        jobs: u64,
        macs: u64,
        rows_fetched: u64,
        rows_skipped: u64,
        .. { causes: Causes, }
    }
}

form! {
    Causes {
        compute: u64,
        wait_a: u64,
        wait_b: u64,
        wait_c0: u64,
        wait_store: u64,
        wait_sum: u64,
        wait_job: u64,
    }
}

form! {
    CosimPieces {
        target: TargetEngine,
        array: Array,
        engine: Engine,
        latency: u64,
        disturbed: bool,
        source: Source,
        policies: ByPolicy<Sums>,
        .. { header: Header, pieces: Pieces, }
    }
}

form! {
    /// What of it is added up, of pieces as well.
    Sums {
        jobs: u64,
        macs: u64,
        cycles: u64,
        mismatches: u64,
        wrong_bytes: u64,
        cycle_model_differences: Option<u64>,
        bytes_read: u64,
        bytes_written: u64,
        hangs: u64,
        errors_expected: u64,
        errors_seen: u64,
    }
}

form! {
    Product {
        seed: u64,
        .. { header: Header, on: OnEngine, of: OfShape, counts: Counts, }
    }
}

form! {
    /// What the engine's cycle model counts.
    Counts {
        cycles: u64,
        macs: u64,
        array_limit: f64,
        bus_limit: f64,
        utilisation: f64,
        limited_by: String,
        of_limit: f64,
        macs_per_byte: f64,
        macs_per_cycle: f64,
        bytes_read: u64,
        bytes_written: u64,
        bytes_read_of: BytesReadOf,
        rows_fetched: u64,
        rows_skipped: u64,
        causes: Causes,
        busy: u64,
        gated: u64,
        dense_cycles: u64,
        speedup: Option<f64>,
    }
}

form! {
    Network {
        network: String,
        network_sha256: String,
        steps: u64,
        seed: u64,
        dropout: Dropout,
        jobs: u64,
        policies: ByPolicy<Counts>,
        phases: ByPhase<ByPolicy<Counts>>,
        places: Vec<Place>,
        .. { header: Header, on: OnEngine, }
    }
}

form! {
    Place {
        jobs: u64,
        policies: ByPolicy<Counts>,
        .. { at: At, }
    }
}
