"""What is read of a file `.env`: the folder that it is in may be somebody else's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.commands import run

from amplify import PlanError, ProviderComponent, ProxyComponent
from amplify.cli.env_file import HARMLESS, MOST_BYTES, EnvFile, read_env

KEY = "sk-live-0123456789"

COMPONENTS = (
    ProviderComponent(
        name="web",
        factory="x:Y",
        summary="a service",
        env=("WEB_API_KEY", "WEB_TOKEN", "WEB_URL", "WEB_HEADERS", "WEB_REGION"),
        addresses=("WEB_URL",),
    ),
    ProxyComponent(name="other", factory="x:Y", summary="no provider", env=("OTHER_API_KEY",)),
)

DANGEROUS = (
    *("HTTPS_PROXY", "http_proxy", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE", "NETRC", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"),
    *("PYTHONWARNINGS", "LD_PRELOAD", "LD_LIBRARY_PATH", "PATH", "HOME", "XDG_CACHE_HOME"),
    *("HF_ENDPOINT", "HF_HOME", "TMPDIR", "OPENAI_LOG", "AMPLIFY_LLM", "AMPLIFY_TASK"),
    *("AMPLIFY_PROXY", "AMPLIFY_SELECTOR", "AMPLIFY_EXPLAINER", "AMPLIFY_TEMPLATE"),
    *("AMPLIFY_OPTIONS", "AMPLIFY_OUT", "AMPLIFY_CACHE_DIR", "AMPLIFY_PRICES", "AMPLIFY_DATA"),
    *("AMPLIFY_RESUME", "AMPLIFY_BLOCK", "AMPLIFY_NO_PLUGINS", "AMPLIFY_NEW", "OTHER_API_KEY"),
    *("WEB_HEADERS", "WEB_REGION"),
)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The environment, without what these tests are about, and put back as it was."""
    before = dict(os.environ)
    for name in (*DANGEROUS, *HARMLESS, *COMPONENTS[0].env):
        if name not in ("PATH", "HOME"):
            os.environ.pop(name, None)
    yield
    os.environ.clear()
    os.environ.update(before)


def read(folder: Path, *lines: str) -> EnvFile:
    """What becomes of a file of these lines, once the plugins are known."""
    (folder / ".env").write_text("\n".join(lines) + "\n")
    found = read_env(folder)
    assert found is not None
    found.read_keys(COMPONENTS)
    return found


def test_keys_of_providers_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, f"WEB_API_KEY={KEY}", "export WEB_TOKEN='t 1'")
    assert (os.environ["WEB_API_KEY"], os.environ["WEB_TOKEN"]) == (KEY, "t 1")
    assert found.summary() == ".env: read WEB_API_KEY, WEB_TOKEN"


def test_what_is_set_already_stays(tmp_path: Path) -> None:
    os.environ["WEB_API_KEY"] = "mine"
    found = read(tmp_path, f"WEB_API_KEY={KEY}")
    assert os.environ["WEB_API_KEY"] == "mine"
    assert found.summary() == ".env: passed over WEB_API_KEY (set already)"


@pytest.mark.parametrize("name", DANGEROUS)
def test_nothing_that_redirects_is_read(tmp_path: Path, name: str) -> None:
    before = os.environ.get(name)
    found = read(tmp_path, f"WEB_API_KEY={KEY}", f"{name}=http://elsewhere")
    assert os.environ.get(name) == before
    assert found.read == ["WEB_API_KEY"]
    assert f"passed over {name} (" in found.summary()


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_settings_that_redirect_nothing_are_read_before_the_plugins(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / ".env").write_text(f"{name}=1\n")
    found = read_env(tmp_path)
    assert found is not None
    assert os.environ[name] == "1"
    assert found.has_settings


def test_an_address_is_read_beside_its_key(tmp_path: Path) -> None:
    found = read(tmp_path, "WEB_URL=http://here", f"WEB_API_KEY={KEY}")
    assert os.environ["WEB_URL"] == "http://here"
    assert found.summary() == ".env: read WEB_API_KEY, WEB_URL"


@pytest.mark.parametrize("exported", ["WEB_API_KEY", "WEB_TOKEN", "WEB_HEADERS", "WEB_REGION"])
@pytest.mark.parametrize("lines", [(), (f"WEB_API_KEY={KEY}",), ("WEB_TOKEN=t",)])
def test_nothing_that_is_exported_goes_to_an_address_of_the_file(
    tmp_path: Path, exported: str, lines: tuple[str, ...]
) -> None:
    os.environ[exported] = "mine"
    found = read(tmp_path, "WEB_URL=http://there", *lines)
    assert "WEB_URL" not in os.environ
    assert f"WEB_URL ({exported} is set outside of .env" in found.summary()


