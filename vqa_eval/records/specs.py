"""What people write, read and checked: axes of the tree, tasks, boards and model cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vqa_eval.records.sample import Kind, Node


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """One name on an axis of the tree."""

    name: str
    """Canonical spelling, as the benchmark that coined it writes it."""
    parent: str = ""
    """Canonical name of the broader value; empty directly under the axis."""
    abbreviation: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AxisSpec:
    """One root of the lexical tree with the names that are known on it; data may bring others."""

    id: str
    about: str
    values: tuple[ValueSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field of a sample comes from: a column of the row, mapped if a mapping is given."""

    names: tuple[str, ...]
    """Columns; several make a path from the broad to the narrow (facets) or are joined by blank lines (texts)."""
    mapping: Mapping[str, str] | None = None
    """Raw value to value; with `strict`, a raw value outside it gives no value."""


OptionsForm = Literal["columns", "list", "mapping", "inline", "fixed", "yes-no", "none"]
AnswerForm = Literal["letter", "number", "index", "text", "option-number", "none"]


@dataclass(frozen=True, slots=True)
class FormSpec:
    """One layout in which a benchmark, or a part of it, is published: files or a hub table, and their columns."""

    name: str
    """Unique within the task: "vqa-tcga", "test"."""
    part: str
    """Part of the benchmark that this form fills (a child of benchmark/ID); empty for the whole."""
    split: str
    split_from: Column | None
    """Where rows bear their split; otherwise all are of `split`."""
    split_ids: str
    """File of the same folder whose ids belong to `split`; the others are of split "train". Empty: none."""
    files: tuple[str, ...]
    """Names or globs of local files; empty for a hub-only form."""
    hub: str
    """"org/name", "org/name:config" with the hub's split after "@"; empty for a local-only form."""
    format: Literal["tsv", "csv", "json", "jsonl", "parquet", "hub"]
    kind: Kind
    id: str
    """Column of the row id; empty numbers the rows."""
    question: Column
    context: Column | None
    options: OptionsForm
    option_columns: tuple[str, ...]
    """columns: the option columns; list, mapping, inline: the one column; fixed and yes-no: the texts."""
    answer: str
    """Column of the answer; empty without a key."""
    answer_form: AnswerForm
    image: str
    """Column of the picture; empty without one."""
    image_form: Literal["base64", "file", "bytes", "view", "slide", "none"]
    image_folder: str
    """Folder of picture files relative to the table."""
    cluster: str
    """Column of the patient, slide or picture that samples share; empty: the picture, else the sample itself."""
    facets: Mapping[str, Column] = field(default_factory=dict)
    """Axis to where the value comes from."""
    constants: tuple[Node, ...] = ()
    """Nodes under which every sample of the form hangs."""
    expects: int | None = None
    """Rows that the published file has; another count is reported."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One benchmark: what it is, what it may be used for, and how its published files are read."""

    id: str
    title: str
    about: str
    licence: str
    access: Literal["open", "registration", "credentialed"]
    homepage: str
    evaluate: str
    """Split that a run asks where the selection names none."""
    prompt: str
    """Id of the prompt that the benchmark itself uses, or comes nearest."""
    forms: tuple[FormSpec, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """Published number of samples of a node ("modality/CT"), for what is not at hand."""
    folder: Path = Path()
    """Where the task file lies; files shipped with it are found here."""
    shipped: bool = False
    """Whether the data come with the package and its dependencies."""
    digest: str = ""
    """sha256 (hex) of the task file and shipped rows: prepared data with another digest are made again."""


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """One file of `leaderboards/`: which axes are tabulated and how deep."""

    id: str
    about: str
    axes: tuple[str, ...]
    """One table an axis, a row for each value that has samples."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One file of `models/`: where a model is, what it may be used for, and how it wants to be asked."""

    id: str
    title: str
    about: str = ""
    licence: str = ""
    schemes: tuple[str, ...] = ("transformers",)
    """Engines that can run it, the preferred first."""
    hub: str = ""
    """"org/name" on the hub; empty for models of a provider and models built here."""
    revision: str = "main"
    remote_code: bool = False
    """Whether the repository's own Python must be run to load it (named here, never assumed)."""
    api_name: str = ""
    """Name under which a provider serves it."""
    base_url: str = ""
    key_variable: str = ""
    """Environment variable that holds the provider's key; the key itself is never written anywhere."""
    build: str = ""
    """Recipe that makes the checkpoint here instead of fetching it ("tiny-vlm")."""
    max_pictures: int | None = None
    """Pictures that one prompt may carry."""
    max_side: int | None = None
    """Longest side in pixels that is sent; larger pictures are scaled down, smaller ones never up."""
    notes: tuple[str, ...] = ()
    """What a reader of the board must know, such as "random weights"."""
