#!/usr/bin/env python3
"""Trains a word language model with torch.nn.LSTM on the CPU, when told to, and times it.

`heddle bench train --pytorch PYTHON` runs this as a child process; it needs PyTorch only
(pip install torch). One line of JSON at a time: the settings come on standard input, and
{"ready": VERSION} is the answer; then every number N that comes in is answered, after N
training steps, by {"seconds": S, "tokens": T}. The end of standard input is the end.

The model is the one that Heddle trains (Zaremba et al. 2014): word vectors, LSTM layers
with dropout on the input of each (nn.LSTM's own dropout covers those between layers, an
nn.Dropout the first), dropout on the output where "mask_output" says so, softmax over the
vocabulary; loss summed over the window and divided by the batch, gradients clipped to a
common norm, SGD; the state is carried from window to window. nn.LSTM cannot drop h of the
step before, so that site rh has no counterpart here: PyTorch does less work.
"""

import json
import signal
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    print(json.dumps({"error": str(error)}), flush=True)
    sys.exit(0)


class Model(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.embedding = nn.Embedding(s["vocabulary"], s["hidden"])
        self.drop = nn.Dropout(s["p"])
        between = s["p"] if s["layers"] > 1 else 0.0
        self.lstm = nn.LSTM(s["hidden"], s["hidden"], s["layers"], dropout=between)
        self.drop_output = nn.Dropout(s["p"] if s["mask_output"] else 0.0)
        self.softmax = nn.Linear(s["hidden"], s["vocabulary"])
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -s["init"], s["init"])

    def forward(self, inputs, state):
        output, state = self.lstm(self.drop(self.embedding(inputs)), state)
        return self.softmax(self.drop_output(output)), state


def main():
    # Ctrl-C is for the parent, which ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    s = json.loads(sys.stdin.readline())
    torch.set_num_threads(s["threads"])
    torch.manual_seed(s["seed"])
    model = Model(s).train()
    optimiser = torch.optim.SGD(model.parameters(), lr=s["learning_rate"])
    times, batch = s["window"], s["batch"]
    # Zipf's law, as in the text that Heddle reads.
    weights = 1.0 / (torch.arange(1, s["vocabulary"] + 1, dtype=torch.float64) + 2.7)
    windows = [
        torch.multinomial(weights, (times + 1) * batch, replacement=True).view(times + 1, batch)
        for _ in range(16)
    ]
    state = tuple(torch.zeros(s["layers"], batch, s["hidden"]) for _ in range(2))
    done = 0
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        start = time.perf_counter()
        for _ in range(steps):
            window = windows[done % len(windows)]
            optimiser.zero_grad()
            logits, state = model(window[:-1], state)
            loss = nn.functional.cross_entropy(
                logits.view(times * batch, -1), window[1:].reshape(-1), reduction="sum"
            )
            (loss / batch).backward()
            nn.utils.clip_grad_norm_(model.parameters(), s["clip"])
            optimiser.step()
            state = tuple(part.detach() for part in state)
            loss.item()
            done += 1
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "tokens": steps * times * batch}), flush=True)


main()
