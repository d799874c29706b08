"""Rules that read options named by their words, and the judgement whether a sentence states or only mentions one."""

import re
from collections.abc import Sequence

from vqa_eval.answers import cues, foreign_judgements, judgements
from vqa_eval.answers.options import Mention
from vqa_eval.answers.page import Finding, Page, Slot
from vqa_eval.answers.statements import contradicting_label

_TERSE = frozenset(["yes", "no", "none", "true", "false", "other", "maybe", "unknown", "both", "neither", "all"])
_CONSIDERED = re.compile(
    r"(?i)\b(?:let\s+us|let's|consider\w*|analy[sz]\w*|examin(?:e|ing)|evaluat\w*|compar(?:e|ing)|"
    r"look(?:ing)?\s+(?:at|for)|options?|(?<!of\s)choices?|(?<!in\s)questions?|asks?|asked|differentials?|versus|vs|"
    r"determine|distinguish\w*|to\s+(?:see|check|decide)|think\s+about|possib(?:le|ilities)|could|might|"
    r"may|would(?!\s+(?:(?:therefore|then|thus)\s+)?(?:be|say|call|diagnose|favou?r|choose|go|suggest|prescribe|give|recommend|"
    r"start|treat|opt|pick|select|answer)\b)|known|prior|previous(?:ly)?|mention\w*|e\.g|such\s+as|conditions?\s+like|typically|usually|often|generally|"
    r"commonly|history\s+of|risk\s+of|"
    r"suspicio\w*\s+(?:raised|of\s+possible)|define[sd]?|definition|also|besides|in\s+general|some|"
    r"normally)\b"
)
_UNDONE = re.compile(
    r"(?i)[)\]\"']*\s*(?:\((?:option\s+)?[A-Z0-9]{1,2}\)\s*)?(?:,?\s*(?:which|that|and|but)\s+)?(?:is|are|"
    r"was|were)\s+(?:\w+\s+){0,2}(?:possible|considered|possibility|a\s+possibility|differential|"
    r"typically|usually|often|commonly|generally|defined|an?\s+(?:type|form|kind|term|disease|condition|"
    r"disorder|common))\b"
    r"|[)\]\"']*\s*(?:typically|usually|often|generally|commonly|normally|would|could|might|may|"
    r"tends?\s+to|versus|vs)\b"
    r"|\s*,?\s*(?:and/)?or\b|[)\]\"']*\s*(?:\?|可能(?!性?(?:最|很|较)?[大高])|不|被排除)|,?\s*(?:one|we|you)\s+(?:would|should|expects?)\b"
)
_DENIED_BEFORE = re.compile(r"(?:不是|并非|没有|無|无|未见|非|不|排除|除了|なし|ではなく|아닌)\s*\Z")
_ASSERTED = re.compile(
    r"(?i)\b(?:in\s+conclusion|conclusion|therefore|thus|hence|overall|so|finally|in\s+summary|"
    r"most\s+likely|final\s+diagnosis|diagnosis)\b"
)


_MOST = 200
"""A reply that names options more often than this enumerates; it does not state one."""


def option_words(page: Page) -> Finding | None:
    """Read exactly one option (or, where several are asked for, each named one) stated by its words."""
    mentions = page.mentions
    if not mentions or len(mentions) > _MOST or page.cut_short or cues.DANGLING.search(page.text[-60:]):
        return None
    stated = _stated_together(page)
    if not stated:
        return None
    if gives_up(page) or cues.NONE_FITS.search(_without(page, mentions)):
        return None
    chosen = {mention.index for mention in stated}
    if len(chosen) > 1 and not page.multi:
        chosen, stated = _concluding(page, stated)
    if not chosen:
        return None
    start, end = stated[0].start, stated[-1].end
    if any(_labelled_otherwise(page, mention) for mention in stated):
        return Finding("conflict", (), start, end)
    by_or = re.search(r"(?i)\bor\b|或", page.text[start:end]) is not None
    return page.choose([Slot(tuple(chosen), start, end, "text", by_or)])


_JOINED = re.compile(r"(?i)\s*(?:,|/|,?\s*(?:and|or|and/or|versus|vs\.?)|和|或|或者|及|、)\s*(?:an?\s|the\s)?\s*")


def _stated_together(page: Page) -> list[Mention]:
    """Return the options stated; those joined by "and", "or" or a comma stand or fall together."""
    found: list[Mention] = []
    group: list[Mention] = []
    for mention in [*page.mentions, None]:
        if group and (mention is None or not _JOINED.fullmatch(page.text, group[-1].end, mention.start)):
            if all(_stated(page, member) for member in group):
                found += group
            group = []
        if mention is not None:
            group.append(mention)
    return found


_LABEL_BEFORE = re.compile(r"(?:\A|[\n(])\s*[(\[]?([A-Z]|\d{1,2})\s?[.):,\]-]{1,2}\s{0,3}(?:an?\s|the\s)?\Z")


def _labelled_otherwise(page: Page, mention: Mention) -> bool:
    """Whether another option's label stands at an option's words: "B. Glioma", "glioma (B)"."""
    label = _LABEL_BEFORE.search(page.text[max(0, mention.start - 24) : mention.start])
    at = page.options.labelled(label.group(1)) if label and mention.start < 24 else None
    return at not in {None, mention.index} or contradicting_label(page, (mention.index,), mention.end)


