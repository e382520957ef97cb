//! The page around its reports: style and script within it, the data of every report, and where there are several an
//! overview of all.

use crate::number;
use crate::report::Report;
use crate::section::{invocation, sections, subject};
use crate::verdict::{Level, Verdict};
use crate::wave::Waveform;
use heddle_files::{shown, shown_json};
use maud::{html, Markup, PreEscaped, DOCTYPE};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Nothing is fetched, whatever is in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// A report and where it comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's name, as it is shown.
    pub name: String,
    /// The report.
    pub report: Report,
    /// The waveform that it names, if it names one.
    pub waveform: Option<Waveform>,
}

/// The page of one report or of several.
pub fn page(sources: &[Source]) -> String {
    let verdicts: Vec<_> = sources.iter().map(|of| Verdict::of(&of.report)).collect();
    let title = match sources {
        [one] => format!("{}: {}", one.report.kind().title(), one.name),
        all => format!("{} reports", number::of(all.len() as f64)),
    };
    let several = sources.len() > 1;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (shown(&title)) " \u{2013} Heddle" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    @if several { (overview(sources, &verdicts)) }
                    @for (at, (source, verdict)) in sources.iter().zip(&verdicts).enumerate() { (one(at + 1, source, verdict, several)) }
                    footer { "Made by heddle " (env!("CARGO_PKG_VERSION")) " with " code { "heddle report" } ". The fields are those of cosim/REPORTS.md; the reports themselves are in this page." }
                }
                @for (at, source) in sources.iter().enumerate() { (data(at + 1, source)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn anchor(number: usize) -> String {
    format!("r{number}")
}

fn one(number: usize, source: &Source, verdict: &Verdict, several: bool) -> Markup {
    let anchor = anchor(number);
    let subject = subject(&source.report);
    html! {
        article id=(anchor) {
            header {
                (banner(verdict))
                h2 { (source.report.kind().title()) @if source.report.is_of_engine() { ", engine" } }
                p.subject { @if !subject.is_empty() { (shown(&subject)) " \u{b7} " } code { (shown(&source.name)) } @if several { " \u{b7} " a href="#all" { "all reports" } } }
            }
            (sections(&source.report, &anchor, source.waveform.as_ref()))
        }
    }
}

fn class(level: Level) -> &'static str {
    match level {
        Level::Right => "right",
        Level::Wrong => "wrong",
        Level::Open => "open",
        Level::None => "none",
    }
}

/// A sign beside the word: colours alone do not tell everybody.
fn sign(level: Level) -> &'static str {
    match level {
        Level::Right => "\u{2713}",
        Level::Wrong => "\u{2717}",
        Level::Open => "?",
        Level::None => "\u{2013}",
    }
}

fn banner(verdict: &Verdict) -> Markup {
    html! {
        div class={ "verdict " (class(verdict.level)) } role="status" {
            p { strong { span.sign aria-hidden="true" { (sign(verdict.level)) } " " (shown(&verdict.word)) } " " (shown(&verdict.text)) }
            @if !verdict.details.is_empty() { ul { @for detail in &verdict.details { li { (shown(detail)) } } } }
        }
    }
}

/// All reports in a table, what is wrong first in words.
fn overview(sources: &[Source], verdicts: &[Verdict]) -> Markup {
    let count = |level| {
        verdicts
            .iter()
            .filter(|verdict| verdict.level == level)
            .count()
    };
    let parts = [
        (count(Level::Wrong), "with something wrong"),
        (count(Level::Right), "right"),
        (count(Level::Open), "open"),
        (count(Level::None), "without a verdict"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let text = parts.map(|(count, words)| format!("{} {words}", number::of(count as f64)));
    let text = text.collect::<Vec<_>>().join(", ");
    let level = match (count(Level::Wrong), count(Level::Open), count(Level::Right)) {
        (0, 0, 0) => Level::None,
        (0, 0, _) => Level::Right,
        (0, ..) => Level::Open,
        _ => Level::Wrong,
    };
    let word = match level {
        Level::Right => "right",
        Level::Wrong => "wrong",
        Level::Open => "open",
        Level::None => "no verdict",
    };
    let all = Verdict {
        level,
        word: word.into(),
        text: format!("{} reports: {text}.", number::of(sources.len() as f64)),
        details: Vec::new(),
    };
    html! {
        header id="all" {
            (banner(&all))
            h1 { "Heddle: " (number::of(sources.len() as f64)) " reports" }
            div.table {
                table.sorts {
                    thead { tr {
                        @for head in ["verdict", "report", "about", "command", "version", "file"] { th scope="col" { (head) } }
                    } }
                    tbody {
                        @for (at, (source, verdict)) in sources.iter().zip(verdicts).enumerate() {
                            tr {
                                td { span class={ "tag " (class(verdict.level)) } { (sign(verdict.level)) " " (shown(&verdict.word)) } }
                                td { a href={ "#" (anchor(at + 1)) } { (source.report.kind().title()) @if source.report.is_of_engine() { ", engine" } } }
                                td { (shown(&subject(&source.report))) }
                                td { code { (shown(&invocation(&source.report))) } }
                                td { (shown(source.report.text("program.version").unwrap_or("\u{2013}"))) }
                                td { code { (shown(&source.name)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A report as it was read, for programs. No `<` is left that could end the element.
fn data(number: usize, source: &Source) -> Markup {
    let fields = serde_json::to_string(source.report.fields()).unwrap_or_default();
    let fields = shown_json(&fields).replace('<', "\\u003c");
    html! {
        script type="application/json" id={ (anchor(number)) "-data" } data-name=(shown(&source.name)) { (PreEscaped(fields)) }
    }
}