@pytest.mark.parametrize(
    "lines",
    [
        ("",),
        ("WEB_HEADERS=X: y",),
        ("WEB_API_KEY=${OTHER_API_KEY}",),
        ("WEB_API_KEY",),
        (f"OTHER_API_KEY={KEY}",),
    ],
)
def test_an_address_alone_is_passed_over(tmp_path: Path, lines: tuple[str, ...]) -> None:
    found = read(tmp_path, "WEB_URL=http://there", *lines)
    assert "WEB_URL" not in os.environ
    assert "WEB_URL (an address is read only with a key beside it)" in found.summary()


def test_an_address_that_another_provider_reads_too_is_safe_for_both(tmp_path: Path) -> None:
    both = ProviderComponent(
        name="web-2", factory="x:Y", summary="x", env=("WEB_2_API_KEY", "WEB_URL")
    )
    os.environ["WEB_2_API_KEY"] = "mine"
    (tmp_path / ".env").write_text(f"WEB_URL=http://there\nWEB_API_KEY={KEY}\n")
    found = read_env(tmp_path)
    assert found is not None
    found.read_keys((*COMPONENTS, both))
    del os.environ["WEB_2_API_KEY"]
    assert "WEB_URL" not in os.environ


@pytest.mark.parametrize("value", ["${OTHER_API_KEY}", "a${OTHER_API_KEY}b", '"${OTHER_API_KEY}"'])
def test_a_value_takes_nothing_of_the_environment_along(tmp_path: Path, value: str) -> None:
    os.environ["OTHER_API_KEY"] = "mine-0123456789"
    found = read(tmp_path, f"WEB_API_KEY={value}")
    assert "WEB_API_KEY" not in os.environ
    assert "WEB_API_KEY (its value refers to another variable)" in found.summary()


def test_no_value_is_told_and_names_are_shown_escaped(tmp_path: Path) -> None:
    lines = [f"A\u202e{n}=secret-{n}" for n in range(12)]
    found = read(tmp_path, f"WEB_API_KEY={KEY}", *lines)
    assert KEY not in repr(found)
    line = found.summary()
    assert "secret" not in line
    assert "\u202e" not in line
    assert "A\\u202e0" in line
    assert "and 4 more" in line


def test_a_mark_of_byte_order_is_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfWEB_API_KEY=sk-live-0123456789\r\n")
    found = read_env(tmp_path)
    assert found is not None
    found.read_keys(COMPONENTS)
    assert os.environ["WEB_API_KEY"] == KEY


def test_a_value_that_no_variable_holds_is_passed_over(tmp_path: Path) -> None:
    assert "no variable can hold" in read(tmp_path, "WEB_API_KEY=a\0b").summary()


def test_no_file_is_nothing_and_a_folder_of_that_name_is_named(tmp_path: Path) -> None:
    assert read_env(tmp_path) is None
    (tmp_path / ".env").mkdir()
    found = read_env(tmp_path)
    assert found is not None
    assert found.summary() == ".env: passed over all of it (it is a folder)"


def test_text_that_is_not_utf_8_is_refused_unseen(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"WEB_API_KEY=sesame\xff\n")
    with pytest.raises(PlanError, match=r"\.env: cannot be read") as raised:
        read_env(tmp_path)
    assert "sesame" not in str(raised.value)


@pytest.mark.skipif(os.name != "posix", reason="links, pipes and owners are POSIX's")
@pytest.mark.parametrize("kind", ["link", "pipe", "device", "huge", "another's"])
def test_a_file_that_is_no_plain_one_of_the_user_s_is_passed_over(
    tmp_path: Path, kind: str
) -> None:
    file = tmp_path / ".env"
    if kind == "link":
        (tmp_path / "mine").write_text(f"WEB_API_KEY={KEY}\n")
        file.symlink_to(tmp_path / "mine")
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        file.write_text(f"WEB_API_KEY={KEY}\n#" + "x" * (MOST_BYTES if kind == "huge" else 0))
    if kind == "another's":
        if os.getuid() != 0:
            pytest.skip("only root gives files away")
        os.chown(file, 12345, 12345)
    found = read_env(tmp_path)
    assert found is not None
    found.read_keys(COMPONENTS)
    assert "WEB_API_KEY" not in os.environ
    assert found.summary().startswith(".env: passed over all of it (it ")


def test_worker_processes_import_nothing_from_the_current_folder(tmp_path: Path) -> None:
    """A worker is `python -c`, which looks into the current folder first."""
    code = "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n"
    for name in ("multiprocessing", "pickle", "random"):
        (tmp_path / f"{name}.py").write_text(code)
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "main.py").write_text(
        "from amplify import Context\n"
        "from amplify.builtin.executors.local import Processes\n"
        "from amplify.builtin.executors.options import ProcessesOptions\n"
        "if __name__ == '__main__':\n"
        "    with Processes(ProcessesOptions(workers=1), Context()).open() as pool:\n"
        "        print(pool.submit(len, 'abc').result(timeout=60))\n"
    )
    done = run([sys.executable, "tool/main.py"], tmp_path)
    assert done.stdout == "3\n", done.stderr
    assert not list(tmp_path.glob("*.ran"))
