#!/usr/bin/env python3
"""Prints tables of the reports in `results/`, for the documents that quote them.

    results.py summary|power|against-dense|energy|column|bench|parity|parity-arithmetic|roofline|bandwidth|engine-area|
               engine-cells

`summary` also asks `heddle`.
"""

import csv
import json
import os
import subprocess
import sys

from documents import ROOT, environment


def report(name):
    return json.load(open(os.path.join(ROOT, "results", name)))


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" for _ in head) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


POWER = ["int8-4x4", "int8-4x4-both", "int8-2x2", "bf16-2x2"]
GATES = POWER + ["int8-2x2-clock-gate", "bf16-2x2-clock-gate"]


def power():
    """Energy of gated phases and of a packed step, 1 = all masks kept; in brackets with the clock."""

    def ratio(entry):
        return f"{entry['ratio']:.2f} ({entry['ratio_with_clock']:.2f})"

    rows = []
    for name in POWER:
        found = report(f"power-{name}.json")
        gated = {run["phase"]: run for run in found["runs"] if run["policy"] == "gated"}
        packed = next(step for step in found["step"] if step["policy"] == "packed")
        rows.append([f"`results/power-{name}.json`"] + [ratio(gated[phase]) for phase in ("fp", "bp", "wg")] + [ratio(packed)])
    table(["report", "FP gated", "BP gated", "WG gated", "packed, a step"], rows)


def against_dense():
    """Energy of gated phases, 1 = dense, the clock apart."""
    rows = []
    for name in POWER:
        gated = {
            run["phase"]: f"{run['against_dense']:.2f}"
            for run in report(f"power-{name}.json")["runs"]
            if run["policy"] == "gated"
        }
        rows.append([f"`results/power-{name}.json`"] + [gated[phase] for phase in ("fp", "bp", "wg")])
    table(["report", "FP", "BP", "WG"], rows)


def energy():
    """Picojoule of a useful MAC of a training step; in brackets with the clock."""
    rows = []
    for name in POWER:
        found = report(f"power-{name}.json")
        steps = {step["policy"]: step for step in found["step"]}
        rows.append(
            [f"`results/power-{name}.json`"]
            + [
                f"{1e12 * steps[policy]['joule_per_mac']:.1f} ({1e12 * steps[policy]['joule_per_mac_with_clock']:.0f})"
                for policy in ("kept", "dense", "gated", "packed")
            ]
        )
    table(["report", "all masks kept", "dense", "gated", "packed"], rows)


def column():
    """A column switched off, as a part of what it takes at work."""
    rows = []
    for name in GATES:
        found = report(f"power-{name}.json")
        off = found["column"]
        rows.append([f"`results/power-{name}.json`", f"{off['ratio']:.3f}", f"{off['ratio_with_clock']:.3f}"])
    table(["report", "datapath", "with its clock pins"], rows)


def bench():
    rows = []
    for name in ("small", "medium", "large", "medium-b32", "medium-nr"):
        found = report(f"bench-{name}.json")
        set_up = found["settings"]
        model = set_up["model"]

        def over(field):
            return f"{found[field]:.2f}" if found.get(field) else ""

        pytorch = found.get("pytorch_tokens_per_s")
        phases = " / ".join(f"{found['phases'][phase]['speedup']:.2f}" for phase in ("fp", "bp", "wg"))
        rows.append(
            [
                f"{set_up['preset']}, {model['layers']} x {model['hidden']}, p = {set_up['p']:g}, batch {set_up['batch']}, "
                f"{set_up['window']} steps, {','.join(set_up['sites'])}",
                f"{found['dense_tokens_per_s']:,.0f}",
                f"{found['packed_tokens_per_s']:,.0f}",
                f"{pytorch:,.0f}" if pytorch else "",
                f"**{found['speedup']:.2f}**",
                f"{found['speedup_without_masks']:.2f}",
                phases,
                f"{found['out']['speedup']:.2f}",
                f"{found['other']['dense_ms']:.0f} / {found['other']['packed_ms']:.0f} ms",
                f"{over('dense_over_pytorch')} / {over('packed_over_pytorch')}" if pytorch else "",
            ]
        )
    table(
        ["Zaremba's", "dense tokens/s", "packed", "PyTorch", "speed-up", "masks free", "LSTM fp / bp / wg", "out",
         "other, dense / packed", "dense / packed over PyTorch"],
        rows,
    )


