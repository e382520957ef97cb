//! Files that appear under their name only when they are complete.

use crate::CosimError;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempPath;

/// Writes a file by way of a temporary one in the same folder, which is removed if
/// `fill` or the disk fails.
pub(crate) fn write(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), CosimError> {
    let unfinished = unfinished(path)?;
    let attempt = || {
        let file = File::options().write(true).open(&unfinished)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        fill(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()
    };
    attempt().map_err(failed(path))?;
    finish(unfinished, path)
}

/// An empty temporary file beside `path`, which is removed unless it is [`finish`]ed.
pub(crate) fn unfinished(path: &Path) -> Result<TempPath, CosimError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let temporary = tempfile::Builder::new()
        .prefix(".heddle-")
        // as for any new file; the user's umask applies
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed(path))?;
    Ok(temporary.into_temp_path())
}

/// Gives a temporary file its name.
pub(crate) fn finish(unfinished: TempPath, path: &Path) -> Result<(), CosimError> {
    unfinished
        .persist(path)
        .map_err(|error| failed(path)(error.error))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CosimError {
    let path = path.to_owned();
    move |source| CosimError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_half_way_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write(&path, |out| out.write_all(b"old")).unwrap();
        let error = write(&path, |out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::other("disk full"))
        })
        .unwrap_err();
        assert!(error.to_string().contains("disk full"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write(Path::new("/nonexistent/x"), |_| Ok(())).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot write /nonexistent/x: "),
            "{error}"
        );
        assert_eq!(error.exit_code(), 2);
    }
}
