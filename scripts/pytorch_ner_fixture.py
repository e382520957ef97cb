#!/usr/bin/env python3
"""Writes cosim/lstm/tests/fixtures/pytorch_ner.safetensors.

The loss, the gradients and the best tags of a tiny two-layer BiLSTM-CRF with a character
CNN in PyTorch, in float64, for one batch of sentences of different lengths, once under
Case III and once under Case I dropout on the sites nr, rh and out. Written so that it
shares no method with Heddle: every sentence is read by itself, without padding; the
convolution is PyTorch's own; the CRF sums over all sequences of tags one by one.

    pip install torch numpy safetensors
    python3 scripts/pytorch_ner_fixture.py [FILE]

Tensors, all row-major; w stands for a parameter in Heddle's layout (W and U are
[inputs][4 H] with the gates in the order i f o g, filters [width E][F]):

    before.w             parameters
    lengths              words of each sentence, int64
    words, tags          [time][batch], 0 in padding, int64
    characters, ends     of all words in the order of `words`, and where each word's end
    CASE.nr.D, .rh.D     masks of direction D, uint8, 1 keeps: III [time][units],
    CASE.out             I [time][batch][units]
    scale.nr.D, ...      what kept units are multiplied by
    CASE.loss            summed negative log-likelihood
    CASE.grad.w          gradient of loss / batch
    CASE.best            the most likely tags, [time][batch]
    CASE.score           their scores, [batch]
"""

import itertools
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

WORDS, CHARACTERS, TAGS = 9, 7, 3
EMBEDDING, CHAR_EMBEDDING, FILTERS, WIDTH, HIDDEN, LAYERS = 5, 3, 4, 3, 4, 2
LENGTHS = [2, 5, 3]
DEFAULT = Path(__file__).parent.parent / "cosim/lstm/tests/fixtures/pytorch_ner.safetensors"


def torch_order(matrix):
    """The gates i f o g of the last dimension as PyTorch's i f g o."""
    i, f, o, g = matrix.chunk(4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1)


def exact_masks(units, keep, *shape):
    """Masks that keep `keep` of `units`."""
    masks = torch.zeros(*shape, units, dtype=torch.uint8)
    for mask in masks.view(-1, units):
        mask[torch.randperm(units)[:keep]] = 1
    return masks


def features_of(params, word):
    """Characters of one word to its features: [F]."""
    vectors = params["chars.embedding"]
    padded = torch.cat([vectors[:1], vectors[word], vectors[:1]]).T.unsqueeze(0)
    weight = params["chars.w"].view(WIDTH, CHAR_EMBEDDING, FILTERS).permute(2, 1, 0)
    sums = torch.nn.functional.conv1d(padded, weight, params["chars.b"][0])
    return torch.tanh(torch.nn.functional.adaptive_max_pool1d(sums, 1)).view(-1)


def read(params, name, xs, mask_x, mask_h):
    """One direction over one sentence, a list of vectors."""
    weights = {
        "weight_ih": torch_order(params[f"{name}.w"]).T,
        "weight_hh": torch_order(params[f"{name}.u"]).T,
        "bias_ih": torch_order(params[f"{name}.b"])[0],
        "bias_hh": torch.zeros(4 * HIDDEN),
    }
    cell = torch.nn.LSTMCell(len(xs[0]), HIDDEN)
    h = c = torch.zeros(1, HIDDEN)
    hs = []
    for time, x in enumerate(xs):
        inputs = (mask_x(time, x).unsqueeze(0), (mask_h(time, h[0]).unsqueeze(0), c))
        h, c = torch.func.functional_call(cell, weights, inputs)
        hs.append(h[0])
    return hs


def score(params, scores, tags):
    total = params["crf.start"][0, tags[0]] + params["crf.end"][0, tags[-1]]
    for time, tag in enumerate(tags):
        total = total + scores[time][tag]
        if time:
            total = total + params["crf.transitions"][tags[time - 1], tag]
    return total


