//! A waveform as SVG: bits as lines, words as boxes, the cycle of what was wrong marked.

use super::{Signal, Snippet};
use heddle_files::shown;
use maud::{html, Markup};

const LABEL: f64 = 112.0;
const CYCLE: f64 = 38.0;
const ROW: f64 = 24.0;
const TOP: f64 = 22.0;
/// Width of a letter of a word.
const LETTER: f64 = 5.7;

/// The drawing with what it shows, or why there is none.
pub fn draw(name: &str, snippet: &Result<Snippet, String>) -> Markup {
    let snippet = match snippet {
        Ok(snippet) => snippet,
        Err(problem) => {
            return html! { p.note { "No waveform is drawn. " code { (shown(name)) } ": " (shown(problem)) "." } }
        }
    };
    let count = snippet
        .signals
        .iter()
        .map(|of| of.values.len())
        .max()
        .unwrap_or(0);
    let width = LABEL + CYCLE * count as f64 + 4.0;
    let height = TOP + ROW * snippet.signals.len() as f64 + 6.0;
    let x = |at: usize| LABEL + CYCLE * at as f64;
    let marked = snippet
        .marked
        .and_then(|cycle| cycle.checked_sub(snippet.first));
    html! {
        figure.wave {
            figcaption { "From " code { (shown(name)) } ". " (shown(&snippet.about)) }
            div.scroll {
                svg viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" aria-label="Waveform around what was wrong first" {
                    @if let Some(at) = marked { rect.band x=(x(at)) y="0" width=(CYCLE) height=(height) { title { "cycle " (snippet.first + at) ": " (snippet.mark) } } }
                    @for at in 0..count {
                        line.grid x1=(x(at)) x2=(x(at)) y1=(TOP - 4.0) y2=(height) {}
                        text.tick x=(x(at) + CYCLE / 2.0) y="14" text-anchor="middle" { (snippet.first + at) }
                    }
                    @for (row, signal) in snippet.signals.iter().enumerate() { (line(signal, TOP + ROW * row as f64, snippet.first)) }
                }
            }
        }
    }
}

fn line(signal: &Signal, y: f64, first: usize) -> Markup {
    let name = html! { text.name x=(LABEL - 8.0) y=(y + 15.0) text-anchor="end" { (shown(&signal.name)) } };
    match signal.is_bit {
        true => html! { (name) (bit(signal, y, first)) },
        false => html! { (name) (words(signal, y, first)) },
    }
}

fn bit(signal: &Signal, y: f64, first: usize) -> Markup {
    let level = |value: &str| match value {
        "1" => y + 4.0,
        "0" => y + 18.0,
        _ => y + 11.0,
    };
    let mut points = String::new();
    for (at, value) in signal.values.iter().enumerate() {
        let (from, height) = (LABEL + CYCLE * at as f64, level(value));
        points += &format!("{from},{height} {},{height} ", from + CYCLE);
    }
    html! {
        polyline.bit points=(points.trim_end()) {}
        @for (from, count, value) in runs(&signal.values) {
            g.mark { title { (tip(signal, from, count, value, first)) } rect.hover x=(LABEL + CYCLE * from as f64) y=(y) width=(CYCLE * count as f64) height=(ROW - 2.0) {} }
        }
    }
}

fn words(signal: &Signal, y: f64, first: usize) -> Markup {
    html! {
        @for (from, count, value) in runs(&signal.values) {
            g.mark {
                title { (tip(signal, from, count, value, first)) }
                rect.word x=(LABEL + CYCLE * from as f64 + 1.0) y=(y + 3.0) width=(CYCLE * count as f64 - 2.0) height=(ROW - 8.0) rx="3" {}
                text.value x=(LABEL + CYCLE * (from as f64 + count as f64 / 2.0)) y=(y + 15.0) text-anchor="middle" { (fitting(value, CYCLE * count as f64 - 6.0)) }
            }
        }
    }
}

/// What of a value fits into a box.
fn fitting(value: &str, room: f64) -> String {
    super::super::chart::cut(value, (room / LETTER).max(1.0) as usize)
}

fn tip(signal: &Signal, from: usize, count: usize, value: &str, first: usize) -> String {
    let cycles = match count {
        1 => format!("cycle {}", first + from),
        _ => format!("cycles {} to {}", first + from, first + from + count - 1),
    };
    format!("{}, {cycles}: {value}", signal.name)
}

/// Cycles one after another with the same value: where they begin, how many, the value.
fn runs(values: &[String]) -> Vec<(usize, usize, &str)> {
    let mut runs: Vec<(usize, usize, &str)> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        match runs.last_mut() {
            Some((_, count, of)) if *of == value => *count += 1,
            _ => runs.push((at, 1, value)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_is_one_box_and_the_wrong_cycle_is_marked() {
        let of = |values: &[&str]| values.iter().map(|of| of.to_string()).collect::<Vec<_>>();
        assert_eq!(runs(&of(&["1", "1", "0"])), [(0, 2, "1"), (2, 1, "0")]);
        let signal = Signal {
            name: "s_o".into(),
            is_bit: false,
            values: of(&["1 2", "1 2", "123456789"]),
        };
        let snippet = Snippet {
            first: 7,
            marked: Some(9),
            mark: "the wrong sum",
            about: "About.".into(),
            signals: vec![signal],
        };
        let text = draw("w.vcd", &Ok(snippet)).into_string();
        assert!(
            text.contains("s_o, cycles 7 to 8: 1 2") && text.contains("s_o, cycle 9: 123456789"),
            "{text}"
        );
        assert!(text.contains("cycle 9: the wrong sum") && text.contains('\u{2026}'));
        let text = draw("w<b>", &Err("it is gone".into())).into_string();
        assert!(text.contains("w&lt;b&gt;") && text.contains("it is gone"));
    }
}
