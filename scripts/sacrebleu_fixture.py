#!/usr/bin/env python3
"""Writes cosim/lstm/tests/fixtures/sacrebleu.json: sets of hypotheses and references
with the corpus BLEU that sacrebleu gives them (its defaults, tokenize none); and sets whose words
are cut into pieces, by SentencePiece and by subword-nmt, with the BLEU of what these decode them to
(its defaults, tokenize 13a).

    pip install sacrebleu sentencepiece subword-nmt
    python3 scripts/sacrebleu_fixture.py [FILE]
"""

import io
import json
import random
import re
import sys
from pathlib import Path

import sacrebleu
import sentencepiece
from subword_nmt import apply_bpe, learn_bpe

DEFAULT = Path(__file__).parent.parent / "cosim/lstm/tests/fixtures/sacrebleu.json"
SENTENCES = [
    "the cat sat on the mat .",
    "click on the button to open the window , then choose a file .",
    "tom never told me why he left .",
    "öffnen sie die einstellungen und wählen sie netzwerk .",
    "this is my room .",
]


def noisy(draw, sentence, rate):
    """The sentence with some words dropped, doubled, swapped or replaced."""
    words = []
    for word in sentence.split():
        if draw.random() >= rate:
            words.append(word)
            continue
        words.extend(draw.choice([[], [word, word], ["<unk>"], [draw.choice("the a . of".split())]]))
    return " ".join(words)


def sets():
    yield "perfect", SENTENCES, SENTENCES
    yield "nothing in common", ["x y z w v"] * 2, SENTENCES[:2]
    yield "one empty hypothesis", ["", *SENTENCES[1:]], SENTENCES
    yield "all hypotheses empty", ["", ""], SENTENCES[:2]
    yield "no sentence of four words", ["the cat", "a dog ran"], ["the cat", "a dog ran"]
    yield "no 4-gram match", ["the cat sat near the mat", "this was my room ."], [
        "the cat sat on the mat", "this is my room ."]
    yield "words only", ["mat the on sat cat"], ["the cat sat on the mat ."]
    yield "too long", [s + " and more of it" for s in SENTENCES], SENTENCES
    yield "too short", [" ".join(s.split()[:-3]) for s in SENTENCES], SENTENCES
    yield "repeated words are clipped", ["the the the the the the the"], [SENTENCES[0]]
    for seed, rate in enumerate([0.1, 0.3, 0.6, 0.9]):
        draw = random.Random(seed)
        yield f"noise {rate}", [noisy(draw, s, rate) for s in SENTENCES * 8], SENTENCES * 8


# What 13a cuts, leaves whole and reads as entities.
TEXT = [
    "The cat sat on the mat.",
    "Click \"Open\", then choose a file (or none).",
    "It costs $1,234.56 - or 3.5%, at 10-15 places; see http://a.org/b_c?d=e.",
    "Öffnen Sie die Einstellungen: «Netzwerk», „WLAN“ & VPN!",
    "R&amp;D &lt;b&gt; &quot;x&quot; isn't it's <skipped>here... e.g. this, that.",
    "Tom's 2-year-old (A/B) said: [yes]; {no} ~ 100^2 = 10*1000 @home #1.",
]


def sentencepiece_coder():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT * 20), model_writer=model, vocab_size=110,
        character_coverage=1.0, normalization_rule_name="identity", hard_vocab_limit=False, minloglevel=2)
    coder = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return lambda text: coder.encode(text, out_type=str), coder.decode_pieces


def bpe_coder():
    codes = io.StringIO()
    learn_bpe.learn_bpe(io.StringIO("\n".join(TEXT)), codes, 60)
    codes.seek(0)
    coder = apply_bpe.BPE(codes)
    # the decoder that subword-nmt's README gives
    return (lambda text: coder.process_line(text).split(),
            lambda pieces: re.sub(r"(@@ )|(@@ ?$)", "", " ".join(pieces)))


def coded_sets():
    for kind, coder in [("sentencepiece", sentencepiece_coder), ("bpe", bpe_coder)]:
        encode, decode = coder()
        references = [encode(text) for text in TEXT]
        yield f"{kind}, perfect", kind, decode, references, references
        for seed, rate in enumerate([0.05, 0.2]):
            draw = random.Random(seed)
            hypotheses = [noisy(draw, " ".join(line), rate).split() for line in references * 4]
            yield f"{kind}, noise {rate}", kind, decode, hypotheses, references * 4


def main():
    bleu = sacrebleu.BLEU(tokenize="none")
    fixture = {"sacrebleu": sacrebleu.__version__, "sets": []}
    for name, hypotheses, references in sets():
        score = bleu.corpus_score(hypotheses, [references]).score
        fixture["sets"].append({
            "name": name, "hypotheses": hypotheses, "references": references, "score": score})
        print(f"{name}: {score}")
    fixture["signature"] = str(bleu.get_signature())
    text = sacrebleu.BLEU()
    fixture["coded"] = []
    for name, kind, decode, hypotheses, references in coded_sets():
        decoded = [[decode(line) for line in lines] for lines in (hypotheses, references)]
        score = text.corpus_score(decoded[0], [decoded[1]]).score
        fixture["coded"].append({
            "name": name, "subwords": kind, "hypotheses": [" ".join(line) for line in hypotheses],
            "references": [" ".join(line) for line in references], "score": score})
        print(f"{name}: {score}")
    fixture["text"] = [{"line": line, "tokens": text.tokenizer(line)} for line in TEXT]
    fixture["text_signature"] = str(text.get_signature())
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    path.write_text(json.dumps(fixture, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
