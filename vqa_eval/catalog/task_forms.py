"""What a file of `tasks/` may say: how the columns of published tables become samples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from vqa_eval.catalog.forms import Form, Names
from vqa_eval.records import (
    AnswerSpec,
    Column,
    FormSpec,
    ImageSpec,
    Kind,
    OptionsSpec,
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
    """`column: NAME`, or a list for a path, with an optional `map` from raw values."""

    column: Names
    map: Mapping[str, str] | None = None
    many: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, (str, list, tuple)) else value

    def record(self) -> Column:
        """Return the record."""
        return Column(self.column, dict(self.map) if self.map is not None else None, self.many)


class SplitForm(Form):
    """`split: test`, or a column, or a file of ids."""

    name: str = ""
    column: Names | None = None
    map: Mapping[str, str] | None = None
    ids: Inside = ""
    otherwise: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    def record(self) -> SplitSpec:
        """Return the record."""
        column = Column(self.column, dict(self.map) if self.map else None) if self.column else None
        return SplitSpec(self.name, column, self.ids, self.otherwise)


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


AnswerName = Literal["letter", "number", "index", "text", "option-number"]
ImageName = Literal["base64", "file", "bytes", "view", "slide"]


class ImageForm(Form):
    """`FORM: COLUMN`, with the folder of the files."""

    form: ImageName
    column: str
    folder: Inside = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        forms = ("base64", "file", "bytes", "view", "slide")
        if isinstance(value, dict) and "form" not in value:
            found = [form for form in forms if form in value]
            if len(found) != 1:
                raise ValueError(f"name exactly one of {', '.join(forms)}")
            rest = {key: entry for key, entry in value.items() if key != found[0]}
            return {"form": found[0], "column": value[found[0]], **rest}
        return value

    def record(self) -> ImageSpec:
        """Return the record."""
        return ImageSpec(self.form, self.column, self.folder)


def _values(value: Any) -> Any:
    """Accept NAME, [NAME, NAME] as several values, and "NAME > NAME" as a path."""
    entries = value if isinstance(value, list) else [value]
    return tuple(tuple(part.strip() for part in str(entry).split(" > ")) for entry in entries)


class TableForm(Form):
    """One published layout of a benchmark or of a part of it."""

    name: FileName
    format: Literal["tsv", "csv", "json", "jsonl", "parquet", "hub"]
    kind: Kind
    split: SplitForm
    question: ColumnForm
    part: str = ""
    files: Names = ()
    hub: str = ""
    id: str = ""
    context: ColumnForm | None = None
    options: OptionsForm | None = None
    answer: Annotated[Mapping[AnswerName, str], Field(min_length=1, max_length=1)] | None = None
    image: ImageForm | None = None
    cluster: str = ""
    facets: Mapping[str, ColumnForm] = {}
    nodes: Mapping[str, Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_values)]] = {}
    optional: Names = ()
    instead_of: Names = ()
    expects: int | None = None

    @model_validator(mode="after")
    def _whole(self) -> "TableForm":
        if bool(self.files) == bool(self.hub):
            raise ValueError("a form reads either `files` or one `hub` table")
        if self.kind == "choice" and self.options is None:
            raise ValueError("a choice form says where its `options` stand")
        return self

    def record(self) -> FormSpec:
        """Return the record."""
        answer = next(iter(self.answer.items())) if self.answer else None
        return FormSpec(
            name=self.name,
            format=self.format,
            kind=self.kind,
            split=self.split.record(),
            question=self.question.record(),
            part=self.part,
            files=self.files,
            hub=self.hub,
            id=self.id,
            context=self.context.record() if self.context else None,
            options=self.options.record() if self.options else None,
            answer=AnswerSpec(*answer) if answer else None,
            image=self.image.record() if self.image else None,
            cluster=self.cluster,
            facets={axis: column.record() for axis, column in self.facets.items()},
            nodes=dict(self.nodes),
            optional=self.optional,
            instead_of=self.instead_of,
            expects=self.expects,
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
        )
