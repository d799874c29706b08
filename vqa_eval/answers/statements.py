"""Rules that read sentences: explicit statements, judgements, conclusions, and options named by their words."""

import re
from collections.abc import Sequence

from vqa_eval.answers import claims, cues, languages
from vqa_eval.answers.options import Mention
from vqa_eval.answers.page import Finding, Page, Slot


def declared(page: Page) -> Finding | None:
    """The last explicit statement: "the answer is B"; no vote where a later judgement contradicts it."""
    found = claims.strong_claims(page)
    if not found:
        return None
    slot = found[-1]
    if page.cut_short and slot.said == "text" and not page.text[slot.end :].strip(" .\n"):
        return Finding("truncated", (), slot.start, slot.end)
    if slot.said == "text" and _contradicting_label(page, slot.chosen, slot.end):
        return Finding("conflict", (), slot.start, slot.end)
    if not page.multi:
        later = [other for other in claims.judged_claims(page) if other.start > slot.end]
        if any(set(other.chosen) != set(slot.chosen) for other in later):
            return Finding("conflict", (), slot.start, slot.end)
    return page.choose([slot])


_LABEL_BEHIND = re.compile(r"\s*[(\[]\s*(?:(?i:option|choice|answer)\s+)?([A-Z]|\d{1,2})\s*[)\]]")


def _contradicting_label(page: Page, chosen: Sequence[int], end: int) -> bool:
    """Whether the option's words are followed by another option's label in brackets."""
    label = _LABEL_BEHIND.match(page.text, end)
    at = page.options.labelled(label.group(1)) if label else None
    return at is not None and at not in chosen


def judged(page: Page) -> Finding | None:
    """Options judged right by what follows them: "B is correct"."""
    found = claims.judged_claims(page)
    return page.choose(found) if found else None


def concluded(page: Page) -> Finding | None:
    """The last conclusion with a closed label: "so B."."""
    found = claims.weak_claims(page)
    return page.choose([found[-1]]) if found else None


def doubted(page: Page) -> Finding | None:
    """One label named with doubt, in a reply that does not give up: "it might be C"."""
    found = claims.doubtful_claims(page)
    if not found or cues.GIVEN_UP.search(page.text):
        return None
    return page.choose(found)


_ORDINAL = re.compile(
    r"(?i)[\s\"'(]*(?:(?:I\s+(?:choose|pick|select|think\s+it\s+is)|the\s+answer\s+is|answer:|it\s+is|it's)\s+)?(?:the\s+)?"
    r"(?:(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|1st|2nd|3rd|4th|5th|6th|7th|8th|9th|10th)\s+(?:one|option|choice|answer|statement|item)"
    r"|(?:option|choice|answer|number|no\.)\s+(?:number\s+)?(one|two|three|four|five|six|seven|eight|nine|ten|#?\d{1,2})"
    r"|第([一二三四五六七八九十])(?:个|项|個|項)?(?:选项|選項)?)[\s.!)\"']*"
)
_ORDINALS = {
    word: at
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th",
        "one two three four five six seven eight nine ten",
        "一 二 三 四 五 六 七 八 九 十",
    )
    for at, word in enumerate(words.split())
}


def ordinal(page: Page) -> Finding | None:
    """The whole reply counts the options: "the fifth one"."""
    found = _ORDINAL.fullmatch(page.text) if len(page.text) < 120 else None
    if found is None:
        return None
    word = (found.group(1) or found.group(2) or found.group(3)).casefold().lstrip("#")
    if any(word in words for words in page.options.words):
        return None
    at = len(page.options) - 1 if word == "last" else int(word) - 1 if word.isdigit() else _ORDINALS[word]
    if not 0 <= at < len(page.options):
        return Finding("out_of_range", (), *found.span())
    return Finding("answered", (at,), *found.span())


_TERSE = frozenset(["yes", "no", "none", "true", "false", "other", "maybe", "unknown", "both", "neither", "all"])
_CONSIDERED = re.compile(
    r"(?i)\b(?:let\s+us|let's|consider\w*|analy[sz]\w*|examin(?:e|ing)|evaluat\w*|compar(?:e|ing)|look(?:ing)?\s+(?:at|for)|options?|choices?|questions?|asks?|asked|differentials?|versus|vs|"
    r"determine|distinguish\w*|to\s+(?:see|check|decide)|think\s+about|possib(?:le|ilities)|could|might|may|would|mention\w*|e\.g|such\s+as|conditions?\s+like|known\s+as|typically|usually|often|generally|commonly|history\s+of|risk\s+of|"
    r"suspicio\w*\s+(?:raised|of\s+possible)|define[sd]?|definition|also|besides|in\s+general|some|normally)\b"
)
_UNDONE = re.compile(
    r"(?i)[)\]\"']*\s*(?:\((?:option\s+)?[A-Z0-9]{1,2}\)\s*)?(?:,?\s*(?:which|that|and|but)\s+)?(?:is|are|was|were)\s+(?:\w+\s+){0,2}(?:possible|considered|possibility|a\s+possibility|differential|typically|usually|often|commonly|generally|defined|an?\s+(?:type|form|kind|term|disease|condition|disorder|common))\b"
    r"|[)\]\"']*\s*(?:typically|usually|often|generally|commonly|normally|would|could|might|may|tends?\s+to|versus|vs)\b"
    r"|\s*,?\s*(?:and/)?or\b|[)\]\"']*\s*(?:\?|可能|不|被排除)"
)
_DENIED_BEFORE = re.compile(r"(?:不是|并非|没有|無|无|未见|非|不|排除|除了|なし|ではなく|아닌)\s*\Z")
_ASSERTED = re.compile(
    r"(?i)\b(?:in\s+conclusion|conclusion|therefore|thus|hence|overall|so|finally|in\s+summary|most\s+likely|final\s+diagnosis|diagnosis)\b"
)


