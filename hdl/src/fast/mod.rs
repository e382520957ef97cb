//! A second text of the mesh, for simulation.
//!
//! What costs in a simulation is not the simulator but what a compiler makes of its C++. This text
//! is written so that it computes a row's columns at once: the registers of all PEs are arrays,
//! one for each register of a PE; a step takes the rows from the north to the south, copies a
//! row's registers into arrays of a row, works on these in loops without any choice, and copies
//! them back. One file for each step of the way there:
//! 1. `flat` makes one list of assignments, processes and registers of a PE and all in it.
//! 2. `values` and `atoms` make values of these: each after those that it is made of, choices as masks.
//! 3. `ports` has where each input of a PE comes from.
//! 4. `blocks` has what is computed in one loop, and in which order.
//! 5. `layout` has sizes and widths, `form` and `step` write the text.
//!
//! `delay` writes the lines at the edges as rings.

mod atoms;
mod blocks;
mod delay;
pub mod flat;
mod form;
mod layout;
mod ports;
mod step;
mod values;

use crate::describe::{Body, Found, Module};
use crate::emit::Design;
use crate::{HdlError, Prefix};

/// The one module inside `module`.
fn inside(module: &dyn Module) -> Option<&dyn Module> {
    let mut found = None;
    module.visit_parts(&mut |part| {
        if let Found::Child(_, child, _) = part {
            found = Some(child);
        }
    });
    found
}

/// `design`, whose names begin with `prefix`, with another text of its module `mesh`, and without what
/// only that needed; `None` where there is no such text.
///
/// # Errors
/// Those of [`emit`](crate::emit::emit()).
pub fn replace(
    design: Design,
    prefix: &Prefix,
    mesh: &dyn Module,
) -> Result<Option<Design>, HdlError> {
    let Some(row) = inside(mesh) else {
        return Ok(None);
    };
    let Some(pe) = inside(row) else {
        return Ok(None);
    };
    let Some(flat) = flat::Flat::of(pe)? else {
        return Ok(None);
    };
    let body = Body::of(mesh);
    let taken: Vec<&str> = body.nets.iter().map(|net| net.name.as_str()).collect();
    let text = ports::Ports::of(&body, &Body::of(row))
        .zip(values::Values::of(&flat, &taken))
        .and_then(|(ports, values)| form::text(&prefix.module("mesh"), &body, &ports, &values));
    Ok(text.map(|text| with(design, prefix, text)))
}

fn with(mut design: Design, prefix: &Prefix, text: String) -> Design {
    let name = prefix.module("mesh");
    for module in &mut design.modules {
        if module.name == name {
            module.text.clone_from(&text);
        }
    }
    for (line, resets) in [("delay", true), ("delay_data", false)] {
        let name = prefix.module(line);
        for module in design
            .modules
            .iter_mut()
            .filter(|module| module.name == name)
        {
            module.text = delay::text(module, resets);
        }
    }
    // Instances begin with the name of their module.
    let mut needed: Vec<bool> = vec![false; design.modules.len()];
    if let Some(top) = needed.last_mut() {
        *top = true;
    }
    for at in (0..design.modules.len()).rev() {
        if !needed[at] {
            continue;
        }
        let first = |line: &str| {
            line.split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        let words: Vec<String> = design.modules[at].text.lines().map(first).collect();
        for (other, needed) in needed.iter_mut().enumerate() {
            *needed |= words.contains(&design.modules[other].name);
        }
    }
    let mut needed = needed.into_iter();
    design.modules.retain(|_| needed.next() == Some(true));
    design
}

/// `text` without the warnings that are meant for synthesis.
fn unlinted(text: &str) -> String {
    let off = [
        "BLKSEQ",
        "MULTIDRIVEN",
        "UNUSEDPARAM",
        "UNUSEDSIGNAL",
        "UNUSED",
        "WIDTH",
    ];
    let off: Vec<_> = off
        .iter()
        .map(|rule| format!("/* verilator lint_off {rule} */\n"))
        .collect();
    let before = format!("/* verilator lint_save */\n{}module ", off.concat());
    text.replacen("\nmodule ", &format!("\n{before}"), 1)
        .replacen(
            "\nendmodule\n",
            "\nendmodule\n/* verilator lint_restore */\n",
            1,
        )
}
