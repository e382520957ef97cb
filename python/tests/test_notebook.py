"""The notebook runs, and its tables are those that it is committed with."""

import pathlib

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

NOTEBOOK = pathlib.Path(__file__).parents[1] / "notebooks" / "lm_to_cycles.ipynb"


def said(cell):
    """What a code cell has printed; standard error tells how fast it was."""
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def execute(notebook, folder):
    nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return {cell.metadata["tags"][0]: said(cell) for cell in notebook.cells if cell.metadata.get("tags")}


def test_the_notebook_says_what_it_is_committed_with(tmp_path):
    committed = nbformat.read(NOTEBOOK, as_version=4)
    assert len(committed.cells) == 10
    wanted = {cell.metadata["tags"][0]: said(cell) for cell in committed.cells if cell.metadata.get("tags")}
    assert set(wanted) == {"cycles", "arrays", "cosim"} and all(wanted.values())
    found = execute(nbformat.read(NOTEBOOK, as_version=4), tmp_path)
    assert found == wanted


def test_a_cell_that_fails_is_found(tmp_path):
    """The control: an assertion that does not hold ends the run."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if "assert" in cell.source and cell.cell_type == "code":
            cell.source += "\nassert False, 'spoiled'"
            break
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="spoiled"):
        execute(notebook, tmp_path)
