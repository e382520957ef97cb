//! Which folders and files nobody else can have written.
//!
//! What is loaded from a cache runs as this user. So every folder from the root down to it,
//! and every file that is loaded, must belong to this user or to root and be writable by
//! nobody else. As for ssh, folders above may be like `/tmp`, where the sticky bit keeps
//! others from what is not theirs, or writable by a group that has no other member.

use rustix::fs::OFlags;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const GROUP_WRITES: u32 = 0o020;
const ALL_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// What is wrong with a folder or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Which.
    pub path: PathBuf,
    /// What.
    pub kind: FlawKind,
}

/// Who else could have written it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlawKind {
    /// Its owner, another user.
    Owner(u32),
    /// A group.
    Group(u32),
    /// Everybody.
    All,
    /// It is no folder, or no file; or it has gone.
    Kind,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ", self.path.display())?;
        match self.kind {
            FlawKind::Owner(user) => write!(f, "belongs to the user with number {user}"),
            FlawKind::Group(group) => write!(f, "can be written by the group with number {group}"),
            FlawKind::All => f.write_str("can be written by everybody"),
            FlawKind::Kind => f.write_str("is a link or has gone"),
        }
    }
}

/// Where the thing stands whose owner and mode are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// What is to be trusted.
    Itself,
    /// A folder above it.
    Above,
}

fn flaw(metadata: &Metadata, place: Place) -> Option<FlawKind> {
    let (owner, mode) = (metadata.uid(), metadata.mode());
    let above = place == Place::Above;
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Some(FlawKind::Owner(owner));
    }
    if above && mode & STICKY != 0 {
        return None;
    }
    if mode & ALL_WRITE != 0 {
        return Some(FlawKind::All);
    }
    let group = metadata.gid();
    if mode & GROUP_WRITES != 0 && !(above && is_private(group)) {
        return Some(FlawKind::Group(group));
    }
    None
}

/// Whether this user is the only one in its group, as many systems set it up.
fn is_private(group: u32) -> bool {
    if group != rustix::process::getegid().as_raw() {
        return false;
    }
    let fields = |file: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let lines = text.lines().map(|line| line.split(':').map(str::to_owned));
        lines.map(Iterator::collect).collect::<Vec<Vec<String>>>()
    };
    let (users, groups) = (fields("/etc/passwd"), fields("/etc/group"));
    let number = |line: &Vec<String>, at: usize| line.get(at).and_then(|id| id.parse().ok());
    let user = rustix::process::geteuid().as_raw();
    let mut with_it = users.iter().filter(|line| number(line, 3) == Some(group));
    let Some(ours) = with_it.next().filter(|line| number(line, 2) == Some(user)) else {
        return false;
    };
    let alone = |line: &Vec<String>| {
        let members = line.get(3).map_or("", String::as_str);
        members
            .split(',')
            .all(|name| name.is_empty() || *name == ours[0])
    };
    let mut named = groups.iter().filter(|line| number(line, 2) == Some(group));
    with_it.next().is_none() && named.next().is_some_and(alone)
}

/// Whether a canonical folder and all above it are trusted.
pub(crate) fn folder(path: &Path) -> Result<(), Flaw> {
    for (up, path) in path.ancestors().enumerate() {
        let place = if up == 0 { Place::Itself } else { Place::Above };
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => flaw(&metadata, place),
            _ => Some(FlawKind::Kind),
        };
        if let Some(kind) = kind {
            let path = path.to_owned();
            return Err(Flaw { path, kind });
        }
    }
    Ok(())
}

/// Whether a folder below one that is trusted is, itself and by itself.
pub(crate) fn inner_folder(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.is_dir() && flaw(&metadata, Place::Itself).is_none())
}

/// Reads a file of a trusted folder. Links are not followed.
///
/// # Errors
/// Those of reading; of kind [`io::ErrorKind::PermissionDenied`] if it is not a file that
/// nobody else can have written.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would make us wait for whoever writes to it.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits() as i32);
    let mut file: File = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || flaw(&metadata, Place::Itself).is_some() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether nobody else can have written a program, or put it where it is found.
pub(crate) fn is_ours(program: &Path) -> bool {
    let folders = |path: &Path| {
        let folder = path.parent().map(Path::canonicalize);
        matches!(folder, Some(Ok(folder)) if is_shared_folder(&folder))
    };
    let Ok(target) = program.canonicalize() else {
        return false;
    };
    let itself = fs::metadata(&target).is_ok_and(|it| flaw(&it, Place::Above).is_none());
    itself && folders(program) && folders(&target)
}

/// Whether a canonical folder can be one above what is trusted, such as `/tmp`.
pub(crate) fn is_shared_folder(folder: &Path) -> bool {
    folder.ancestors().all(is_trusted_above)
}

fn is_trusted_above(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|metadata| flaw(&metadata, Place::Above).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{symlink, PermissionsExt};

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_that_others_can_write_is_not_trusted_nor_one_below_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let inner = root.join("above/inner");
        fs::create_dir_all(&inner).unwrap();
        mode(&inner, 0o755);
        mode(&root.join("above"), 0o755);
        assert_eq!(folder(&inner), Ok(()));
        for (bits, wrong) in [
            (0o777, true),
            (0o757, true),
            (0o1777, false),
            (0o755, false),
        ] {
            mode(&root.join("above"), bits);
            assert_eq!(folder(&inner).is_err(), wrong, "{bits:o}");
        }
        // what is to be trusted has no such excuse
        for bits in [0o1777, 0o1775, 0o775, 0o757] {
            mode(&inner, bits);
            assert!(folder(&inner).is_err(), "{bits:o}");
            assert!(!inner_folder(&inner), "{bits:o}");
        }
        mode(&inner, 0o700);
        symlink(&inner, root.join("link")).unwrap();
        assert!(folder(&root.join("link")).is_err());
        assert!(inner_folder(&inner) && !inner_folder(&root.join("link")));
    }

    #[test]
    fn a_file_that_others_can_write_is_not_read_nor_a_link() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "text").unwrap();
        mode(&file, 0o644);
        assert_eq!(read(&file).unwrap(), b"text");
        for bits in [0o666, 0o664, 0o646] {
            mode(&file, bits);
            assert!(read(&file).is_err(), "{bits:o}");
        }
        mode(&file, 0o600);
        symlink(&file, root.path().join("link")).unwrap();
        assert!(read(&root.path().join("link")).is_err());
        assert!(read(root.path()).is_err());
    }

    #[test]
    fn what_belongs_to_another_user_is_not_trusted() {
        if !rustix::process::geteuid().is_root() {
            return eprintln!("skipped: only root can give files away");
        }
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (above, inner, file) = (root.join("a"), root.join("a/b"), root.join("a/b/file"));
        fs::create_dir_all(&inner).unwrap();
        fs::write(&file, "text").unwrap();
        assert_eq!((folder(&inner), read(&file).is_ok()), (Ok(()), true));
        std::os::unix::fs::chown(&file, Some(65534), None).unwrap();
        assert!(read(&file).is_err() && !is_ours(&file));
        std::os::unix::fs::chown(&file, Some(0), None).unwrap();
        assert!(is_ours(&file));
        std::os::unix::fs::chown(&above, Some(65534), None).unwrap();
        let flaw = folder(&inner).unwrap_err();
        assert_eq!((flaw.path, flaw.kind), (above, FlawKind::Owner(65534)));
        assert!(!is_ours(&file));
    }
}
