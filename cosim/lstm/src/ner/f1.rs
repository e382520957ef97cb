//! Precision, recall and F1 over whole entities, as `conlleval` counts them.

use super::conll::Tag;
use crate::{LstmError, F1};

/// Entities counted over sentences.
///
/// An entity is right if kind, first and last word agree. Any sequence of tags has
/// entities: an `I-X` that continues none begins one, as in `conlleval` and in the
/// default mode of `seqeval`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntityCounts {
    /// Entities found.
    pub found: usize,
    /// Entities of the reference.
    pub wanted: usize,
    /// Entities found that are in the reference.
    pub right: usize,
}

impl EntityCounts {
    /// Counts one sentence.
    ///
    /// # Errors
    /// [`LstmError::Shape`] if the two are not equally long.
    pub fn add(&mut self, wanted: &[&Tag], found: &[&Tag]) -> Result<(), LstmError> {
        crate::error::fits("tags found", found.len(), wanted.len())?;
        // Whether the two are inside entities that agree up to here.
        let mut agree = false;
        for t in 0..=wanted.len() {
            let [(reference_ends, reference_begins), (ends, begins)] =
                [wanted, found].map(|tags| boundary(tags, t));
            // The kinds need no look at the end: they agreed at the beginning.
            if agree && reference_ends && ends {
                self.right += 1;
            }
            agree &= !(reference_ends || ends);
            self.wanted += usize::from(reference_begins);
            self.found += usize::from(begins);
            if reference_begins && begins {
                agree = wanted[t].kind() == found[t].kind();
            }
        }
        Ok(())
    }

    /// The scores in percent; a ratio without a denominator is 0.
    pub fn f1(&self) -> F1 {
        let percent = |part: usize, of: usize| match of {
            0 => 0.0,
            of => 100.0 * part as f64 / of as f64,
        };
        F1 {
            precision: percent(self.right, self.found),
            recall: percent(self.right, self.wanted),
            // The harmonic mean of the two.
            f1: percent(2 * self.right, self.found + self.wanted),
        }
    }
}

/// Whether an entity ends ahead of word `t`, and whether one begins at it.
fn boundary(tags: &[&Tag], t: usize) -> (bool, bool) {
    let before = t.checked_sub(1).map(|t| tags[t]);
    let inside = before.is_some_and(|tag| tag.kind().is_some());
    match tags.get(t) {
        None | Some(Tag::Outside) => (inside, false),
        Some(tag) => {
            let begins = tag.begins_after(before);
            (inside && begins, begins)
        }
    }
}

/// The scores of whole sequences of tags.
///
/// # Errors
/// [`LstmError::Shape`] if there are not equally many sentences and words in both.
pub fn entity_f1(wanted: &[Vec<Tag>], found: &[Vec<Tag>]) -> Result<F1, LstmError> {
    crate::error::fits("sentences found", found.len(), wanted.len())?;
    let mut counts = EntityCounts::default();
    for (wanted, found) in wanted.iter().zip(found) {
        let [wanted, found] = [wanted, found].map(|tags| tags.iter().collect::<Vec<_>>());
        counts.add(&wanted, &found)?;
    }
    Ok(counts.f1())
}
