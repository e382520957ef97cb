//! Comparisons of dropout cases: `parity`.

use super::common::{Header, Policy, Site};
use super::form;
use super::training::{Batches, Bleu, DataFile, Model, Optimiser, Task};

form! {
    Parity {
        protocol: Protocol,
        selection: Vec<Selected>,
        samples: Vec<Sample>,
        dropout_helps: bool,
        comparisons: Vec<Comparison>,
        ? { left_out: u64, diverged: Vec<Diverged>, }
        .. { header: Header, }
    }
}

form! {
    /// As the folder of the comparison keeps it.
    Protocol {
        /// Of this form, which is one of its own.
        schema_version: u64,
        program: String,
        task: Task,
        metric: String,
        margin: Margin,
        confidence: f64,
        cases: Vec<String>,
        grid: Vec<f64>,
        seeds: Vec<u64>,
        selection_seeds: Vec<u64>,
        arithmetic_seeds: Vec<u64>,
        trained: Trained,
        rules: Vec<String>,
        ? { mask_groups: u64, rates: Vec<f64>, selection_epochs: u64, finalists: u64, }
    }
}

form! {
    Margin {
        given: f64,
        unit: String,
        in_difference: f64,
    }
}

form! {
    Trained {
        model: TaskModel,
        train: HowTrained,
        sites: Vec<Site>,
        masks: String,
        share_sites: bool,
        policy: Policy,
        data: String,
        kernel: String,
        ? { inputs_kept: bool, feed_dropped: bool, data_files: Vec<DataFile>, }
    }
}

form! {
    TaskModel {
        task: Task,
        model: Model,
        ? { batches: Batches, settings: Batches, }
    }
}

form! {
    HowTrained {
        epochs: u64,
        time_steps: String,
        optimiser: Optimiser,
    }
}

form! {
    Selected {
        case: Option<String>,
        p: f64,
        grid: Vec<GridPoint>,
        ? {
            at_edge: bool,
            learning_rate: f64,
            rates: Vec<RatePoint>,
            finalists: Vec<Finalist>,
        }
    }
}

form! {
    GridPoint {
        p: f64,
        valid: Vec<Option<f64>>,
        mean: Option<f64>,
        from_case_i: Option<f64>,
    }
}

form! {
    RatePoint {
        learning_rate: f64,
        valid: Vec<Option<f64>>,
        mean: Option<f64>,
    }
}

form! {
    Finalist {
        p: f64,
        valid: Vec<Option<f64>>,
        mean: Option<f64>,
        ? { learning_rate: f64, }
    }
}

form! {
    Sample {
        name: String,
        case: Option<String>,
        p: f64,
        arithmetic: String,
        seeds: Vec<u64>,
        best_epochs: Vec<u64>,
        valid: Vec<f64>,
        test: Vec<f64>,
        mean: Option<f64>,
        ? { mask_groups: u64, learning_rate: f64, bleu: BleuScores, bleu_detokenised: BleuScores, }
    }
}

form! {
    BleuScores {
        mean: f64,
        seeds: Vec<Bleu>,
    }
}

form! {
    Comparison {
        question: String,
        of: String,
        minus: String,
        differences: Vec<f64>,
        statistics: Option<Statistics>,
        mean: Option<f64>,
        lower: Option<f64>,
        upper: Option<f64>,
        ? {
            left_out: u64,
            verdict: String,
            by_margin: String,
            helps: bool,
            bleu: Statistics,
            bleu_detokenised: Statistics,
        }
    }
}

form! {
    Statistics {
        n: u64,
        df: u64,
        mean: f64,
        sd: f64,
        standard_error: f64,
        lower: f64,
        upper: f64,
    }
}

form! {
    Diverged {
        run: String,
        what: String,
    }
}
