"""Plans, studies and prices as editors write them: marks, line ends, other encodings."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amplify.contract.errors import PlanError
from amplify.run.cost.prices import read_prices
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import load_toml, read_plan

PLAN = """[task]
use = "csv"
path = "t.csv"
instruction = "café or thé"
[run]
seed = 3
"""
PRICES = """[[prices]]
model = "café"
currency = "USD"
input = 1.0
output = 2.0
source = "a list"
date = 2026-01-01
"""


def load_study(path: Path) -> dict[str, Any]:
    return load_toml(path, "study")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_line_ends_change_nothing(
    tmp_path: Path, end: str, mark: bytes
) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(PLAN.encode())
    wanted = read_plan(path)
    path.write_bytes(mark + PLAN.replace("\n", end).encode())
    assert read_plan(path) == wanted
    assert wanted.run.seed == 3
    path.write_bytes(mark + PRICES.replace("\n", end).encode())
    assert [price.model for price in read_prices(path)] == ["café"]
    assert load_study(path)["prices"][0]["model"] == "café"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PLAN.encode("cp1252"), "byte 0xe9 in line 4 is not UTF-8"),
        (PLAN.encode("utf-16"), "it is UTF-16: save it as UTF-8"),
        (gzip.compress(PLAN.encode(), mtime=0), "it is gzip-compressed: unpack it"),
    ],
    ids=["cp1252", "utf-16", "gzip"],
)
@pytest.mark.parametrize("reader", [read_plan, load_study, read_prices])
def test_another_encoding_is_named(
    tmp_path: Path, content: bytes, said: str, reader: Callable[[Path], object]
) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(content)
    with pytest.raises(PlanError) as caught:
        reader(path)
    assert said in str(caught.value)
    assert str(path) in caught.value.where


@pytest.mark.parametrize("load", [read_plan, load_study, read_prices])
def test_what_is_no_ordinary_file_is_not_read(
    tmp_path: Path, load: Callable[[Path], object]
) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(PlanError, match="it is no ordinary file"):
            load(path)


@pytest.mark.parametrize("load", [read_plan, load_study, read_prices])
def test_a_file_that_is_no_plan_by_its_size_is_not_read_whole(
    tmp_path: Path, load: Callable[[Path], object]
) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole: no disk holds it
    with pytest.raises(PlanError, match="it is larger than 10 MB"):
        load(path)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[split]\nheld_out = '1/" + "9" * 5000 + "'", "names no part of the pool: '1/9"),
        ("[split]\nheld_out = '" + "9" * 5000 + "/2'", "names no part of the pool"),
        ("[run]\nseed = " + "9" * 5000, "a number has thousands of digits"),
        ("[run]\nseed = 0x" + "f" * 5000, "a number has thousands of digits"),
    ],
)
def test_a_number_of_thousands_of_digits_is_a_fault_of_the_plan(
    tmp_path: Path, table: str, words: str
) -> None:
    (tmp_path / "plan.toml").write_text(table)
    with pytest.raises(PlanError) as caught:
        read_plan(tmp_path / "plan.toml")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "table",
    ["[run]\nout = 5", "[run]\nlimit = 'x'", "[calls]\nretries = 'x'", "[verdict]\nmax_p = []"],
)
def test_a_wrong_value_is_refused_though_the_command_line_says_another(
    tmp_path: Path, table: str
) -> None:
    (tmp_path / "plan.toml").write_text(table)
    said = Overrides(out="runs/mine", limit=3, max_p=0.05, calls={"retries": 1})
    with pytest.raises(PlanError, match=": expected a"):
        read_plan(tmp_path / "plan.toml", said)
