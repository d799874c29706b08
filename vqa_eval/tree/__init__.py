"""The lexical tree: axes, names and where they belong, and the selection of samples by node."""

from vqa_eval.tree.expression import And, Everything, Expression, Named, Not, Or, Segment
from vqa_eval.tree.grammar import parse
from vqa_eval.tree.lexicon import Lexicon
from vqa_eval.tree.names import normalise, path, slug
from vqa_eval.tree.selection import Selection, resolve

__all__ = [
    "And",
    "Everything",
    "Expression",
    "Lexicon",
    "Named",
    "Not",
    "Or",
    "Segment",
    "Selection",
    "normalise",
    "parse",
    "path",
    "resolve",
    "slug",
]
