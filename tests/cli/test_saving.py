"""`show --save`: the file that a model is sent, byte for byte, and what of the stored one is not in it."""

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.typed import vqa_eval
from tests.samples.pictures import encoded, shipped
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.samples import Library, home

TASK = """\
id: kept
title: Kept
about: A benchmark made by a test.
licence: CC0-1.0
evaluate: test
prompt: text
pictures: {max_side: 224, square: true, format: jpeg}
forms:
  - name: test
    files: [kept.json]
    format: json
    split: test
    kind: open
    id: id
    question: q
    answer: {text: a}
    image: {file: p, mask: m, region: contour, crop: [l, t, r, b], window: [200, 900]}
    optional: [m, l, t, r, b]
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Return a catalogue with three questions at hand: on a DICOM file, a marked part of a picture, and a film."""
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "kept.yaml").write_text(TASK)
    (tmp_path / "overlay.dcm").write_bytes(shipped("examples_overlay.dcm"))
    (tmp_path / "grey.png").write_bytes(encoded(Image.new("RGB", (300, 200), "grey")))
    inside = Image.new("L", (300, 200))
    inside.paste(255, (100, 50, 200, 150))
    (tmp_path / "mask.png").write_bytes(encoded(inside))
    film = [Image.new("L", (30, 20), shade) for shade in (0, 90, 200)]
    (tmp_path / "film.tif").write_bytes(encoded(film[0], "TIFF", save_all=True, append_images=film[1:]))
    plain = {"q": "What?", "a": "this", "m": "", "l": "", "t": "", "r": "", "b": ""}
    rows = [
        {**plain, "id": "dicom", "p": "overlay.dcm"},
        {**plain, "id": "part", "p": "grey.png", "m": "mask.png", "l": 50, "t": 0, "r": 250, "b": 200},
        {**plain, "id": "film", "p": "film.tif"},
    ]
    (tmp_path / "kept.json").write_text(json.dumps(rows))
    catalog = Catalog([tmp_path])
    Library(home()).add(catalog.tasks["kept"], tmp_path)
    return catalog


def test_what_is_saved_is_what_is_sent(catalog: Catalog, tmp_path: Path) -> None:
    """The saved files are the requests' pictures byte for byte, and their whole digests are printed."""
    engine = ScriptedEngine(lambda request: "this")
    order = Order(("random",), tree=("benchmark/kept",), out=tmp_path / "run")
    run(prepare(order, catalog, Library(home())), catalog, Silence(), lambda ref, store: engine)
    assert 3 == len(engine.asked)
    for request in engine.asked:
        done = vqa_eval("show", request.sample, "--save", "out", "--catalog", str(tmp_path), cwd=tmp_path)
        assert 0 == done.returncode, done.stderr
        (sent,) = request.pictures
        saved = tmp_path / "out" / f"{request.sample.replace('/', '-')}-1.jpeg"
        assert sent.data == saved.read_bytes()
        assert f"224 x 224, sha256 {hashlib.sha256(sent.data).hexdigest()}" in done.stderr
        assert "pipeline: longer side at most 224; black to a square of 224; JPEG of quality 95" in done.stderr


@pytest.mark.parametrize(
    ("sample", "lines"),
    [
        (
            "dicom",
            (
                "overlay.dcm: window of centre 200 and width 900",
                "overlay.dcm: not shown: Overlays that are not drawn: 1.",
            ),
        ),
        ("part", ("grey.png: window of centre 200 and width 900; crop from 50, 0 to 250, 200; contour of mask.png",)),
        ("film", ("film.tif: not shown: Frames: 3, of which number 0 is shown (the first is 0).",)),
    ],
)
def test_what_is_not_shown_is_said(catalog: Catalog, tmp_path: Path, sample: str, lines: tuple[str, ...]) -> None:
    """Crop, window and region are named, and so are overlays and frames that are left out."""
    done = vqa_eval("show", f"kept/{sample}", "--save", "out", "--catalog", str(tmp_path), cwd=tmp_path)
    for line in lines:
        assert line in done.stderr
    assert ("not shown" in done.stderr) == (sample != "part")
