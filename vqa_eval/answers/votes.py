"""Many replies about parts of one picture become one answer: the option that most of them name."""

from collections import Counter
from collections.abc import Sequence

from vqa_eval.records import Answer

RULE = "vote"


def vote(answers: Sequence[Answer], labels: Sequence[str]) -> Answer:
    """Return the plurality of what was answered; never a guess.

    Each answered reply has one vote, for its letter or for all its letters together; what was refused, hedged or
    not understood has none. Where several are named most often, or nothing was answered, there is no answer: a tie
    is "hedged", and replies that all failed alike are what they are alike, else "unparsed". `shares` tells how the
    votes fell among the options, where each reply named one; they are no probabilities of the model's.

    Source: SlideChat's comparators answer each of 30 patches, and the majority counts (arXiv 2410.11761); what is
    done about ties and about replies without an answer is not told there.
    """
    votes = Counter(answer.letters for answer in answers if answer.status == "answered")
    if not votes:
        statuses = {answer.status for answer in answers}
        return Answer(statuses.pop() if len(statuses) == 1 else "unparsed", rule=RULE)
    most = max(votes.values())
    first = [letters for letters, count in votes.items() if count == most]
    single = all(len(letters) == 1 for letters in votes)
    shares = tuple(votes[label,] / votes.total() for label in labels) if single else ()
    if len(first) > 1:
        return Answer("hedged", rule=RULE, shares=shares)
    return Answer("answered", first[0], rule=RULE, shares=shares)
