"""What people write, read and checked: axes of the tree, tasks, boards and model cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vqa_eval.records.sample import Kind
from vqa_eval.records.served import Dialect, Price


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
    text: str = ""
    """A sentence with the columns in braces, "Is {finding} shown?", instead of the cells themselves."""


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """Which split a row belongs to."""

    name: str
    """The split of every row, or with `ids` of the listed rows."""
    column: Column | None = None
    """Column that says it row by row."""
    ids: str = ""
    """File beside the table whose JSON keys (or items) are the ids that belong to `name`."""
    draw: float | None = None
    """Share of the rows that is drawn into `name`, where the publisher gives no split; by the sha256 of seed and
    id, so that everybody draws the same ones."""
    by: Column | None = None
    """With `draw`: rows with one value here are drawn from in the same share each (stratified)."""
    seed: int = 0
    otherwise: str = ""
    """With `ids` or `draw`: the split of the rows that are not listed or drawn."""


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

    form: Literal["letter", "letters", "number", "index", "text", "option-number"]
    """letter: "B"; letters: every right one, "A,C" or a list; number: 2 (from one); index: 1 (from zero);
    option-number: "option 2"; text: in full."""
    column: str
    mapping: Mapping[str, str] | None = None
    """Raw value to what the form says; a raw value outside it is an error."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """Where the picture of a row is, and which part of it the question is about."""

    form: Literal["base64", "file", "bytes", "view", "slide", "volume"]
    """base64: in the cell; file: a name under `folder`; bytes: a Parquet image; view: a picture of an
    installed package with crop, window and mark; slide: a whole slide known by its id; volume: a NIfTI file or
    a folder with one DICOM series, of which a cut is kept."""
    cell: Column
    """The cell, or the text made of several."""
    folder: str = ""
    """Folder beside the table under which files lie."""
    archive: str = ""
    """Archive beside the table that files are read out of, where there is no such folder."""
    crop: tuple[str, ...] = ()
    """Columns with left, top, right and bottom of what is shown, in pixels of the file."""
    box: tuple[str, ...] = ()
    """Columns with left, top, right and bottom of a box that is drawn."""
    mask: Column | None = None
    """File whose pixels that are not 0 are the region of the question."""
    region: Literal["box", "contour", "mask"] = "contour"
    """How the mask is drawn."""
    plane: Literal["axial", "coronal", "sagittal"] = "axial"
    index: str = ""
    """Column with the slice of a volume that is shown; empty shows the central one, or all tiles."""
    tiles: int = 1
    """More than one shows so many evenly spaced slices of a volume in one picture."""
    window: tuple[float, float] | None = None
    """Centre and width for DICOM and volumes (Hounsfield for CT); None uses the file's own."""


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """The image pipeline of a benchmark: what becomes of every picture before it is sent."""

    max_side: int | None = None
    """Longest side in pixels; larger pictures are scaled down, smaller ones never up."""
    max_pixels: int | None = None
    """Most pixels in all; larger pictures are scaled down."""
    square: bool = False
    """Whether black is added so that the picture is a square."""
    format: Literal["", "png", "jpeg"] = ""
    """What is sent; empty sends a file that already fits as it is, and all else as PNG."""
    slide: str = ""
    """How a whole slide is looked at where the command line does not say."""


@dataclass(frozen=True, slots=True)
class FormSpec:
    """One layout in which a benchmark, or a part of it, is published, and what its columns mean."""

    name: str
    """Unique within the task: "vqa-tcga", "test"."""
    format: str
    """tsv, csv, json, jsonl, parquet, hub, or the name of a layout: a module of `samples.layouts`."""
    kind: Kind
    split: SplitSpec
    question: Column
    part: str = ""
    """Part of the benchmark that this form fills (a child of benchmark/ID); empty for the whole."""
    files: tuple[str, ...] = ()
    """Names or globs of local files; empty for a hub-only form, and for a layout, which knows its own."""
    md5: Mapping[str, str] = field(default_factory=dict)
    """File name to the sum (hex) that its publisher gives."""
    hub: str = ""
    """"org/name", "org/name:config" with the hub's split after "@"; empty for a local-only form."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column to the values that a row must have to be a sample."""
    id: str = ""
    """Column of the row id; empty numbers the rows."""
    context: Column | None = None
    options: OptionsSpec | None = None
    answer: AnswerSpec | None = None
    """None where the key is kept back."""
    image: ImageSpec | None = None
    cluster: str = ""
    """Column of the patient, slide or picture that samples share; empty: the picture, else the sample."""
    cohort: str = ""
    """Name under which benchmarks share the patients in `cluster`; empty where nobody else asks about them."""
    facets: Mapping[str, Column] = field(default_factory=dict)
    """Axis to where the value comes from."""
    nodes: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Axis to values that hold for every row."""
    optional: tuple[str, ...] = ()
    """Columns that some published versions lack."""
    instead_of: tuple[str, ...] = ()
    """Forms that hold the same samples in another layout: preparing one of them puts the others away."""
    expects: int | None = None
    """Samples that the published file gives; another count is reported."""
    metrics: tuple[str, ...] = ()
    """Metrics that the benchmark is reported in, beside those of the kind."""


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
    remote: Literal["allowed", "forbidden"] = "allowed"
    """Whether the terms let the data leave the machine for a model that runs elsewhere."""
    obtain: str = ""
    """How the data are got: who grants access, and which files are to lie where."""
    size: str = ""
    """How much there is to fetch, as its publisher says: "9.3 GB"."""
    pictures: PictureSpec = PictureSpec()
    """What becomes of every picture before it is sent."""


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
    dialect: Dialect = field(default_factory=Dialect)
    price: Price | None = None
    """None: not known, which is not the same as nothing."""
