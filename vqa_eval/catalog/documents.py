"""Reading one written file: YAML 1.2 or JSON, UTF-8, with errors that name file and line."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from vqa_eval.errors import CatalogError


def read_text(path: Path) -> str:
    """Return the file's text; CatalogError if it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}", "check the path") from error
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}: not UTF-8 (byte {error.start})", "save the file as UTF-8") from error


def parse_yaml(text: str, path: Path, first_line: int = 1) -> dict[str, Any]:
    """Return the mapping that a YAML text holds; CatalogError with file and line otherwise."""
    try:
        document = YAML(typ="safe").load(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        line = f", line {mark.line + first_line}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise CatalogError(f"{path}{line}: not YAML: {problem}", "mend the file and run: vqa-eval check") from error
    if not isinstance(document, dict):
        raise CatalogError(f"{path}: holds {type(document).__name__}, not keys with values", "begin it with:  id: NAME")
    return document


def parse_json(text: str, path: Path) -> dict[str, Any]:
    """Return the mapping that a JSON text holds; CatalogError with file and line otherwise."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CatalogError(
            f"{path}, line {error.lineno}: not JSON: {error.msg}", "mend the file and run: vqa-eval check"
        ) from error
    if not isinstance(document, dict):
        raise CatalogError(f"{path}: holds {type(document).__name__}, not keys with values", 'begin it with:  {"AXIS":')
    return document


def split_head(text: str, path: Path) -> tuple[dict[str, Any], str]:
    """Return the YAML head between two lines `---` and the body after it, byte for byte."""
    head, separator, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not separator:
        raise CatalogError(f"{path}: no YAML head", "begin the file with a line ---, keys, and a line ---")
    return parse_yaml(head, path, first_line=2), body


def digest(*texts: str) -> str:
    """Return the sha256 (hex) over the texts, each ended by NUL."""
    whole = hashlib.sha256()
    for text in texts:
        whole.update(text.encode() + b"\0")
    return whole.hexdigest()
