"""Reads the files that an imported file names: those of its own folder, and of allowed ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from amplify.contract.errors import DataError
from amplify.contract.guard.brief import brief
from amplify.contract.guard.visible import shell_option
from amplify.run.store.read_back import read_stored


class NamedFiles:
    """The files that the file at `source` names; `names` are those that were read, in order.

    They are read from its folder and what lies in that, and from the folders in `allowed`, wherever
    links lead.
    """

    def __init__(self, source: Path, allowed: Sequence[Path] = ()) -> None:
        self.source = source
        self.folders = [folder.resolve() for folder in (source.parent, *allowed)]
        self.names: list[str] = []

    def find(self, name: str) -> Path:
        """The file of this name, which may begin with `file://`; DataError where it is outside."""
        file = self.source.parent / name.removeprefix("file://")
        try:
            place = file.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise DataError(f"cannot be read: {error}", where=str(file)) from None
        if not any(place.is_relative_to(folder) for folder in self.folders):
            raise DataError(
                f"it names a file outside its folder, {brief(str(place), 300)}, which is not read",
                where=str(self.source),
                hint=f"where you trust it: {shell_option('--allow-read', place.parent)}",
            )
        return file

    def text(self, file: Path) -> str:
        """What stands in a file that was found; OSError or ValueError where that is no text."""
        text = read_stored(file).decode("utf-8-sig")
        self.names.append(str(file))
        return text

    def notes(self) -> list[str]:
        """That files were read which the imported one names, and which."""
        names = dict.fromkeys(self.names)
        return [f"read with it: {', '.join(names)}"] if names else []
