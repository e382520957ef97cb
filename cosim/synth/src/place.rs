//! Place and route by nextpnr.

use crate::cache::Step;
use crate::files::{put, read, text_of};
use crate::flow::Flow;
use crate::hierarchy::Hierarchy;
use crate::nextpnr::Placed;
use crate::tool::Tool;
use crate::{process, yosys, Cancel, Device, SynthError, Target};
use heddle_format::named;
use heddle_toolbox::query;
use serde::Serialize;
use std::process::Command;

/// A placer of nextpnr.
///
/// Of an array on ECP5 heap leaves DSP blocks so far from what feeds them that single nets take
/// 5 to 10 ns; static does not (docs/src/results-area.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Placer {
    /// Analytic, nextpnr's default (Spindler et al., HeAP).
    Heap,
    /// Electrostatic, which old versions lack (Lu et al., ePlace).
    Static,
}

named!(Placer, "placer", Heap = "heap", Static = "static");

impl Placer {
    /// The placer `given`, or the best that `nextpnr` has for `target`.
    ///
    /// # Errors
    /// [`SynthError::Input`] if it does not have the one that is given.
    pub(crate) fn choose(
        given: Option<Self>,
        target: Target,
        nextpnr: &Tool,
        cancel: &Cancel,
    ) -> Result<Self, SynthError> {
        let wanted = given.unwrap_or(match target {
            Target::Ecp5 => Placer::Static,
            _ => Placer::Heap,
        });
        if wanted == Placer::Heap || has_static(nextpnr, cancel) {
            return Ok(wanted);
        }
        match given {
            None => Ok(Placer::Heap),
            Some(_) => Err(SynthError::Input {
                name: "--placer",
                value: wanted.to_string(),
                remedy: format!("{} does not have it: use heap", nextpnr.version),
            }),
        }
    }
}

/// Whether its help names the static placer among those that can be chosen.
fn has_static(nextpnr: &Tool, cancel: &Cancel) -> bool {
    let mut help = Command::new(&nextpnr.program);
    let said = query(help.arg("--help"), Some(cancel));
    said.is_ok_and(|said| {
        let text = [said.stdout, said.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let placers = text.split("--placer arg").nth(1).unwrap_or_default();
        let placers = placers.split("--").next().unwrap_or_default();
        placers.contains("static")
    })
}

/// What is placed, by what, on what.
pub(crate) struct Placing<'a> {
    pub nextpnr: &'a Tool,
    pub placer: Placer,
    pub device: &'a Device,
    /// yosys's netlist of the design in its frame.
    pub flat: &'a Step,
    pub hierarchy: &'a Hierarchy,
}

impl Flow<'_> {
    /// Place and route with one seed; what nextpnr said if there is no room.
    pub(crate) fn place(
        &self,
        placing: &Placing<'_>,
        seed: u64,
    ) -> Result<(Step, Result<Placed, String>), SynthError> {
        let Placing {
            nextpnr,
            device,
            flat,
            ..
        } = *placing;
        let (report, log, full) = ("report.json", "nextpnr.log", "no-room.txt");
        let pins = match device.target {
            Target::Ice40 => "--pcf-allow-unconstrained",
            _ => "--lpf-allow-unconstrained",
        };
        let line = format!(
            "{} {pins} --timing-allow-fail --placer {} --json {} --report {report} --seed {seed} \
             --freq {}",
            device.arguments,
            placing.placer,
            yosys::NETLIST,
            self.options.aim_mhz
        );
        let step = self.cache.step(
            "placed",
            &[
                flat.key.as_bytes(),
                nextpnr.version.as_bytes(),
                line.as_bytes(),
            ],
            &[report, log, full],
            |work| {
                let netlist = flat.folder.join(yosys::NETLIST);
                put(work, yosys::NETLIST, &read(&netlist)?)?;
                let arguments: Vec<_> = line.split(' ').map(String::from).collect();
                let mut reason = String::new();
                let limit = (self.options.seed_minutes, self.cancel);
                let ended = process::run_limited(nextpnr, "nextpnr", &arguments, work, log, limit);
                if let Err(error) = ended {
                    reason = no_room(&text_of(&work.join(log))?).ok_or(error)?;
                    put(work, report, b"")?;
                }
                put(work, full, reason.as_bytes())
            },
        )?;
        let reason = text_of(&step.folder.join(full))?;
        if !reason.is_empty() {
            return Ok((step, Err(reason)));
        }
        let path = step.folder.join(report);
        let what = path.display().to_string();
        let placed = Placed::parse(&what, &text_of(&path)?, placing.hierarchy)?;
        Ok((step, Ok(placed)))
    }
}

/// What nextpnr says where a design has no room.
fn no_room(log: &str) -> Option<String> {
    let signs = [
        "no bels remaining",
        "unable to place cell",
        "unable to find a placement",
        "unable to find legal placement",
        "failed to place cell",
    ];
    let line = log.lines().find(|line| {
        let line = line.to_ascii_lowercase();
        signs.iter().any(|sign| line.contains(sign))
    })?;
    Some(line.trim_start_matches("ERROR: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// A program whose help names these placers.
    fn nextpnr(folder: &std::path::Path, placers: &str) -> Tool {
        let program = folder.join("nextpnr");
        let text = format!(
            "#!/bin/sh\necho '  --placer arg  available: {placers}'\necho '  --static-dump arg'\n"
        );
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Tool {
            program,
            version: "nextpnr of a test".into(),
        }
    }

    #[test]
    fn the_best_placer_that_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let new = nextpnr(folder.path(), "sa, heap, static; default: heap");
        let chosen =
            |given, target, tool| Placer::choose(given, target, tool, &Cancel::default()).unwrap();
        assert_eq!(chosen(None, Target::Ecp5, &new), Placer::Static);
        assert_eq!(chosen(None, Target::Ice40, &new), Placer::Heap);
        let old = nextpnr(folder.path(), "sa, heap; default: heap");
        assert_eq!(chosen(None, Target::Ecp5, &old), Placer::Heap);
        let error = Placer::choose(Some(Placer::Static), Target::Ecp5, &old, &Cancel::default())
            .unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("nextpnr of a test"), "{error}");
    }
}
