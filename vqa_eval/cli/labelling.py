"""Labelling engines as they are typed at `score --labeller`: opened, asked, and what they said counted."""

from collections import Counter
from collections.abc import Sequence

from vqa_eval.cli.screen import note
from vqa_eval.engines import EngineSettings, ModelRef, open_engine, parse_model
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.label import label, labellers
from vqa_eval.samples import home
from vqa_eval.store import RunStore


def parse_labellers(names: Sequence[str]) -> list[ModelRef]:
    """Return what is to label, having checked cheaply that it can be opened; EngineError for what labels nothing."""
    forms = ", ".join(f"{known}:./FOLDER" for known in labellers())
    for name in names:
        if name.partition(":")[0] not in labellers() or not name.partition(":")[2]:
            raise EngineError(f"{name!r} is no labeller", f"type --labeller with one of: {forms}")
    return [parse_model(name, {}) for name in names]


def label_run(store: RunStore, ref: ModelRef) -> None:
    """Ask a labeller about every text of a marked run that it has not labelled yet, and say how many it did."""
    said = Counter[str]()
    engine = open_engine(ref, EngineSettings(home=home()))
    try:
        label(store, engine, lambda reply: said.update(["fault" if reply.fault else "reply"]))
    finally:
        engine.close()
    note(f"{ref.name}: {said['reply']:,} texts labelled and {said['fault']:,} faults now, the others before")
