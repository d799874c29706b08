"""What has been understood of a table so far."""

from dataclasses import dataclass, field
from typing import Any


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

    def place(self, key: str, value: Any, columns: tuple[str, ...], why: str, says: str = "") -> None:
        """Write a key of the form, and note which columns it reads and why."""
        self.keys[key] = value
        self.meanings.append(Meaning(columns, says or key, why))

    @property
    def used(self) -> set[str]:
        """Columns that have a meaning."""
        return {column for meaning in self.meanings for column in meaning.columns}
