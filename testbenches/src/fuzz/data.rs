//! Texts, parallel texts, named entities, checkpoints.

use super::check_message;
use heddle_lstm::{Corpus, NerCorpus, NerReading, NmtCorpus, NmtLimits};

/// The first byte chooses the format and a limit; the text is all three parts of a corpus, or,
/// split at two NUL characters, its parts.
pub fn target(bytes: &[u8]) {
    let Some((&choice, bytes)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut parts = text.splitn(3, '\0');
    let train = parts.next().unwrap_or_default();
    let texts = [
        ("train", train),
        ("valid", parts.next().unwrap_or(train)),
        ("test", parts.next().unwrap_or(train)),
    ];
    let limit = match choice / 4 {
        0 => None,
        words => Some(usize::from(words)),
    };
    match choice % 4 {
        0 | 1 => match Corpus::from_texts(texts, limit) {
            Ok(corpus) => {
                let words = corpus.vocabulary.len();
                assert!(
                    limit.is_none_or(|limit| words <= limit.max(2)),
                    "{words} words"
                );
                let in_range = |tokens: &[u32]| tokens.iter().all(|&t| (t as usize) < words);
                assert!(
                    [&corpus.train, &corpus.valid, &corpus.test].map(|p| in_range(p)) == [true; 3]
                );
            }
            Err(error) => check_message(&error),
        },
        2 => {
            let limits = NmtLimits {
                source_words: limit,
                target_words: limit,
                ..NmtLimits::default()
            };
            if let Err(error) = NmtCorpus::from_tsv(texts, &limits) {
                check_message(&error);
            }
        }
        _ => {
            let reading = NerReading {
                limit,
                ..NerReading::default()
            };
            if let Err(error) = NerCorpus::from_texts(texts, reading) {
                check_message(&error);
            }
        }
    }
}
