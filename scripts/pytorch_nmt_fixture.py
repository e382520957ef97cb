#!/usr/bin/env python3
"""Writes cosim/lstm/tests/fixtures/pytorch_nmt.safetensors.

A tiny encoder-decoder with global attention ("general") and input feeding, in
PyTorch, in float64: uni- and bidirectional, each under masks of Case I (per sample)
and Case III (shared by the batch). Sentences are computed one by one at their own
length, so the fixture knows nothing of padding.

    pip install torch numpy safetensors
    python3 scripts/pytorch_nmt_fixture.py [FILE]

Tensors, all row-major, each behind the name of its case (uni.I, uni.III, bi.I,
bi.III); w stands for a parameter in Heddle's layout (gates in the order i f o g,
matrices [inputs][outputs]):

    before.w           parameters
    source             [time][batch], int64, 1 where the sentence is over
    source_lengths     [batch], int64
    inputs, targets    [time][batch], int64, -1 where the sentence is over
    nr.L, rh.L, out    masks, [time]([batch])[units], 1 keeps, uint8; L counts the
                       encoder's layers (forward, then backward), then the decoder's;
                       a backward layer's time runs from the end of each sentence
    scale.nr.L, ...    what kept units are multiplied by
    loss               summed negative log-likelihood
    grad.w             gradient of (loss / B)
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

EMBEDDING, HIDDEN, LAYERS = 3, 4, 2
SOURCE_WORDS, TARGET_WORDS = 9, 8
PAD, START, END = 1, 2, 3
SOURCE_LENGTHS, TARGET_LENGTHS = [3, 5, 1], [4, 2, 3]  # the latter without the end
DEFAULT = Path(__file__).parent.parent / "cosim/lstm/tests/fixtures/pytorch_nmt.safetensors"


def torch_order(matrix):
    """The gates i f o g of the last dimension as PyTorch's i f g o."""
    i, f, o, g = matrix.chunk(4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1)


