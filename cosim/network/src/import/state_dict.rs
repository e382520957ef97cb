//! Recurrent layers by the shapes of a PyTorch state dict in a safetensors file.
//!
//! The names are those of nn.LSTM, nn.GRU and nn.RNN, after any prefix: `weight_ih_l0` and `weight_hh_l0`, `weight_hr_l0`
//! for a projection, `_reverse` for the other direction. Only the header is read. Rows of `weight_ih` are as many for
//! each unit as the cell has gates, which tells an LSTM from a GRU.

use super::{none_of, Given};
use crate::file::{Cell, LayerFile, NetworkFile};
use crate::NetworkError;
use heddle_files::{shown, shown_path, FileError, InputError};
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::path::Path;

/// A layer of a module, in the order in which they are listed: module, number, whether it reads backwards.
type Key = (String, usize, bool);

/// The shapes of one direction of a layer.
#[derive(Default)]
struct Weights {
    ih: Option<Vec<usize>>,
    hh: Option<Vec<usize>>,
    hr: Option<Vec<usize>>,
}

/// Reads the recurrent layers of a state dict, module by module in the order of their names; each module begins a
/// stack of its own.
///
/// # Errors
/// [`NetworkError::Import`] that names the tensor and what is wrong with it, [`NetworkError::File`] if the file cannot be
/// read, [`NetworkError::Input`] for a phase, which products have only.
pub fn read(path: &Path, given: &Given) -> Result<NetworkFile, NetworkError> {
    let phase = given.phase.map(|phase| phase.to_string());
    none_of(
        &[("--phase", phase)],
        "a training step has every phase: leave it out",
    )?;
    let needed = [("--batch", given.batch), ("--times", given.times)];
    if let Some((name, _)) = needed.iter().find(|(_, value)| value.is_none()) {
        let remedy = "a state dict does not say it: give --batch and --times";
        return Err(InputError::new(name, "absent", remedy).into());
    }
    let shown_file = shown_path(path);
    let wrong = |problem: String, remedy: &str| NetworkError::Import {
        file: shown_file.clone(),
        problem,
        remedy: remedy.to_owned(),
    };
    let file = heddle_files::open_regular(path)?;
    let header = heddle_files::safetensors_header(&file).map_err(FileError::reading(path))?;
    let header = header.map_err(|(problem, remedy)| wrong(problem, &remedy))?;
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| {
        let problem = format!("the safetensors header is not valid: {error}");
        wrong(problem, "write the file again with a safetensors library")
    })?;
    let tensors = metadata.tensors();
    let shapes = tensors
        .iter()
        .map(|(name, info)| (name.as_str(), info.shape.clone()));
    let layers = layers(shapes).map_err(|(problem, remedy)| wrong(problem, &remedy))?;
    Ok(NetworkFile {
        name: given.name.clone(),
        about: "recurrent layers of a PyTorch state dict".into(),
        source: path
            .file_name()
            .map(|name| shown(&name.to_string_lossy()).into_owned()),
        batch: given.batch,
        window: given.times,
        groups: given.groups,
        p: given.p,
        sites: given.sites.clone(),
        layers,
        ..NetworkFile::default()
    })
}

/// The module, the layer and the direction in the name of a weight, and which weight it is.
fn parse(name: &str) -> Option<(Key, &str)> {
    let at = name.rfind("weight_")?;
    let (module, rest) = (&name[..at], &name[at + "weight_".len()..]);
    if !(module.is_empty() || module.ends_with('.')) {
        return None;
    }
    let (which, rest) = rest.split_once("_l")?;
    let (number, reverse) = match rest.strip_suffix("_reverse") {
        Some(number) => (number, true),
        None => (rest, false),
    };
    if !["ih", "hh", "hr"].contains(&which) {
        return None;
    }
    let module = module.trim_end_matches('.').to_owned();
    Some(((module, number.parse().ok()?, reverse), which))
}

/// What is wrong, and what would be right.
type Wrong = (String, String);

fn wrong<T>(problem: impl Into<String>, remedy: &str) -> Result<T, Wrong> {
    Err((problem.into(), remedy.to_owned()))
}

const SAVE: &str = "save the state dict of an nn.LSTM, nn.GRU or nn.RNN";

