//! Word vectors that were trained elsewhere, in the text format of GloVe and of word2vec: a
//! word a line, then its numbers, separated by blanks; word2vec's first line has the number of
//! words and their width.
//!
//! The vocabulary has words in lower case with 0 for every digit, as Ma and Hovy have them for
//! GloVe's. A word gets the vector of the same word; where the file has none, that of the
//! first word there which is the same in lower case and with 0 for every digit (files list
//! the frequent words first).

use super::corpus::normalise;
use crate::text::decoded;
use crate::vocabulary::{Vocabulary, UNKNOWN};
use crate::LstmError;
use heddle_files::Limit;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A file of word vectors, and how wide they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VectorFile<'a> {
    /// The file.
    pub path: &'a Path,
    /// The width of the model's word vectors.
    pub width: usize,
}

/// What was found in a file of word vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VectorsFound {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Words of the file.
    pub vectors: usize,
    /// Words of the vocabulary that the training data gave, the special ones not counted.
    pub types: usize,
    /// Those of them that have a vector.
    pub types_found: usize,
    /// Those of them whose vector is that of a word with capitals or digits.
    pub types_normalised: usize,
    /// Words of the training data, each as often as it occurs.
    pub tokens: usize,
    /// Those of them that have a vector.
    pub tokens_found: usize,
    /// Words of validation and test data that training data lack, and that are in the
    /// vocabulary because they have a vector.
    pub added: usize,
    /// Lines for a word that had one already, the first of which counts.
    pub duplicates: usize,
}

/// The vectors of the words of a vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct WordVectors {
    /// What was found.
    pub found: VectorsFound,
    width: usize,
    /// Of each word that has one: its number and its vector, in the order of the numbers.
    rows: Vec<(u32, Vec<f32>)>,
}

impl WordVectors {
    /// Numbers of a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The words that have a vector: their numbers and vectors.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &[f32])> {
        self.rows.iter().map(|(word, vector)| (*word, &vector[..]))
    }

    /// The vectors in `file` of a vocabulary's words. `train` are the words of the training
    /// data, `others` those of other data: of those, words that training data lack and that
    /// have a vector are added to the vocabulary.
    ///
    /// # Errors
    /// [`LstmError::File`]; [`LstmError::Data`] with file, line and remedy for a line that is no
    /// vector of the width, and for a file with no vector of any word of the training data.
    pub(crate) fn read(
        file: VectorFile<'_>,
        vocabulary: &mut Vocabulary,
        train: &[String],
        others: &[String],
    ) -> Result<Self, LstmError> {
        let name = file.path.display().to_string();
        let bytes = heddle_files::read(file.path, Limit::TEXT)?;
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        let text = decoded(&name, bytes)?;
        let trained: HashSet<&str> = train.iter().map(String::as_str).collect();
        let mut wanted = trained.clone();
        wanted.extend(others.iter().map(String::as_str));
        wanted.insert(UNKNOWN);
        let read = Read::of(&name, &text, file.width, &wanted)?;

        let special = Vocabulary::END_OF_SENTENCE as usize + 1;
        let types = vocabulary.len().saturating_sub(special);
        let new = others
            .iter()
            .filter(|word| !trained.contains(&word[..]) && read.vector(word).is_some());
        let before = vocabulary.len();
        vocabulary.extend(new.map(String::as_str));
        let words = (0..vocabulary.len() as u32).filter_map(|n| Some((n, vocabulary.word(n)?)));
        let rows: Vec<(u32, Vec<f32>)> = words
            .filter_map(|(n, word)| Some((n, read.vector(word)?.to_vec())))
            .collect();
        let of_training = |n: &u32| (special..before).contains(&(*n as usize));
        let found: HashSet<u32> = rows.iter().map(|row| row.0).filter(of_training).collect();
        let exact = |n: &&u32| {
            vocabulary
                .word(**n)
                .is_some_and(|w| read.exact.contains_key(w))
        };
        if found.is_empty() {
            let cause = format!(
                "none of the {types} words of the training data has a vector here: give vectors \
                 of words in the same language"
            );
            return Err(LstmError::data(&name, 1, cause));
        }
        let known = |word: &&String| found.contains(&vocabulary.token(word));
        Ok(Self {
            found: VectorsFound {
                sha256,
                vectors: read.vectors,
                types,
                types_found: found.len(),
                types_normalised: found.len() - found.iter().filter(exact).count(),
                tokens: train.len(),
                tokens_found: train.iter().filter(known).count(),
                added: vocabulary.len() - before,
                duplicates: read.duplicates,
            },
            width: file.width,
            rows,
        })
    }
}

