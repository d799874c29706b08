"""`vqa-eval check`: everything that people have written, read at once."""

from collections.abc import Iterable

from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import out
from vqa_eval.engines import is_scheme
from vqa_eval.errors import CatalogError
from vqa_eval.metrics import find
from vqa_eval.records import Image, ModelCard, Sample, TaskSpec
from vqa_eval.rendering import render
from vqa_eval.tree import Lexicon

_TRIALS = (
    Sample("trial/1", "trial", "test", "choice", "Which?", ("a", "b"), (0,), context="Given."),
    Sample("trial/2", "trial", "test", "choice", "Which?", ("a", "b"), (0, 1), multi=True, images=(Image("x", None),)),
    Sample("trial/3", "trial", "test", "open", "What?", references=("a",)),
    Sample("trial/4", "trial", "test", "caption", "Describe it.", references=("a",), images=(Image("x", None),)),
)
"""A sample of every kind: a prompt that cannot be rendered on one of them is found before a run."""


def check_catalog(catalog: Catalog) -> None:
    """Read everything that is written; raises CatalogError for the first thing that is wrong."""
    lexicon = Lexicon(catalog.axes)
    for spec in (*catalog.prompts.values(), *catalog.extracts.values()):
        for sample in _TRIALS:
            render(spec, sample)
    for task in catalog.tasks.values():
        _check_task(task, catalog, lexicon)
    for board in catalog.boards.values():
        _check_axes(f"board {board.id}", board.axes, lexicon)
    for card in catalog.models.values():
        _check_card(card)
    values = sum(len(lexicon.nodes(axis)) for axis in lexicon.axes)
    out.print(
        f"{len(catalog.tasks)} tasks, {len(catalog.prompts)} prompts, {len(catalog.models)} models, "
        f"{len(catalog.boards)} boards, {len(lexicon.axes)} axes with {values:,} names, "
        f"{len(catalog.keywords)} keyword trees: all is well"
    )


def _check_task(task: TaskSpec, catalog: Catalog, lexicon: Lexicon) -> None:
    if task.prompt not in catalog.prompts:
        raise CatalogError(f"task {task.id}: no prompt {task.prompt!r}", "name a file of prompts/")
    for form in task.forms:
        _check_axes(f"task {task.id}", (*form.facets, *form.nodes), lexicon)
        for metric in form.metrics:
            find(metric)


def _check_axes(where: str, axes: Iterable[str], lexicon: Lexicon) -> None:
    for axis in axes:
        if axis not in lexicon.axes:
            raise CatalogError(f"{where}: no axis {axis!r}", f"axes: {', '.join(lexicon.axes)}")


def _check_card(card: ModelCard) -> None:
    if not card.schemes:
        raise CatalogError(f"model {card.id}: no scheme", "write, for instance:  schemes: [transformers]")
    for scheme in card.schemes:
        if not is_scheme(scheme):
            raise CatalogError(
                f"model {card.id}: no engine {scheme!r}",
                "write transformers (which hf: means), vllm, openai or baseline, or install the package that brings it",
            )
