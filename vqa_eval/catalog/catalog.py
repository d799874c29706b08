"""Finding the written files, each read when it is asked for: one id, one file, never an overwrite."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import vqa_eval
from vqa_eval.catalog.documents import digest, parse_json, parse_yaml, read_text, split_head
from vqa_eval.catalog.forms import AxisForm, BoardForm, F, KeywordForm, ModelForm, PromptHead, read_form
from vqa_eval.catalog.task_forms import TaskForm
from vqa_eval.errors import CatalogError
from vqa_eval.records import AxisSpec, BoardSpec, ModelCard, PromptSpec, TaskSpec
from vqa_eval.records.keywords import KeywordTrees


def shipped_folder() -> Path:
    """Return the folder with tasks/, prompts/, models/ and leaderboards/: in the wheel, or the checkout."""
    package = Path(vqa_eval.__file__).parent
    return package / "shipped" if (package / "shipped").is_dir() else package.parent


class Catalog:
    """What people have written, in the shipped folder and in folders of their own."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """Look first in `folders` (each laid out like the shipped one), then in what is shipped.

        Raises CatalogError where a folder does not exist.
        """
        for folder in folders:
            if not folder.is_dir():
                raise CatalogError(f"{folder}: no such folder", "give --catalog a folder with tasks/ or prompts/")
        self._folders = (*folders, shipped_folder())
        self.own = tuple(folders)
        """The folders in front of what is shipped."""

    @cached_property
    def axes(self) -> tuple[AxisSpec, ...]:
        """Every axis of the lexicon; files of one axis are joined."""
        found: dict[str, AxisSpec] = {}
        for path in self._files("tasks/lexicon", ".yaml"):
            axis = _read(AxisForm, path).record()
            if axis.id in found:
                axis = AxisSpec(axis.id, found[axis.id].about, found[axis.id].values + axis.values)
            found[axis.id] = axis
        return tuple(found.values())

    @cached_property
    def keywords(self) -> KeywordTrees:
        """The label keywords of published trees by axis, value and modality; two files never give one axis."""
        found: dict[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = {}
        for path in self._files("tasks/lexicon", ".json"):
            trees = read_form(KeywordForm, {"trees": parse_json(read_text(path), path)}, path).trees
            twice = found.keys() & trees.keys()
            if twice:
                raise CatalogError(f"{path}: a second tree of {min(twice)}", "join the two files")
            found |= trees
        return found

    @cached_property
    def tasks(self) -> dict[str, TaskSpec]:
        """Every benchmark by id."""
        return {
            path.stem: self._named(_read(TaskForm, path), path).record(path.parent)
            for path in self._unique("tasks", ".yaml")
        }

    @cached_property
    def models(self) -> dict[str, ModelCard]:
        """Every model card by id."""
        return {
            path.stem: self._named(_read(ModelForm, path), path).record() for path in self._unique("models", ".yaml")
        }

    @cached_property
    def boards(self) -> dict[str, BoardSpec]:
        """Every board by id."""
        return {
            path.stem: self._named(_read(BoardForm, path), path).record()
            for path in self._unique("leaderboards", ".yaml")
        }

    @cached_property
    def prompts(self) -> dict[str, PromptSpec]:
        """Every prompt technique by id."""
        return {path.stem: self._prompt(path) for path in self._unique("prompts", ".jinja")}

    @cached_property
    def extracts(self) -> dict[str, PromptSpec]:
        """Every prompt by which a model reads another model's reply; `context` is the reply."""
        return {path.stem: self._prompt(path) for path in self._unique("prompts/extract", ".jinja")}

    def _prompt(self, path: Path) -> PromptSpec:
        keys, body = split_head(read_text(path), path)
        head = self._named(read_form(PromptHead, keys, path), path)
        # Prompts that letter their options keep the digests that they had before there were others.
        naming = (head.labels, head.unsure) if (head.labels, head.unsure) != ("letters", "") else ()
        return PromptSpec(
            id=head.id,
            about=head.about,
            template=body,
            system=head.system,
            source=head.source,
            digest=digest(head.system, body, *naming),
            labels=head.labels,
            unsure=head.unsure,
        )

    def _files(self, folder: str, ending: str) -> list[Path]:
        return [path for root in self._folders for path in sorted((root / folder).glob(f"*{ending}"))]

    def _unique(self, folder: str, ending: str) -> list[Path]:
        found: dict[str, Path] = {}
        for path in self._files(folder, ending):
            if path.stem in found:
                raise CatalogError(
                    f"{path} and {found[path.stem]} bear one id", "rename one of them: nothing is overwritten"
                )
            found[path.stem] = path
        return list(found.values())

    @staticmethod
    def _named(form: F, path: Path) -> F:
        identity = getattr(form, "id", "")
        if identity != path.stem:
            raise CatalogError(f"{path}: id is {identity!r}", f"rename the file, or write  id: {path.stem}")
        return form


def _read(form: type[F], path: Path) -> F:
    return read_form(form, parse_yaml(read_text(path), path), path)
