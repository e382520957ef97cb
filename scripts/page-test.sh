#!/usr/bin/env bash
# Opens a page of `heddle report` in headless Chromium: sorts its tables by clicks, reads values under the pointer, looks
# at it in light and dark and prints it.
#
#   scripts/page-test.sh [FOLDER]     leaves page, screenshots and PDF in FOLDER [default: a temporary one]
#   scripts/page-test.sh --controls   spoils the page's script and its colours, which must be found
#
# The reports are those of results/ and one that is counted here. HEDDLE names the program.
source "$(dirname "$0")/setup.sh"
case "${1:-}" in -h | --help) show_help ;; esac

need_heddle
need_debian chromium python3
made=
if [ $# -eq 0 ] || [ "$1" = --controls ]; then
    made=$(mktemp -d)
fi
folder=${made:-$1}
mkdir -p "$folder"
# The profile is Chromium's own; a page is handed to it by its file alone.
profile=$(mktemp -d)
trap 'rm -rf "$profile" ${made:+"$made"}' EXIT

browse() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
        --disable-component-update --no-first-run --hide-scrollbars --user-data-dir="$profile" "$@" 2>"$profile/log" ||
        fail "chromium $*: $(tail -n 3 "$profile/log")"
}

"$heddle" cycles --rows 8 --cols 8 --format int8 --phase wg --m 65 --k 20 --n 26 --keep 30 --times 4 --dataflow both \
    --explain --report "$folder/cycles.json" >"$folder/cycles.txt"
"$heddle" report "$folder/cycles.json" results/bench-medium.json results/parity-lm/parity.json \
    results/power-int8-2x2.json --html "$folder/page.html" >"$folder/page.txt"

# What is asked of a page: a script that clicks and points, and leaves what it saw in an element of its own.
cat >"$folder/driver.html" <<'END'
<script>
(() => {
  const seen = { sorts: [], missing: 0 };
  for (const table of document.querySelectorAll("table.sorts")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (!head.classList.contains("n")) return;
      const values = () => [...table.tBodies[0].rows].map((row) => row.cells[column].dataset.v ?? null);
      const before = values();
      head.querySelector("button")?.click();
      const up = values(), first = head.getAttribute("aria-sort");
      head.querySelector("button")?.click();
      seen.sorts.push({ head: head.textContent, before, up, first, down: values(), second: head.getAttribute("aria-sort") });
    });
  }
  const mark = document.querySelector("svg .mark");
  mark.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 50, clientY: 50 }));
  const tip = document.getElementById("tip");
  seen.tip = tip && !tip.hidden ? tip.textContent : null;
  seen.fetched = performance.getEntriesByType("resource").length;
  seen.colours = [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color];
  seen.wide = document.documentElement.scrollWidth > innerWidth;
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify(seen);
  document.body.append(probe);
})();
</script>
END

# Judges what the driver saw on the page $1, in light and in dark; what is wrong goes to $folder/problems.
judge() {
    local scheme
    cat "$1" "$folder/driver.html" >"$folder/driven.html"
    for scheme in 0 1; do
        browse --blink-settings=preferredColorScheme=$scheme --window-size=1200,900 --dump-dom \
            "file://$(realpath "$folder/driven.html")" >"$folder/dom-$scheme.html"
    done
    python3 - "$folder"/dom-{0,1}.html >"$folder/problems" <<'END'
import html, json, re, sys

def probe(path):
    text = open(path, encoding="utf-8").read()
    found = re.search(r'<pre id="probe">(.*?)</pre>', text, re.S)
    return json.loads(html.unescape(found[1])) if found else sys.exit(f"{path}: the driver did not run")

dark, light = map(probe, sys.argv[1:])
problems = []
changed = 0
for sort in light["sorts"]:
    there = [float(value) for value in sort["before"] if value is not None]
    gone = [None] * sort["before"].count(None)
    read = lambda name: [value if value is None else float(value) for value in sort[name]]
    if read("up") != sorted(there) + gone or read("down") != sorted(there, reverse=True) + gone:
        problems.append(f"the column '{sort['head']}' is not sorted: {sort['up']}, {sort['down']}")
    if (sort["first"], sort["second"]) != ("ascending", "descending"):
        problems.append(f"aria-sort of '{sort['head']}': {sort['first']}, {sort['second']}")
    changed += sort["before"] != sort["up"]
if changed < 10:
    problems.append(f"sorting changed {changed} columns only")
if not light["tip"] or not re.search(r"\d", light["tip"]):
    problems.append(f"no value under the pointer: {light['tip']}")
for name, seen in [("dark", dark), ("light", light)]:
    back, ink = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in seen["colours"]]
    if (back < ink) != (name == "dark"):
        problems.append(f"{name}: {seen['colours']}")
    if seen["fetched"]:
        problems.append(f"the page fetched {seen['fetched']} things")
    if seen["wide"]:
        problems.append("the page is wider than its window")
for problem in problems[:5]:
    print(problem)
sys.exit(bool(problems))
END
}

if [ "${1:-}" = --controls ]; then
    spoil() {
        sed "$2" "$folder/page.html" >"$folder/spoiled.html"
        ! cmp -s "$folder/page.html" "$folder/spoiled.html" || fail "control '$1' changes nothing"
        ! judge "$folder/spoiled.html" || fail "control '$1' was not found"
        echo "found: $1"
    }
    spoil "no sorting" 's/() => sort(table, column)/() => {}/'
    spoil "numbers sorted as text" 's/return one - other;/return String(one) < String(other) ? -1 : 1;/'
    spoil "no value under the pointer" 's/tip.textContent = mark.dataset.tip/tip.textContent = ""/'
    spoil "light only" 's/prefers-color-scheme: dark/prefers-color-scheme: none/'
    exit
fi

judge "$folder/page.html" || fail "the page: $(cat "$folder/problems")"
page=file://$(realpath "$folder/page.html")
browse --blink-settings=preferredColorScheme=1 --window-size=1200,3000 --screenshot="$folder/light.png" "$page"
browse --blink-settings=preferredColorScheme=0 --window-size=1200,3000 --screenshot="$folder/dark.png" "$page"
browse --no-pdf-header-footer --print-to-pdf="$folder/page.pdf" "$page"
for file in light.png dark.png page.pdf; do
    [ -s "$folder/$file" ] || fail "chromium wrote no $file"
done
! cmp -s "$folder/light.png" "$folder/dark.png" || fail "dark looks as light does"
rm "$folder"/{driver,driven,dom-0,dom-1}.html "$folder/problems"
echo "the page sorts, tells its values, is light and dark, and prints${made:+; give a folder to keep what it looks like}"
