"""Which documents there are, and the environment in which their commands run."""

import os
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def documents():
    """Every Markdown document of the repository, relative to its root; what others wrote is no document."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()
    return [path for path in listed if os.path.exists(os.path.join(ROOT, path))]


def environment():
    """With the program that HEDDLE names first on the path, under the name `heddle`."""
    changed = dict(os.environ)
    program = changed.get("HEDDLE")
    if program:
        folder, name = os.path.split(os.path.realpath(program))
        if name != "heddle":
            sys.exit(f"error: HEDDLE={program}: documents call the program heddle, and so must its file be called")
        changed["PATH"] = folder + os.pathsep + changed["PATH"]
    return changed
