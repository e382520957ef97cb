//! Does a mask that is shared by the batch cost quality? Training runs over seeds, in
//! pairs, and a verdict by a margin that is fixed before the first run.
//!
//! # The protocol
//!
//! Everything below is written to `protocol.json` before the first run and never changed
//! after; a folder with another protocol is refused.
//!
//! 1. **Selection.** For each case every p of the grid is trained with the selection
//!    seeds, none of which is among the reported ones. The p with the best mean
//!    validation value is the case's (the smaller one of equals). The test data are not
//!    looked at. With rates, every case at its p, and p = 0, is then trained at each learning
//!    rate, and the best mean again is the case's. With finalists, p and rate are chosen by the
//!    first selection seed alone; then the best of all that was tried for a case are trained
//!    with every selection seed, and the best mean of these is the case's. The selection's
//!    runs may have fewer epochs than the reported ones.
//! 2. **Reported runs.** Each case at its own p, and p = 0, with the reported seeds. Runs
//!    of one seed are a pair: they start from the same parameters and read the data in
//!    the same order; masks differ by case. Each run is stopped, looking back, at the
//!    epoch that is best on the validation data, and the test data are looked at once,
//!    after that epoch.
//! 3. **Statistics.** Values are the loss per token, ln(perplexity), for lm and nmt, so
//!    that a difference is a ratio of perplexities, and the F1 for ner. Over the n paired
//!    differences (case minus Case I) stand the mean and, by Student's t with n-1 degrees
//!    of freedom, two one-sided 95 % bounds; together they are the two-sided 90 %
//!    interval. The mean perplexity of a table is exp of the mean loss.
//! 4. **Verdict**, the first of these that holds ("worse" is a higher loss or a lower F1):
//!    - *inferior*: the case is worse than Case I by more than the margin, with
//!      confidence 95 %. This comes first because it needs no help from dropout.
//!    - *dropout does not help here*: it is not shown, with confidence 95 %, that Case I
//!      is better than p = 0. Where dropout does nothing, every way to draw masks is
//!      as good as every other, and being no worse would prove nothing.
//!    - *non-inferior*: the case is worse by less than the margin, with confidence 95 %.
//!    - *inconclusive*: none of these. More seeds would tell.
//!
//!    What the margin alone says is reported beside the verdict.
//! 5. **Equal p.** A mask shared by the batch may regularise more strongly at equal p, so
//!    the cases are compared at equal p as well: by the validation values of the
//!    selection, pair by pair, as a description without a verdict.
//! 6. **Arithmetic** (on request). Case III at its p is trained again with every matrix
//!    product as the array computes it, bf16 operands and f32 sums, and compared with
//!    Case III in f32 in the same way; dropout need not help for this one.
//!
//! A run that diverges is reported, and neither averaged nor compared: a p at which one of
//! the selection's runs diverged is not chosen, and where a pair of the reported runs is
//! missing, nothing is non-inferior and nothing is shown to help.
//!
//! # Where things are
//!
//! `protocol` is what is fixed beforehand, `runner` one training run, `store` the folder
//! of finished runs, `pool` the threads, `select` what
//! chooses p and the rate, `conduct` the order of all of it; `statistics`
//! and `verdict` judge, `report`, `table` and `picture` show. `tasks` trains the three
//! tasks; tests put other runners in its place.

mod choice;
mod conduct;
mod picture;
mod pool;
mod protocol;
mod report;
mod runner;
mod select;
mod statistics;
mod store;
mod table;
mod tasks;
mod verdict;

pub use choice::{Choice, Finalist, GridPoint, RatePoint};
pub use conduct::{conduct, Told};
pub use protocol::{default_margin, Margin, Protocol, Settings};
pub use report::{BleuSample, Comparison, ParityReport, Question, Sample};
pub use runner::{Arithmetic, DivergedRun, Ended, Purpose, RunKey, RunRecord, Runner};
pub use statistics::{Paired, CONFIDENCE};
pub use store::Store;
pub use tasks::TaskRunner;
pub use verdict::{judge, shows_help, Verdict};
