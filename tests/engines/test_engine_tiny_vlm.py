"""The checkpoint tiny-vlm: small, the same everywhere, and at chance."""

import hashlib
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.engines.standins import make_request
from vqa_eval.engines.opening import open_engine
from vqa_eval.engines.reference import EngineSettings, ModelRef
from vqa_eval.engines.transformers.tiny_vlm import RECIPE, build_tiny_vlm
from vqa_eval.records import ModelCard

pytestmark = pytest.mark.engine

CARD = ModelCard("tiny-vlm", "tiny-vlm", build="tiny-vlm", max_pictures=4, notes=("random weights",))
REF = ModelRef("tiny-vlm", "transformers", "tiny-vlm", CARD)
QUESTIONS = (
    "Which modality is this?",
    "Is there a fracture?",
    "Which organ is abnormal?",
    "Where is the lesion?",
    "What is the most likely diagnosis?",
)


def digests(folder: Path) -> dict[str, str]:
    """Digest of each file of a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_two_processes_build_the_same_bytes(tiny_folder: Path, tmp_path: Path) -> None:
    """Another process, another folder, another hash seed: the same files."""
    target = tmp_path / "other"
    program = (
        "import sys; from pathlib import Path; from vqa_eval.engines.transformers.tiny_vlm import build_tiny_vlm; "
        "build_tiny_vlm(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", program, str(target)], check=True, capture_output=True)
    assert digests(tiny_folder) == digests(target)


def test_it_is_small_safe_and_says_what_it_is(tiny_folder: Path) -> None:
    """A few megabytes, weights as safetensors alone, and a card that says random weights."""
    sizes = {path.name: path.stat().st_size for path in tiny_folder.iterdir()}
    assert sum(sizes.values()) < 8_000_000
    assert ["model.safetensors"] == [name for name, size in sizes.items() if size > 1_000_000]
    assert "Random weights" in (tiny_folder / "README.md").read_text()


def test_building_leaves_the_random_stream_alone(tmp_path: Path) -> None:
    """A caller's torch stream is the same after a build as without one."""
    import torch

    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    build_tiny_vlm(tmp_path / "tiny-vlm")
    assert expected.tolist() == torch.rand(3).tolist()


def test_builders_at_once_do_not_clash(tiny_folder: Path, tmp_path: Path) -> None:
    """Several builders of one folder leave one whole checkpoint and nothing beside it."""
    target = tmp_path / "tiny-vlm"
    builders = [threading.Thread(target=build_tiny_vlm, args=(target,)) for _ in range(3)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert ["tiny-vlm"] == [path.name for path in tmp_path.iterdir()]
    assert set(digests(tiny_folder)) == set(digests(target))


def test_an_older_recipe_is_built_again(tmp_path: Path) -> None:
    """A folder of another recipe, or half a folder, is replaced."""
    target = tmp_path / "tiny-vlm"
    target.mkdir()
    (target / "recipe.txt").write_text("0")
    build_tiny_vlm(target)
    assert RECIPE == (target / "recipe.txt").read_text().strip()
    assert (target / "model.safetensors").is_file()
    assert ["tiny-vlm"] == [path.name for path in tmp_path.iterdir()]


def test_it_answers_with_letters_that_depend_on_picture_and_question(home: Path, tiny_folder: Path) -> None:
    """Over 200 requests every letter is said often, and both picture and question change it."""
    engine = open_engine(REF, EngineSettings(home))
    requests = {
        (question, number): make_request(number, question=question) for question in QUESTIONS for number in range(40)
    }
    replies = {reply.key: reply for reply in engine.ask(requests.values())}
    engine.close()
    letters = {place: replies[request.key].text for place, request in requests.items()}
    counts = Counter(letters.values())
    assert {"A", "B", "C", "D"} == set(counts)
    # Chance on a balanced key needs no letter to rule: none is said in more than half or less than a tenth.
    assert max(counts.values()) <= 100
    assert min(counts.values()) >= 20
    assert all(len({letters[question, number] for number in range(40)}) > 1 for question in QUESTIONS)
    changed = [number for number in range(40) if len({letters[q, number] for q in QUESTIONS}) > 1]
    assert len(changed) > 20
    assert {("stop", 1)} == {(reply.finish, reply.reply_tokens) for reply in replies.values()}


def test_the_identity_says_random_weights(home: Path, tiny_folder: Path) -> None:
    """A reader of a board is told; the revision is a digest of the files."""
    engine = open_engine(REF, EngineSettings(home))
    engine.close()
    assert ("tiny-vlm", ("random weights",)) == (engine.identity.name, engine.identity.notes)
    assert engine.identity.revision.startswith("files-")
    assert 4 == engine.max_pictures
