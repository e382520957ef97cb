#!/usr/bin/env python3
"""Writes cosim/lstm/tests/fixtures/pytorch_lstm.safetensors.

Trains a tiny two-layer language model in PyTorch, in float64, for two windows of
truncated back-propagation with Case III dropout (one mask per layer, site and time
step, shared by the batch) on the sites nr, rh and out, and records everything that is
needed to do the same elsewhere: parameters, state, tokens, masks, then losses,
gradients, and the parameters after each clipped SGD step.

    pip install torch numpy safetensors
    python3 scripts/pytorch_fixture.py [FILE]

Tensors, all row-major; w stands for a parameter in Heddle's layout (W and U are
[inputs][4 H] with the gates in the order i f o g, the softmax is [H][V]):

    before.w           parameters at the start
    h.L, c.L           state of layer L before the first window, [B][H]
    inputs, targets    [window][time][batch], int64
    nr.L, rh.L, out    masks, [window][time][units], 1 keeps, uint8
    scale.nr.L, ...    what kept units are multiplied by
    clip, rate         norm of clipping, learning rate
    loss               summed negative log-likelihood of each window
    norm               gradient norm of each window before clipping
    grad.I.w           gradient of (loss / B) in window I before clipping
    after.I.w          parameters after window I
    h_after.L, ...     state after the second window
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

VOCABULARY, EMBEDDING, HIDDEN, LAYERS = 11, 5, 6, 2
WINDOWS, TIMES, BATCH = 2, 4, 3
CLIP, RATE = 0.5, 0.7
DEFAULT = Path(__file__).parent.parent / "cosim/lstm/tests/fixtures/pytorch_lstm.safetensors"


def torch_order(matrix):
    """The gates i f o g of the last dimension as PyTorch's i f g o."""
    i, f, o, g = matrix.chunk(4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1)


def exact_masks(units, keep):
    """One mask per window and time step that keeps `keep` of `units`."""
    masks = torch.zeros(WINDOWS, TIMES, units, dtype=torch.uint8)
    for window in range(WINDOWS):
        for time in range(TIMES):
            masks[window, time, torch.randperm(units)[:keep]] = 1
    return masks


def main():
    torch.manual_seed(20211)
    torch.set_default_dtype(torch.float64)
    widths = [EMBEDDING] + [HIDDEN] * (LAYERS - 1)

    shapes = {"embedding": (VOCABULARY, EMBEDDING)}
    for layer, width in enumerate(widths):
        shapes[f"layers.{layer}.w"] = (width, 4 * HIDDEN)
        shapes[f"layers.{layer}.u"] = (HIDDEN, 4 * HIDDEN)
        shapes[f"layers.{layer}.b"] = (1, 4 * HIDDEN)
    shapes["softmax.w"] = (HIDDEN, VOCABULARY)
    shapes["softmax.b"] = (1, VOCABULARY)
    params = {name: (torch.rand(shape) - 0.5).requires_grad_() for name, shape in shapes.items()}
    cells = [torch.nn.LSTMCell(width, HIDDEN) for width in widths]

    fixture = {f"before.{name}": p.detach().clone() for name, p in params.items()}
    masks = {}
    for layer, width in enumerate(widths):
        masks[f"nr.{layer}"] = exact_masks(width, 3)
        masks[f"rh.{layer}"] = exact_masks(HIDDEN, 4)
    masks["out"] = exact_masks(HIDDEN, 3)
    scales = {site: m.shape[-1] / int(m[0, 0].sum()) for site, m in masks.items()}
    tokens = torch.randint(VOCABULARY, (WINDOWS * TIMES + 1, BATCH))
    inputs = tokens[:-1].reshape(WINDOWS, TIMES, BATCH)
    targets = tokens[1:].reshape(WINDOWS, TIMES, BATCH)
    h = [torch.rand(BATCH, HIDDEN) - 0.5 for _ in widths]
    c = [torch.rand(BATCH, HIDDEN) - 0.5 for _ in widths]
    for layer in range(LAYERS):
        fixture[f"h.{layer}"], fixture[f"c.{layer}"] = h[layer], c[layer]

    losses, norms = [], []
    for window in range(WINDOWS):
        # No gradient flows from window to window.
        h, c = [x.detach() for x in h], [x.detach() for x in c]

        def masked(x, site, time):
            return x * masks[site][window, time].to(x.dtype) * scales[site]

        loss = 0
        for time in range(TIMES):
            x = params["embedding"][inputs[window, time]]
            for layer, cell in enumerate(cells):
                weights = {
                    "weight_ih": torch_order(params[f"layers.{layer}.w"]).T,
                    "weight_hh": torch_order(params[f"layers.{layer}.u"]).T,
                    "bias_ih": torch_order(params[f"layers.{layer}.b"])[0],
                    "bias_hh": torch.zeros(4 * HIDDEN),
                }
                state = (masked(h[layer], f"rh.{layer}", time), c[layer])
                x = masked(x, f"nr.{layer}", time)
                h[layer], c[layer] = torch.func.functional_call(cell, weights, (x, state))
                x = h[layer]
            logits = masked(x, "out", time) @ params["softmax.w"] + params["softmax.b"]
            loss = loss + torch.nn.functional.cross_entropy(
                logits, targets[window, time], reduction="sum"
            )
        grads = torch.autograd.grad(loss / BATCH, list(params.values()))
        norm = torch.sqrt(sum((g * g).sum() for g in grads))
        losses.append(loss.detach())
        norms.append(norm)
        with torch.no_grad():
            for (name, p), grad in zip(params.items(), grads):
                fixture[f"grad.{window}.{name}"] = grad
                p -= RATE * min(1.0, CLIP / norm) * grad
                fixture[f"after.{window}.{name}"] = p.detach().clone()

    for layer in range(LAYERS):
        fixture[f"h_after.{layer}"] = h[layer].detach()
        fixture[f"c_after.{layer}"] = c[layer].detach()
    fixture["inputs"], fixture["targets"] = inputs, targets
    fixture.update(masks)
    for site, scale in scales.items():
        fixture[f"scale.{site}"] = torch.tensor([scale])
    fixture["clip"], fixture["rate"] = torch.tensor([CLIP]), torch.tensor([RATE])
    fixture["loss"], fixture["norm"] = torch.stack(losses), torch.stack(norms)

    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: t.clone().contiguous() for name, t in fixture.items()}, path)
    print(f"{path}: {len(fixture)} tensors, losses {[round(float(x), 6) for x in losses]}, "
          f"norms {[round(float(x), 6) for x in norms]}, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
