"""Puts the text of a file of `inside/` before the end of the modules that it names.

usage: insert.py FOLDER TOP FILE...

That is what `bind` of SystemVerilog would do, which the open-source yosys does not know. In the
text, @REGISTERS@ is the registers of the module, @REGISTERS:REGEX@ those whose name matches,
@, REGISTERS:REGEX@ the same after a comma, if there are any; @INPUTS@ the inputs but the clock;
@BITS...@ how many bits each of these has ("@BITS:inputs@" for the inputs). Memories are left out.
"""

import fnmatch
import pathlib
import re
import sys


def widths(kind, text):
    found = re.findall(rf"^ *{kind} +(?:\[(\d+):0\] )?(\w+)[;,]?$", text, re.M)
    return {name: int(high or 0) + 1 for high, name in found}


def main():
    folder, top, *files = sys.argv[1:]
    for file in files:
        text = pathlib.Path(file).read_text()
        wanted, text = text.split("\n", 1)
        wanted = wanted.removeprefix("// inside: ")
        inserted = 0
        for path in sorted(pathlib.Path(folder).glob("heddle_*.v")):
            module = path.read_text()
            name = path.stem
            if not fnmatch.fnmatch(name, top if wanted == "top" else wanted):
                continue
            before = module.split("reg f_")[0]
            registers = {n: w for n, w in widths("reg", before).items() if n.endswith("_q")}
            inputs = widths("input +wire", before)
            inputs.pop("clk_i", None)
            # Of all modules, those that obey the array's enable: not the clock gate.
            if wanted == "heddle_*" and not (registers and "rst_ni" in inputs):
                continue

            def expand(match):
                comma, what, regex = match.groups()
                nets = inputs if what == "INPUTS" or regex == "inputs" else {
                    n: w for n, w in registers.items() if re.search(regex or "", n)
                }
                if what == "BITS":
                    return str(sum(nets.values()))
                return (", " if comma and nets else "") + ", ".join(nets)

            body = re.sub(r"@(, )?(REGISTERS|BITS|INPUTS)(?::([^@]*))?@", expand, text)
            head, tail = module.rsplit("endmodule", 1)
            path.write_text(head + body + "endmodule" + tail)
            inserted += 1
        if not inserted:
            sys.exit(f"error: {file}: no module {wanted} in {folder}")


main()
