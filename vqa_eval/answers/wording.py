"""Rules that read options named by their words, and the judgement whether a sentence states or only mentions one."""

import re

from vqa_eval.answers import cues, foreign_judgements, judgements
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.options import Mention
from vqa_eval.answers.page import Finding, Page, Slot
from vqa_eval.answers.refusals import gives_up, without
from vqa_eval.answers.statements import contradicting_label
from vqa_eval.answers.terse import stands_alone

_CONSIDERED = expression(
    r"(?i)\b(?:let\s+us|let's|consider\w*|analy[sz]\w*|examin(?:e|ing)|evaluat\w*|compar(?:e|ing)|"
    r"(?<!are\s)(?<!'re\s)look(?:ing)?\s+(?:at|for)|options?|(?<!of\s)choices?|(?<!in\s)questions?|asks?|asked|differentials?|versus|vs|"
    r"determine|distinguish\w*|to\s+(?:see|check|decide)|think\s+about|possib(?:le|ilities)|could|might|"
    r"may|(?<!\bI\s)(?<!\bwe\s)(?<!\byou\s)would(?!\s+(?:(?:therefore|then|thus)\s+)?(?:be|say|call|diagnose|favou?r|choose|go|suggest|prescribe|give|recommend|"
    r"start|treat|opt|pick|select|answer)\b)|known|prior|previous(?:ly)?|mention\w*|e\.g|such\s+as|conditions?\s+like|typically|usually|often|generally|"
    r"commonly|history\s+of|risk\s+of|patients\s+with|think\s+of|concern\s+for|status\s+post|s/p|evaluate|work-?\s?up|screen\w*|"
    r"suspicio\w*\s+(?:raised|of\s+possible)|(?<!which\s)(?<!this\s)(?<!that\s)define[sd]?|definition|also|besides|in\s+general|some|"
    r"normally)\b"
)
_AMONG = expression(
    r"(?i)\b(?:from|among(?:st)?|of|out\s+of|given)\s+(?:all\s+)?(?:the\s+|these\s+|those\s+|your\s+)?(?:\w+\s+){0,2}(?:options|"
    r"possibilities|choices|answers|candidates|diagnoses|alternatives|differentials)(?:\s+\w+){0,2}?,"
)
_OWN_LABEL = expression(r"(?<![\w'-])[(\[]?(?:[A-Z]|\d{1,2})\s?[)\].:,-]{1,2}\s*\Z")
_DENIED_BEFORE = expression(r"(?:不是|并非|没有|無|无|未见|非|不|排除|除了|なし|ではなく|아닌)\s*\Z")
_ASSERTED = expression(
    r"(?i)\b(?:in\s+conclusion|conclusion|therefore|thus|hence|overall|so|finally|in\s+summary|"
    r"most\s+likely|final\s+diagnosis|diagnosis)\b"
)


_MOST = 200
"""A reply that names options more often than this enumerates; it does not state one."""


def option_words(page: Page) -> Finding | None:
    """Read exactly one option (or, where several are asked for, each named one) stated by its words."""
    mentions = unrestated(page)
    if not mentions or len(mentions) > _MOST or page.cut_short or cues.DANGLING.search(page.text[-60:]):
        return None
    stated = _stated_together(page, mentions)
    if not stated:
        return None
    if gives_up(page) or cues.NONE_FITS.search(without(page, page.mentions)):
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


_NO_DOUBT = expression(r"(?i)no\s+(?:doubt|question|problem)\b")
_JOINED = expression(r"(?i)\s*(?:,|/|,?\s*(?:and|or|and/or|versus|vs\.?)|和|或|或者|及|、)\s*(?:an?\s|the\s)?\s*")


def unrestated(page: Page) -> list[Mention]:
    """Return the mentions without those of the whole list of options, restated in its order with its labels."""
    count = len(page.options)
    for at in range(len(page.mentions) - count + 1):
        run = page.mentions[at : at + count]
        if count > 1 and [mention.index for mention in run] == list(range(count)):
            labels = [_OWN_LABEL.search(page.text[max(0, mention.start - 8) : mention.start]) for mention in run]
            if all(labels):
                return page.mentions[:at] + page.mentions[at + count :]
    return page.mentions


def _stated_together(page: Page, mentions: list[Mention]) -> list[Mention]:
    """Return the options stated; those joined by "and", "or" or a comma stand or fall together."""
    found: list[Mention] = []
    group: list[Mention] = []
    for mention in [*(mention for mention in mentions if not _NO_DOUBT.match(page.text, mention.start)), None]:
        if group and (mention is None or not _JOINED.fullmatch(page.text, group[-1].end, mention.start)):
            if all(_stated(page, member) for member in group):
                found += group
            group = []
        if mention is not None:
            group.append(mention)
    return found


_LABEL_BEFORE = expression(r"(?:\A|[\n(])\s*[(\[]?([A-Z]|\d{1,2})\s?[.):,\]-]{1,2}\s{0,3}(?:an?\s|the\s)?\Z")


def _labelled_otherwise(page: Page, mention: Mention) -> bool:
    """Whether another option's label stands at an option's words: "B. Glioma", "glioma (B)"."""
    label = _LABEL_BEFORE.search(page.text[max(0, mention.start - 24) : mention.start])
    at = page.options.labelled(label.group(1)) if label and mention.start < 24 else None
    return at not in {None, mention.index} or contradicting_label(page, (mention.index,), mention.end)


def _stated(page: Page, mention: Mention) -> bool:
    """Whether the sentence around an option's words says that it is so."""
    words = page.options.words[mention.index]
    start, end = page.sentence(mention.start)
    if (len(words) == 1 and not stands_alone(page, mention, words[0])) or page.asks(mention.start):
        return False
    before = _OWN_LABEL.sub("", page.before(mention.start))
    if cues.SUPPOSED.search(before) or _DENIED_BEFORE.search(before) or (start and page.announced(start)):
        return False
    last = 0
    for mark in cues.BREAK.finditer(before + page.text[mention.start : mention.end + 60]):
        if mark.end() > len(before):
            break
        last = mark.end()
    clause = before[last:]
    near = clause[clause.rfind(",") + 1 :]
    if cues.NEGATION.search(cues.NO_DOUBT.sub("", clause)) or foreign_judgements.DENIED.search(near):
        return False
    if judgements.JUDGED_GOOD.match(page.text, mention.end, end):
        return True
    if _CONSIDERED.search(_AMONG.sub("", clause)):
        return False
    against = (
        judgements.JUDGED_BAD.match(page.text, mention.end, end),
        judgements.UNDONE.match(page.text, mention.end),
    )
    return not any(against) and foreign_judgements.BAD.match(page.text, mention.end) is None


def _concluding(page: Page, stated: list[Mention]) -> tuple[set[int], list[Mention]]:
    """Return the one option that a concluding last sentence names; all of them where it does not."""
    last = page.sentence(stated[-1].start)
    inside = [mention for mention in stated if mention.start >= last[0]]
    chosen = {mention.index for mention in inside}
    lead = page.text[last[0] : inside[0].start]
    if len(chosen) == 1 and len(inside) < len(stated) and _ASSERTED.search(lead):
        return chosen, inside
    return {mention.index for mention in stated}, stated


_CODE = expression(r"[a-z]+\d+[a-z]?|\d+[a-z]+\d*")


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
