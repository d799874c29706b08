"""Which option a choice sample asks for and which one an answer chose: by place, and by text as its class."""

from string import ascii_uppercase

from vqa_eval.records import Answer, Sample


def right(sample: Sample) -> int | None:
    """Return the position of the right option; None without a key and where several options are right."""
    return sample.correct[0] if len(sample.correct) == 1 else None


def chosen(sample: Sample, answer: Answer) -> int | None:
    """Return the position of the option that an answer chose; None where it chose none, several or none of these.

    Labels are letters A, B, … or numbers 1, 2, …
    """
    if answer.status != "answered" or len(answer.letters) != 1:
        return None
    label = answer.letters[0].upper()
    labels = [{str(position + 1), letter} for position, letter in enumerate(ascii_uppercase[: len(sample.options)])]
    return next((position for position, known in enumerate(labels) if label in known), None)


def class_of(sample: Sample, position: int) -> str:
    """Return the class that an option stands for: its text, case and spaces folded."""
    return " ".join(sample.options[position].casefold().split())