_MOST = 200
"""A reply that names options more often than this enumerates; it does not state one."""


def option_words(page: Page) -> Finding | None:
    """Exactly one option (or, where several are asked for, each named one) is stated by its words."""
    mentions = page.mentions
    if not mentions or len(mentions) > _MOST or page.cut_short or cues.DANGLING.search(page.text[-60:]):
        return None
    stated = _stated_together(page)
    if not stated:
        return None
    if _gives_up(page) or cues.NONE_FITS.search(_without(page, mentions)):
        return None
    chosen = {mention.index for mention in stated}
    if len(chosen) > 1 and not page.multi:
        chosen, stated = _concluding(page, stated)
    if not chosen:
        return None
    start, end = stated[0].start, stated[-1].end
    if any(_contradicting_label(page, tuple(chosen), mention.end) for mention in stated):
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


def _gives_up(page: Page) -> bool:
    return cues.GIVEN_UP.search(_without(page, page.mentions)) is not None


def _without(page: Page, mentions: Sequence[Mention]) -> str:
    """Return the text with the options' own words blanked: "cannot be determined" may be an option."""
    parts, done = [], 0
    for mention in mentions:
        parts += (page.text[done : mention.start], " ¤ ")
        done = max(done, mention.end)
    return "".join([*parts, page.text[done:]])


def _stated(page: Page, mention: Mention) -> bool:
    """Whether the sentence around an option's words says that it is so."""
    words = page.options.words[mention.index]
    if len(words) == 1 and not _alone_enough(page, mention, words[0]):
        return False
    start, end = page.sentence(mention.start)
    if page.asks(mention.start):
        return False
    before = page.text[max(start, mention.start - 300) : mention.start]
    if cues.SUPPOSED.search(before) or _DENIED_BEFORE.search(before):
        return False
    last = 0
    for mark in cues.BREAK.finditer(page.text[mention.start - len(before) : mention.end + 60]):
        if mark.end() > len(before):
            break
        last = mark.end()
    clause = before[last:]
    if cues.NEGATION.search(clause) or languages.DENIED.search(clause) or _CONSIDERED.search(clause):
        return False
    if cues.JUDGED_BAD.match(page.text, mention.end, end) or _UNDONE.match(page.text, mention.end):
        return False
    return languages.BAD.match(page.text, mention.end) is None


_YES_GOES_ON = re.compile(r"\s*(?:[,.!;:\n-]|\Z)|\s+(?!and\b|or\b|/)")
_NO_GOES_ON = re.compile(r"\s*(?:[,.!;:\n-]|\Z)|\s+(?:there|it|this|that|the|I|we|because|since|as)\b")


def _alone_enough(page: Page, mention: Mention, word: str) -> bool:
    """Whether a single short word, which may be anything in a sentence, stands where only an answer stands."""
    if word[0].isdigit():
        return sum(token.word[0].isdigit() for token in page.tokens) == sum(
            other.index == mention.index for other in page.mentions
        )
    if word not in _TERSE and len(word) > 1:
        return True
    if page.text[: mention.start].strip(" \n\"'(*"):
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
    """Options that differ in one code only ("Residue A45", "Residue K12"): the only such code in the reply."""
    everything = page.options.words
    if len(everything) < 2 or len({len(words) for words in everything}) > 1 or page.cut_short:
        return None
    differing = [at for at, column in enumerate(zip(*everything, strict=True)) if len(set(column)) > 1]
    if len(differing) != 1:
        return None
    codes = {words[differing[0]]: index for index, words in enumerate(everything)}
    if len(codes) < len(everything) or not all(_CODE.fullmatch(code) for code in codes):
        return None
    found = [token for token in page.tokens if token.word in codes]
    named = {codes[token.word] for token in found}
    if len(named) != 1 or _gives_up(page):
        return None
    mention = Mention(named.pop(), found[0].start, found[0].end)
    return Finding("answered", (mention.index,), mention.start, mention.end) if _stated(page, mention) else None


def all_of_them(page: Page) -> Finding | None:
    """Every option at once, where several are asked for."""
    if len(page.text) > 200 or not page.multi:
        return None
    found = cues.ALL_FIT.search(f" {page.text} ")
    if found is None or cues.NEGATION.search(page.text):
        return None
    return Finding("answered", tuple(range(len(page.options))), 0, len(page.text))


def none_of_them(page: Page) -> Finding | None:
    """The reply says that no option fits; an option that says so itself has been read before."""
    found = cues.NONE_FITS.search(page.text)
    return Finding("out_of_range", (), *found.span()) if found else None


def given_up(page: Page) -> Finding | None:
    """The reply declines, or says that it does not know."""
    found = cues.GIVEN_UP.search(page.text)
    return Finding("refused", (), *found.span()) if found else None


def open_between(page: Page) -> Finding | None:
    """More than one option is left open."""
    if len({mention.index for mention in page.mentions}) > 1 or re.search(
        r"\b[A-Z1-9]\s?(?:or|and|/|和|或)\s?[A-Z1-9]\b", page.text
    ):
        found = cues.OPEN_BETWEEN.search(page.text)
        return Finding("hedged", (), *found.span()) if found else None
    return None


def broken_off(page: Page) -> Finding | None:
    """The reply was cut, or ends where an answer should follow."""
    found = cues.DANGLING.search(page.text[-60:])
    if found is None and not page.cut_short:
        return None
    return Finding("truncated", (), max(0, len(page.text) - 60), len(page.text))
