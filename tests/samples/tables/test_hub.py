"""The hub: a server of this machine speaks its protocol, and the real client fetches from it."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.conftest import ROWS
from tests.samples.gmai import png
from tests.samples.hub_server import COMMIT, Hub, running

TASK = """\
id: mine
title: Mine
about: A benchmark made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
common:
  {format: hub, kind: choice, split: test, id: id, question: question, options: [A, B, C], answer: {letter: answer}}
forms:
"""
HEADER, *LINES = ROWS.splitlines()
# The client writes ten MiB at a time.
BLOCK = 10 * 1024**2
LARGE = "\n".join([HEADER, *(f"{n},Which organ?,Liver,Spleen,{'x' * 1300},A,CT,Bone,p" for n in range(20_000))]) + "\n"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Run an empty hub."""
    pytest.importorskip("datasets", reason="the hub needs vqa-eval[hub]")
    with running(Hub()) as found:
        yield found


def environment(hub: Hub, cwd: Path, **more: str) -> dict[str, str]:
    """Return the environment in which that hub is the hub."""
    known = {name: value for name, value in os.environ.items() if name != "HF_TOKEN"}
    return {**known, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(cwd / "hf"), **more}


def words(benchmark: str, form: str, cwd: Path) -> list[str]:
    """Return `vqa-eval data get` of a benchmark; `form` is that of a task written here, if any."""
    command = [sys.executable, "-m", "vqa_eval", "data", "get", benchmark]
    if not form:
        return command
    (cwd / "own" / "tasks").mkdir(parents=True, exist_ok=True)
    (cwd / "own" / "tasks" / "mine.yaml").write_text(f"{TASK}  - {form}\n", encoding="utf-8")
    return [*command, "--catalog", str(cwd / "own")]


