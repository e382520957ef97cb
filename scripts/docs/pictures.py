#!/usr/bin/env python3
"""Draws the pictures of the documentation that need no simulation, and lists the crates.

    pictures.py FOLDER [ROOT]   writes array.svg, job.svg and, from the Cargo.toml files, crates.svg
    pictures.py --table [ROOT]  prints the table of crates

ROOT is another checkout whose crates are to be drawn.
"""

import os
import sys
import tomllib

from svg import Picture


def crates(root):
    """Name to (folder, description, names of crates that it needs), in the workspace's order."""
    workspace = tomllib.load(open(os.path.join(root, "Cargo.toml"), "rb"))["workspace"]
    found = {}
    for folder in workspace["members"]:
        manifest = tomllib.load(open(os.path.join(root, folder, "Cargo.toml"), "rb"))
        package = manifest["package"]
        found[package["name"]] = (folder, package["description"], set(manifest.get("dependencies", {})))
    return {
        name: (folder, words, needs & set(found)) for name, (folder, words, needs) in found.items()
    }


def table(root):
    print("| folder | crate | |\n| --- | --- | --- |")
    for name, (folder, words, _) in crates(root).items():
        print(f"| `{folder}` | `{name}` | {words[0].lower() + words[1:] if words[1].islower() else words} |")


def reachable(needs, name):
    seen, ways = set(), list(needs[name])
    while ways:
        at = ways.pop()
        if at not in seen:
            seen.add(at)
            ways += needs[at]
    return seen


def draw_crates(root):
    found = crates(root)
    needs = {name: set(entry[2]) for name, entry in found.items()}
    # An arrow that a longer way says already is left out.
    direct = {
        name: {
            other
            for other in below
            if not any(other in reachable(needs, between) for between in below - {other})
        }
        for name, below in needs.items()
    }
    level = {}

    def depth(name):
        if name not in level:
            level[name] = 1 + max((depth(other) for other in needs[name]), default=-1)
        return level[name]

    for name in needs:
        depth(name)
    top = max(level.values())
    rows = [[name for name in needs if level[name] == at] for at in range(top, -1, -1)]
    # An arrow over several levels has a place of its own in each between, so that it passes no crate.
    ways, above, below = {}, {}, {}
    for name in needs:
        for other in sorted(direct[name]):
            way = [name]
            for at in range(level[name] - 1, level[other], -1):
                way.append((name, other, at))
                rows[top - at].append(way[-1])
            way.append(other)
            ways[name, other] = way
            for high, low in zip(way, way[1:]):
                below.setdefault(high, []).append(low)
                above.setdefault(low, []).append(high)
    wide, high, thin, gap, between = 124, 40, 18, 20, 44

    def span(node):
        return wide if node in needs else thin

    width = max(sum(span(node) + gap for node in row) for row in rows) + gap
    where = {}

    def lay(row):
        """Puts a row's nodes side by side with equal gaps."""
        room = (width - sum(map(span, row))) / (len(row) + 1)
        x = room
        for node in row:
            where[node] = x + span(node) / 2
            x += span(node) + room

    for row in rows:
        lay(row)
    # Sweeps that put each node near the middle of those that it is joined to.
    for sweep in range(40):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else rows[::-1]:

            def middle(node):
                ends = [where[other] for other in near.get(node, [])] or [where[node]]
                return sum(ends) / len(ends)

            row[:] = sorted(row, key=lambda node: (middle(node), str(node)))
            lay(row)
    height = len(rows) * (high + between) - between + 2 * gap
    picture = Picture(width, height, "The crates of Heddle; an arrow goes from a crate to one that it needs")
    upper = {node: gap + at * (high + between) for at, row in enumerate(rows) for node in row}
    for way in ways.values():
        x, y = where[way[0]], upper[way[0]] + high
        text = f"M {x:g} {y:g}"
        for node in way[1:]:
            to, end = where[node], upper[node] - (1 if node in needs else 0)
            half = (y + end) / 2
            text += f" C {x:g} {half:g}, {to:g} {half:g}, {to:g} {end:g}"
            x, y = to, end
            if node not in needs:
                y += high
                text += f" L {x:g} {y:g}"
        picture.add(f'<path class="line" d="{text}" marker-end="url(#arrow)"/>')
    for name in needs:
        folder, x, y = found[name][0], where[name], upper[name]
        kind = "sand" if folder.startswith("hdl") else "green" if folder == "testbenches" else "blue"
        picture.rect(x - wide / 2, y, wide, high, kind)
        picture.text(x, y + 17, name.removeprefix("heddle-"), "", "middle")
        picture.text(x, y + 32, folder, "small", "middle")
    return str(picture)


