//! Which pieces a process has: `I/N`, or what a batch system's variables say.

use crate::Piece;
use heddle_toolbox::Key;
use std::fmt;

/// The I-th of N parts of some pieces, counted from 1. A piece's part is a hash of its name and
/// seed, the same on all machines and in all versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// Most shards.
const MOST: u64 = 1_000_000;

/// How a batch system tells an element of a job array which one it is.
struct Variables {
    /// The element's number.
    number: &'static str,
    /// The first number, where it is told.
    first: Option<&'static str>,
    /// The last number, where it is told.
    last: Option<&'static str>,
    /// What is between two numbers.
    step: Option<&'static str>,
    /// How many elements there are, where it is told.
    count: Option<&'static str>,
}

const SYSTEMS: [Variables; 4] = [
    Variables {
        number: "SLURM_ARRAY_TASK_ID",
        first: Some("SLURM_ARRAY_TASK_MIN"),
        last: Some("SLURM_ARRAY_TASK_MAX"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
        count: Some("SLURM_ARRAY_TASK_COUNT"),
    },
    Variables {
        number: "LSB_JOBINDEX",
        first: None,
        last: Some("LSB_JOBINDEX_END"),
        step: Some("LSB_JOBINDEX_STEP"),
        count: None,
    },
    Variables {
        number: "SGE_TASK_ID",
        first: Some("SGE_TASK_FIRST"),
        last: Some("SGE_TASK_LAST"),
        step: Some("SGE_TASK_STEPSIZE"),
        count: None,
    },
    Variables {
        number: "HQ_TASK_ID",
        first: None,
        last: None,
        step: None,
        count: None,
    },
];

/// The variables that `--shard auto` reads, of which one says which task this is.
pub const VARIABLES: [&str; 4] = [
    SYSTEMS[0].number,
    SYSTEMS[1].number,
    SYSTEMS[2].number,
    SYSTEMS[3].number,
];

impl Shard {
    /// All pieces.
    pub const ALL: Self = Self { index: 1, count: 1 };

    /// The `index`-th, from 1, of `count`.
    ///
    /// # Errors
    /// What would be right.
    pub fn new(index: u64, count: u64) -> Result<Self, String> {
        if !(1..=MOST).contains(&count) || !(1..=count).contains(&index) {
            let range = "give I/N with I from 1 to N, and N to 1000000";
            return Err(format!("{index}/{count} is no shard: {range}"));
        }
        Ok(Self { index, count })
    }

    /// Reads `I/N`, `auto` or `auto/N`; `variable` gives the environment's variables. With a
    /// number of shards it does not matter from where a batch system counts: any N numbers in
    /// sequence are N shards.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        let (index, count) = match text.split_once('/') {
            Some((index, count)) => (index, Some(count)),
            None => (text, None),
        };
        if index != "auto" {
            let both = number(index).zip(count.and_then(number));
            let (index, count) = both.ok_or("give I/N, such as 3/30, auto or auto/N")?;
            return Self::new(index, count);
        }
        let count = match count {
            None => None,
            Some(text) => Some(
                number(text)
                    .filter(|count| (1..=MOST).contains(count))
                    .ok_or("give auto/N with N from 1 to 1000000")?,
            ),
        };
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // Where there is no array, LSF says 0 and SGE says undefined.
        let is_element = |system: &&Variables| {
            let value = set(system.number);
            value.is_some_and(|value| {
                value != "undefined" && !(system.number == "LSB_JOBINDEX" && value == "0")
            })
        };
        let system = SYSTEMS.iter().find(is_element).ok_or_else(|| {
            format!(
                "no variable says which task this is: run it in a job array ({}), or give I/N",
                VARIABLES.join(", ")
            )
        })?;
        let value = |name: &str| set(name).and_then(|value| number(&value));
        let own = value(system.number)
            .ok_or_else(|| format!("{} is no number: give I/N", system.number))?;
        let step = system.step.and_then(value).unwrap_or(1).max(1);
        let first = system.first.and_then(value);
        let last = system.last.and_then(value);
        // LSF says its last number, not its first, which is 1.
        let first = first.or(last.map(|_| 1));
        let place = own.saturating_sub(first.unwrap_or(0)) / step;
        if let Some(count) = count {
            return Self::new(place % count + 1, count);
        }
        let spread = last.map(|last| last.saturating_sub(first.unwrap_or(1)) / step + 1);
        let told = system.count.and_then(value);
        match (spread, told) {
            (Some(spread), Some(told)) if spread != told => Err(format!(
                "the array has {told} tasks with gaps between their numbers: give I/N"
            )),
            (Some(count), _) => Self::new(place % count + 1, count),
            (None, _) => Err(format!(
                "{} does not say how many tasks there are: give auto/N",
                system.number
            )),
        }
    }

    /// From 1.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many shards there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// In which of `count` shards a piece is, from 1.
    pub fn of(piece: &Piece, count: u64) -> u64 {
        home(piece) % count + 1
    }

    /// Whether a piece is in it.
    pub fn has(&self, piece: &Piece) -> bool {
        self.count == 1 || Self::of(piece, self.count) == self.index
    }
}