def get(benchmark: str, hub: Hub, cwd: Path, form: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Type `vqa-eval data get` with that hub."""
    return subprocess.run(
        words(benchmark, form, cwd),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=environment(hub, cwd, **more),
    )


def error_of(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """Return the one line of the error and what to do, of a command that failed."""
    said = done.stderr.splitlines()
    lines = [number for number, line in enumerate(said) if line.startswith("error:")]
    assert (1, 1) == (done.returncode, len(lines)), done.stderr
    return said[lines[0]], " ".join(said[lines[0] + 1 :])


def test_a_benchmark_is_fetched(hub: Hub, tmp_path: Path) -> None:
    """`data get` fetches a table once, prepares it, and says where the published count is another."""
    hub.files["org/data/table.csv"] = ROWS.encode()
    form = "{name: all, hub: org/data/table.csv, expects: 7}"
    for _ in range(2):
        done = get("mine", hub, tmp_path, form)
        assert 0 == done.returncode, done.stderr
        assert "mine/all: 5 samples" in done.stdout
        assert "5 samples; the published table gives 7" in done.stderr
    assert [""] == hub.gets("org/data/table.csv")


def test_a_file_that_changed_is_fetched_again(hub: Hub, tmp_path: Path) -> None:
    """Another content under the same name replaces the first."""
    form = "{name: all, hub: org/data/table.csv}"
    for text, count in ((ROWS, "5 samples"), (f"{HEADER}\n{LINES[0]}\n", "1 sample")):
        hub.files["org/data/table.csv"] = text.encode()
        assert f"mine/all: {count}\n" in get("mine", hub, tmp_path, form).stdout


def test_the_commit_of_a_table_is_known(hub: Hub, tmp_path: Path) -> None:
    """The hub says which commit a table is at; a folder of this machine has none, and a missing one is said."""
    hub.files["org/data/README.md"] = b"# about"
    (tmp_path / "folder").mkdir()
    ask = "import sys; from vqa_eval.samples.tables.hub import revision_of; print(revision_of(sys.argv[1]))"
    tables = ("org/data:config@test", f"{tmp_path / 'folder'}@test", "org/absent@test")
    here, folder, absent = (
        subprocess.run(
            [sys.executable, "-c", ask, table],
            capture_output=True,
            text=True,
            check=False,
            env=environment(hub, tmp_path),
        )
        for table in tables
    )
    assert [f"{COMMIT}\n", "\n"] == [here.stdout, folder.stdout], here.stderr
    assert "DataError: hub org/absent@test: no such repository, or a private one" in absent.stderr


def test_parts_are_fetched_in_natural_order(hub: Hub, tmp_path: Path) -> None:
    """A glob names all files of a repository that fit, and part 2 is read before part 10."""
    for part in (10, 2, 1):
        hub.files[f"org/data/parts/part_{part}.csv"] = f"{HEADER}\n{part},What?,Liver,Spleen,,A,CT,Bone,p\n".encode()
    hub.files["org/data/README.md"] = b"# parts"
    done = get("mine", hub, tmp_path, "{name: all, hub: 'org/data/parts/part_*.csv'}")
    assert "mine/all: 3 samples" in done.stdout, done.stderr
    asked = list(dict.fromkeys(name for method, name, _ in hub.asked if method == "GET"))
    assert [f"org/data/parts/part_{part}.csv" for part in (1, 2, 10)] == asked


def test_slake_comes_with_its_pictures(hub: Hub, tmp_path: Path) -> None:
    """Slake's archive of pictures is fetched with its questions, which then have them."""
    row = {"qid": 1, "question": "What?", "answer": "CT", "img_name": "xmlab1/source.jpg", "modality": "CT",
           "location": "Lung", "q_lang": "en", "content_type": "Modality"}  # fmt: skip
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("imgs/xmlab1/source.jpg", png(1))
    hub.files |= {"BoKelvin/SLAKE/test.json": json.dumps([row]).encode(), "BoKelvin/SLAKE/imgs.zip": packed.getvalue()}
    done = get("slake", hub, tmp_path)
    assert "slake/hub-test: 1 sample, 1 picture" in done.stdout, done.stderr
    assert "lack" not in done.stderr


def test_a_broken_connection_is_gone_on_with(hub: Hub, tmp_path: Path) -> None:
    """A transfer that is cut twice asks for the rest each time, and the table is whole."""
    hub.files["org/data/table.csv"] = LARGE.encode()
    hub.cuts["org/data/table.csv"] = [BLOCK + 1000, BLOCK + 1000]
    done = get("mine", hub, tmp_path, "{name: all, hub: org/data/table.csv}")
    assert "mine/all: 20,000 samples" in done.stdout, done.stderr
    spans = [int(span.removeprefix("bytes=").partition("-")[0] or 0) for span in hub.gets("org/data/table.csv")]
    assert [0, BLOCK, 2 * BLOCK] == spans


def test_a_killed_fetch_is_gone_on_with(hub: Hub, tmp_path: Path) -> None:
    """Killed in the middle of a transfer and typed again, only the rest is asked for."""
    hub.files["org/data/table.csv"] = LARGE.encode()
    hub.slow.add("org/data/table.csv")
    form = "{name: all, hub: org/data/table.csv}"
    process = subprocess.Popen(
        words("mine", form, tmp_path), cwd=tmp_path, env=environment(hub, tmp_path), stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (parts := [path.stat().st_size for path in tmp_path.rglob("*.part")]) or not parts[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    (part,) = tmp_path.rglob("*.part")
    had = part.stat().st_size
    assert 0 < had <= BLOCK
    hub.slow.clear()
    done = get("mine", hub, tmp_path, form)
    assert "mine/all: 20,000 samples" in done.stdout, done.stderr
    assert f"bytes={had}-" == hub.gets("org/data/table.csv")[-1]
    assert [] == list(tmp_path.rglob("*.part"))


def test_what_came_wrong_is_noticed(hub: Hub, tmp_path: Path) -> None:
    """Bytes that are not what the hub describes are thrown away, and fetched anew the next time."""
    hub.files["org/data/table.csv"] = ROWS.encode()
    form = "{name: all, hub: org/data/table.csv}"
    get("mine", hub, tmp_path, form)
    stored = next(path for path in tmp_path.rglob("table.csv") if "hub" in path.parts)
    next(stored.parent.glob("*.etag")).unlink()
    name = f".table.csv.{hashlib.sha256(ROWS.encode()).hexdigest()}.part"
    stored.with_name(name).write_bytes(b"wrong")
    line, _ = error_of(get("mine", hub, tmp_path, form))
    assert "what came is not what the hub describes (sha256)" in line
    assert "mine/all: 5 samples" in get("mine", hub, tmp_path, form).stdout


def test_a_gated_repository_says_what_opens_it(hub: Hub, tmp_path: Path) -> None:
    """Without access the message says who grants it and where the token goes; with HF_TOKEN the table comes."""
    hub.files["org/data/table.csv"] = ROWS.encode()
    hub.gated.add("org/data")
    form = "{name: all, hub: org/data/table.csv}"
    line, hint = error_of(get("mine", hub, tmp_path, form))
    assert "hub org/data/table.csv: its owners grant access one by one" in line
    assert "HF_TOKEN" in hint
    assert "huggingface.co/datasets/org/data" in hint
    assert "mine/all: 5 samples" in get("mine", hub, tmp_path, form, HF_TOKEN=hub.granted).stdout


def test_what_the_hub_has_not_is_said(hub: Hub, tmp_path: Path) -> None:
    """A repository, a file and a glob that the hub does not have end in one line that names them."""
    hub.files["org/data/table.csv"] = ROWS.encode()
    for table, says in (
        ("org/none/table.csv", "no such repository, or a private one"),
        ("org/data/none.csv", "the repository has no such file"),
        ("org/data/none_*.csv", "the repository has no such file"),
    ):
        line, hint = error_of(get("mine", hub, tmp_path, f"{{name: all, hub: '{table}'}}"))
        assert f"hub {table}: " in line
        assert says in line
        assert "vqa-eval data add" in hint


def test_a_fetched_table_needs_no_hub(hub: Hub, tmp_path: Path) -> None:
    """Once it is here, a table is prepared again without the hub; without both the hub is named."""
    hub.files["org/data/table.csv"] = ROWS.encode()
    form = "{name: all, hub: org/data/table.csv}"
    assert 0 == get("mine", hub, tmp_path, form).returncode
    assert "mine/all: 5 samples" in get("mine", hub, tmp_path, form, HF_ENDPOINT="http://127.0.0.1:9").stdout
    line, _ = error_of(get("mine", hub, tmp_path, form.replace("table", "other"), HF_ENDPOINT="http://127.0.0.1:9"))
    assert "hub org/data/other.csv: " in line


FETCH = """
import sys
from pathlib import Path
from vqa_eval.samples.tables.hub import fetch_files
fetch_files("org/data/part_*.csv", ("more.zip",), Path(sys.argv[1]), lambda rows, share: print(rows, share))
"""


def test_progress_is_a_share_of_what_is_fetched(hub: Hub, tmp_path: Path) -> None:
    """While files are fetched, the share of the bytes of all of them grows to one."""
    sizes = {"part_1.csv": BLOCK, "part_2.csv": 3 * BLOCK, "more.zip": BLOCK}
    hub.files |= {f"org/data/{name}": bytes(size) for name, size in sizes.items()}
    done = subprocess.run(
        [sys.executable, "-c", FETCH, str(tmp_path / "there")],
        capture_output=True,
        text=True,
        check=True,
        env=environment(hub, tmp_path),
    )
    seen = [line.split() for line in done.stdout.splitlines()]
    assert {"0"} == {rows for rows, _ in seen}
    assert [0.2, 0.4, 0.6, 0.8, 1.0] == [float(share) for _, share in seen]
    assert sizes == {path.name: path.stat().st_size for path in (tmp_path / "there" / "org--data").glob("[!.]*")}
