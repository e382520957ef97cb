"""What the pictures of the documentation are drawn with: a list of SVG elements on a white page, written
the same way every time."""

from html import escape

STYLE = """
  .page { fill: #ffffff; }
  text { font-family: sans-serif; font-size: 13px; fill: #202428; }
  .code { font-family: monospace; font-size: 12px; }
  .small { font-size: 11px; fill: #5a6470; }
  .line { stroke: #3b4350; fill: none; stroke-width: 1.4; }
  .thin { stroke: #d4d9e0; fill: none; stroke-width: 1; }
  .high { stroke: #1f6f4a; fill: none; stroke-width: 1.8; }
  .box { stroke: #3b4350; fill: #f4f6f9; stroke-width: 1.2; }
  .blue { stroke: #2b5c94; fill: #dce9f7; stroke-width: 1.2; }
  .green { stroke: #1f6f4a; fill: #dcf1e4; stroke-width: 1.2; }
  .sand { stroke: #8a6a1c; fill: #f8eecf; stroke-width: 1.2; }
  .red { stroke: #9a3434; fill: #f7dcdc; stroke-width: 1.2; }
  .off { stroke: #b9c0c9; fill: #eceff3; stroke-width: 1; }
  .idle { fill: #eceff3; }
"""


class Picture:
    """Elements in the order in which they are drawn; the size is the caller's."""

    def __init__(self, width, height, title):
        self.width, self.height, self.title = width, height, title
        self.parts = []

    def add(self, text):
        self.parts.append("  " + text)

    def rect(self, x, y, w, h, kind="box", radius=3):
        self.add(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius:g}"/>'
        )

    def text(self, x, y, words, kind="", anchor="start"):
        kind = f' class="{kind}"' if kind else ""
        self.add(f'<text{kind} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>')

    def path(self, points, kind="line", arrow=False):
        where = " ".join(f"{x:g},{y:g}" for x, y in points)
        end = ' marker-end="url(#arrow)"' if arrow else ""
        self.add(f'<polyline class="{kind}" points="{where}"{end}/>')

    def polygon(self, points, kind):
        where = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.add(f'<polygon class="{kind}" points="{where}"/>')

    def __str__(self):
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:g}" height="{self.height:g}" '
            f'viewBox="0 0 {self.width:g} {self.height:g}" role="img">'
        )
        arrow = (
            '  <defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M 0 0 L 10 5 L 0 10 z" fill="#3b4350"/>'
            "</marker></defs>"
        )
        page = f'  <rect class="page" x="0" y="0" width="{self.width:g}" height="{self.height:g}"/>'
        return "\n".join(
            [head, f"  <title>{escape(self.title)}</title>", f"  <style>{STYLE}  </style>", arrow, page]
            + self.parts
            + ["</svg>", ""]
        )
