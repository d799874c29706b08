"""What is looked for in a benchmark at hand: one module a kind of fault."""

from vqa_eval.pipeline.vetting.finding import Finding, Grade, Tally

__all__ = ["Finding", "Grade", "Tally"]