def main():
    torch.manual_seed(20212)
    torch.set_default_dtype(torch.float64)
    times, batch = max(LENGTHS), len(LENGTHS)
    shapes = {
        "words.embedding": (WORDS, EMBEDDING),
        "chars.embedding": (CHARACTERS, CHAR_EMBEDDING),
        "chars.w": (WIDTH * CHAR_EMBEDDING, FILTERS),
        "chars.b": (1, FILTERS),
    }
    inputs = []
    for direction in range(2 * LAYERS):
        name = f"layers.{direction // 2}.{('forward', 'backward')[direction % 2]}"
        inputs.append(EMBEDDING + FILTERS if direction < 2 else 2 * HIDDEN)
        shapes[f"{name}.w"] = (inputs[-1], 4 * HIDDEN)
        shapes[f"{name}.u"] = (HIDDEN, 4 * HIDDEN)
        shapes[f"{name}.b"] = (1, 4 * HIDDEN)
    shapes["tags.w"] = (2 * HIDDEN, TAGS)
    shapes["tags.b"] = (1, TAGS)
    shapes["crf.transitions"] = (TAGS, TAGS)
    shapes["crf.start"] = (1, TAGS)
    shapes["crf.end"] = (1, TAGS)
    params = {name: (2 * torch.rand(shape) - 1).requires_grad_() for name, shape in shapes.items()}
    fixture = {f"before.{name}": p.detach().clone() for name, p in params.items()}

    # Words of one to five characters, unknown ones (1) among them, none padding (0).
    words = [[int(torch.randint(WORDS, ())) for _ in range(n)] for n in LENGTHS]
    tags = [[int(torch.randint(TAGS, ())) for _ in range(n)] for n in LENGTHS]
    spelt = [
        [torch.randint(1, CHARACTERS, (int(torch.randint(1, 6, ())),)) for _ in range(n)]
        for n in LENGTHS
    ]
    masks, scales = {}, {}
    sites = {f"nr.{d}": width for d, width in enumerate(inputs)}
    sites.update({f"rh.{d}": HIDDEN for d in range(2 * LAYERS)})
    sites["out"] = 2 * HIDDEN
    for site, units in sites.items():
        keep = (units + 1) // 2 + (1 if site.startswith("rh") else 0)
        scales[site] = units / keep
        masks[f"III.{site}"] = exact_masks(units, keep, times)
        masks[f"I.{site}"] = exact_masks(units, keep, times, batch)

    for case in ("III", "I"):

        def mask(site, b):
            def apply(time, x):
                mask = masks[f"{case}.{site}"][time]
                mask = mask if case == "III" else mask[b]
                return x * mask.to(x.dtype) * scales[site]

            return apply

        loss = 0
        best = torch.zeros(times, batch, dtype=torch.int64)
        best_scores = torch.zeros(batch)
        for b, length in enumerate(LENGTHS):
            xs = [
                torch.cat([params["words.embedding"][word], features_of(params, characters)])
                for word, characters in zip(words[b], spelt[b])
            ]
            for layer in range(LAYERS):
                ahead, back = 2 * layer, 2 * layer + 1
                forward = read(params, f"layers.{layer}.forward", xs,
                               mask(f"nr.{ahead}", b), mask(f"rh.{ahead}", b))
                backward = read(params, f"layers.{layer}.backward", xs[::-1],
                                mask(f"nr.{back}", b), mask(f"rh.{back}", b))
                xs = [torch.cat(pair) for pair in zip(forward, backward[::-1])]
            scores = [
                mask("out", b)(time, x) @ params["tags.w"] + params["tags.b"][0]
                for time, x in enumerate(xs)
            ]
            ways = list(itertools.product(range(TAGS), repeat=length))
            totals = torch.stack([score(params, scores, way) for way in ways])
            loss = loss + torch.logsumexp(totals, 0) - score(params, scores, tags[b])
            place = int(torch.argmax(totals))
            best[:length, b] = torch.tensor(ways[place])
            best_scores[b] = totals[place].detach()
        grads = torch.autograd.grad(loss / batch, list(params.values()))
        fixture.update({f"{case}.grad.{name}": g for name, g in zip(params, grads)})
        fixture[f"{case}.loss"] = loss.detach().view(1)
        fixture[f"{case}.best"], fixture[f"{case}.score"] = best, best_scores
        print(f"Case {case}: loss {loss.item():.6f}, best {best.T.tolist()}")

    grid = lambda lists: torch.tensor(
        [[row[t] if t < len(row) else 0 for row in lists] for t in range(times)]
    )
    fixture["lengths"] = torch.tensor(LENGTHS)
    fixture["words"], fixture["tags"] = grid(words), grid(tags)
    flat, ends = [], []
    for t in range(times):
        for row in spelt:
            flat += row[t].tolist() if t < len(row) else []
            ends.append(len(flat))
    fixture["characters"], fixture["ends"] = torch.tensor(flat), torch.tensor(ends)
    fixture.update(masks)
    fixture.update({f"scale.{site}": torch.tensor([scale]) for site, scale in scales.items()})

    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: t.clone().contiguous() for name, t in fixture.items()}, path)
    print(f"{path}: {len(fixture)} tensors, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
