"""The command `report`: one web page of a finished run, study or tune."""

from __future__ import annotations

from pathlib import Path

import click

from amplify.cli.common import common, home_path, print_result
from amplify.cli.messages import print_message
from amplify.cli.output_file import output_option, write_output
from amplify.contract.guard.visible import visible

PAGE_FILE = "report.html"


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path), callback=home_path)
@output_option("The file to write (default: report.html in FOLDER).")
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser.")
@common
def report(folder: Path, output: Path | None, opened: bool) -> int:
    """Write a web page of a run, a study or a tune: one file that needs no other.

    FOLDER is what the run wrote (--out). The page is made of that folder alone: nothing is asked,
    and nothing loaded from elsewhere, neither now nor when the page is read.
    """
    from amplify.report.page.folder_page import folder_page

    target = output or folder / PAGE_FILE
    page = folder_page(folder)
    write_output(target, page)
    print_result(f"page: {visible(target)}")
    if opened:
        open_page(target)
    return 0


def open_page(page: Path) -> None:
    """Show a page in the browser of the user; say so where there is none."""
    import webbrowser

    if not webbrowser.open(page.absolute().as_uri()):
        print_message("no browser was found: open the file yourself")
