//! Regressions over the generated array, through Verilator unless a file says otherwise.
//! `HEDDLE_FULL=1` runs the long versions.

mod address_trace;
mod counters;
mod dataflows;
mod fast_text;
mod formats;
mod generated;
mod initial_state;
mod lstm_step;
mod mutants;
mod planted_faults;
mod planted_os_faults;
mod random_jobs;
mod rust_hdl_agrees;
