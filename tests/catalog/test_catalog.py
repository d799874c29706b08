"""What people write is read strictly, and every fault names file, key and cure."""

from pathlib import Path

import pytest

from tests.conftest import TASK
from vqa_eval.catalog import Catalog
from vqa_eval.errors import CatalogError

IDS = {
    "demo", "gmai-mmbench", "slidebench", "proteinlmbench", "medqa", "medmcqa", "pubmedqa", "vqa-rad", "slake",
    "path-vqa",
}  # fmt: skip


def test_the_shipped_files_are_whole() -> None:
    """Every shipped benchmark, prompt, board and card is read, and tasks name prompts that exist."""
    catalog = Catalog()
    assert set(catalog.tasks) >= IDS
    assert {task.prompt for task in catalog.tasks.values()} <= set(catalog.prompts)
    assert "default" in catalog.boards
    assert {"tiny-vlm", "internvl-4b", "gpt-4o", "majority"} <= set(catalog.models)


def test_remote_code_is_named_on_a_card() -> None:
    """InternVL2's card names the repository and its code; the cards of native architectures do not."""
    models = Catalog().models
    assert ("OpenGVLab/InternVL2-4B", True) == (models["internvl-4b"].hub, models["internvl-4b"].remote_code)
    assert not models["qwen2.5-vl-7b"].remote_code


def test_yaml_is_1_2(letters: Path) -> None:
    """`yes`, `no` and `on` are texts, as YAML 1.2 says."""
    path = letters / "tasks" / "letters.yaml"
    path.write_text(TASK.replace("options: [A, B, C]", "options: {fixed: [yes, no]}"), encoding="utf-8")
    options = Catalog([letters]).tasks["letters"].forms[0].options
    assert options is not None
    assert (("yes", "no"),) == options.texts


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Letters", "titel: Letters", "titel: Extra inputs"),
        ("format: csv", "format: xlsx", "forms.0: .*format is one of tsv"),
        ("id: letters", "id: other", "id is 'other'"),
        ("  - {name: train", "  - {name: test", "two forms bear one name"),
        ("options: [A, B, C]", "options: {columns: [A], list: B}", "exactly one of"),
        ("forms:", "forms: [", r"line \d+: not YAML"),
        ("{name: test,", "{name: ../../victim,", "forms.0.name"),
        ("cluster: patient", "image: {file: id, folder: ../../etc}", "inside its folder"),
        ("evaluate: test", "evaluate: test\nshipped: /etc", "inside its folder"),
        ("common:", "common: 3\nspare:", "keys with values"),
        ("split: train}", "split: train, instead_of: nobody}", "instead_of names no form"),
    ],
)
def test_a_fault_names_file_and_key(letters: Path, old: str, new: str, says: str) -> None:
    """Unknown keys, wrong values, wrong ids, doubles and broken YAML say where they are."""
    path = letters / "tasks" / "letters.yaml"
    path.write_text(TASK.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError, match=says) as caught:
        _ = Catalog([letters]).tasks
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_one_id_one_file(letters: Path) -> None:
    """A file of one's own never overwrites a shipped one silently."""
    (letters / "prompts").mkdir()
    (letters / "prompts" / "gmai.jinja").write_text("---\nid: gmai\nabout: mine\n---\n{{ question }}\n")
    with pytest.raises(CatalogError, match="bear one id"):
        _ = Catalog([letters]).prompts


def test_a_prompt_without_a_head_is_refused(letters: Path) -> None:
    """A template says who it is before it speaks."""
    (letters / "prompts").mkdir()
    (letters / "prompts" / "mine.jinja").write_text("{{ question }}\n")
    with pytest.raises(CatalogError, match="no YAML head"):
        _ = Catalog([letters]).prompts


def test_an_axis_of_ones_own_joins_the_lexicon(letters: Path) -> None:
    """A lexicon file under a known axis adds to it; another axis is a new root."""
    folder = letters / "tasks" / "lexicon"
    folder.mkdir()
    (folder / "mine.yaml").write_text("axis: scanner\nabout: Maker of the scanner.\nvalues: [Alpha, {name: Beta}]\n")
    axes = {axis.id: axis for axis in Catalog([letters]).axes}
    assert ["Alpha", "Beta"] == [value.name for value in axes["scanner"].values]
    assert "modality" in axes


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """--catalog with a folder that is not there says so."""
    with pytest.raises(CatalogError, match="no such folder"):
        Catalog([tmp_path / "nowhere"])
