"""What people write, read and checked: axes of the tree, tasks, boards and model cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vqa_eval.records.sample import Kind


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
    """Where a value comes from: one or more columns of the row, mapped if a mapping is given."""

    names: tuple[str, ...]
    """Columns; several make a path from broad to narrow (facets) or are joined by blank lines (texts)."""
    mapping: Mapping[str, str] | None = None
    """Raw value to value; a raw value outside it gives no value."""
    many: bool = False
    """Whether one cell holds several values, separated by commas."""


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """Which split a row belongs to."""

    name: str
    """The split of every row, or with `ids` of the listed rows."""
    column: Column | None = None
    """Column that says it row by row."""
    ids: str = ""
    """File beside the table whose JSON keys (or items) are the ids that belong to `name`."""
    otherwise: str = ""
    """With `ids`: the split of the rows that are not listed."""


@dataclass(frozen=True, slots=True)
class OptionsSpec:
    """Where the options of a choice question stand."""

    form: Literal["columns", "list", "mapping", "inline", "fixed", "pairs"]
    """columns: a column each; list: a cell with a list; mapping: a cell with label to text; inline: lines
    "A:text" inside the question, which are cut out of it; fixed: the same texts for every row; pairs: open
    questions whose answer is one of a pair (yes, no) become a choice between the two."""
    columns: tuple[str, ...] = ()
    texts: tuple[tuple[str, ...], ...] = ()
    """fixed: one tuple of texts; pairs: the pairs."""


@dataclass(frozen=True, slots=True)
class AnswerSpec:
    """Where the right answer stands and how it is written."""

    form: Literal["letter", "number", "index", "text", "option-number"]
    """letter: "B"; number: 2 (from one); index: 1 (from zero); option-number: "option 2"; text: in full."""
    column: str


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """Where the picture of a row is."""

    form: Literal["base64", "file", "bytes", "view", "slide"]
    """base64: in the cell; file: a name under `folder`; bytes: a Parquet image; view: a picture of an
    installed package with crop, window and mark; slide: a whole slide known by its id."""
    column: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class FormSpec:
    """One layout in which a benchmark, or a part of it, is published, and what its columns mean."""

    name: str
    """Unique within the task: "vqa-tcga", "test"."""
    format: Literal["tsv", "csv", "json", "jsonl", "parquet", "hub"]
    kind: Kind
    split: SplitSpec
    question: Column
    part: str = ""
    """Part of the benchmark that this form fills (a child of benchmark/ID); empty for the whole."""
    files: tuple[str, ...] = ()
    """Names or globs of local files; empty for a hub-only form."""
    hub: str = ""
    """"org/name", "org/name:config" with the hub's split after "@"; empty for a local-only form."""
    id: str = ""
    """Column of the row id; empty numbers the rows."""
    context: Column | None = None
    options: OptionsSpec | None = None
    answer: AnswerSpec | None = None
    """None where the key is kept back."""
    image: ImageSpec | None = None
    cluster: str = ""
    """Column of the patient, slide or picture that samples share; empty: the picture, else the sample."""
    facets: Mapping[str, Column] = field(default_factory=dict)
    """Axis to where the value comes from."""
    nodes: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Axis to values that hold for every row."""
    optional: tuple[str, ...] = ()
    """Columns that some published versions lack."""
    instead_of: tuple[str, ...] = ()
    """Forms that hold the same samples in another layout: preparing one of them puts the others away."""
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
    evaluate: tuple[str, ...]
    """Splits that a run asks where the selection names none."""
    prompt: str
    """Id of the prompt that the benchmark itself uses, or comes nearest."""
    forms: tuple[FormSpec, ...]
    folder: Path
    """Where the task file lies; rows shipped with it are found here."""
    shipped: str = ""
    """Folder beside the task file with rows that come with the package; empty where data must be added."""
    requires: tuple[str, ...] = ()
    """Python packages whose files the shipped rows refer to."""


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