class Reference:
    """The model for one sentence at a time."""

    def __init__(self, bidirectional, shared):
        self.directions = ["forward", "backward"] if bidirectional else ["forward"]
        self.shared = shared
        part = HIDDEN // len(self.directions)
        batch, longest_source = len(SOURCE_LENGTHS), max(SOURCE_LENGTHS)
        longest_target = max(TARGET_LENGTHS) + 1
        shapes = {"encoder.embedding": (SOURCE_WORDS, EMBEDDING)}
        self.masks, self.layers = {}, {}

        def layer(name, width, hidden, times):
            number = len(self.layers)
            self.layers[name] = (number, width, hidden)
            shapes[f"{name}.w"] = (width, 4 * hidden)
            shapes[f"{name}.u"] = (hidden, 4 * hidden)
            shapes[f"{name}.b"] = (1, 4 * hidden)
            self.mask(f"nr.{number}", times, batch, width, (width + 1) // 2)
            self.mask(f"rh.{number}", times, batch, hidden, hidden - 1)

        for depth in range(LAYERS):
            for direction in self.directions:
                width = EMBEDDING if depth == 0 else HIDDEN
                layer(f"encoder.{depth}.{direction}", width, part, longest_source)
        shapes["decoder.embedding"] = (TARGET_WORDS, EMBEDDING)
        for depth in range(LAYERS):
            width = EMBEDDING + HIDDEN if depth == 0 else HIDDEN
            layer(f"decoder.{depth}", width, HIDDEN, longest_target)
        self.mask("out", longest_target, batch, HIDDEN, HIDDEN - 1)
        shapes["attention.keys"] = (HIDDEN, HIDDEN)
        shapes["attention.out"] = (2 * HIDDEN, HIDDEN)
        shapes["softmax.w"] = (HIDDEN, TARGET_WORDS)
        shapes["softmax.b"] = (1, TARGET_WORDS)
        self.params = {n: (2 * torch.rand(s) - 1).requires_grad_() for n, s in shapes.items()}
        self.cells = {n: torch.nn.LSTMCell(w, h) for n, (_, w, h) in self.layers.items()}

    def mask(self, site, times, batch, units, keep):
        shape = (times,) if self.shared else (times, batch)
        bits = torch.zeros(*shape, units, dtype=torch.uint8)
        for row in bits.reshape(-1, units):
            row[torch.randperm(units)[:keep]] = 1
        self.masks[site] = bits, units / keep

    def masked(self, x, site, time, sample):
        bits, scale = self.masks[site]
        bits = bits[time] if self.shared else bits[time, sample]
        return x * bits.to(x.dtype) * scale

    def cell(self, name, x, state, time, sample):
        number, _, hidden = self.layers[name]
        h, c = state
        weights = {
            "weight_ih": torch_order(self.params[f"{name}.w"]).T,
            "weight_hh": torch_order(self.params[f"{name}.u"]).T,
            "bias_ih": torch_order(self.params[f"{name}.b"])[0],
            "bias_hh": torch.zeros(4 * hidden),
        }
        x = self.masked(x, f"nr.{number}", time, sample)
        h = self.masked(h, f"rh.{number}", time, sample)
        call = torch.func.functional_call
        return call(self.cells[name], weights, (x, (h, c)))

    def loss(self, source, target, sample):
        outputs = list(self.params["encoder.embedding"][source])
        states = []
        for depth in range(LAYERS):
            halves, ends = [], []
            for direction in self.directions:
                name = f"encoder.{depth}.{direction}"
                hidden = self.layers[name][2]
                state = torch.zeros(hidden), torch.zeros(hidden)
                read = outputs if direction == "forward" else outputs[::-1]
                written = []
                for time, x in enumerate(read):
                    state = self.cell(name, x, state, time, sample)
                    written.append(state[0])
                halves.append(written if direction == "forward" else written[::-1])
                ends.append(state)
            outputs = [torch.cat(parts) for parts in zip(*halves)]
            states.append(tuple(torch.cat(parts) for parts in zip(*ends)))
        memory = torch.stack(outputs)

        loss, fed = 0, torch.zeros(HIDDEN)
        words = [START] + target + [END]
        for time, (word, following) in enumerate(zip(words, words[1:])):
            x = torch.cat([self.params["decoder.embedding"][word], fed])
            for depth in range(LAYERS):
                states[depth] = self.cell(f"decoder.{depth}", x, states[depth], time, sample)
                x = states[depth][0]
            weights = torch.softmax((memory @ self.params["attention.keys"]) @ x, dim=0)
            both = torch.cat([weights @ memory, x])
            fed = torch.tanh(both @ self.params["attention.out"])
            logits = self.masked(fed, "out", time, sample) @ self.params["softmax.w"]
            logits = logits + self.params["softmax.b"][0]
            loss = loss - torch.log_softmax(logits, dim=0)[following]
        return loss


def padded(rows, filler):
    longest = max(map(len, rows))
    return torch.tensor([row + [filler] * (longest - len(row)) for row in rows]).T


def main():
    torch.manual_seed(20211)
    torch.set_default_dtype(torch.float64)
    fixture, losses = {}, []
    for name in ["uni.I", "uni.III", "bi.I", "bi.III"]:
        direction, case = name.split(".")
        model = Reference(direction == "bi", case == "III")
        draw = lambda n, words: torch.randint(4, words, (n,)).tolist()
        sources = [draw(n, SOURCE_WORDS) for n in SOURCE_LENGTHS]
        targets = [draw(n, TARGET_WORDS) for n in TARGET_LENGTHS]
        pairs = enumerate(zip(sources, targets))
        loss = sum(model.loss(source, target, b) for b, (source, target) in pairs)
        grads = torch.autograd.grad(loss / len(sources), list(model.params.values()))
        case = {
            "source": padded(sources, PAD),
            "source_lengths": torch.tensor(SOURCE_LENGTHS),
            "inputs": padded([[START] + target for target in targets], -1),
            "targets": padded([target + [END] for target in targets], -1),
            "loss": loss.detach().reshape(1),
        }
        for (parameter, value), grad in zip(model.params.items(), grads):
            case[f"before.{parameter}"], case[f"grad.{parameter}"] = value.detach(), grad
        for site, (bits, scale) in model.masks.items():
            case[site], case[f"scale.{site}"] = bits, torch.tensor([scale])
        fixture.update({f"{name}.{key}": value for key, value in case.items()})
        losses.append(round(loss.item(), 6))

    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: t.clone().contiguous() for name, t in fixture.items()}, path)
    print(f"{path}: {len(fixture)} tensors, losses {losses}, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
