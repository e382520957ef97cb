//! From pieces of words back to text, and to the tokens that sacrebleu scores by default.

use crate::text::words;
use crate::vocabulary::UNKNOWN;
use heddle_format::named;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// How the words of a text were cut into pieces before it was given to the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subwords {
    /// Not at all.
    #[default]
    None,
    /// By SentencePiece: a piece that begins a word begins with U+2581.
    SentencePiece,
    /// By subword-nmt's byte pair encoding: a piece that a word goes on after ends in `@@`.
    Bpe,
}

named!(
    Subwords,
    "kind of subwords",
    None = "none",
    SentencePiece = "sentencepiece",
    Bpe = "bpe"
);

impl Subwords {
    /// Whether words are as they were.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// The text of a line of pieces, as the tool that made them decodes it.
    pub fn decoded(self, line: &str) -> String {
        match self {
            Self::None => line.to_owned(),
            Self::SentencePiece => {
                let mut text = String::new();
                for piece in words(line) {
                    // as SentencePiece writes what it does not know
                    text.push_str(if piece == UNKNOWN {
                        " \u{2047} "
                    } else {
                        piece
                    });
                }
                text.replace('\u{2581}', " ").trim().to_owned()
            }
            Self::Bpe => {
                let mut text = String::new();
                for piece in words(line) {
                    match piece.strip_suffix("@@") {
                        Some(begin) => text.push_str(begin),
                        None => {
                            text.push_str(piece);
                            text.push(' ');
                        }
                    }
                }
                text.trim_end().to_owned()
            }
        }
    }
}

/// mteval's replacements in sacrebleu's order: symbols, full stops and commas but between
/// digits, dashes after digits.
static SYMBOLS: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    [
        (r"([{-~\[-` -\&(-+:-@/])", " $1 "),
        (r"([^0-9])([.,])", "$1 $2 "),
        (r"([.,])([^0-9])", " $1 $2"),
        (r"([0-9])(-)", "$1 $2 "),
    ]
    .map(|(pattern, by)| (Regex::new(pattern).expect("a pattern of ours"), by))
});

/// A line as sacrebleu's tokeniser `13a` cuts it, tokens separated by blanks.
pub(super) fn tokenised_13a(line: &str) -> String {
    let mut line = line.replace("<skipped>", "");
    for (entity, by) in [
        ("&quot;", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ] {
        line = line.replace(entity, by);
    }
    line = format!(" {line} ");
    for (pattern, by) in SYMBOLS.iter() {
        line = pattern.replace_all(&line, *by).into_owned();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_text() {
        let pieces = "\u{2581}the \u{2581}sea t s \u{2581}. <unk> s \u{2581}on";
        let text = "the seats . \u{2047} s on";
        assert_eq!(Subwords::SentencePiece.decoded(pieces), text);
        assert_eq!(
            Subwords::Bpe.decoded("the se@@ at@@ s <unk> o@@"),
            "the seats <unk> o"
        );
        assert_eq!(Subwords::None.decoded("se@@ at"), "se@@ at");
    }

    /// `scripts/sacrebleu_fixture.py` writes it.
    #[test]
    fn tokens_are_those_of_sacrebleu() {
        let fixture = include_str!("../../tests/fixtures/sacrebleu.json");
        let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
        let lines = fixture["text"].as_array().unwrap();
        assert!(lines.len() > 5);
        for line in lines {
            let text = line["line"].as_str().unwrap();
            let tokens: Vec<_> = words(&tokenised_13a(text)).map(str::to_owned).collect();
            assert_eq!(tokens.join(" "), line["tokens"], "{text}");
        }
    }

    #[test]
    fn tokens_are_those_of_13a() {
        for (line, expected) in [
            ("Hello, world.", "Hello , world ."),
            ("1,000.5 is 3.", "1,000.5 is 3 ."),
            ("1-2 a-b", "1 - 2 a-b"),
            ("&lt;b&gt; &amp; <skipped>\"x\"", "< b > & \" x \""),
            ("e.g. ...", "e . g . . . ."),
        ] {
            let tokens: Vec<_> = words(&tokenised_13a(line)).map(str::to_owned).collect();
            assert_eq!(tokens.join(" "), expected);
        }
    }
}
