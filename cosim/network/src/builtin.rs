//! The networks that have names: files as anybody can write them.

use super::network::Network;
use crate::NetworkError;
use heddle_files::InputError;
use std::path::Path;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../networks/", $name, ".toml")))),+]
    };
}

impl Network {
    /// Names and texts of the networks that have names.
    pub const FILES: [(&'static str, &'static str); 9] = files![
        "zaremba-small",
        "zaremba-medium",
        "zaremba-large",
        "opennmt-iwslt",
        "ner-conll",
        "awd-lstm-ptb",
        "gnmt-wmt16",
        "gnmt-8-layers",
        "deepspeech2",
    ];

    /// What they are called.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::FILES.into_iter().map(|(name, _)| name)
    }

    /// The text of the network called `name`.
    ///
    /// # Errors
    /// [`NetworkError::Input`], which lists the names.
    pub fn built_in(name: &str) -> Result<&'static str, NetworkError> {
        let found = Self::FILES.into_iter().find(|(own, _)| *own == name);
        found.map(|(_, text)| text).ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            let remedy = format!(
                "use one of {}, or the path of a file (`heddle network schema` says what it may hold)",
                names.join(", ")
            );
            InputError::new("network", name, remedy).into()
        })
    }

    /// The network called `name`.
    ///
    /// # Errors
    /// As [`Network::built_in`].
    pub fn named(name: &str) -> Result<Self, NetworkError> {
        Self::parse(name, name, Self::built_in(name)?)
    }

    /// The file that `name` means: none if a network is called so, or if nothing is.
    pub fn path(name: &str) -> Option<&Path> {
        let path = Path::new(name);
        let is_name = Self::names().any(|own| own == name);
        let looks_like_one = path.components().count() > 1 || path.extension().is_some();
        (!is_name && (looks_like_one || path.exists())).then_some(path)
    }

    /// The network called `name`, or that of the file `name`.
    ///
    /// # Errors
    /// As [`Network::built_in`] and [`Network::read`].
    pub fn find(name: &str) -> Result<Self, NetworkError> {
        match Self::path(name) {
            Some(path) => Self::read(path),
            None => Self::named(name),
        }
    }
}

#[cfg(test)]
mod tests;
