"""The whole benchmark in small: it runs without the network or anything beside the checkout."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.hosting import ROOT
from benchmarks.report import COLUMNS

pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")


def test_the_quick_benchmark_runs_to_its_table(tmp_path: Path) -> None:
    """Pictures, a kill and poison: one table with its columns, and every exact bar is reached."""
    written = tmp_path / "bench.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "benchmarks", "--quick", "--parts", "image64,resume,poison", "--json", str(written),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in done.stdout.splitlines() if row[:1] == "|"]
    assert list(COLUMNS) == rows[0]
    assert {"pictures, 64 slots", "resume", "poison"} == {row[0] for row in rows[2:]}
    told = json.loads(written.read_text(encoding="utf-8"))
    exact = [line for line in told["lines"] if line["bar"][:1] in {"=", "≠"}]
    assert [] == [line for line in exact if line["verdict"] != "ok"]
    assert {"bare", "vqa-eval"} == {go["contender"] for go in told["runs"]}
    assert all(go["server"]["requests"] for go in told["runs"])


def test_a_part_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A typo ends with exit code 2 and the names that there are."""
    with pytest.raises(SystemExit) as ended:
        main(["--parts", "text65"])
    assert 2 == ended.value.code
    assert "text64" in capsys.readouterr().err