/// The hash by which pieces are spread.
fn home(piece: &Piece) -> u64 {
    let key = Key::new("heddle piece").text(&piece.name);
    first_bits(&key.text(&piece.seed.to_string()).finish())
}

/// The first 64 bits of a key.
pub(crate) fn first_bits(key: &str) -> u64 {
    // A key has 32 hexadecimal digits.
    u64::from_str_radix(key.get(..16).unwrap_or_default(), 16).unwrap_or_default()
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let value = |name: &str| {
            let found = variables.iter().find(|(its, _)| *its == name);
            found.map(|(_, value)| value.to_string())
        };
        Shard::parse(text, value).map(|shard| shard.to_string())
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(of("1/1", &[]).unwrap(), "1/1");
        assert_eq!(of("3/3", &[]).unwrap(), "3/3");
        for wrong in [
            "0/3", "4/3", "1/0", "3", "a/3", "1/b", "-1/3", "1/2/3", "", "auto", "auto/0", "auto/x",
        ] {
            assert!(of(wrong, &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn batch_systems_say_which_task_it_is_whatever_they_count_from() {
        let slurm = |id, min, max, step, count| {
            of(
                "auto",
                &[
                    ("SLURM_ARRAY_TASK_ID", id),
                    ("SLURM_ARRAY_TASK_MIN", min),
                    ("SLURM_ARRAY_TASK_MAX", max),
                    ("SLURM_ARRAY_TASK_STEP", step),
                    ("SLURM_ARRAY_TASK_COUNT", count),
                ],
            )
        };
        assert_eq!(slurm("0", "0", "9", "1", "10").unwrap(), "1/10");
        assert_eq!(slurm("10", "1", "10", "1", "10").unwrap(), "10/10");
        assert_eq!(slurm("7", "1", "9", "2", "5").unwrap(), "4/5");
        // --array=1,5,7 leaves out what would be shards
        assert!(slurm("5", "1", "7", "1", "3").is_err());
        let lsf = [("LSB_JOBINDEX", "3"), ("LSB_JOBINDEX_END", "7")];
        assert_eq!(of("auto", &lsf).unwrap(), "3/7");
        assert!(of("auto", &[("LSB_JOBINDEX", "0")]).is_err());
        let sge = |id| {
            [
                ("SGE_TASK_ID", id),
                ("SGE_TASK_FIRST", "5"),
                ("SGE_TASK_LAST", "9"),
                ("SGE_TASK_STEPSIZE", "2"),
            ]
        };
        assert_eq!(of("auto", &sge("9")).unwrap(), "3/3");
        assert!(of("auto", &[("SGE_TASK_ID", "undefined")]).is_err());
        assert!(of("auto", &[("HQ_TASK_ID", "4")]).is_err());
        // any five numbers in sequence are the five shards
        for first in [0u64, 1, 100] {
            let mut all: Vec<String> = (first..first + 5)
                .map(|id| of("auto/5", &[("HQ_TASK_ID", &id.to_string())]).unwrap())
                .collect();
            all.sort();
            assert_eq!(all, ["1/5", "2/5", "3/5", "4/5", "5/5"], "{first}");
        }
    }

    #[test]
    fn every_piece_is_in_one_shard_and_stays_there() {
        let piece = |at: u64| Piece {
            at,
            name: format!("random.7.{at}"),
            seed: at,
        };
        for count in [1, 2, 7] {
            let mut sizes = vec![0u64; count as usize];
            for at in 0..700 {
                let with: Vec<u64> = (1..=count)
                    .filter(|&index| Shard::new(index, count).unwrap().has(&piece(at)))
                    .collect();
                assert_eq!(with.len(), 1);
                sizes[with[0] as usize - 1] += 1;
            }
            let mean = 700 / count;
            assert!(
                sizes.iter().all(|&size| size > mean / 2 && size < 2 * mean),
                "{sizes:?}"
            );
        }
        // SHA-256 of the parts with their lengths, first eight bytes, computed by other means:
        // printf '\14\0\0\0\0\0\0\0heddle piece\12\0\0\0\0\0\0\0random.7.3\1\0\0\0\0\0\0\0003' | sha256sum
        assert_eq!(format!("{:016x}", home(&piece(3))), HOME_OF_3);
    }

    const HOME_OF_3: &str = "76fcb0d5ffd0a2a1";
}
