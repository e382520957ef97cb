//! Products on an array: `run`, `cosim`, `cycles`.

use super::common::{
    Array, ByPhase, ByPolicy, Dimensions, Dropout, Header, InAll, Phase, Policy, Site,
};
use super::engine;
use super::form;
use super::training::Trained;
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// `run`, on an array or on an engine.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub(super) enum Run {
    Array(Box<RunArray>),
    Engine(Box<engine::Run>),
}

/// `cosim`: jobs on an array, programs on an engine, either in pieces.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub(super) enum Cosim {
    Array(Box<CosimArray>),
    Engine(Box<engine::Cosim>),
    Pieces(Box<CosimPieces>),
    EnginePieces(Box<engine::CosimPieces>),
}

/// `cycles`: of a product, of a network, of a trace, and of either on an engine.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub(super) enum Cycles {
    Product(Box<Product>),
    Network(Box<Network>),
    Trace(Box<CyclesTrace>),
    EngineProduct(Box<engine::Product>),
    EngineNetwork(Box<engine::Network>),
}

form! {
    RunArray {
        train: Trained,
        bounds: InAll<Bounds>,
        .. { header: Header, found: Replayed, }
    }
}

form! {
    Bounds {
        limit: DensePacked<f64>,
        bound: DensePacked<u64>,
        speedup: f64,
        speedup_limit: f64,
        speedup_bound: f64,
    }
}

form! {
    DensePacked<T> {
        dense: T,
        packed: T,
    }
}

form! {
    CosimArray {
        source: Source,
        .. { header: Header, found: Replayed, }
    }
}

form! {
    /// Where jobs come from: a trace, or a seed.
    Source {
        ? { trace: String, random: u64, seed: u64, max_dim: u64, }
    }
}

form! {
    /// What a co-simulation found.
    Replayed {
        array: Array,
        simulated: Option<Simulated>,
        jobs: u64,
        skipped: u64,
        policies: ByPolicy<OfPolicy>,
        mismatches: u64,
        trace_mismatches: u64,
        cycle_model_differences: u64,
        first_mismatch: Option<WrongSum>,
        first_cycle_model_difference: Option<WrongCycles>,
        waveform: Option<String>,
    }
}

form! {
    Simulated {
        ? { text: String, folder: String, }
    }
}

form! {
    WrongSum {
        job: String,
        policy: Policy,
        row: u64,
        col: u64,
        reference: String,
        expected: Number,
        found: Number,
    }
}

/// A sum: written out where it is no finite number.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub(super) enum Number {
    Number(f64),
    Text(String),
}

form! {
    WrongCycles {
        job: String,
        policy: Policy,
        expected: u64,
        found: u64,
    }
}

form! {
    OfPolicy {
        phases: ByPhase<Found>,
        .. { found: Found, }
    }
}

form! {
    /// What was counted on the array, under one policy.
    Found {
        jobs: u64,
        macs: u64,
        cycles: u64,
        model_cycles: u64,
        limit: f64,
        bound: u64,
        utilisation: f64,
        of_bound: f64,
        ragged: Option<f64>,
        speedup: Option<f64>,
        mismatches: u64,
        trace_mismatches: u64,
        cycle_model_differences: u64,
        ports: Ports<Measured>,
        breakdown: Option<Breakdown>,
    }
}

form! {
    Breakdown {
        beats: u64,
        weight_load: u64,
        round_trip: u64,
        exchange: u64,
        drain: u64,
    }
}

form! {
    Ports<T> {
        weights: T,
        activations: T,
        seeds: T,
        sums: T,
    }
}

form! {
    Measured {
        word_bits: u64,
        words: u64,
        mean_bytes_per_cycle: f64,
        peak_bytes_per_cycle: f64,
    }
}

form! {
    Counted {
        words: u64,
        mean_bytes_per_cycle: f64,
        peak_bytes_per_cycle: f64,
    }
}

form! {
    CosimPieces {
        array: Array,
        source: Source,
        policies: ByPolicy<PieceSums>,
        .. { header: Header, pieces: Pieces, }
    }
}

form! {
    /// Work in pieces.
    Pieces {
        pieces: u64,
        computed: u64,
        failed: u64,
        mismatches: u64,
        shard: String,
        file: Option<String>,
    }
}

form! {
    PieceSums {
        macs: u64,
        cycles: u64,
        model_cycles: u64,
        mismatches: u64,
        cycle_model_differences: u64,
    }
}

form! {
    /// A product by its shape, and how often.
    OfShape {
        phase: Phase,
        policy: Policy,
        m: u64,
        k: u64,
        n: u64,
        kept: Dimensions,
        times: u64,
    }
}

form! {
    Product {
        array: Array,
        mapping: String,
        macs: u64,
        cycles: u64,
        limit: f64,
        utilisation: f64,
        bound: u64,
        tiles: u64,
        breakdown: Breakdown,
        ragged: f64,
        ports: Ports<Counted>,
        transpositions: Vec<String>,
        dense_cycles: u64,
        speedup: Option<f64>,
        scalesim: ScaleSim,
        ? { candidates: Vec<Candidate>, }
        .. { header: Header, of: OfShape, }
    }
}

form! {
    ScaleSim {
        ws: u64,
        os: u64,
        ? { best: u64, }
    }
}

form! {
    Candidate {
        mapping: String,
        jobs: u64,
        cycles: u64,
        limit: f64,
        utilisation: f64,
        bound: u64,
        of_bound: f64,
        tiles: u64,
        breakdown: Breakdown,
        ragged: f64,
        ports: Ports<Counted>,
        transpositions: Vec<String>,
    }
}

form! {
    Network {
        array: Array,
        network: String,
        network_sha256: String,
        steps: u64,
        dropout: Dropout,
        jobs: u64,
        policies: ByPolicy<TallyPhases>,
        lstm: Lstm,
        places: Vec<Place>,
        ? { by_time: Vec<AtTime>, }
        .. { header: Header, }
    }
}

form! {
    CyclesTrace {
        array: Array,
        source: Source,
        jobs: u64,
        skipped: u64,
        policies: ByPolicy<TallyPhases>,
        .. { header: Header, }
    }
}

form! {
    Lstm {
        jobs: u64,
        policies: ByPolicy<TallyPhases>,
        speedup_limit: f64,
    }
}

form! {
    TallyPhases {
        phases: ByPhase<Tally>,
        .. { all: Tally, }
    }
}

form! {
    Tally {
        jobs: u64,
        speedup: Option<f64>,
        scalesim: ScaleSim,
        .. { counts: Counts, }
    }
}

form! {
    /// What the cycle model counts.
    Counts {
        cycles: u64,
        macs: u64,
        limit: f64,
        utilisation: f64,
        bound: u64,
        of_bound: f64,
        breakdown: Breakdown,
        ragged: f64,
        mappings: BTreeMap<String, u64>,
    }
}

form! {
    Place {
        jobs: u64,
        policies: ByPolicy<Tally>,
        .. { at: At, }
    }
}

form! {
    AtTime {
        time: Option<u64>,
        policy: Policy,
        .. { at: At, counts: Counts, }
    }
}

form! {
    /// A place in a network.
    At {
        layer: u64,
        site: Option<Site>,
        phase: Phase,
        ? { name: String, }
    }
}
