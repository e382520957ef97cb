#!/usr/bin/env python3
"""Draws the timing diagrams of the documentation from simulations.

    waveforms.py FOLDER            writes NAME.svg for each picture below

Each picture is one job of a trace that is written here, run by `heddle cosim --waveform-of`. HEDDLE names
the program. Values are those just before a rising edge of the clock: what a flip-flop takes there.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile

from svg import Picture

WIDTH, HEIGHT = 52, 24
LABEL = 160


def write_trace(path, jobs):
    """A trace of version 1 (docs/src/traces.md), with nothing but Python."""
    head = {
        "__metadata__": {
            "heddle.trace": "1",
            "heddle.jobs": json.dumps([job for job, _ in jobs]),
        }
    }
    data = b""
    for job, tensors in jobs:
        for name, (dtype, shape, values) in tensors.items():
            form = {"I8": "b", "I32": "i", "U8": "B"}[dtype]
            raw = struct.pack(f"<{len(values)}{form}", *values)
            head[f"{job['name']}/{name}"] = {
                "dtype": dtype,
                "shape": shape,
                "data_offsets": [len(data), len(data) + len(raw)],
            }
            data += raw
    text = json.dumps(head).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_vcd(path, clock):
    """Per cycle a dictionary from `scope.name` to a string of bits."""
    names, scope, widths = {}, [], {}
    values, cycles = {}, []
    lines = open(path).read().splitlines()
    at = 0
    for at, line in enumerate(lines):
        word = line.split()
        if not word:
            continue
        if word[0] == "$scope":
            scope.append(word[2])
        elif word[0] == "$upscope":
            scope.pop()
        elif word[0] == "$var":
            # The top's own ports appear under a scope of the simulator's, too.
            name = ".".join(scope[1:] + [word[4]])
            names.setdefault(word[3], []).append(name)
            widths[word[3]] = int(word[2])
        elif word[0] == "$enddefinitions":
            break
    clock_code = next(code for code, known in names.items() if clock in known)
    before = {}
    for line in lines[at + 1 :]:
        if line.startswith("#"):
            if values.get(clock_code) == "1" and before.get(clock_code) == "0":
                cycles.append(before)
            before = dict(values)
            continue
        if line[:1] == "b":
            bits, code = line[1:].split()
        elif line[:1] in ("0", "1", "x", "z"):
            bits, code = line[0], line[1:]
        else:
            continue
        values[code] = bits.rjust(widths[code], "0")
    if values.get(clock_code) == "1" and before.get(clock_code) == "0":
        cycles.append(before)
    return [
        {name: cycle.get(code, "") for code, known in names.items() for name in known}
        for cycle in cycles
    ]


def number(bits):
    value = int(bits, 2)
    return value - (1 << len(bits)) if bits[0] == "1" else value


def lane(bits, index, width):
    """Element `index` of a packed port: element 0 in the low bits."""
    end = len(bits) - index * width
    return bits[end - width : end]


def words(bits, width):
    """All elements, in order."""
    return [number(lane(bits, index, width)) for index in range(len(bits) // width)]


def draw(title, cycles, rows):
    """`rows`: (heading, None), or (label, function of a cycle): None leaves a gap, True and False are a
    wire, text is a word on a bus."""
    count = len(cycles)
    top = 34
    picture = Picture(LABEL + count * WIDTH + 12, top + len(rows) * HEIGHT + 14, title)
    for index in range(count + 1):
        x = LABEL + index * WIDTH
        picture.path([(x, top - 8), (x, top + len(rows) * HEIGHT)], "thin")
        if index < count:
            picture.text(x + WIDTH / 2, top - 14, str(index), "small", "middle")
    picture.text(6, top - 14, "cycle", "small")
    for index, (label, value) in enumerate(rows):
        low, high = top + index * HEIGHT + 20, top + index * HEIGHT + 5
        middle = (low + high) / 2
        if value is None:
            picture.text(6, low - 3, label, "small")
            continue
        picture.text(6, low - 3, label, "code")
        seen = [value(cycle) for cycle in cycles]
        if all(isinstance(state, bool) for state in seen):
            points = []
            for at, state in enumerate(seen):
                y = high if state else low
                points += [(LABEL + at * WIDTH, y), (LABEL + (at + 1) * WIDTH, y)]
            picture.path(points, "high")
            continue
        at = 0
        while at < count:
            x = LABEL + at * WIDTH
            if seen[at] is None:
                end = at
                while end < count and seen[end] is None:
                    end += 1
                picture.path([(x, middle), (LABEL + end * WIDTH, middle)], "thin")
                at = end
                continue
            end = x + WIDTH
            edge = 4
            corners = [
                (x, middle), (x + edge, high), (end - edge, high),
                (end, middle), (end - edge, low), (x + edge, low),
            ]
            picture.polygon(corners, "off" if isinstance(seen[at], Waiting) else "blue")
            picture.text(x + WIDTH / 2, low - 3, str(seen[at]), "code", "middle")
            at += 1
    return str(picture)


def wire(name):
    return name, lambda cycle: cycle[name] == "1"


class Waiting(str):
    """What is offered and not accepted."""


def bus(name, width, valid, ready=None):
    """The elements of a packed port while it is valid; pale where it is not accepted."""

    def value(cycle):
        if cycle[valid] != "1":
            return None
        text = ",".join(map(str, words(cycle[name], width)))
        return Waiting(text) if ready and cycle[ready] != "1" else text

    return name, value


def simulate(folder, name, flags, job, tensors, policy):
    """Cycles of the job from the first in which anything is offered to the last sum."""
    trace, vcd = os.path.join(folder, f"{name}.safetensors"), os.path.join(folder, f"{name}.vcd")
    write_trace(trace, [(dict(job, name=name), tensors)])
    heddle = os.environ.get("HEDDLE", "heddle")
    command = [heddle, "cosim", "--trace", trace, *flags, "--policy", policy]
    command += ["--waveform-of", name, "--waveform", vcd]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    cycles = [cycle for cycle in read_vcd(vcd, "clk_i") if cycle["rst_ni"] == "1"]
    busy = [
        index
        for index, cycle in enumerate(cycles)
        if any(cycle.get(port) == "1" for port in ("w_valid_i", "a_valid_i", "x_valid_i", "s_valid_o"))
    ]
    return cycles[busy[0] : busy[-1] + 1]


INT8 = {"phase": "fp", "format": "int8", "acc_bits": 32, "overflow": "wrap"}


def two_tiles():
    """C = A B, 3 x 2 x 4: two tiles of three beats on a 2 x 2 array."""
    return dict(INT8, m=3, k=2, n=4), {
        "a": ("I8", [3, 2], [1, 4, 2, 5, 3, 6]),
        "b": ("I8", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
    }


def handshake(folder):
    job, tensors = two_tiles()
    cycles = simulate(folder, "handshake", ["--rows", "2", "--cols", "2", "--format", "int8"], job, tensors, "dense")
    return draw(
        "Two weight-stationary tiles of three beats on a 2 x 2 int8 array",
        cycles,
        [
            ("weights", None),
            wire("w_valid_i"), wire("w_ready_o"), wire("w_last_i"), bus("w_top_i", 8, "w_valid_i", "w_ready_o"),
            ("activations and seeds", None),
            wire("a_valid_i"), wire("a_ready_o"), wire("a_first_i"),
            bus("a_i", 8, "a_valid_i", "a_ready_o"), bus("c_i", 32, "a_valid_i", "a_ready_o"),
            ("sums", None),
            wire("s_valid_o"), bus("s_o", 32, "s_valid_o"),
        ],
    )


def masks(folder):
    """The same job with the second beat and the last column dropped, gated."""
    job, tensors = two_tiles()
    tensors["keep_m"] = ("U8", [3], [1, 0, 1])
    tensors["keep_n"] = ("U8", [4], [1, 1, 1, 0])
    cycles = simulate(folder, "masks", ["--rows", "2", "--cols", "2", "--format", "int8"], job, tensors, "gated")

    def kept(cycle):
        if cycle["s_valid_o"] != "1":
            return None
        sums = words(cycle["s_o"], 32)
        return ",".join(
            str(value) if lane(cycle["s_keep_o"], index, 1) == "1" else "-"
            for index, value in enumerate(sums)
        )

    return draw(
        "The same tiles with a dropped beat (m = 1) and a dropped column (n = 3), gated",
        cycles,
        [
            ("weights", None),
            wire("w_valid_i"), bus("w_top_i", 8, "w_valid_i", "w_ready_o"),
            ("col_keep_i", lambda cycle: cycle["col_keep_i"][::-1] if cycle["w_valid_i"] == "1" else None),
            ("activations", None),
            wire("a_valid_i"), wire("a_first_i"),
            ("a_keep_i", lambda cycle: cycle["a_keep_i"] if cycle["a_valid_i"] == "1" else None),
            bus("a_i", 8, "a_valid_i", "a_ready_o"),
            ("sums", None),
            wire("s_valid_o"),
            ("s_keep_o", lambda cycle: cycle["s_keep_o"][::-1] if cycle["s_valid_o"] == "1" else None),
            ("s_o, kept", kept),
        ],
    )


def swap(folder):
    """Inside the mesh of the first picture: the swap goes with the wave, one cycle a row and a column."""
    job, tensors = two_tiles()
    cycles = simulate(folder, "swap", ["--rows", "2", "--cols", "2", "--format", "int8"], job, tensors, "dense")
    row = "heddle_array.u_mesh.g_row[{}].u_row.g_pe[{}].u_pe.{}"

    def held(name, r, c):
        return lambda cycle: str(number(cycle[row.format(r, c, name)]))

    rows = [("the edge", None), wire("a_valid_i"), wire("a_first_i"), bus("a_i", 8, "a_valid_i", "a_ready_o")]
    for r in range(2):
        for c in range(2):
            swap_in = row.format(r, c, "swap_i")
            rows += [
                (f"PE at k = {r}, n = {c}", None),
                ("swap_i", lambda cycle, name=swap_in: cycle[name] == "1"),
                ("weight_q", held("weight_q", r, c)),
            ]
    rows += [("the edge", None), wire("s_valid_o"), bus("s_o", 32, "s_valid_o")]
    return draw("How the swap of weights travels through a 2 x 2 mesh", cycles, rows)


def output_stationary(folder):
    """C = C0 + A B, 4 x 3 x 1 on a 2 x 1 array: two groups of one tile (P = 1)."""
    job = dict(INT8, m=4, k=3, n=1)
    tensors = {
        "a": ("I8", [4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1]),
        "b": ("I8", [3, 1], [1, 2, 3]),
        "c0": ("I32", [4, 1], [10, 20, 30, 40]),
    }
    flags = ["--rows", "2", "--cols", "1", "--format", "int8", "--dataflow", "os"]
    cycles = simulate(folder, "output-stationary", flags, job, tensors, "dense")

    def seed(cycle):
        if cycle["x_valid_i"] != "1":
            return None
        text = str(number(cycle["c_i"])) if cycle["x_keep_i"] == "1" else "-"
        return text if cycle["x_ready_o"] == "1" else Waiting(text)

    def beat(cycle):
        if cycle["a_valid_i"] != "1" or cycle["a_flush_i"] == "1":
            return None
        text = ",".join(map(str, words(cycle["a_i"], 8)))
        return text if cycle["a_ready_o"] == "1" else Waiting(text)

    def kept(cycle):
        if cycle["s_valid_o"] != "1":
            return None
        return str(number(cycle["s_o"])) if cycle["s_keep_o"] == "1" else "-"

    return draw(
        "Two output-stationary tiles of three beats on a 2 x 1 int8 array",
        cycles,
        [
            ("exchange: seeds in", None),
            wire("x_valid_i"), wire("x_ready_o"), wire("x_last_i"), ("c_i", seed),
            ("words of B", None),
            wire("w_valid_i"), bus("w_top_i", 8, "w_valid_i", "w_ready_o"),
            ("beats of A, turns, flushes", None),
            wire("a_valid_i"), wire("a_ready_o"), wire("a_first_i"), wire("a_flush_i"), ("a_i", beat),
            ("sums out", None),
            wire("s_valid_o"), ("s_o", kept),
        ],
    )


PICTURES = {
    "wave-handshake": handshake,
    "wave-masks": masks,
    "wave-swap": swap,
    "wave-output-stationary": output_stationary,
}


def main():
    if len(sys.argv) != 2 or re.match("-", sys.argv[1]):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        for name, picture in PICTURES.items():
            with open(os.path.join(sys.argv[1], f"{name}.svg"), "w") as file:
                file.write(picture(folder))


main()
