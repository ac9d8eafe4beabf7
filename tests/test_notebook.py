"""The notebook of the documentation: it was executed, and it runs as it stands."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "docs" / "tutorials"

NEEDED = ("nbclient", "ipykernel", "pandas", "amplify_mini", "amplify_sklearn")


@pytest.mark.once
def test_the_notebook_was_executed_from_its_first_cell_to_its_last() -> None:
    cells = json.loads((FOLDER / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds == {"display_data", "execute_result", "stream"}


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason="needs what a notebook needs")
def test_the_notebook_runs(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    place = shutil.copytree(FOLDER, tmp_path / "tutorials")
    notebook = nbformat.read(place / "notebook.ipynb", 4)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(place)}})
    client.execute()
    [shown] = [cell for cell in notebook.cells if cell.source.startswith("run = amplify.run(")]
    html = [output["data"]["text/html"] for output in shown.outputs if "data" in output]
    assert "<details>" in html[0], "the progress, folded"
    assert "<strong>▲ gain</strong>" in html[1]