_SEES_NONE = re.compile(
    r"(?i)\b(?:I|we)\s+(?:do\s+not|don't|cannot|can't)\s+(?:see|think|believe|find|detect|observe|notice)\b"
    r"(?!.{0,12}image)"
)


def gives_up(page: Page) -> bool:
    """Whether the reply declines or does not know, beside the options' own words and what is not seen."""
    return cues.GIVEN_UP.search(_SEES_NONE.sub("", _without(page, page.mentions))) is not None


def _without(page: Page, mentions: Sequence[Mention]) -> str:
    """Return the text with the options' own words blanked: "cannot be determined" may be an option."""
    parts: list[str] = []
    done = 0
    for mention in mentions:
        parts += (page.text[done : mention.start], " ¤ ")
        done = max(done, mention.end)
    return "".join([*parts, page.text[done:]])


def _stated(page: Page, mention: Mention) -> bool:
    """Whether the sentence around an option's words says that it is so."""
    words = page.options.words[mention.index]
    start, end = page.sentence(mention.start)
    if (len(words) == 1 and not _alone_enough(page, mention, words[0])) or page.asks(mention.start):
        return False
    before = page.before(mention.start)
    if cues.SUPPOSED.search(before) or _DENIED_BEFORE.search(before) or (start and page.announced(start)):
        return False
    last = 0
    for mark in cues.BREAK.finditer(page.text[mention.start - len(before) : mention.end + 60]):
        if mark.end() > len(before):
            break
        last = mark.end()
    clause = before[last:]
    near = clause[clause.rfind(",") + 1 :]
    if cues.NEGATION.search(clause) or foreign_judgements.DENIED.search(near) or _CONSIDERED.search(clause):
        return False
    if judgements.JUDGED_GOOD.match(page.text, mention.end, end):
        return True
    against = (judgements.JUDGED_BAD.match(page.text, mention.end, end), _UNDONE.match(page.text, mention.end))
    return not any(against) and foreign_judgements.BAD.match(page.text, mention.end) is None


_YES_GOES_ON = re.compile(r"\s*(?:[,.!;:\n(-]|\Z)|\s+(?!and\b|or\b|/)")
_NO_GOES_ON = re.compile(r"\s*(?:[,.!;:\n(-]|\Z)|\s+(?:there|it|this|that|the|I|we|because|since|as)\b")
_LED = re.compile(
    r"(?i)(?:[,:=-]|->|\b(?:so|thus|hence|therefore|definitely|certainly|clearly|surely|obviously|probably|presumably|likely|"
    r"say|answer|an?))\s*[\"']?\Z"
)
_ENDS = re.compile(r"[\"')]?\s*(?:[,.!;\n]|\Z)")
_SAID_OF_IT = re.compile(
    r"(?i)\b(?:statement|claim|assertion|proposition|sentence|hypothesis|this|that|it)(?:\s+(?:given|above))?(?:'s|\s+is|"
    r"\s+would\s+be|\s+must\s+be)(?:\s+(?:indeed|therefore|clearly|thus|definitely|certainly|probably|most\s+likely|in\s+fact))?\s*\Z"
)


def _alone_enough(page: Page, mention: Mention, word: str) -> bool:
    """Whether a single short word, which may be anything in a sentence, stands where only an answer stands."""
    if word[0].isdigit():
        return sum(token.word[0].isdigit() for token in page.tokens) == sum(
            other.index == mention.index for other in page.mentions
        )
    if word not in _TERSE and len(word) > 1:
        return True
    if page.text[: mention.start].strip(" \n\"'(*"):
        before = page.text[max(0, mention.start - 80) : mention.start]
        if word in {"true", "false"} and _SAID_OF_IT.search(before):
            return True
        if len(word) > 1 and _LED.search(before) and _ENDS.match(page.text, mention.end):
            return True
        sentence = page.sentence(mention.start)
        return page.text[slice(*sentence)].strip(" .!\n\"'") == page.text[mention.start : mention.end] and sentence[
            1
        ] >= len(page.text.rstrip())
    goes_on = _NO_GOES_ON if word in {"no", "none"} else _YES_GOES_ON
    return len(word) > 1 and goes_on.match(page.text, mention.end) is not None


def _concluding(page: Page, stated: list[Mention]) -> tuple[set[int], list[Mention]]:
    """Return the one option that a concluding last sentence names; all of them where it does not."""
    last = page.sentence(stated[-1].start)
    inside = [mention for mention in stated if mention.start >= last[0]]
    chosen = {mention.index for mention in inside}
    lead = page.text[last[0] : inside[0].start]
    if len(chosen) == 1 and len(inside) < len(stated) and _ASSERTED.search(lead):
        return chosen, inside
    return {mention.index for mention in stated}, stated


_CODE = re.compile(r"[a-z]+\d+[a-z]?|\d+[a-z]+\d*")


def distinguishing_code(page: Page) -> Finding | None:
    """Read options that differ in one code only ("Residue A45", "Residue K12"): the only such code in the reply."""
    column = page.options.differing
    if column is None or page.cut_short:
        return None
    codes = {words[column]: index for index, words in enumerate(page.options.words)}
    if not all(_CODE.fullmatch(code) for code in codes):
        return None
    found = [token for token in page.tokens if token.word in codes]
    named = {codes[token.word] for token in found}
    if len(named) != 1 or gives_up(page):
        return None
    mention = Mention(named.pop(), found[0].start, found[0].end)
    return Finding("answered", (mention.index,), mention.start, mention.end) if _stated(page, mention) else None
