//! What the regressions over the generated array share: the arrays they run on, random
//! batches of jobs and mappings for them, the check of a batch against the golden model and the cycle model,
//! and rust-hdl's own simulation of a block.
#![deny(missing_docs)]

pub mod arrays;
pub mod batch;
pub mod behavioural;
pub mod counters;
pub mod coverage;
pub mod fuzz;
pub mod handshakes;
pub mod loop_bench;
pub mod mappings;
pub mod mutation;
pub mod resets;
pub mod rust_hdl_twin;
pub mod stream;
pub mod triples;

/// Whether the long versions of the regressions were asked for, with `HEDDLE_FULL=1`.
pub fn full() -> bool {
    std::env::var_os("HEDDLE_FULL").is_some_and(|value| value != "0" && !value.is_empty())
}

/// Ends the program with exit code 2 if one of the names that it was `given` is not `known`.
pub fn check_names<'a>(given: &[String], known: impl IntoIterator<Item = &'a str>) {
    let known: Vec<_> = known.into_iter().collect();
    if let Some(unknown) = given.iter().find(|name| !known.contains(&name.as_str())) {
        let known = known.join(", ");
        eprintln!("error: unknown design '{unknown}': use one of {known}");
        std::process::exit(2)
    }
}
