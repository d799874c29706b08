"""A label that a prompt offers a model that does not know, such as ProteinLMBench's option 7."""

import unicodedata
from dataclasses import replace

from vqa_eval.records import Answer


def abstained(answer: Answer, reply: str, unsure: str) -> Answer:
    """Return the answer, as `refused` where what it read in the reply is the label `unsure` and no option's.

    Where an option bears the label the answer is that option, and stays so; where only the words of one are the
    label, the reply may mean either, and is a `conflict`.
    """
    if not unsure or answer.span is None or _bare(reply[slice(*answer.span)]) != _bare(unsure):
        return answer
    if answer.status == "out_of_range":
        return replace(answer, status="refused", rule="unsure")
    if answer.status == "answered" and unsure not in answer.letters:
        return replace(answer, status="conflict", letters=(), rule="unsure")
    return answer


def _bare(label: str) -> str:
    return unicodedata.normalize("NFKC", label).strip(" .,:;()[]*").casefold()
