"""Writing task and lexicon files for people to go on with: YAML with remarks, checked by the forms that read it."""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from vqa_eval.catalog.documents import parse_yaml
from vqa_eval.catalog.forms import AxisForm, read_form
from vqa_eval.catalog.task_forms import TaskForm
from vqa_eval.errors import CatalogError
from vqa_eval.records import TaskSpec

_BLOCKS = ("facets", "forms", "common", "values")
"""Keys whose entries stand on lines of their own; everything else deeper stands on one."""
_PLAIN = re.compile(r"[^\W\d_]\w*(?:[ ./()+-]+\w+)*\)?")
"""Texts that need no quotes anywhere."""


def task_record(document: Mapping[str, Any], folder: Path) -> TaskSpec:
    """Return a task document as the record of a file in `folder`; CatalogError where it is no task."""
    return read_form(TaskForm, document, folder / f"{document['id']}.yaml").record(folder)


def task_text(
    document: Mapping[str, Any], remarks: Mapping[str, str], form_remarks: Sequence[Mapping[str, str]]
) -> str:
    """Return the text of a task file with remarks above its keys, and above the keys of its forms.

    A remark on a key that a mapping lacks stands above the whole mapping. CatalogError where what was written
    does not read as the same task again.
    """
    root = _block(document, remarks)
    for form, said in zip(root["forms"], form_remarks, strict=True):
        _remark(form, said, indent=4)
    text = _dump(root)
    read = parse_yaml(text, Path(f"{document['id']}.yaml"))
    if task_record(read, Path()) != task_record(document, Path()):
        raise CatalogError(f"task {document['id']}: cannot be written as YAML", "rename odd columns of the table")
    return text


def axis_text(axis: str, about: str, values: Sequence[str]) -> str:
    """Return the text of a lexicon file; CatalogError where it is no axis."""
    document = {"axis": axis, "about": about, "values": list(values)}
    text = _dump(_block(document, {}))
    read_form(AxisForm, parse_yaml(text, Path(f"{axis}.yaml")), Path(f"{axis}.yaml"))
    return text


def write_new(files: Mapping[Path, str]) -> None:
    """Write files that are not there yet; CatalogError, and none is written, where one is or cannot be."""
    there = [path for path in files if path.exists()]
    if there:
        raise CatalogError(f"{there[0]}: is there already", "nothing is overwritten: take another id, or delete it")
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise CatalogError(f"{path}: {error.strerror}", "give --out a folder of yours") from error


def _dump(root: CommentedMap) -> str:
    yaml = YAML()
    yaml.width = 4096  # a text that is broken over lines is hard to mend
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(root, stream)
    return stream.getvalue()


def _block(document: Mapping[str, Any], remarks: Mapping[str, str]) -> CommentedMap:
    """Return a mapping with a line a key, remarks above them."""
    made = CommentedMap()
    for key, value in document.items():
        if key in _BLOCKS and isinstance(value, list):
            made[key] = CommentedSeq(_block(entry, {}) if isinstance(entry, dict) else entry for entry in value)
        elif key in _BLOCKS:
            made[key] = _block(value, {})
        else:
            made[key] = value if isinstance(value, str) else _line(value)
    _remark(made, remarks, indent=0)
    return made


def _line(value: Any) -> Any:
    """Return a value that is written on one line."""
    if isinstance(value, dict):
        mapping = CommentedMap((key, _line(entry)) for key, entry in value.items())
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, (list, tuple)):
        sequence = CommentedSeq(map(_line, value))
        sequence.fa.set_flow_style()
        return sequence
    # Inside braces a plain text may not hold what ends it, and must not begin as something else.
    return value if not isinstance(value, str) or _PLAIN.fullmatch(value) else DoubleQuotedScalarString(value)


def _remark(made: CommentedMap, remarks: Mapping[str, str], indent: int) -> None:
    said: dict[str, list[str]] = {}
    for key, remark in remarks.items():
        said.setdefault(key if key in made else next(reversed(made)), []).append(remark)
    for key, lines in said.items():
        made.yaml_set_comment_before_after_key(key, before="\n".join(lines), indent=indent)
