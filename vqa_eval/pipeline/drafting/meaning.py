"""What has been understood of a table so far."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.pipeline.drafting.names import named


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one or more columns mean, and why."""

    columns: tuple[str, ...]
    says: str
    """"question", "options", "facet modality" …"""
    why: str


@dataclass(slots=True)
class FormDraft:
    """The keys of one form of a task file, as far as its columns are understood."""

    keys: dict[str, Any] = field(default_factory=dict)
    meanings: list[Meaning] = field(default_factory=list)
    remarks: dict[str, str] = field(default_factory=dict)
    """Key of the form to what a person should decide about it."""
    warnings: list[str] = field(default_factory=list)
    """What could not be placed, or will not do what it seems to."""
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Axes that no lexicon knows yet, with their names."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Columns that a person named, by what they hold: "question", "answer"."""

    def named(self, what: str, columns: Collection[str], names: Sequence[str]) -> list[str]:
        """Return the column that a person named as `what`, else those that bear one of the names, in their order.

        DataError where the person's column is not among `columns`.
        """
        if what not in self.given:
            return named((column for column in columns if column not in self.given.values()), names)
        column = self.given[what]
        if column not in columns:
            taken = next((meaning.says for meaning in self.meanings if column in meaning.columns), "")
            why = f"is the {taken} already" if taken else "is not in the table, or empty"
            raise DataError(f"column {column!r} {why}", f"--{what}: one of {', '.join(map(repr, columns)) or 'none'}")
        return [column]

    def place(self, key: str, value: Any, columns: tuple[str, ...], why: str, says: str = "") -> None:
        """Write a key of the form, and note which columns it reads and why."""
        self.keys[key] = value
        self.meanings.append(Meaning(columns, says or key, why))

    @property
    def used(self) -> set[str]:
        """Columns that have a meaning."""
        return {column for meaning in self.meanings for column in meaning.columns}
