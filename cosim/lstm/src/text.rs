//! What all text files have in common: encoding, line ends, words.
//!
//! A line ends in LF or CRLF and nowhere else: what Python's `splitlines` takes for line ends
//! as well (form feed, U+0085, U+2028 and others) does not end one.

use crate::LstmError;
use heddle_files::Limit;
use std::borrow::Cow;
use std::path::Path;

const MARK: char = '\u{feff}';

/// The words of a text as Python's `str.split` finds them, which sacrebleu and the usual
/// readers of such files call: separated by white space of Unicode, and by U+001C to U+001F,
/// which Unicode does not count.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let blank = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    text.split(blank).filter(|word| !word.is_empty())
}

/// Reads a UTF-8 file.
///
/// # Errors
/// [`LstmError::File`]; [`LstmError::Data`] as for [`decoded`].
pub(crate) fn read(path: &Path) -> Result<String, LstmError> {
    let file = path.display().to_string();
    decoded(&file, heddle_files::read(path, Limit::TEXT)?)
}

/// Reads the files of training, validation and test data: their names and texts.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_parts(paths: [&Path; 3]) -> Result<[(String, String); 3], LstmError> {
    let part =
        |path: &Path| -> Result<_, LstmError> { Ok((path.display().to_string(), read(path)?)) };
    let [train, valid, test] = paths.map(part);
    Ok([train?, valid?, test?])
}

/// The embedded files `data/FOLDER/NAME.train.KIND` and so on: their names and texts.
macro_rules! embedded {
    ($folder:literal, $name:literal, $kind:literal) => {
        embedded!($folder, $name, $kind, "train", "valid", "test")
    };
    ($folder:literal, $name:literal, $kind:literal, $($part:literal),+) => {
        [$((
            concat!($name, ".", $part, ".", $kind),
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/data/", $folder, "/", $name, ".", $part, ".", $kind
            )),
        )),+]
    };
}
pub(crate) use embedded;

/// That the `side`'s vocabulary of `words` words, from the file `origin`, has no word of `file`.
pub(crate) fn all_unknown(file: &str, side: &str, words: usize, origin: &str) -> LstmError {
    let cause = format!(
        "every word is unknown to the {side}vocabulary of {words} words (from {origin}): raise the \
         vocabulary's limit or use a text in the same language"
    );
    LstmError::data(file, 1, cause)
}

/// The text of a file's bytes, without byte order marks: one at its beginning, or at that of
/// a line, where files were joined, is no part of a word.
///
/// # Errors
/// [`LstmError::Data`] with file, line and remedy for bytes that are not UTF-8, for a NUL, and
/// for a file whose lines end in CR alone.
pub(crate) fn decoded(file: &str, bytes: Vec<u8>) -> Result<String, LstmError> {
    let refuse = |at: usize, bytes: &[u8], cause: String| {
        let before = bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
        LstmError::data(file, 1 + before, cause)
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let cause = "the byte order mark is that of UTF-16: convert the file to UTF-8";
        return Err(refuse(0, &bytes, cause.to_owned()));
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let cause = "there is a NUL byte, which no text has: convert the file to UTF-8 if it \
                     is UTF-16, or remove it";
        return Err(refuse(at, &bytes, cause.to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let cause = format!(
            "byte {:#04x} is not UTF-8: convert the file to UTF-8",
            bytes[at]
        );
        refuse(at, bytes, cause)
    })?;
    let count = |byte: u8| text.bytes().filter(|&other| other == byte).count();
    let alone = count(b'\r') - text.matches("\r\n").count();
    if alone > count(b'\n') {
        let cause = format!(
            "{alone} lines end in CR alone and {} in LF: convert them, as by `tr '\\r' '\\n'`",
            count(b'\n')
        );
        return Err(refuse(0, text.as_bytes(), cause));
    }
    Ok(match without_marks(&text) {
        Cow::Owned(text) => text,
        Cow::Borrowed(_) => text,
    })
}

/// A text without the byte order marks ahead of its lines.
pub(crate) fn without_marks(text: &str) -> Cow<'_, str> {
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n');
    Cow::Owned(lines.map(|line| line.trim_start_matches(MARK)).collect())
}

/// Refuses a text without any word.
///
/// # Errors
/// [`LstmError::Data`].
pub(crate) fn not_empty(file: &str, text: &str) -> Result<(), LstmError> {
    if words(text).next().is_some() {
        return Ok(());
    }
    let cause = "there is no word in the file, but one sentence a line is needed";
    Err(LstmError::data(file, 1, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[i for i in range(0x110000) if chr(i).isspace()]`, Python 3.11: what `str.split`
    /// splits at.
    #[test]
    fn words_are_those_of_pythons_split() {
        let python = "\t\n\u{b}\u{c}\r\u{1c}\u{1d}\u{1e}\u{1f} \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";
        for c in '\0'..=char::MAX {
            let found = words(&format!("a{c}b")).count();
            assert_eq!(found, 1 + usize::from(python.contains(c)), "{c:?}");
        }
        assert_eq!(words("\u{1f} a\u{a0}\tb ").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn marks_go_wherever_files_were_joined_and_nowhere_else() {
        let text = |bytes: &str| decoded("t", bytes.as_bytes().to_vec()).unwrap();
        assert_eq!(text("\u{feff}a b\nc\n\u{feff}d\n"), "a b\nc\nd\n");
        assert_eq!(text("a\u{feff}b\n"), "a\u{feff}b\n");
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (bytes, expected) in [
            (&b"a\nb\0c\n"[..], "t:2: there is a NUL byte"),
            (
                b"\xff\xfea\0\n\0",
                "t:1: the byte order mark is that of UTF-16",
            ),
            (b"a\nb\n\xff\n", "t:3: byte 0xff is not UTF-8"),
            (b"a\rb\rc\r", "t:1: 3 lines end in CR alone and 0 in LF"),
            (b"a\rb\rc\r\n", "t:1: 2 lines end in CR alone and 1 in LF"),
        ] {
            let message = decoded("t", bytes.to_vec()).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
        // a CR within a line is a blank, and so is one too many at its end
        for bytes in [&b"a\rb\nc\n"[..], b"a\r\r\nb\r\r\n", b"a\r\nb\r\n"] {
            decoded("t", bytes.to_vec()).unwrap();
        }
    }
}
