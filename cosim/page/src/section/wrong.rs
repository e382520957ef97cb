//! The first wrong sum, job or program, and the waveform around it.

use super::policies::{phase_of_job, row_id};
use super::{section as titled, text, Part};
use crate::flat::leaves;
use crate::table::facts;
use crate::wave::Waveform;
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::Value;

/// What was wrong first, each with a link to its numbers; then the waveform.
pub fn section(part: &mut Part<'_>, waveform: Option<&Waveform>) -> Markup {
    let sum = part
        .take("first_mismatch")
        .map(|of| found(part, "The first wrong sum", &of));
    let cycles = part
        .take("first_cycle_model_difference")
        .map(|of| found(part, "The first job off the cycle model", &of));
    let problem = part.take("first_problem");
    // an engine's problem stands in its verdict already
    let problem = problem.as_ref().and_then(Value::as_str);
    let what = html! {
        @if let Some(sum) = sum { (sum) }
        @if let Some(cycles) = cycles { (cycles) }
        @if let Some(problem) = problem { p { (shown(problem)) } }
    };
    let file = part.take("waveform");
    // the drawing says them
    part.take("waveform_cycle");
    part.take("waveform_address");
    let wave = match (waveform, &file) {
        (Some(waveform), _) => waveform.draw(),
        (None, Some(file)) => {
            html! { p.note { "The waveform is in " code { (shown(file.as_str().unwrap_or_default())) } "." } }
        }
        (None, None) => html! {},
    };
    html! { (titled("What was wrong first", what)) (titled("Waveform", wave)) }
}

fn found(part: &Part<'_>, title: &str, of: &Value) -> Markup {
    let link = text(of, "policy")
        .zip(text(of, "job"))
        .and_then(|(policy, job)| {
            let phase = phase_of_job(part.report, policy, job)?;
            Some((
                row_id(part.anchor, policy, &phase),
                format!("{policy}, {phase}"),
            ))
        });
    html! {
        h4 { (title) }
        (facts(&leaves(of)))
        @if let Some((to, words)) = link { p { "Its numbers: " a href={ "#" (to) } { (shown(&words)) } } }
    }
}
