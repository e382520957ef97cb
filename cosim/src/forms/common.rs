//! What reports of several commands have.

use super::{form, words};
use schemars::JsonSchema;
use std::collections::BTreeMap;

form! {
    /// What every report begins with.
    Header {
        /// The version of the form.
        schema_version: Version,
        program: Program,
        /// The command line, word by word; null in a report that was rewritten from version 1.
        command: Option<Vec<String>>,
        ? { made_by: MadeBy, }
    }
}

form! {
    Program {
        name: Heddle,
        version: String,
        commit: Option<String>,
    }
}

form! {
    MadeBy {
        configuration_sha256: Option<String>,
        seed: Option<u64>,
        tools: BTreeMap<String, String>,
    }
}

words! { Heddle { Heddle = "heddle", } }

/// The version of the form.
pub(super) struct Version;

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": heddle_report::SCHEMA_VERSION })
    }
}

form! {
    /// An array with every default filled in; with `engine` where it is that of one.
    Array {
        rows: u64,
        cols: u64,
        format: Format,
        acc_bits: u64,
        overflow: String,
        multiplier: String,
        mul_stages: u64,
        add_stages: u64,
        skew: String,
        reset: String,
        gating: String,
        dataflow: Dataflow,
        ? {
            prefix: String,
            engine: Engine,
        }
    }
}

form! {
    /// The keys of the table `[engine]` of `--config`.
    Engine {
        bus_bits: u64,
        addr_bits: u64,
        reads: u64,
        writes: u64,
        max_dim: u64,
        a_words: u64,
        b_slots: u64,
        slot_words: u64,
        sum_words: u64,
        ring_bits: u64,
    }
}

words! { Format { Int8 = "int8", Int16 = "int16", Bf16 = "bf16", } }
words! { Dataflow { Ws = "ws", Os = "os", Both = "both", } }
words! { Phase { Fp = "fp", Bp = "bp", Wg = "wg", } }
words! { Policy { Dense = "dense", Gated = "gated", Packed = "packed", } }
words! { Site { Nr = "nr", Rh = "rh", Out = "out", } }
words! { TargetEngine { Engine = "engine", } }

form! {
    /// By policy.
    ByPolicy<T> {
        ? { dense: T, gated: T, packed: T, }
    }
}

form! {
    /// By phase.
    ByPhase<T> {
        ? { fp: T, bp: T, wg: T, }
    }
}

form! {
    /// By phase, and in all.
    InAll<T> {
        all: T,
        ? { fp: T, bp: T, wg: T, }
    }
}

form! {
    /// How many of each dimension of a product.
    Dimensions {
        m: u64,
        k: u64,
        n: u64,
    }
}

form! {
    Dropout {
        case: String,
        kind: String,
        nr: Probability,
        rh: Probability,
        out: Probability,
        share_sites: bool,
        ? { inputs_kept: bool, feed_dropped: bool, mask_groups: u64, }
    }
}

/// One probability, or those of the places of a network where they differ.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub(super) enum Probability {
    /// Of all.
    One(f64),
    /// Of each.
    Each(Vec<f64>),
}