DATA = {"lm": "Moby-Dick", "nmt": "Tatoeba En-De", "ner": "WikiGold"}


def comparisons(question):
    for task in ("lm", "nmt", "ner"):
        found = report(f"parity-{task}/parity.json")
        yield task, found, next(c for c in found["comparisons"] if c["question"] == question)


def difference(task, compared):
    """With the bound on the side where a loss would be: higher perplexity, lower F1."""
    if task == "ner":
        return f"{compared['mean']:+.2f} F1, at least {compared['lower']:+.2f}"
    return f"{compared['mean']:+.2f} %, at most {compared['upper']:+.2f} %"


def verdict(compared):
    return f"**{compared['verdict']}**" if compared["verdict"] == "inferior" else compared["verdict"]


def parity():
    rows = []
    for task, found, compared in comparisons("parity"):
        protocol = found["protocol"]
        rows.append(
            [
                f"{task}, {DATA[task]}, {len(protocol['seeds'])} seeds, p = {found['selection'][0]['p']:g}",
                *[mean_of(found, part) for part in ("no dropout", "case I,", "case III,")],
                difference(task, compared),
                f"-{protocol['margin']['given']:g}" if task == "ner" else f"+{protocol['margin']['given']:g} %",
                verdict(compared),
            ]
        )
    table(["task, data", "no dropout", "Case I", "Case III", "III - I, one-sided 95 % bound", "margin", "verdict"], rows)


def parity_arithmetic():
    rows = []
    for task, found, compared in comparisons("arithmetic"):
        rows.append([task, str(compared["statistics"]["n"]), difference(task, compared), verdict(compared)])
    table(["task", "seeds", "array's arithmetic - f32, one-sided 95 % bound", "verdict"], rows)


def mean_of(found, part):
    """Mean over the seeds of a sample's score on the test data."""
    sample = next(
        sample for sample in found["samples"] if sample["name"].startswith(part) and sample["arithmetic"] == "f32"
    )
    return f"{sample['mean']:.2f}"


def swept():
    """The points of the committed roofline by format, batch, phase, and in that by bits of the bus."""
    found = {}
    for point in csv.DictReader(open(os.path.join(ROOT, "results", "roofline.csv"))):
        key = point["format"], point["batch"], point["phase"]
        found.setdefault(key, {})[int(point["bus_bits"])] = point
    return found


def roofline():
    """Shares of the limit, dense / packed, in italics where the bus is the limit, and dense over packed."""

    def share(point, policy):
        text = f"{100 * float(point[policy + '_of_limit']):.1f}"
        return f"*{text}*" if point[policy + "_limited_by"] == "bus" else text

    rows, widths = [], []
    for (number_format, batch, phase), points in swept().items():
        widths = sorted(points)
        cells = [
            f"{share(points[bits], 'dense')} / {share(points[bits], 'packed')}: {float(points[bits]['speedup']):.2f}"
            for bits in widths
        ]
        rows.append([f"{number_format}, batch {batch}", phase] + cells)
    table(["", "phase"] + [f"{bits} bits" for bits in widths], rows)


def bandwidth():
    """Bytes per cycle that array needs if it is never to wait, by arithmetic and as counted with 256 bits."""
    units, gates, panel, pes = 650, 2600, 64, 256
    rows = []
    for (number_format, batch, phase), points in swept().items():
        operand = {"int8": 1, "bf16": 2}[number_format]
        cells = []
        for policy, kept in (("dense", 1), ("packed", 0.5)):
            if phase == "wg":
                moved = operand * int(batch) * (units + panel) / (kept * units * int(batch) * panel / pes)
            else:
                moved = operand * units * gates / (units * gates * int(batch) / pes)
            point = points[256]
            counted = 32 * float(point[policy + "_bus_limit"]) / float(point[policy + "_array_limit"])
            cells += [f"{moved:.1f}", f"{counted:.1f}"]
        rows.append([f"{number_format}, batch {batch}", phase] + cells)
    table(["", "phase", "dense, by arithmetic", "counted", "packed, by arithmetic", "counted"], rows)