def draw_array():
    """A 4 x 4 mesh in which row k = 1 and column n = 2 are off."""
    size, gap, left, top = 84, 18, 150, 74
    step = size + gap
    picture = Picture(left + 4 * step + 285, top + 4 * step + 72, "A masked weight-stationary array of 4 x 4 PEs")
    for c in range(4):
        x = left + c * step + size / 2
        picture.path([(x, top - 26), (x, top - 3)], "line", True)
        picture.text(x, top - 52, f"n = {c}", "small", "middle")
        picture.text(x, top - 34, "dropped" if c == 2 else "w, c", "small", "middle")
        low = top + 4 * step - gap
        picture.path([(x, low), (x, low + 24)], "line", True)
        picture.text(x, low + 40, "keep 0" if c == 2 else "sum", "small", "middle")
    for r in range(4):
        y = top + r * step + size / 2
        picture.path([(left - 34, y), (left - 3, y)], "line", True)
        picture.text(left - 40, y - 4, f"k = {r}", "small", "end")
        picture.text(left - 40, y + 12, "dropped" if r == 1 else "activations", "small", "end")
    for r in range(4):
        for c in range(4):
            x, y = left + c * step, top + r * step
            off = r == 1 or c == 2
            picture.rect(x, y, size, size, "off" if off else "blue")
            picture.text(x + size / 2, y + 20, f"PE {r},{c}", "", "middle")
            picture.text(x + size / 2, y + 40, "off" if off else "weight", "small", "middle")
            if not off:
                picture.text(x + size / 2, y + 55, "next weight", "small", "middle")
            picture.text(
                x + size / 2, y + 72, "passes sums" if r == 1 and c != 2 else "" if off else "c + a w", "small", "middle"
            )
            if c < 3:
                picture.path([(x + size, y + size / 2), (x + step - 2, y + size / 2)], "line", True)
            if r < 3:
                picture.path([(x + size / 2, y + size), (x + size / 2, y + step - 2)], "line", True)
    x = left + 4 * step + 14
    for line, words in enumerate(
        [
            "Activations go east, a column a cycle;",
            "partial sums go south, a row in La cycles.",
            "",
            "Weights and masks of the next tile wait",
            "in each PE and swap with the first beat.",
            "",
            "A PE of a dropped row or column (grey)",
            "multiplies nothing; sums pass a dropped",
            "row with unchanged latency.",
            "",
            "At the edges whole beats enter and leave:",
            "skew and deskew lie in hardware.",
        ]
    ):
        picture.text(x, top + 40 + line * 21, words, "small")
    return str(picture)


def draw_job():
    """From a product of training to the comparison of its sums."""
    picture = Picture(900, 560, "The way of a job: from training to the comparison of every bit and every cycle")

    def box(x, y, wide, first, second, kind="box"):
        picture.rect(x, y, wide, 50, kind)
        picture.text(x + wide / 2, y + 21, first, "", "middle")
        picture.text(x + wide / 2, y + 39, second, "small", "middle")

    def arrow(*points):
        picture.path(points, "line", True)

    box(30, 20, 240, "a training step", "LSTM over the trait Engine", "green")
    box(330, 20, 240, "a trace", "safetensors: yours or recorded", "green")
    box(630, 20, 240, "random jobs", "shapes, masks, specials", "green")
    box(330, 120, 240, "job", "C = C0 + A B, masks of m, k, n")
    arrow((270, 45), (328, 45))
    arrow((450, 70), (450, 118))
    arrow((750, 70), (750, 145), (572, 145))
    box(330, 210, 240, "mapper", "dataflow, orientation, order")
    arrow((450, 170), (450, 208))
    box(330, 300, 240, "plan of tiles and groups", "what is sent, and when")
    arrow((450, 260), (450, 298))
    box(30, 300, 220, "golden model", "increasing k, one rounding a step", "sand")
    arrow((328, 145), (140, 145), (140, 298))
    box(650, 300, 220, "cycle model", "cycles, and what they are lost to", "sand")
    arrow((570, 325), (648, 325))
    box(330, 390, 240, "driver", "beats of weights, activations, seeds")
    arrow((450, 350), (450, 388))
    box(330, 480, 240, "Verilated array", "the generated Verilog", "blue")
    arrow((420, 440), (420, 478))
    arrow((480, 480), (480, 442))
    picture.text(412, 463, "ports", "small", "end")
    picture.text(488, 463, "sums", "small")
    box(30, 390, 220, "every bit equal?", "sums against the golden model", "red")
    arrow((328, 415), (252, 415))
    arrow((140, 350), (140, 388))
    box(650, 390, 220, "every cycle equal?", "Verilator's count against the model", "red")
    arrow((570, 415), (648, 415))
    arrow((760, 350), (760, 388))
    return str(picture)


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.exit(__doc__)
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    root = arguments[1] if len(arguments) > 1 else here
    if arguments[0] == "--table":
        return table(root)
    pictures = {"array": draw_array(), "job": draw_job(), "crates": draw_crates(root)}
    for name, text in pictures.items():
        with open(os.path.join(arguments[0], f"{name}.svg"), "w") as file:
            file.write(text)


main()
