//! Sweeps: `explore`.

use super::common::{Array, ByPolicy, Header, Phase, Site, TargetEngine};
use super::engine::{Counts, OnEngine};
use super::form;
use schemars::JsonSchema;

/// `explore`: arrays, or engines.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub(super) enum Explore {
    Arrays(Arrays),
    Engines(Engines),
}

form! {
    Arrays {
        network: String,
        network_sha256: String,
        sites: Vec<Site>,
        points: Vec<Point>,
        .. { header: Header, }
    }
}

form! {
    Point {
        array: Array,
        pes: u64,
        p: f64,
        front: bool,
        policies: ByPolicy<Cycles>,
        ? { cost: Cost, }
    }
}

form! {
    Cycles {
        cycles: u64,
        utilisation: f64,
        speedup: Option<f64>,
    }
}

form! {
    Cost {
        lut4: Option<f64>,
        area_um2: Option<f64>,
        fmax_mhz: Option<f64>,
        steps_per_s: Option<f64>,
        steps_per_s_per_klut: Option<f64>,
        steps_per_s_per_mm2: Option<f64>,
        dense_joule: Option<f64>,
        packed_joule: Option<f64>,
    }
}

form! {
    Engines {
        target: TargetEngine,
        network: Option<String>,
        network_sha256: Option<String>,
        whole_step: bool,
        points: Vec<EnginePoint>,
        impossible: Vec<Impossible>,
        .. { header: Header, }
    }
}

form! {
    EnginePoint {
        batch: u64,
        p: f64,
        phase: Phase,
        buffer_bytes: Buffers,
        policies: ByPolicy<Counts>,
        .. { on: OnEngine, }
    }
}

form! {
    Buffers {
        a: u64,
        b: u64,
        sums: u64,
    }
}

form! {
    Impossible {
        batch: u64,
        p: f64,
        phases: Vec<Phase>,
        reason: String,
        .. { on: OnEngine, }
    }
}
