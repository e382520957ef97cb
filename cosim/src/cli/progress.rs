//! Progress bars on standard error; nothing where that is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `len` units, labelled `what`.
pub fn bar(what: &str, len: u64) -> ProgressBar {
    let bar = ProgressBar::new(len).with_message(what.to_owned());
    let style = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len} {eta:>5}  {prefix}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A sign of life for work of unknown length.
pub fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}
