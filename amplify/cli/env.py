"""The file `.env` of the current folder, read into the environment."""

from __future__ import annotations

from pathlib import Path

from amplify.contract.errors import PlanError


def read_env(folder: Path) -> None:
    """Set what `.env` in the folder says and the environment does not.

    Raises PlanError, which shows nothing of what is in it, where it cannot be read.
    """
    path = folder / ".env"
    if not path.is_file():
        return
    from dotenv import load_dotenv  # most runs have no such file

    try:
        load_dotenv(path, override=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PlanError(f"cannot be read: {why}", where=str(path)) from None
