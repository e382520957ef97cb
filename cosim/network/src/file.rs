//! A network as a file: TOML, every key checked, its JSON schema in `networks/schema.json`.

use super::network::Network;
use crate::NetworkError;
use heddle_files::{InputError, Limit};
use heddle_format::named;
use heddle_gemm::Phase;
use heddle_lstm::Site;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A network and the way it is trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A network of Heddle")]
pub struct NetworkFile {
    /// What it is called; without it, the name of the file without its ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where its sizes come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Samples in a batch, 1 to 65536. Needed if there are layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Time steps in a window, 1 to 65536. Needed if there are layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// Groups of the batch that have a mask each; divides the batch. 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// Probability of dropping a unit, at least 0 and less than 1, where nothing else is said. 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Sites with dropout unless --sites names others; nr and rh if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<SiteName>>")]
    pub sites: Option<Vec<Site>>,
    /// Tokens of the training set, so that an epoch can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<usize>,
    /// The softmax, if it is to be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub softmax: Option<SoftmaxFile>,
    /// Recurrent layers, the one that reads the input first.
    #[serde(default, rename = "layer", skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerFile>,
    /// Products that are named by their shapes.
    #[serde(default, rename = "product", skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductFile>,
}

/// A recurrent layer, in one direction or in both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerFile {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Kind of its cell; lstm if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
    /// Width of its input. That of the layer before in all its directions, and extra, unless start is true.
    pub input: usize,
    /// Width of its state, in each direction.
    pub hidden: usize,
    /// 1 or 2; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directions: Option<usize>,
    /// Width to which h is projected (proj_size of nn.LSTM); not projected if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<usize>,
    /// Whether it does not read the layer before, as a decoder's first layer; the first layer never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<bool>,
    /// How much wider its input is than what the layer before hands on, by a context of attention for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<usize>,
    /// Time steps of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// Probability of dropping a unit, at both sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Probability of dropping a unit of its input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nr: Option<f64>,
    /// Probability of dropping a unit of h of the step before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rh: Option<f64>,
}

/// The softmax over a vocabulary: the output of the last layer times a matrix, at site out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxFile {
    /// Words.
    pub vocabulary: usize,
    /// Probability of dropping a unit of its input; the network's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// A product M x K x N, A being M x K and B being K x N.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductFile {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The phase of training, which says what a mask acts on: fp k, bp n, wg m.
    #[schemars(with = "PhaseName")]
    pub phase: Phase,
    /// Rows of A and C.
    pub m: usize,
    /// The reduction: columns of A, rows of B.
    pub k: usize,
    /// Columns of B and C.
    pub n: usize,
    /// How many there are, one a time step; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
    /// Dropout site: nr if absent. None: there never is a mask. Out: not one of the network's own, as a softmax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<ProductSite>,
    /// Probability of dropping a unit; the network's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// How many units are kept, whatever p is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<usize>,
}

/// Kind of a recurrent cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Four gates.
    #[default]
    Lstm,
    /// Three, of which the reset gate acts on the product with U, as in nn.GRU.
    Gru,
    /// None but the state itself.
    Rnn,
}

named!(Cell, "cell", Lstm = "lstm", Gru = "gru", Rnn = "rnn");

impl Cell {
    /// Columns of W and U for each unit.
    pub const fn gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
            Self::Rnn => 1,
        }
    }
}

/// Dropout site of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProductSite {
    /// The input of a layer.
    Nr,
    /// h of the step before.
    Rh,
    /// Ahead of the softmax.
    Out,
    /// Never masked.
    None,
}

impl ProductSite {
    /// The site, if there is one.
    pub fn site(self) -> Option<Site> {
        match self {
            Self::Nr => Some(Site::Nr),
            Self::Rh => Some(Site::Rh),
            Self::Out => Some(Site::Out),
            Self::None => None,
        }
    }
}

/// [`Site`] for the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[allow(dead_code, reason = "its names are in the schema")]
enum SiteName {
    /// The input of a layer.
    Nr,
    /// h of the step before.
    Rh,
    /// The last layer's output, ahead of the softmax.
    Out,
}

