"""Lists and mappings that stand in a cell as text, as tables without types hold them."""

import ast
import json
from typing import Any

LARGEST = 1_000_000
"""Characters of a text that is taken for a list."""
_BRACKETS = (("[", "]"), ("{", "}"))


def unfolded(cell: Any) -> Any:
    """Return the list or mapping that a text writes down, as JSON or as Python does (pandas); else the cell itself.

    Nothing is run: a text that is neither stays a text.
    """
    if not isinstance(cell, str):
        return cell
    bare = cell.strip()
    if len(bare) > LARGEST or (bare[:1], bare[-1:]) not in _BRACKETS:
        return cell
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(bare)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(found, (list, dict)):
            return found
    return cell
