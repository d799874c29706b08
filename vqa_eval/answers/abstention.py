"""A label that a prompt offers a model that does not know, such as ProteinLMBench's option 7."""

from dataclasses import replace

from vqa_eval.records import Answer


def abstained(answer: Answer, reply: str, unsure: str) -> Answer:
    """Return the answer, as `refused` where what it read in the reply is the label `unsure` and no option's.

    Where an option bears the label the answer is that option, and stays so.
    """
    if not unsure or answer.status != "out_of_range" or answer.span is None:
        return answer
    said = reply[slice(*answer.span)]
    return replace(answer, status="refused", rule="unsure") if _bare(said) == _bare(unsure) else answer


def _bare(label: str) -> str:
    return label.strip(" .,:;()[]*").casefold()