fn layers<'a>(
    tensors: impl Iterator<Item = (&'a str, Vec<usize>)>,
) -> Result<Vec<LayerFile>, Wrong> {
    let mut all: BTreeMap<Key, Weights> = BTreeMap::new();
    let mut others = 0;
    for (name, shape) in tensors {
        let Some((key, which)) = parse(name) else {
            others += 1;
            continue;
        };
        let weights = all.entry(key).or_default();
        match which {
            "ih" => weights.ih = Some(shape),
            "hh" => weights.hh = Some(shape),
            _ => weights.hr = Some(shape),
        }
    }
    if all.is_empty() {
        let problem = format!("none of its {others} tensors is called as weight_ih_l0");
        return wrong(problem, SAVE);
    }
    let mut found: Vec<LayerFile> = Vec::new();
    let mut before: Option<(&str, usize)> = None;
    for (key, weights) in &all {
        let (module, number, reverse) = key;
        let layer = layer(key, weights)?;
        if *reverse {
            let forward = all.contains_key(&(module.clone(), *number, false));
            match found.last_mut().filter(|_| forward) {
                Some(forward) if same_sizes(forward, &layer) => forward.directions = Some(2),
                Some(_) => {
                    let problem = format!(
                        "{} has other shapes than that without _reverse",
                        name_of("ih", key)
                    );
                    return wrong(problem, "give both directions the same sizes");
                }
                None => {
                    let problem = format!("{} has no other direction", name_of("ih", key));
                    return wrong(problem, SAVE);
                }
            }
            continue;
        }
        let first = before.is_none_or(|(other, _)| other != module);
        let expected = match before {
            Some((other, last)) if other == module => last + 1,
            _ => 0,
        };
        if *number != expected {
            let key = (module.clone(), expected, false);
            return wrong(format!("{} is missing", name_of("ih", &key)), SAVE);
        }
        before = Some((module.as_str(), *number));
        found.push(LayerFile {
            start: (first && !found.is_empty()).then_some(true),
            ..layer
        });
    }
    Ok(found)
}

/// What the weight of a layer is called.
fn name_of(which: &str, (module, number, reverse): &Key) -> String {
    let dot = if module.is_empty() { "" } else { "." };
    let reverse = if *reverse { "_reverse" } else { "" };
    format!("'{}{dot}weight_{which}_l{number}{reverse}'", shown(module))
}

fn same_sizes(one: &LayerFile, other: &LayerFile) -> bool {
    let of = |layer: &LayerFile| (layer.cell, layer.input, layer.hidden, layer.projection);
    of(one) == of(other)
}

