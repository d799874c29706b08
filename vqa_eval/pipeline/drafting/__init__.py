"""What the columns of a table mean: one module a kind of column, each saying why it thinks so."""

from vqa_eval.pipeline.drafting.meaning import FormDraft, Meaning

__all__ = ["FormDraft", "Meaning"]
