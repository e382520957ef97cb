//! Whether there is memory for what is about to be done: told before it is begun, since a
//! program that is refused memory later can only abort, or is killed.

use std::fmt;
use std::fs;
use std::path::Path;

/// What is not worth asking the system for: the program itself takes about as much.
const LITTLE: u128 = 64 << 20;

/// What limits the memory of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Its address space.
    AddressSpace,
    /// Its control group, or one above it.
    ControlGroup,
    /// What the machine has left.
    Machine,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::AddressSpace => "by the limit of the address space, ulimit -v",
            Limit::ControlGroup => "by the limit of the control group",
            Limit::Machine => "on this machine",
        })
    }
}

/// There is less memory than is needed.
#[derive(Debug, thiserror::Error)]
#[error("{what} takes about {needed} of memory, but only {available} are left {limit}: {remedy}")]
pub struct MemoryError {
    /// What takes it, such as `training this model`.
    pub what: String,
    /// How much it takes.
    pub needed: String,
    /// How much there is.
    pub available: String,
    /// Why there is no more.
    pub limit: Limit,
    /// What takes less.
    pub remedy: String,
}

/// Bytes that this process can still take, and what limits them; `None` where the system
/// does not tell.
pub fn available() -> Option<(u64, Limit)> {
    let limits = [
        (address_space(), Limit::AddressSpace),
        (control_groups(), Limit::ControlGroup),
        (machine(), Limit::Machine),
    ];
    let known = limits
        .into_iter()
        .filter_map(|(bytes, limit)| Some((bytes?, limit)));
    known.min_by_key(|(bytes, _)| *bytes)
}

/// Refuses what takes about `bytes` of memory if there is not as much and a twentieth more.
/// `what` is that which takes it, such as `training this model`.
///
/// # Errors
/// [`MemoryError`], with `remedy`.
pub fn check(what: &str, bytes: u128, remedy: &str) -> Result<(), MemoryError> {
    if bytes < LITTLE {
        return Ok(());
    }
    match available() {
        Some((available, limit)) if bytes + bytes / 20 > u128::from(available) => {
            Err(MemoryError {
                what: what.to_owned(),
                needed: size(bytes),
                available: size(available.into()),
                limit,
                remedy: remedy.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

/// Refuses more threads than there is address space for: their stacks, and what the
/// allocator sets aside.
///
/// # Errors
/// [`MemoryError`].
pub fn check_threads(threads: usize) -> Result<(), MemoryError> {
    const EACH: u128 = 4 << 20;
    let what = format!("starting {threads} threads");
    check(&what, threads as u128 * EACH, "give fewer --threads")
}

/// A number of bytes in words: `13.2 GiB`.
pub fn size(bytes: u128) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} bytes"),
        _ => format!("{value:.1} {}", units[unit]),
    }
}

/// What `ulimit -v` leaves.
fn address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    // "unlimited" is no number
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(field("/proc/self/status", "VmSize:")?))
}

/// What the machine has left without swapping.
fn machine() -> Option<u64> {
    field("/proc/meminfo", "MemAvailable:")
}

/// A field of a file of the kernel's that is given in kB.
fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The least that the control groups of this process leave, of both versions.
fn control_groups() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let left = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
        match controllers {
            "" => left_in("/sys/fs/cgroup", group, ["memory.max", "memory.current"]),
            _ if controllers.split(',').any(|name| name == "memory") => left_in(
                "/sys/fs/cgroup/memory",
                group,
                ["memory.limit_in_bytes", "memory.usage_in_bytes"],
            ),
            _ => None,
        }
    });
    left.min()
}

/// The least that `group` and those above it leave, below `root`.
fn left_in(root: &str, group: &str, [limit, used]: [&str; 2]) -> Option<u64> {
    let root = Path::new(root);
    let group = root.join(group.trim_start_matches('/'));
    let number = |folder: &Path, name: &str| -> Option<u64> {
        fs::read_to_string(folder.join(name))
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    let left = group.ancestors().filter_map(|folder| {
        // "max" is no number; version 1 says so with one that no machine has
        let limit = number(folder, limit).filter(|limit| *limit < 1 << 60)?;
        let used = number(folder, used)?.saturating_sub(reclaimable(folder));
        Some(limit.saturating_sub(used))
    });
    left.min()
}

/// Bytes of files that are kept in memory for as long as nobody else needs it.
fn reclaimable(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse::<u64>().ok())
    };
    let inactive = of("total_inactive_file ").or_else(|| of("inactive_file "));
    inactive.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_refused_and_a_little_is_not() {
        check("a little", LITTLE - 1, "").unwrap();
        check("some", LITTLE, "").unwrap();
        let error = check("a lot", 1 << 70, "take less").unwrap_err();
        let message = error.to_string();
        for words in ["a lot takes about 1024.0 EiB", " are left", "take less"] {
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn control_groups_leave_the_least_of_their_ancestors() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let write = |place: &str, text: &str| fs::write(folder.path().join(place), text).unwrap();
        let left = || {
            let root = folder.path().to_str().unwrap();
            left_in(root, "/a/b", ["memory.max", "memory.current"])
        };
        assert_eq!(left(), None);
        write("a/memory.max", "1000\n");
        write("a/memory.current", "900\n");
        write("a/b/memory.max", "max\n");
        write("a/b/memory.current", "5\n");
        assert_eq!(left(), Some(100));
        write("a/memory.stat", "anon 800\ninactive_file 40\n");
        assert_eq!(left(), Some(140));
        write("a/b/memory.max", "12\n");
        assert_eq!(left(), Some(7));
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(17), "17 bytes");
        assert_eq!(size(3 << 29), "1.5 GiB");
    }
}
