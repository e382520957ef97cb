#!/usr/bin/env python3
"""Writes a Heddle trace (docs/src/traces.md) from an LSTM trained with PyTorch.

The cell is a loop over torch operations, since the products inside nn.LSTM cannot
be reached. Dropout is structured: one mask per time step, shared by the batch, on
the cell's input (site nr) and on the previous hidden state (site rh). Every product
of one training step becomes a job: forward (fp, mask on k), backward to the input
(bp, mask on n), weight gradient (wg, mask on m).

    pip install torch safetensors numpy
    python scripts/pytorch_trace.py out.safetensors --format bf16 --hidden 64 --steps 4
    heddle cosim --trace out.safetensors --rows 16 --cols 16 --format bf16
"""
import argparse
import json

import torch
from safetensors.torch import save_file

INTEGER_BITS = {"int8": 8, "int16": 16}
ACC_BITS = {"int8": 32, "int16": 48}


def quantise(x, bits):
    """Symmetric, one power-of-two scale per tensor, half to even."""
    top = 2 ** (bits - 1) - 1
    peak = x.abs().max().double()
    scale = 2.0 ** torch.ceil(torch.log2(peak / top)).item() if peak > 0 else 1.0
    q = torch.round(x.double() / scale).clamp(-top, top)
    return q.to(torch.int8 if bits == 8 else torch.int16), scale


class Trace:
    """Jobs and tensors in execution order."""

    def __init__(self, fmt):
        self.format, self.jobs, self.tensors = fmt, [], {}

    def product(self, phase, site, time, a, b, c0, keep):
        """Records C0 + A B with `keep` on the masked dimension; returns C as f32."""
        m, k, n = a.shape[0], a.shape[1], b.shape[1]
        job = {"name": f"{phase}.{site}.t{time}", "phase": phase, "m": m, "k": k, "n": n,
               "format": self.format, "layer": 0, "time": time, "step": 0, "site": site}
        a, b, c0 = a.detach(), b.detach(), c0.detach()
        keep_m, keep_k, keep_n = (keep if phase == p else torch.ones(s, dtype=torch.bool)
                                  for p, s in (("wg", m), ("fp", k), ("bp", n)))
        if self.format == "bf16":
            a, b = a.bfloat16(), b.bfloat16()
            # A product of two bf16 numbers is an f32 number, and an f64 sum of two f32
            # numbers rounds to f32 as the exact sum does: this is a fused multiply-add.
            c, scale = c0.float(), 1.0
            for i in keep_k.nonzero().flatten().tolist():
                c = (c.double() + a[:, i:i + 1].double() * b[i:i + 1].double()).float()
            seed = c0.float()
        else:
            bits = INTEGER_BITS[self.format]
            (a, job["scale_a"]), (b, job["scale_b"]) = quantise(a, bits), quantise(b, bits)
            job |= {"acc_bits": ACC_BITS[self.format], "overflow": "wrap"}
            scale = job["scale_a"] * job["scale_b"]
            acc = torch.int32 if bits == 8 else torch.int64
            seed = torch.round(c0.double() / scale).to(acc)
            # Far from overflow at these sizes, so 64 bits hold what the array's sum does.
            c = seed.long() + a[:, keep_k].long() @ b[keep_k].long()
            assert c.abs().max() < 2 ** (ACC_BITS[self.format] - 1), "sums overflow: use a smaller --hidden"
            c = c.to(acc)
        c = torch.where(keep_m[:, None] & keep_n[None, :], c, seed)
        named = {"a": a, "b": b, "c0": seed, "c": c, f"keep_{dict(fp='k', bp='n', wg='m')[phase]}": keep}
        for tensor, value in named.items():
            # clone: safetensors refuses tensors that share memory
            self.tensors[f"{job['name']}/{tensor}"] = value.clone().contiguous()
        self.jobs.append(job)
        return c.float() if self.format == "bf16" else (c.double() * scale).float()

    def save(self, path):
        metadata = {"heddle.trace": "1", "heddle.jobs": json.dumps(self.jobs)}
        save_file(self.tensors, path, metadata=metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="the trace to write")
    parser.add_argument("--format", choices=["int8", "int16", "bf16"], default="bf16")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--inputs", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=20)
    parser.add_argument("--steps", type=int, default=3, help="time steps of the window")
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    batch, width, hidden = args.batch, args.inputs, args.hidden
    grow = 1 / (1 - args.dropout)
    w = torch.empty(width, 4 * hidden).uniform_(-0.3, 0.3).requires_grad_()
    u = torch.empty(hidden, 4 * hidden).uniform_(-0.3, 0.3).requires_grad_()
    bias = torch.zeros(4 * hidden)
    x = torch.randn(args.steps, batch, width)
    keep_x = torch.rand(args.steps, width) >= args.dropout
    keep_h = torch.rand(args.steps, hidden) >= args.dropout

    trace, h, c = Trace(args.format), torch.zeros(batch, hidden), torch.zeros(batch, hidden)
    inputs, hiddens, gates = [], [], []
    for t in range(args.steps):
        inputs.append(x[t] * grow)
        hiddens.append(h * grow)
        # autograd sees the exact product; the trace gets the rounded one
        z = (inputs[t] * keep_x[t]) @ w + (hiddens[t] * keep_h[t]) @ u + bias
        z.retain_grad()
        gates.append(z)
        part = trace.product("fp", "nr", t, inputs[t], w, bias.expand_as(z), keep_x[t])
        trace.product("fp", "rh", t, hiddens[t], u, part, keep_h[t])
        i, f, o, g = z.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    (h - torch.randn_like(h)).square().sum().backward()

    dw, du = torch.zeros_like(w), torch.zeros_like(u)
    for t in reversed(range(args.steps)):
        dz = gates[t].grad
        trace.product("bp", "nr", t, dz, w.T, torch.zeros(batch, width), keep_x[t])
        trace.product("bp", "rh", t, dz, u.T, torch.zeros(batch, hidden), keep_h[t])
        dw = trace.product("wg", "nr", t, inputs[t].T, dz, dw, keep_x[t])
        du = trace.product("wg", "rh", t, hiddens[t].T, dz, du, keep_h[t])
    for name, ours, exact in (("W", dw, w.grad), ("U", du, u.grad)):
        error = ((ours - exact).norm() / exact.norm()).item()
        assert error < 0.05, f"the jobs' gradient of {name} is off by {error:.3f} of its norm"
    trace.save(args.out)
    print(f"{args.out}: {len(trace.jobs)} {args.format} jobs")


if __name__ == "__main__":
    main()
