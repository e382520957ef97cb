//! Traces, networks, work in pieces, what is installed.

use super::common::{Dimensions, Format, Header, Phase};
use super::{form, words};
use schemars::JsonSchema;
use std::collections::BTreeMap;

form! {
    TraceInspect {
        source: TraceFile,
        jobs: u64,
        tensor_bytes: u64,
        job_list: Vec<Job>,
        .. { header: Header, }
    }
}

form! {
    TraceFile {
        trace: String,
    }
}

form! {
    Job {
        name: String,
        phase: Phase,
        format: Format,
        m: u64,
        k: u64,
        n: u64,
        kept: Dimensions,
        masked: Vec<Dimension>,
        /// Any word, as in the trace: attention where there is never a mask.
        site: Option<String>,
        layer: Option<u64>,
        time: Option<u64>,
        step: Option<u64>,
        has_c0: bool,
        has_c: bool,
    }
}

words! { Dimension { M = "m", K = "k", N = "n", } }

form! {
    TraceCheck {
        source: TraceFile,
        jobs: u64,
        is_valid: bool,
        errors: Vec<String>,
        warnings: Vec<String>,
        .. { header: Header, }
    }
}

form! {
    NetworkList {
        networks: Vec<Listed>,
        .. { header: Header, }
    }
}

form! {
    Listed {
        network: String,
        about: String,
        batch: u64,
        window: u64,
        p: f64,
        layers: u64,
        jobs: u64,
    }
}

form! {
    Started {
        arrays: Vec<String>,
        submitted: u64,
        .. { header: Header, run: RunStatus, }
    }
}

form! {
    Status {
        .. { header: Header, run: RunStatus, }
    }
}

form! {
    /// How far a run is.
    RunStatus {
        pieces: u64,
        computed: u64,
        failed: u64,
        tasks: u64,
        states: BTreeMap<String, u64>,
        unfinished: Vec<Unfinished>,
    }
}

words! {
    State {
        Whole = "whole",
        Queued = "queued",
        Running = "running",
        Failed = "failed",
        TimedOut = "timed-out",
        Stopped = "stopped",
        Lost = "lost",
    }
}

form! {
    Unfinished {
        task: u64,
        state: State,
        why: Option<String>,
        log: String,
        command: Vec<String>,
    }
}

form! {
    Merge {
        pieces: u64,
        missing: u64,
        missing_pieces: Vec<u64>,
        failed: u64,
        failed_pieces: Vec<FailedPiece>,
        mismatches: u64,
        piece_seconds: f64,
        missing_tasks: Vec<Unfinished>,
        unfit: Vec<Unfit>,
        file: Option<String>,
        .. { header: Header, }
    }
}

words! {
    Verdict { Wrong = "wrong", Failed = "failed", TimedOut = "timed-out", Crashed = "crashed", }
}

form! {
    FailedPiece {
        piece: String,
        at: u64,
        verdict: Verdict,
        why: Option<String>,
        log: Option<String>,
        command: Vec<String>,
    }
}

/// Why results do not go together.
#[derive(JsonSchema)]
#[schemars(tag = "reason", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code)]
pub(super) enum Unfit {
    Mixed {
        file: String,
        field: String,
        found: String,
        expected: String,
    },
    Double {
        at: u64,
        file: String,
    },
    Foreign {
        at: u64,
        file: String,
    },
    Broken {
        file: String,
        problem: String,
    },
}

form! {
    Cancel {
        arrays: Vec<String>,
        .. { header: Header, }
    }
}

form! {
    Scaling {
        pieces: u64,
        piece_seconds: f64,
        start_seconds: f64,
        scaling: Vec<OfTasks>,
        .. { header: Header, }
    }
}

form! {
    OfTasks {
        tasks: u64,
        seconds: f64,
        efficiency: f64,
    }
}

form! {
    Doctor {
        items: Vec<Item>,
        install: Option<String>,
        caches: Vec<Cache>,
        ready: bool,
        .. { header: Header, }
    }
}

form! {
    Item {
        name: String,
        commands: String,
        optional: bool,
        found: Option<String>,
        problem: Option<String>,
    }
}

form! {
    Cache {
        what: String,
        path: String,
        bytes: u64,
    }
}
