"""Ways to the right option that need no looking: a text that gives it away, a favoured letter or length."""

from collections.abc import Iterator

from vqa_eval.metrics.baselines import Prior, choice_baselines, prior
from vqa_eval.pipeline.vetting.finding import Finding, Tally
from vqa_eval.records import Sample
from vqa_eval.stats import wilson
from vqa_eval.tree.names import normalise

CLEARLY = 0.05
"""How far the lower end of a baseline's 95 % interval must lie above a uniform guess to be odd."""
SHORTEST = 4
"""Letters and digits of an option that is looked for in the question; "no" stands in any text."""
SHORTEST_UNSPACED = 2
"""The same in scripts that write no spaces."""

_SAYS = {
    "majority_letter": "always the position that is right most often",
    "majority_text": "always the text that is right most often",
    "longest_option": "always the longest option",
}


class Leaks:
    """Looks at the choice questions of the evaluated splits."""

    def __init__(self) -> None:
        self._priors: list[Prior] = []
        self._named = Tally("right option named", "odd")
        self._misled = 0

    def look(self, sample: Sample) -> None:
        """Look at the next sample; one without options or key says nothing."""
        known = prior(sample)
        if known is None:
            return
        self._priors.append(known)
        text = f" {normalise(f'{sample.question} {sample.context}')} "
        named = {at for at, option in enumerate(sample.options) if _stands(normalise(option), text)}
        right = set(sample.correct)
        self._named.look(bool(named) and named <= right, sample.id)
        self._misled += bool(named) and not named & right

    def findings(self) -> Iterator[Finding]:
        """Yield what was found; nothing where there are no choice questions with a key."""
        if not self._priors:
            return
        self._named.said = (
            f"it stands in the question or context and no wrong option does; "
            f"only wrong ones stand there in {self._misled:,} samples"
        )
        yield self._named.finding()
        uniform, *others = choice_baselines(self._priors)
        guess = uniform.value or 0.0
        for baseline in others:
            hits = round((baseline.value or 0.0) * baseline.n)
            low = wilson(hits, baseline.n).low
            odd = low > guess + CLEARLY
            said = f"{_SAYS[baseline.name]}: {hits / baseline.n:.1%}, a uniform guess {guess:.1%}"
            yield Finding(baseline.name.replace("_", " "), "odd" if odd else "fine", hits, baseline.n, said)


def _stands(option: str, text: str) -> bool:
    """Whether the option is said in the text, both as `normalise` gives them, the text with blanks around it."""
    if option.replace(" ", "").isdigit():
        return False
    if option.isascii() or not _unspaced(option):
        return len(option) >= SHORTEST and f" {option} " in text
    return len(option) >= SHORTEST_UNSPACED and option in text


def _unspaced(text: str) -> bool:
    return any("\u3040" <= sign <= "\u9fff" or "\u0e00" <= sign <= "\u0e7f" for sign in text)
