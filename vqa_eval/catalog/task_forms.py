"""What a file of `tasks/` may say: how the columns of published tables become samples."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from vqa_eval.catalog.forms import Form, Names
from vqa_eval.records import (
    AnswerSpec,
    Column,
    FormSpec,
    ImageSpec,
    Kind,
    OptionsSpec,
    PictureSpec,
    SplitSpec,
    TaskSpec,
)


def _inside(value: str) -> str:
    if value.startswith(("/", "~")) or ".." in value.replace("\\", "/").split("/"):
        raise ValueError("must lie inside its folder")
    return value


Inside = Annotated[str, AfterValidator(_inside)]
"""A path that does not leave its folder: task files are other people's too."""
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A name that becomes the name of a file."""


class ColumnForm(Form):
    """`column: NAME`, or a list for a path, with an optional `map`; or `text: "a {column} in a sentence"`."""

    column: Names = ()
    map: Mapping[str, str] | None = None
    many: bool = False
    text: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, (str, list, tuple)) else value

    @model_validator(mode="after")
    def _one(self) -> "ColumnForm":
        if bool(self.column) == bool(self.text):
            raise ValueError("name either a column or a text with columns in braces")
        return self

    def record(self) -> Column:
        """Return the record; a text without braces stands for itself."""
        names = self.column or tuple(dict.fromkeys(re.findall(r"{([^{}]+)}", self.text)))
        return Column(names, dict(self.map) if self.map is not None else None, self.many, self.text)


class SplitForm(Form):
    """`split: test`, or a column, a file of ids, or a draw."""

    name: str = ""
    column: Names | None = None
    map: Mapping[str, str] | None = None
    ids: Inside = ""
    draw: Annotated[float, Field(gt=0, lt=1)] | None = None
    by: Names | None = None
    seed: int = 0
    otherwise: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> "SplitForm":
        if (self.ids or self.draw) and not (self.name and self.otherwise):
            raise ValueError("ids and draw need a `name`, and `otherwise` for the rest")
        return self

    def record(self) -> SplitSpec:
        """Return the record."""
        column = Column(self.column, dict(self.map) if self.map else None) if self.column else None
        by = Column(self.by) if self.by else None
        return SplitSpec(self.name, column, self.ids, self.draw, by, self.seed, self.otherwise)


class OptionsForm(Form):
    """One key of columns, list, mapping, inline, fixed, pairs."""

    columns: Names | None = None
    list: str | None = None
    mapping: str | None = None
    inline: str | None = None
    fixed: Names | None = None
    pairs: tuple[tuple[str, str], ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"columns": value} if isinstance(value, Sequence) and not isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> "OptionsForm":
        if len(self.model_fields_set) != 1:
            raise ValueError("name exactly one of columns, list, mapping, inline, fixed, pairs")
        return self

    def record(self) -> OptionsSpec:
        """Return the record."""
        if self.columns is not None:
            return OptionsSpec("columns", self.columns)
        if self.fixed is not None:
            return OptionsSpec("fixed", texts=(self.fixed,))
        if self.pairs is not None:
            return OptionsSpec("pairs", texts=self.pairs)
        if self.list is not None:
            return OptionsSpec("list", (self.list,))
        if self.mapping is not None:
            return OptionsSpec("mapping", (self.mapping,))
        return OptionsSpec("inline", (self.inline or "",))


AnswerName = Literal["letter", "letters", "number", "index", "text", "option-number"]
ImageName = Literal["base64", "file", "bytes", "view", "slide", "volume"]


class AnswerForm(Form):
    """`FORM: COLUMN`, or `FORM: {column: NAME, map: {RAW: MEANT}}`."""

    form: AnswerName
    column: str
    map: Mapping[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "form" in value:
            return value
        if len(value) != 1:
            raise ValueError(f"name exactly one of {', '.join(get_args(AnswerName))}")
        [(form, cell)] = value.items()
        return {"form": form, **(cell if isinstance(cell, dict) else {"column": cell})}

    def record(self) -> AnswerSpec:
        """Return the record."""
        return AnswerSpec(self.form, self.column, dict(self.map) if self.map is not None else None)


Corners = Annotated[tuple[str, ...], Field(min_length=4, max_length=4)]
"""Columns with left, top, right and bottom."""


class ImageForm(Form):
    """`FORM: COLUMN` or `FORM: {text: "{study}/{name}.png"}`, with where it lies and what of it is shown."""

    form: ImageName
    cell: ColumnForm
    folder: Inside = ""
    archive: Inside = ""
    crop: Corners | None = None
    box: Corners | None = None
    mask: ColumnForm | None = None
    region: Literal["box", "contour", "mask"] = "contour"
    plane: Literal["axial", "coronal", "sagittal"] = "axial"
    index: str = ""
    tiles: Annotated[int, Field(ge=1, le=400)] = 1
    window: tuple[float, float] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        forms = get_args(ImageName)
        if isinstance(value, dict) and "form" not in value:
            found = [form for form in forms if form in value]
            if len(found) != 1:
                raise ValueError(f"name exactly one of {', '.join(forms)}")
            rest = {key: entry for key, entry in value.items() if key != found[0]}
            return {"form": found[0], "cell": value[found[0]], **rest}
        return value

    def record(self) -> ImageSpec:
        """Return the record."""
        return ImageSpec(
            form=self.form,
            cell=self.cell.record(),
            folder=self.folder,
            archive=self.archive,
            crop=self.crop or (),
            box=self.box or (),
            mask=self.mask.record() if self.mask else None,
            region=self.region,
            plane=self.plane,
            index=self.index,
            tiles=self.tiles,
            window=self.window,
        )


class PictureForm(Form):
    """The image pipeline; the keys are those of `records.PictureSpec`."""

    max_side: Annotated[int, Field(ge=1)] | None = None
    max_pixels: Annotated[int, Field(ge=1)] | None = None
    square: bool = False
    format: Literal["", "png", "jpeg"] = ""
    slide: str = ""

    def record(self) -> PictureSpec:
        """Return the record."""
        return PictureSpec(**self.model_dump())


def _values(value: Any) -> Any:
    """Accept NAME, [NAME, NAME] as several values, and "NAME > NAME" as a path."""
    entries = value if isinstance(value, list) else [value]
    return tuple(tuple(part.strip() for part in str(entry).split(" > ")) for entry in entries)


TABLES = ("tsv", "csv", "json", "jsonl", "parquet", "hub")
"""Formats of one table; every other name is a layout of several files."""


class TableForm(Form):
    """One published layout of a benchmark or of a part of it."""

    name: FileName
    format: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    kind: Kind
    split: SplitForm
    question: ColumnForm
    part: str = ""
    files: Names = ()
    hub: str = ""
    md5: Mapping[str, Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]] = {}
    where: Mapping[str, Names] = {}
    id: str = ""
    context: ColumnForm | None = None
    options: OptionsForm | None = None
    answer: AnswerForm | None = None
    image: ImageForm | None = None
    cluster: str = ""
    cohort: FileName | Literal[""] = ""
    facets: Mapping[str, ColumnForm] = {}
    nodes: Mapping[str, Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_values)]] = {}
    optional: Names = ()
    instead_of: Names = ()
    expects: int | None = None
    metrics: Names = ()

    @model_validator(mode="after")
    def _whole(self) -> "TableForm":
        known = self.format in TABLES
        if bool(self.files) + bool(self.hub) != int(known):
            raise ValueError(
                "a form reads either `files` or one `hub` table"
                if known
                else f"format is one of {', '.join(TABLES)} or a layout, which knows its own files"
            )
        if self.kind == "choice" and self.options is None:
            raise ValueError("a choice form says where its `options` stand")
        if self.cohort and not self.cluster:
            raise ValueError("a cohort is of the patients in a `cluster` column")
        return self

    def record(self) -> FormSpec:
        """Return the record."""
        return FormSpec(
            name=self.name,
            format=self.format,
            kind=self.kind,
            split=self.split.record(),
            question=self.question.record(),
            part=self.part,
            files=self.files,
            hub=self.hub,
            md5=dict(self.md5),
            where=dict(self.where),
            id=self.id,
            context=self.context.record() if self.context else None,
            options=self.options.record() if self.options else None,
            answer=self.answer.record() if self.answer else None,
            image=self.image.record() if self.image else None,
            cluster=self.cluster,
            cohort=self.cohort,
            facets={axis: column.record() for axis, column in self.facets.items()},
            nodes=dict(self.nodes),
            optional=self.optional,
            instead_of=self.instead_of,
            expects=self.expects,
            metrics=self.metrics,
        )


class TaskForm(Form):
    """One file of `tasks/`; keys of `common` hold for every form that does not say otherwise."""

    id: str
    title: str
    about: str
    licence: str
    access: Literal["open", "registration", "credentialed"] = "open"
    homepage: str = ""
    evaluate: Names
    prompt: str
    forms: Annotated[tuple[TableForm, ...], Field(min_length=1)]
    shipped: Inside = ""
    requires: Names = ()
    remote: Literal["allowed", "forbidden"] = "allowed"
    obtain: str = ""
    size: str = ""
    pictures: PictureForm = PictureForm()

    @model_validator(mode="before")
    @classmethod
    def _common(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "common" not in value:
            return value
        common, forms = value["common"], value.get("forms", [])
        if not isinstance(common, dict) or not all(isinstance(form, dict) for form in forms):
            raise ValueError("common and every form are keys with values")
        rest = {key: entry for key, entry in value.items() if key != "common"}
        return {**rest, "forms": [{**common, **form} for form in forms]}

    @model_validator(mode="after")
    def _unique(self) -> "TaskForm":
        names = [form.name for form in self.forms]
        if len(set(names)) != len(names):
            raise ValueError(f"two forms bear one name: {', '.join(sorted(names))}")
        strange = {other for form in self.forms for other in form.instead_of} - set(names)
        if strange:
            raise ValueError(f"instead_of names no form: {', '.join(sorted(strange))}")
        return self

    def record(self, folder: Path) -> TaskSpec:
        """Return the record of a file in `folder`."""
        return TaskSpec(
            id=self.id,
            title=self.title,
            about=self.about,
            licence=self.licence,
            access=self.access,
            homepage=self.homepage,
            evaluate=self.evaluate,
            prompt=self.prompt,
            forms=tuple(form.record() for form in self.forms),
            folder=folder,
            shipped=self.shipped,
            requires=self.requires,
            remote=self.remote,
            obtain=self.obtain.strip(),
            size=self.size,
            pictures=self.pictures.record(),
        )
