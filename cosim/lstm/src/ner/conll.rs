//! Sentences in the column format of the CoNLL shared tasks: a token a line, its columns
//! separated by blanks or tabs (no other white space: words may hold it), the word first
//! and the tag last; a blank line ends a sentence, and a line that begins with `-DOCSTART-` belongs to none.
//!
//! In IOB1 `I-X` begins an entity and `B-X` only one that touches another of its kind; in
//! IOB2 `B-X` begins every entity. An entity begins at a `B-X`, and at an `I-X` that does
//! not follow a `B-X` or `I-X` of its own kind: that rule reads both, so that the scheme
//! need not be told, and a file may even mix them. IOB2 is written.

use crate::text::without_marks;
use crate::LstmError;
use std::fmt;
use std::fmt::Write;
use std::str::FromStr;

/// The tag of one word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// `O`: in no entity.
    Outside,
    /// `B-X`: the first word of an entity of kind X.
    Begin(String),
    /// `I-X`: a further word of an entity of kind X.
    Inside(String),
}

impl Tag {
    /// The kind of entity.
    pub fn kind(&self) -> Option<&str> {
        match self {
            Tag::Outside => None,
            Tag::Begin(kind) | Tag::Inside(kind) => Some(kind),
        }
    }

    /// Whether an entity begins with this tag after the tag `before` of the same
    /// sentence.
    pub fn begins_after(&self, before: Option<&Tag>) -> bool {
        match self {
            Tag::Outside => false,
            Tag::Begin(_) => true,
            Tag::Inside(kind) => before.and_then(Tag::kind) != Some(kind),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tag::Outside => f.write_str("O"),
            Tag::Begin(kind) => write!(f, "B-{kind}"),
            Tag::Inside(kind) => write!(f, "I-{kind}"),
        }
    }
}

impl FromStr for Tag {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s.split_once('-') {
            None if s == "O" => Ok(Tag::Outside),
            Some(("B", kind)) if !kind.is_empty() => Ok(Tag::Begin(kind.to_owned())),
            Some(("I", kind)) if !kind.is_empty() => Ok(Tag::Inside(kind.to_owned())),
            _ => Err(format!(
                "the tag '{s}' is not of IOB1 or IOB2: tags are O, B-X and I-X for a kind X \
                 of entity, in the last column"
            )),
        }
    }
}

/// A sentence with its tags in IOB2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaggedSentence {
    /// The words as they are in the file.
    pub words: Vec<String>,
    /// One tag a word.
    pub tags: Vec<Tag>,
    /// The line of the first word, from 1.
    pub line: usize,
}

/// The sentences of a text, `file` in messages; none may have more than `longest` words.
///
/// # Errors
/// [`LstmError::Data`] with file, line and cause for a line without a tag, a tag that is
/// not of IOB1 or IOB2, a sentence that is too long, and a text without a sentence.
pub fn read_conll(
    file: &str,
    text: &str,
    longest: usize,
) -> Result<Vec<TaggedSentence>, LstmError> {
    let wrong = |line: usize, cause: String| LstmError::data(file, line, cause);
    let mut sentences = Vec::new();
    let mut sentence = TaggedSentence::default();
    let text = without_marks(text);
    for (line, columns) in (1..).zip(text.lines()) {
        // A no-break space may be a word, or in one, but no tag ends in white space.
        let columns = columns.trim_end().trim_start_matches([' ', '\t']);
        if columns.is_empty() || columns.starts_with("-DOCSTART-") {
            if !sentence.words.is_empty() {
                sentences.push(std::mem::take(&mut sentence));
            }
            continue;
        }
        let mut columns = columns.split([' ', '\t']);
        let word = columns.next().unwrap_or_default();
        let tag = columns.next_back().ok_or_else(|| {
            wrong(
                line,
                format!(
                    "there is one column, '{word}', but two are needed: the word first and \
                     its tag last"
                ),
            )
        })?;
        if sentence.words.is_empty() {
            sentence.line = line;
        }
        if sentence.words.len() == longest {
            return Err(wrong(
                line,
                format!(
                    "the sentence that begins at line {} has more than {longest} words: end \
                     it with a blank line or raise the limit",
                    sentence.line
                ),
            ));
        }
        let mut tag: Tag = tag.parse().map_err(|cause| wrong(line, cause))?;
        if tag.begins_after(sentence.tags.last()) {
            if let Tag::Inside(kind) = tag {
                tag = Tag::Begin(kind);
            }
        }
        sentence.words.push(word.to_owned());
        sentence.tags.push(tag);
    }
    if !sentence.words.is_empty() {
        sentences.push(sentence);
    }
    if sentences.is_empty() {
        return Err(wrong(
            1,
            "there is no sentence in the file, but lines of a word and its tag are needed"
                .to_owned(),
        ));
    }
    Ok(sentences)
}

/// The text of sentences: a word and its tag a line, a blank line after each sentence.
pub fn write_conll(sentences: &[TaggedSentence]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        for (word, tag) in sentence.words.iter().zip(&sentence.tags) {
            writeln!(text, "{word} {tag}").expect("a string takes any text");
        }
        text.push('\n');
    }
    text
}