def blocks(found, size, headings, cells):
    """A table of an engine by its blocks, the largest first; the whole, and the array by itself."""
    engine = found["engine"]
    named = [block for block in engine["blocks"] if block["instance"]]
    named.sort(key=lambda block: -block[size])
    rows = [[f"`{block['instance']}`"] + cells(block) for block in named]
    rest = [block for block in engine["blocks"] if not block["instance"]]
    rows += [["what connects them"] + cells(block) for block in rest]
    rows.append(["**all, flat**"] + cells(found))
    rows.append(["the array alone, flat"] + cells(engine["array_alone"]))
    table(["block"] + headings, rows)


def engine_area():
    """Area of an engine by its blocks; the array by itself; what was routed."""
    found = report("synth-engine-int8-8x8.json")
    kinds = ["lut4", "ff", "mult18", "block_ram"]
    headings = ["LUT4", "FF", "MULT18X18D", "block RAM"]
    blocks(found, "lut4", headings, lambda area: [f"{area[kind]:,}" for kind in kinds])
    path = found["critical_path"]
    print(
        f"\n{found['part']}: fits; {found['fmax_mhz']:.1f} MHz after routing with seed {found['runs'][0]['seed']}. Of the"
        f" {path['delay_ns']:.1f} ns of the longest path {path['logic_ns']:.1f} are logic in {path['levels']} steps,"
        f" {path['routing_ns']:.1f} wires."
    )


def engine_cells():
    """Area of an engine in standard cells by its blocks, without its memories, and their bits."""
    found = report("synth-engine-osu018-int8-8x8.json")

    def cells(area):
        bits = area["memory_bits"]
        return [f"{area['area_um2']:,.0f}", f"{area['ff']:,}", f"{bits:,}" if bits else ""]

    blocks(found, "area_um2", ["um2", "FF", "bits of memories"], cells)
    alone, path = found["engine"]["array_alone"], found["critical_path"]
    print(
        f"\nThe array by itself is {100 * alone['area_um2'] / found['area_um2']:.0f} % of the cells. {found['fmax_mhz']:.1f} MHz before layout,"
        f" without wires and the time that memories take: {path['delay_ns']:.1f} ns in {path['levels']} steps."
    )


def summary():
    """What there is to say in one table; each figure's own page has the rest."""
    command = "heddle cycles --network zaremba-medium --dataflow both --json"
    counted = json.loads(subprocess.run(command.split(), env=environment(), check=True, capture_output=True).stdout)
    dense, packed = (counted["lstm"]["policies"][policy]["cycles"] for policy in ("dense", "packed"))
    energy = report("power-int8-4x4.json")
    gated = {run["phase"]: run["ratio"] for run in energy["runs"] if run["policy"] == "gated"}
    step = next(step["ratio"] for step in energy["step"] if step["policy"] == "packed")
    rows = [
        [
            "[cycles](docs/src/results-cycles.md) of a training step, 2 x 650 units, p = .5, 16 x 16 bf16",
            f"{dense:,} dense, {packed:,} packed: {dense / packed:.2f} times faster, where 2 is the bound",
            "`heddle cycles --network zaremba-medium --dataflow both`",
        ],
        [
            "[energy](docs/src/results-power.md) of the datapath, 4 x 4 int8, 1 = all masks kept",
            f"gated FP {gated['fp']:.2f}, BP {gated['bp']:.2f}, WG {gated['wg']:.2f}; packed {step:.2f}",
            "`heddle power --rows 4 --cols 4 --format int8`",
        ],
        [
            "[training on two CPU cores](docs/src/results-training.md), packed against dense",
            ", ".join(f"{name} {report(f'bench-{name}.json')['speedup']:.2f}" for name in ("small", "medium", "large")),
            "`scripts/bench.sh`",
        ],
    ]
    for task, _, compared in comparisons("parity"):
        rows.append(
            [
                f"[quality](docs/src/results-parity.md) with a shared mask, {task}, {DATA[task]}",
                f"{difference(task, compared)}: {verdict(compared)}",
                f"`scripts/parity.sh {task}`",
            ]
        )
    table(["", "found", "by"], rows)


def main():
    tables = {
        "summary": summary,
        "power": power, "against-dense": against_dense, "energy": energy, "column": column, "bench": bench,
        "parity": parity, "parity-arithmetic": parity_arithmetic, "roofline": roofline, "bandwidth": bandwidth,
        "engine-area": engine_area, "engine-cells": engine_cells,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in tables:
        sys.exit(__doc__)
    tables[sys.argv[1]]()


main()
