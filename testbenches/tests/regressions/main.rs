//! Regressions over the generated array, through Verilator unless a file says otherwise.
//! `HEDDLE_FULL=1` runs the long versions.

mod address_trace;
mod formats;
mod initial_state;
mod lstm_step;
mod random_jobs;