/// The vectors of the words that are wanted.
#[derive(Debug, Default)]
struct Read<'a> {
    exact: HashMap<&'a str, Vec<f32>>,
    /// Of a word with capitals or digits, by what becomes of it.
    normalised: HashMap<String, Vec<f32>>,
    vectors: usize,
    duplicates: usize,
}

impl<'a> Read<'a> {
    fn of(
        file: &str,
        text: &'a str,
        width: usize,
        wanted: &HashSet<&str>,
    ) -> Result<Self, LstmError> {
        let mut read = Self::default();
        let mut lines = (1..).zip(text.lines()).peekable();
        let told = lines
            .next_if(|(_, line)| header(line, width).is_some())
            .and_then(|(_, line)| header(line, width));
        if let Some((_, wide)) = told.filter(|(_, wide)| *wide != width) {
            return Err(LstmError::data(file, 1, other_width(wide, width)));
        }
        for (line, row) in lines {
            let row = row.trim_end_matches([' ', '\t']);
            if row.is_empty() {
                continue;
            }
            let (word, numbers) = split(row, width, read.vectors == 0)
                .map_err(|cause| LstmError::data(file, line, cause))?;
            read.vectors += 1;
            let normal = normalise(word);
            let same = normal == word;
            if !wanted.contains(&normal[..]) {
                continue;
            }
            if same && read.exact.contains_key(word) {
                read.duplicates += 1;
                continue;
            }
            if !same && read.normalised.contains_key(&normal) {
                continue;
            }
            let vector =
                vector(word, numbers).map_err(|cause| LstmError::data(file, line, cause))?;
            match same {
                true => read.exact.insert(word, vector),
                false => read.normalised.insert(normal, vector),
            };
        }
        if let Some((words, _)) = told.filter(|(words, _)| *words != read.vectors) {
            let cause = format!(
                "the first line tells of {words} words, and {} follow: the file was cut or \
                 joined, so fetch it again, or correct that line",
                read.vectors
            );
            return Err(LstmError::data(file, 1, cause));
        }
        if read.vectors == 0 {
            let cause = "there is no word vector in the file, but lines of a word and its \
                         numbers are needed";
            return Err(LstmError::data(file, 1, cause));
        }
        Ok(read)
    }

    /// The vector of a word of the vocabulary.
    fn vector(&self, word: &str) -> Option<&[f32]> {
        let found = self.exact.get(word).or_else(|| self.normalised.get(word));
        found.map(|vector| &vector[..])
    }
}

/// What a first line in word2vec's format tells: the number of words and their width. With
/// one number a word it would be a vector as well, and is taken for one.
fn header(line: &str, width: usize) -> Option<(usize, usize)> {
    let (words, wide) = line.trim().split_once([' ', '\t'])?;
    let (words, wide) = (words.parse().ok()?, wide.trim().parse().ok()?);
    (width > 1).then_some((words, wide))
}

fn other_width(found: usize, width: usize) -> String {
    format!(
        "the vectors here have {found} numbers, and those of the model {width}: give --embedding \
         {found}, or a file of vectors {width} wide"
    )
}

