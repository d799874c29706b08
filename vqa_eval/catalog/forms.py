"""The strict pydantic forms that written files are read with; each gives a plain record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, NonNegativeFloat, ValidationError

from vqa_eval.errors import CatalogError
from vqa_eval.records import AxisSpec, BoardSpec, Dialect, ModelCard, Price, ValueSpec
from vqa_eval.records.prompt import Labelling


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Form(BaseModel):
    """A written form: unknown keys are errors, and nothing is converted silently."""

    # Schemas are built when first used: `vqa-eval tree` reads tasks and lexicon, not prompts or models.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, defer_build=True)


class ValueForm(Form):
    """One name of an axis with parent, abbreviation and synonyms."""

    name: str
    parent: str = ""
    abbreviation: str = ""
    synonyms: tuple[str, ...] = ()

    def record(self) -> ValueSpec:
        """Return the record."""
        return ValueSpec(self.name, self.parent, self.abbreviation, self.synonyms)


class AxisForm(Form):
    """One file of `tasks/lexicon/`; most names stand alone and are given as bare texts."""

    axis: str
    about: str
    values: tuple[str | ValueForm, ...] = ()

    def record(self) -> AxisSpec:
        """Return the record."""
        values = (ValueSpec(value) if isinstance(value, str) else value.record() for value in self.values)
        return AxisSpec(self.axis, self.about, tuple(values))


class KeywordForm(Form):
    """A JSON file of `tasks/lexicon/`: axis, value, modality, and the labels that belong there."""

    trees: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]


class PromptHead(Form):
    """The head of a file of `prompts/`."""

    id: str
    about: str
    system: str = ""
    source: str = ""
    labels: Labelling = "letters"
    unsure: str = ""


class BoardForm(Form):
    """One file of `leaderboards/`."""

    id: str
    about: str
    axes: Names

    def record(self) -> BoardSpec:
        """Return the record."""
        return BoardSpec(self.id, self.about, self.axes)


class DialectForm(Form):
    """How a served model is spoken to; the keys are those of `records.Dialect`."""

    limit: str = ""
    omit: Names = ()
    system: Literal["turn", "text"] = "turn"
    detail: Literal["", "low", "high", "auto"] = ""
    choice: Literal["", "structured_outputs", "json_schema", "none"] = ""
    key_header: str = ""
    extra: dict[str, Any] = {}


class PriceForm(Form):
    """What a million tokens cost; the keys are those of `records.Price`."""

    input: NonNegativeFloat
    output: NonNegativeFloat
    currency: str = "USD"
    batch: NonNegativeFloat | None = None
    noted: str = ""


class ModelForm(Form):
    """One file of `models/`; the keys are those of `records.ModelCard`."""

    id: str
    title: str
    about: str = ""
    licence: str = ""
    schemes: Names = ("transformers",)
    hub: str = ""
    revision: str = "main"
    remote_code: bool = False
    api_name: str = ""
    base_url: str = ""
    key_variable: str = ""
    build: str = ""
    max_pictures: int | None = None
    max_side: int | None = None
    notes: Names = ()
    dialect: DialectForm = DialectForm()
    price: PriceForm | None = None

    def record(self) -> ModelCard:
        """Return the record."""
        fields = self.model_dump(exclude={"dialect", "price"})
        price = Price(**self.price.model_dump()) if self.price else None
        return ModelCard(**fields, dialect=Dialect(**self.dialect.model_dump()), price=price)


F = TypeVar("F", bound="Form")


def read_form(form: type[F], document: Mapping[str, Any], path: Path) -> F:
    """Return the document as a form; CatalogError names the file, the key and what is wrong with it."""
    try:
        return form.model_validate(document)
    except ValidationError as error:
        # A misspelt key is two faults, the one missing and the other unknown; the unknown one says more.
        faults = error.errors(include_url=False)
        first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise CatalogError(f"{path}: {where}: {first['msg']}{more}", "mend the file and run: vqa-eval check") from error
