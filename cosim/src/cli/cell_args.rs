//! Which standard cells: the flags that `synth` and `power` share.

use super::files::Files;
use heddle_synth::Cells;
use std::path::{Path, PathBuf};

/// Standard cells.
#[derive(Clone, Debug, clap::Args)]
pub struct CellArgs {
    /// Liberty file of the standard cells, plain or compressed by gzip. Several, by repeating
    /// the flag or with commas between them, are taken as one library [default: OSU018 of
    /// Debian's qflow-tech-osu018]
    #[arg(long, value_name = "FILE.lib")]
    liberty: Vec<PathBuf>,
    /// Cells that are not to be used, beside those that the file names: a pattern of their
    /// names with *, ? and [...]; repeat it, or put commas between several
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    dont_use: Vec<String>,
}

impl CellArgs {
    /// The first of the flags that was given.
    pub fn given(&self) -> Option<&'static str> {
        match (self.liberty.is_empty(), self.dont_use.is_empty()) {
            (false, _) => Some("--liberty"),
            (_, false) => Some("--dont-use"),
            _ => None,
        }
    }

    /// The files, which no output may replace.
    pub fn reads(&self, files: &mut Files) {
        for file in &self.cells().files {
            files.reads("--liberty", Some(file));
        }
    }

    /// What they say.
    pub fn cells(&self) -> Cells {
        Cells {
            files: self.liberty.iter().flat_map(|path| files(path)).collect(),
            dont_use: self.dont_use.clone(),
        }
    }
}

/// A file whose name has commas in it, or several.
fn files(given: &Path) -> Vec<PathBuf> {
    match given.to_str() {
        Some(text) if text.contains(',') && !given.exists() => {
            let parts = text.split(',').filter(|part| !part.is_empty());
            parts.map(PathBuf::from).collect()
        }
        _ => vec![given.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_files_unless_they_are_in_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let one = folder.path().join("a,b.lib");
        std::fs::write(&one, "").unwrap();
        assert_eq!(files(&one), [one]);
        assert_eq!(files(Path::new("a.lib,b.lib")).len(), 2);
    }
}