/// The word of a row and its numbers. A word may hold blanks, as some of GloVe's do; where
/// the number of fields is not right, those that are no numbers tell which it is. The width
/// of the `first` row is that of all.
fn split(row: &str, width: usize, first: bool) -> Result<(&str, &str), String> {
    let blank = [' ', '\t'];
    let fields = row.split(blank).count();
    if fields <= width {
        return Err(match first && fields > 1 {
            true => other_width(fields - 1, width),
            false => format!(
                "there are {} numbers after the word, but {width} are needed: the line was cut, \
                 so fetch the file again",
                fields - 1
            ),
        });
    }
    let cut = match fields - width {
        1 => row.find(blank),
        _ => row.rmatch_indices(blank).nth(width - 1).map(|(at, _)| at),
    };
    let cut = cut.unwrap_or(row.len());
    let (word, numbers) = (&row[..cut], &row[cut..]);
    let last = word.rsplit(blank).next().unwrap_or_default();
    if fields > width + 1 && last.parse::<f32>().is_ok() {
        return Err(match first {
            true => other_width(fields - 1, width),
            false => format!(
                "there are {} numbers after the word, but {width} are needed: lines were \
                 joined, so fetch the file again",
                fields - 1
            ),
        });
    }
    Ok((word, numbers))
}

/// The numbers of a word's vector.
fn vector(word: &str, numbers: &str) -> Result<Vec<f32>, String> {
    let fields = numbers.split([' ', '\t']).skip(1);
    let number = |field: &str| match field.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!(
            "'{field}' in the vector of '{word}' is not a finite number: correct the line or \
             leave it out"
        )),
    };
    fields.map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(text: &'a str, wanted: &[&str]) -> Result<Read<'a>, String> {
        let wanted = wanted.iter().copied().collect();
        Read::of("v", text, 2, &wanted).map_err(|error| error.to_string())
    }

    #[test]
    fn both_formats_are_read_and_words_may_hold_blanks() {
        let rows = "the 1 2\nat a.b 3 4\n. . . 5 6\n 7 8\nin\t9\t-1e-1 \n\n";
        for text in [rows.to_owned(), format!("5 2\n{rows}")] {
            let read = read(&text, &["the", "in", "at"]).unwrap();
            assert_eq!((read.vectors, read.duplicates), (5, 0), "{text}");
            assert_eq!(read.vector("the"), Some(&[1.0, 2.0][..]));
            assert_eq!(read.vector("in"), Some(&[9.0, -0.1][..]));
            assert_eq!(read.vector("at"), None);
        }
        // one number a word: no line is a header
        let wanted = ["5"].into_iter().collect();
        let read = Read::of("v", "5 1\n6 1\n", 1, &wanted).unwrap();
        assert_eq!(read.vector("0"), None, "digits are zeros in a vocabulary");
        assert_eq!(read.vectors, 2);
    }

    #[test]
    fn the_same_word_comes_before_one_that_becomes_it_and_the_first_of_each_counts() {
        let text =
            "Rome 1 1\nrome 2 2\nROME 3 3\nrome 4 4\n1984 5 5\n2001 6 6\nOslo 7 7\noslO 8 8\n";
        let read = read(text, &["rome", "0000", "oslo"]).unwrap();
        assert_eq!(read.vector("rome"), Some(&[2.0, 2.0][..]));
        assert_eq!(read.vector("0000"), Some(&[5.0, 5.0][..]));
        assert_eq!(read.vector("oslo"), Some(&[7.0, 7.0][..]));
        assert_eq!(read.duplicates, 1);
    }

    #[test]
    fn what_is_no_vector_is_told_with_its_line() {
        for (text, expected) in [
            ("a 1 2 3\n", "v:1: the vectors here have 3 numbers, and those of the model 2: give --embedding 3"),
            ("a 1\n", "v:1: the vectors here have 1 numbers"),
            ("9 3\na 1 2 3\n", "v:1: the vectors here have 3 numbers"),
            ("a 1 2\nb 1\n", "v:2: there are 1 numbers after the word"),
            ("a 1 2\nb 1 2 3\n", "v:2: there are 3 numbers after the word"),
            ("a 1 2\nb 1 x\n", "v:2: 'x' in the vector of 'b'"),
            ("a 1 2\nb 1 nan\n", "v:2: 'nan' in the vector of 'b'"),
            ("3 2\na 1 2\nb 1 2\n", "v:1: the first line tells of 3 words, and 2 follow"),
            ("\n", "v:1: there is no word vector"),
        ] {
            let message = read(text, &["a", "b"]).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
