"""Where rows belong: split, id, patient, and the facets that hang them in the tree."""

from collections.abc import Iterable

from vqa_eval.errors import TreeError
from vqa_eval.pipeline.drafting.meaning import FormDraft
from vqa_eval.pipeline.drafting.names import ANSWER, AXES, CLUSTER, CONTEXT, ID, SPLIT, SPLITS, axis_of, bare, named
from vqa_eval.pipeline.drafting.survey import ColumnLook, Survey
from vqa_eval.records import AxisSpec, ValueSpec
from vqa_eval.tree import Lexicon
from vqa_eval.tree.names import is_typable

MOST = 60
"""Different names of a facet that nobody has named; more are texts, ids or measurements."""
KNOWN = 0.5
"""Share of a column's names that an axis must know for the column to be taken for it."""


def find_places(draft: FormDraft, survey: Survey, lexicon: Lexicon) -> None:
    """Place split, id, cluster, context and facets among the columns that have no meaning yet."""
    _split(draft, survey)
    _identity(draft, survey)
    for column in named(_left(draft, survey), CLUSTER)[:1]:
        draft.place("cluster", column, (column,), "its name; rows that share a value are not independent")
    for column in named(_left(draft, survey), CONTEXT)[:1]:
        draft.place("context", column, (column,), "its name; it stands before the question")
    facets: dict[str, str] = {}
    answers = named(_left(draft, survey), ANSWER)
    for column in _left(draft, survey):
        look = survey.columns[column]
        axis, why = ("", "its name says answer") if column in answers else _axis(look, lexicon)
        if axis in facets:
            axis, why = _axis_of_its_own(look, lexicon)
        if not axis or axis in facets:
            if not any(warning.startswith(repr(column)) for warning in draft.warnings):
                draft.warnings.append(f"{column!r} was not placed: {why}")
            continue
        facets[axis] = column
        draft.place("facets", {}, (column,), why, f"facet {axis}")
        if axis not in lexicon.axes:
            draft.axes[axis] = _names(axis, look.values)
    draft.keys.pop("facets", None)
    if facets:
        draft.keys["facets"] = facets


def _left(draft: FormDraft, survey: Survey) -> list[str]:
    return [column for column in survey.columns if column not in draft.used]


def _split(draft: FormDraft, survey: Survey) -> None:
    for column in named(_left(draft, survey), SPLIT):
        values = survey.columns[column].values
        known = [value for value in values if bare(value) in SPLITS]
        if known and len(values) <= 6 and survey.columns[column].present == survey.count:
            split = {"column": column, "map": {value: value for value in values}}
            draft.place("split", split, (column,), f"its names: {', '.join(sorted(values))}")
            return


def _identity(draft: FormDraft, survey: Survey) -> None:
    for column in named(_left(draft, survey), ID):
        look = survey.columns[column]
        if look.unique and look.present == survey.count:
            draft.place("id", column, (column,), "its name, and no value occurs twice")
            return
        draft.warnings.append(f"{column!r} is no id: it is empty or the same in some rows")
    if "_id" not in survey.columns:
        draft.remarks["id"] = "no column tells rows apart, so they are numbered: keep their order"


def _axis(look: ColumnLook, lexicon: Lexicon) -> tuple[str, str]:
    """Return the axis that a column fills and why, or "" and why not."""
    count = len(look.values)
    axis = axis_of(look.name)
    if count and axis in lexicon.axes:
        return axis, f"its name; {_times(count, 'name')}"
    known = {axis: sum(lexicon.known(axis, value) for value in look.values) for axis in lexicon.axes}
    best = max(known, key=lambda axis: (known[axis], axis in AXES), default="")
    if count and best and known[best] >= max(KNOWN * count, min(count, 2)):
        return best, f"axis {best} knows {known[best]} of its {_times(count, 'name')}"
    return _axis_of_its_own(look, lexicon)


def _axis_of_its_own(look: ColumnLook, lexicon: Lexicon) -> tuple[str, str]:
    axis = "-".join(look.name.casefold().replace("_", " ").replace("-", " ").split())
    why = _no_facet(look) or (
        "" if is_typable(axis) and axis not in lexicon.axes else f"{axis!r} is no name for an axis"
    )
    return ("", why) if why else (axis, f"{_times(len(look.values), 'name')}: an axis of its own")


def _no_facet(look: ColumnLook) -> str:
    """Return why a column that no axis knows is no list of names; "" where it is one."""
    reasons = {
        "it is empty": not look.present,
        "its cells are long, or too many different ones": not look.values,
        "every value is another": look.unique,
        f"its {len(look.values)} different values are too many for a facet": len(look.values) > MOST,
        "it is the same in every row": len(look.values) == 1,
        "its cells are numbers": all(map(_is_number, look.values)),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _names(axis: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the names for a lexicon file; none where two of them could not be told apart when typed."""
    names = tuple(sorted(values))
    try:
        Lexicon([AxisSpec(axis, "", tuple(map(ValueSpec, names)))])
    except TreeError:
        return ()
    return names