/// [`Phase`] for the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[allow(dead_code, reason = "its names are in the schema")]
enum PhaseName {
    /// Forward.
    Fp,
    /// Backward to the input.
    Bp,
    /// Weight gradient.
    Wg,
}

/// A network is some hundred bytes; a list of many thousand products still fits.
const LIMIT: Limit = Limit::new("a network", 16 << 20);

impl NetworkFile {
    /// A network from the text of a file that is called `name`, which is told in errors.
    ///
    /// # Errors
    /// [`NetworkError::Toml`] for a key that there is not, or a value of another kind.
    pub fn parse(name: &str, text: &str) -> Result<Self, NetworkError> {
        toml::from_str(text).map_err(|source| NetworkError::Toml {
            file: name.to_owned(),
            source: Box::new(source),
        })
    }

    /// As TOML.
    ///
    /// # Errors
    /// [`NetworkError::Input`] for a number that TOML does not have.
    pub fn to_toml(&self) -> Result<String, NetworkError> {
        toml::to_string(self)
            .map_err(|error| InputError::new("the network", "as TOML", error.to_string()).into())
    }

    /// The JSON schema of such files.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Self);
        let text = serde_json::to_string_pretty(&schema);
        text.expect("a schema is JSON") + "\n"
    }
}

impl Network {
    /// Reads the network in a TOML file.
    ///
    /// # Errors
    /// [`NetworkError::File`] if it cannot be read, [`NetworkError::Toml`] if it is no network,
    /// [`NetworkError::InFile`] if a value in it is out of range.
    pub fn read(path: &Path) -> Result<Self, NetworkError> {
        let shown = heddle_files::shown_path(path);
        let ending = path.extension().and_then(|ending| ending.to_str());
        if let Some("csv" | "safetensors") = ending {
            let remedy =
                "a network is read from TOML: `heddle network import` makes it of this file";
            return Err(InputError::new("network", shown, remedy).into());
        }
        let text = heddle_files::read_text(path, LIMIT)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&shown, &stem, &text)
    }

    /// The network of a file's text. Errors tell `file`; it is called `stem` if it has no name of its own.
    pub(super) fn parse(file: &str, stem: &str, text: &str) -> Result<Self, NetworkError> {
        let checked = NetworkFile::parse(file, text)?.check(stem);
        let network = checked.map_err(|error| NetworkError::InFile {
            file: file.to_owned(),
            error,
        })?;
        Ok(Self {
            text: text.into(),
            ..network
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `heddle network schema > cosim/network/networks/schema.json` writes it anew.
    #[test]
    fn the_committed_schema_is_up_to_date() {
        assert_eq!(
            include_str!("../networks/schema.json"),
            NetworkFile::schema()
        );
    }

    #[test]
    fn a_file_is_written_as_it_is_read() {
        for (name, text) in Network::FILES {
            let file = NetworkFile::parse(name, text).unwrap();
            let again = NetworkFile::parse(name, &file.to_toml().unwrap()).unwrap();
            assert_eq!(again, file, "{name}");
        }
    }

    #[test]
    fn unknown_keys_and_values_of_another_kind_are_told_with_their_line() {
        for (text, words) in [
            ("batch = 2\nbacth = 3", ["bacth", "line 2"]),
            ("[[layer]]\ninput = 3\nhiden = 4", ["hiden", "line 3"]),
            ("batch = -1", ["-1", "line 1"]),
            ("batch = \"two\"", ["two", "line 1"]),
            ("sites = [\"nr\", \"hr\"]", ["hr", "line 1"]),
            (
                "batch = 99999999999999999999",
                ["99999999999999999999", "line 1"],
            ),
            ("[[layer]]\ninput = 3", ["hidden", "line 1"]),
            (
                "[[layer]]\ninput = 3\nhidden = 3\ncell = \"gnu\"",
                ["gnu", "gru"],
            ),
        ] {
            let error = NetworkFile::parse("my.toml", text).unwrap_err();
            assert!(error.is_bad_input());
            let told = error.to_string();
            assert!(
                told.contains("my.toml") && told.contains("heddle network schema"),
                "{told}"
            );
            for word in words {
                assert!(told.contains(word), "'{word}' not in {told}");
            }
        }
    }
}
