//! Progress on standard error: bars on a terminal, elsewhere a line each half minute, so that
//! a log tells a step that takes long from one that hangs. With `--quiet` neither.

use super::output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::ops::Deref;
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Between two lines where standard error is no terminal.
const PERIOD: Duration = Duration::from_secs(30);

/// A bar, and where it is hidden, its lines. They end with it.
pub struct Progress {
    bar: ProgressBar,
    _lines: Option<Sender<()>>,
}

impl Deref for Progress {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Progress {
    fn of(bar: ProgressBar) -> Self {
        if output::is_quiet() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let lines = (bar.is_hidden() && !output::is_quiet())
            .then(|| lines(bar.clone(), PERIOD, output::tell));
        Self { bar, _lines: lines }
    }
}

/// Has `tell` called with how far `bar` is once in a `period`, until the sender is dropped or
/// the bar is finished.
fn lines(
    bar: ProgressBar,
    period: Duration,
    mut tell: impl FnMut(String) + Send + 'static,
) -> Sender<()> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        while receiver.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
            if bar.is_finished() {
                break;
            }
            tell(line(&bar));
        }
    });
    sender
}

/// What is done, how much of it, and for how long.
fn line(bar: &ProgressBar) -> String {
    let mut line = bar.message();
    match bar.prefix() {
        prefix if prefix.is_empty() => {}
        prefix => line += &format!(", {prefix}"),
    }
    if let Some(len) = bar.length().filter(|len| *len > 1) {
        line += &format!(", {} of {len}", bar.position());
    }
    format!("{line}, after {} s", bar.elapsed().as_secs())
}

/// A bar of `len` units, labelled `what`.
pub fn bar(what: &str, len: u64) -> Progress {
    let bar = ProgressBar::new(len).with_message(what.to_owned());
    let style =
        ProgressStyle::with_template("{msg:24} {bar:32.cyan} {pos}/{len} {eta:>5}  {prefix}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    Progress::of(bar)
}

/// Does `work` under a bar that it moves: it is told what is being done, at which of how many
/// steps.
pub fn steps<R>(what: &str, work: impl FnOnce(&dyn Fn(&str, usize, usize)) -> R) -> R {
    let bar = bar(what, 1);
    // the tools say nothing for minutes
    bar.enable_steady_tick(Duration::from_millis(200));
    let done = work(&|what, at, of| {
        bar.set_length(of as u64);
        bar.set_position(at as u64);
        bar.set_prefix(what.to_owned());
    });
    bar.finish_and_clear();
    done
}

/// A sign of life for work of unknown length.
pub fn spinner(what: &str) -> Progress {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    let style = ProgressStyle::with_template("{spinner:.cyan} {msg}");
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let spinner = Progress::of(spinner);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(len: u64) -> ProgressBar {
        ProgressBar::with_draw_target(Some(len), ProgressDrawTarget::hidden())
    }

    #[test]
    fn a_line_says_what_is_done_and_how_far_it_is() {
        let bar = hidden(7).with_message("synthesis").with_prefix("abc");
        bar.inc(2);
        assert_eq!(line(&bar), "synthesis, abc, 2 of 7, after 0 s");
        let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let spinner = spinner.with_message("building");
        assert_eq!(line(&spinner), "building, after 0 s");
    }

    #[test]
    fn lines_come_while_the_work_lasts_and_end_with_it() {
        let (told, lines_told) = channel();
        let bar = hidden(3).with_message("waiting");
        let tell = move |line| told.send(line).unwrap_or_default();
        let running = lines(bar.clone(), Duration::from_millis(1), tell);
        assert!(lines_told.recv().unwrap().starts_with("waiting, 0 of 3"));
        drop(running);
        // The thread is gone when nothing can be sent any more.
        while lines_told.recv().is_ok() {}
    }
}