/// One direction of a layer.
fn layer(key: &Key, weights: &Weights) -> Result<LayerFile, Wrong> {
    let matrix = |which: &str, shape: &Option<Vec<usize>>| match shape.as_deref() {
        None => wrong(format!("{} is missing", name_of(which, key)), SAVE),
        Some(&[rows, cols]) if rows > 0 && cols > 0 => Ok((rows, cols)),
        Some(shape) => {
            let problem = format!("{} has shape {shape:?}", name_of(which, key));
            wrong(problem, "it is a matrix of at least one row and column")
        }
    };
    let (rows, input) = matrix("ih", &weights.ih)?;
    let (hh_rows, output) = matrix("hh", &weights.hh)?;
    let hr = weights
        .hr
        .is_some()
        .then(|| matrix("hr", &weights.hr))
        .transpose()?;
    let hidden = hr.map_or(output, |(_, hidden)| hidden);
    if hh_rows != rows {
        let problem = format!(
            "{} has {hh_rows} rows and {} {rows}",
            name_of("hh", key),
            name_of("ih", key)
        );
        return wrong(problem, "both have the gates of all units as rows");
    }
    let cells = match hr {
        Some(_) => &[Cell::Lstm][..],
        None => &Cell::ALL[..],
    };
    let fits = |cell: &&Cell| cell.gates().checked_mul(hidden) == Some(rows);
    let Some(&cell) = cells.iter().find(fits) else {
        let problem = format!("{} has {rows} rows for {hidden} units", name_of("ih", key));
        return wrong(
            problem,
            "an LSTM has 4 rows a unit, a GRU 3, a simple layer 1; only an LSTM has a projection",
        );
    };
    if let Some((projected, _)) = hr.filter(|(projected, _)| *projected != output) {
        let problem = format!(
            "{} has {projected} rows and {} {output} columns",
            name_of("hr", key),
            name_of("hh", key)
        );
        return wrong(problem, "both have the width of the projected h");
    }
    let (module, ..) = key;
    Ok(LayerFile {
        name: (!module.is_empty()).then(|| module.clone()),
        cell: (cell != Cell::Lstm).then_some(cell),
        input,
        hidden,
        directions: None,
        projection: hr.map(|(projected, _)| projected),
        start: None,
        extra: None,
        window: None,
        p: None,
        nr: None,
        rh: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tensors = &'static [(&'static str, &'static [usize])];

    fn read(tensors: &[(&'static str, &[usize])]) -> Result<Vec<LayerFile>, Wrong> {
        layers(tensors.iter().map(|(name, shape)| (*name, shape.to_vec())))
    }

    /// As nn.LSTM(input_size=5, hidden_size=8, num_layers=2, bidirectional=True, proj_size=3) has them.
    #[test]
    fn both_directions_projections_and_several_modules() {
        let found = read(&[
            ("dec.weight_ih_l0", &[24, 7]),
            ("dec.weight_hh_l0", &[24, 8]),
            ("dec.bias_ih_l0", &[24]),
            ("enc.weight_ih_l0", &[32, 5]),
            ("enc.weight_hh_l0", &[32, 3]),
            ("enc.weight_hr_l0", &[3, 8]),
            ("enc.weight_ih_l0_reverse", &[32, 5]),
            ("enc.weight_hh_l0_reverse", &[32, 3]),
            ("enc.weight_hr_l0_reverse", &[3, 8]),
            ("enc.weight_ih_l1", &[32, 6]),
            ("enc.weight_hh_l1", &[32, 3]),
            ("enc.weight_hr_l1", &[3, 8]),
            ("embedding.weight", &[100, 5]),
        ])
        .unwrap();
        let of = |layer: &LayerFile| {
            let name = layer.name.clone().unwrap();
            (
                name,
                layer.cell,
                layer.input,
                layer.hidden,
                layer.projection,
                layer.directions,
                layer.start,
            )
        };
        let found: Vec<_> = found.iter().map(of).collect();
        assert_eq!(
            found,
            [
                ("dec".into(), Some(Cell::Gru), 7, 8, None, None, None),
                ("enc".into(), None, 5, 8, Some(3), Some(2), Some(true)),
                ("enc".into(), None, 6, 8, Some(3), None, None),
            ]
        );
    }

    #[test]
    fn ten_layers_are_in_the_order_of_their_numbers() {
        let names: Vec<[String; 2]> = (0..11)
            .map(|i| ["ih", "hh"].map(|which| format!("weight_{which}_l{i}")))
            .collect();
        let tensors = names
            .iter()
            .flatten()
            .map(|name| (name.as_str(), vec![4, 1]));
        assert_eq!(layers(tensors).unwrap().len(), 11);
    }

    #[test]
    fn what_does_not_fit_is_told_with_the_tensor() {
        let cases: [(Tensors, [&str; 2]); 11] = [
            (
                &[("embedding.weight", &[100, 5])],
                ["none of its 1 tensors", "nn.LSTM"],
            ),
            (
                &[("rnn.weight_ih_l0", &[32, 5])],
                ["'rnn.weight_hh_l0' is missing", "nn.LSTM"],
            ),
            (
                &[("weight_hh_l0", &[32, 8])],
                ["'weight_ih_l0' is missing", "nn.LSTM"],
            ),
            (
                &[("weight_ih_l0", &[32]), ("weight_hh_l0", &[32, 8])],
                ["[32]", "a matrix"],
            ),
            (
                &[("weight_ih_l0", &[0, 5]), ("weight_hh_l0", &[0, 8])],
                ["[0, 5]", "at least one"],
            ),
            (
                &[("weight_ih_l0", &[32, 5]), ("weight_hh_l0", &[24, 8])],
                ["24 rows", "gates"],
            ),
            (
                &[("weight_ih_l0", &[40, 5]), ("weight_hh_l0", &[40, 8])],
                ["40 rows for 8 units", "4 rows"],
            ),
            (
                &[("weight_ih_l1", &[32, 5]), ("weight_hh_l1", &[32, 8])],
                ["'weight_ih_l0' is missing", "nn.LSTM"],
            ),
            (
                &[
                    ("weight_ih_l0_reverse", &[32, 5]),
                    ("weight_hh_l0_reverse", &[32, 8]),
                ],
                ["no other direction", "nn.LSTM"],
            ),
            (
                &[
                    ("weight_ih_l0", &[32, 5]),
                    ("weight_hh_l0", &[32, 8]),
                    ("weight_ih_l0_reverse", &[32, 6]),
                    ("weight_hh_l0_reverse", &[32, 8]),
                ],
                ["other shapes", "same sizes"],
            ),
            (
                &[
                    ("weight_ih_l0", &[32, 5]),
                    ("weight_hh_l0", &[32, 3]),
                    ("weight_hr_l0", &[4, 8]),
                ],
                ["4 rows and 'weight_hh_l0' 3 columns", "projected"],
            ),
        ];
        for (tensors, words) in cases {
            let (problem, remedy) = read(tensors).unwrap_err();
            let told = format!("{problem}; {remedy}");
            for word in words {
                assert!(told.contains(word), "'{word}' not in {told}");
            }
        }
    }
}
