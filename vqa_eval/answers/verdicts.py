"""Rules that read a verdict on each option in turn: lists, tables, ticked boxes, a JSON object of flags."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from vqa_eval.answers import cues
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.slots import LABEL, read_label_list

Verdict = Literal["good", "bad", "open"]

_BAD_WORDS = (
    r"not\b|no\b|n't\b|non\b|never\b|neither|in(?:correct|consistent|compatible|accurate|valid|appropriate)\w*|wrong\b|"
    r"false\b|fails?\b|un(?:likely|supported|suitable)\b|im(?:probable|plausible|possible)\b|less\b|least\b|exclud\w+|"
    r"eliminat\w+|dismiss\w+|discard\w+|reject\w+|rul(?:e|ed|ing)\s+out|out\b|absent\b|does(?:\s+not|n't)\b|"
    r"cannot\b|can't\b|contradict\w*|✗|×|(?:x|f|n|0|-|low)_END|mis-?match|"
    r"不|错误|錯誤|错|非|否|无|排除|fals[ao]\b|falsch\b|faux\b|incorrect[ao]s?\b|errad[ao]\b|sbagliat[ao]\b|errat[ao]\b|"
    r"nein\b|nicht\b|não\b|неверно|неправильно|нет\b|誤|×|틀|아니|خطأ|गलत|ผิด|sai\b|salah\b|yanlış\b"
)
_GOOD_WORDS = (
    r"correct\b(?!ly)|right\b(?!\s+(?:side|lung|lobe|kidney|hand|upper|lower|middle|ventric\w+|atri\w+))|true\b|yes\b|"
    r"best\b|(?:clearly\s+)?(?:fits?|match(?:es)?|present|seen|selected|chosen|supported|favou?red|confirmed|"
    r"consistent|compatible)\b|in_END|likeliest\b|(?:most|very|highly)\s+(?:likely|probable|consistent)\b|"
    r"(?-i:the\s+)?(?-i:answer|correct\s+answer)\b|"
    r"✓|√|○|◯|(?:t|y|1|\+|high)_END|accepted\b|(?:this|that)\s+one\b|explains\b|accounts\b|captures\b|正确|正確|对|對|符合|是\Z|correct[ao]s?\b|corret[ao]\b|verdader[ao]\b|verdadeir[ao]\b|"
    r"ver[ao]\b|vrai\b|juste\b|richtig\b|wahr\b|corretta\b|верно|правильно|да\b|"
    r"正しい|正解|맞|정답|صحيح|सही|ถูก|đúng\b|benar\b|doğru\b"
)
_END = r"(?=\s*(?:[.,;!\n]|\Z))"
_BAD_WORDS, _GOOD_WORDS = (words.replace("_END", _END) for words in (_BAD_WORDS, _GOOD_WORDS))
_LEAD_IN = (
    r"[\s.:;?=()\[\]\"'*|-]*(?:(?:->|<-+)\s*)?(?:(?:this|it|that|option|choice|statement|finding|(?-i:the))\s+){0,2}"
    r"(?:(?:is|are|was|seems|would\s+be|also|clearly|definitely|therefore|so|hence|thus|(?-i:the))\s+){0,3}[\s\"'(\[]*"
)
_BAD = expression(rf"(?i){_LEAD_IN}(?:{_BAD_WORDS})")
_GOOD = expression(rf"(?i){_LEAD_IN}(?:{_GOOD_WORDS})")
_OPEN = expression(rf"(?i){_LEAD_IN}(?:possibl[ey]|plausible|likely|maybe|perhaps|可能)")
_LAST = expression(r"(?:[:?;,.(|]|\s-|->|<-+)\s*([^:?;,.(|\n-]{1,24})[\s.!)|]*\Z")
_AND_SO = expression(r"(?i)\s*(?:so|hence|thus|therefore)?\s*")

_HEAD = expression(
    r"(?:\A|(?<=[\n.;,!?|✓✗:)\]}])|(?<=\s\s)|(?<=\s)(?=\[\s{0,3}[xX✓✗]?\s{0,3}\]|\[[A-Z\d]{1,2}\]|[A-Z](?:\s?[:=]|\)\s)|"
    r"[A-Z]\s+(?i:true|false|yes|no|correct|incorrect|right|wrong|y|n)\b))"
    r"[\s|]{0,6}(?:[-•*+]\s+|#{0,3}\d{1,2}[.)]\s+(?=\S))?"
    r"(?:(?P<box>\[\s{0,3}[xX✓✗]?\s{0,3}\]|✓|✗)[ \t]*)?"
    r"(?i:options?\s+|choice\s+|answer\s+|statement\s+|选项\s*|選項\s*)?"
    r"(?P<at>[(\[]?(?=[A-Z\d]))"
)
_MOST = 60
"""More heads than this are no list of options."""


class Item(NamedTuple):
    """One option of a list with what is said of it."""

    option: int
    verdict: Verdict | None


class _Head(NamedTuple):
    """Where an option begins an item of a list."""

    option: int
    start: int
    label: int
    end: int
    """Where its label and its own words end."""
    box: str
    """The tick, cross or box before it."""


_SOME = 2
"""Options that make a list."""


def judged_list(page: Page) -> Finding | None:
    """Read the one option (or all, where several are asked for) that a list of verdicts finds right."""
    if len(page.text) < len("A✗B✓"):
        return None
    heads = _heads(page)
    if len({head.option for head in heads}) < _SOME:
        return _ticked_alone(page, heads)
    ticked = heads[0].box != ""  # signs stand before every option or behind it
    stops = [head.start if ticked else head.label for head in heads[1:]] + [len(page.text)]
    said = [
        _box(head.box) if ticked else judge(page.text[head.end : stop]) for head, stop in zip(heads, stops, strict=True)
    ]
    items = [Item(head.option, verdict) for head, verdict in zip(heads, said, strict=True)]
    return decide(page, items, heads[0].start, len(page.text))


def _ticked_alone(page: Page, heads: Sequence[_Head]) -> Finding | None:
    """Read a reply that is nothing but one option with a tick before it."""
    if len(heads) != 1 or _box(heads[0].box) != "good":
        return None
    head = heads[0]
    alone = not (page.text[: head.start] + page.text[head.end :]).strip(" .)\n")
    return Finding("answered", (head.option,), head.start, head.end) if alone else None


def _heads(page: Page) -> list[_Head]:
    """Return the options that begin an item."""
    found: list[_Head] = []
    for head in _HEAD.finditer(page.text):
        start = head.end()
        if len(found) > _MOST:
            break
        if found and start < found[-1].end:
            continue
        mention = page.mention_at(start)
        if mention is not None:
            found.append(_Head(mention.index, head.start(), start, mention.end, head.group("box") or ""))
            continue
        label = LABEL.match(page.text, start)
        slot = read_label_list(page, start) if label and not label.group(1).islower() else None
        if label is None or slot is None or slot.against or slot.chosen[0] < 0:
            continue
        end = slot.end if len(slot.chosen) == 1 else label.end()
        found.append(_Head(slot.chosen[0], head.start(), start, end, head.group("box") or ""))
    return found


def _box(box: str) -> Verdict | None:
    if not box:
        return None
    return "good" if box.strip("[] ") in {"x", "X", "✓"} else "bad"


def judge(said: str) -> Verdict | None:
    """Return the verdict that begins or ends what is said of an option."""
    said = said[:400].rstrip(" \n*-•|([,;.")
    if _BAD.match(said):
        return "bad"
    good = _GOOD.match(said)
    if good and not cues.ON_CONDITION.match(said, good.end()):
        return "good"
    if _OPEN.match(said):
        return "open"
    last = _LAST.search(said)
    if last is None:
        return None
    word = last.group(1)[_end(word=last.group(1)) :].strip()
    if re.fullmatch(rf"(?i)(?:{_BAD_WORDS})", word):
        return "bad"
    return "good" if re.fullmatch(rf"(?i)(?:{_GOOD_WORDS})", word) else None


def _end(word: str) -> int:
    found = _AND_SO.match(word)
    return found.end() if found else 0


def decide(page: Page, items: Sequence[Item], start: int, end: int) -> Finding | None:
    """Return what verdicts on several options amount to; None where they leave it open."""
    good, bad, undecided = ({item.option for item in items if item.verdict == said} for said in ("good", "bad", "open"))
    everything = set(range(len(page.options)))
    if good & bad or not good | bad:
        return None
    if bad == everything:
        return Finding("out_of_range", (), start, end)
    # One of all options marked, and nothing said of the others, is as good as the others marked wrong.
    marked = {item.option for item in items} == everything and not undecided
    if page.multi:
        return Finding("answered", tuple(sorted(good)), start, end) if good and (bad or marked) else None
    if len(good) > 1:
        return Finding("hedged", (), start, end) if bad else None
    if not good and len(undecided) == 1 and bad | undecided == everything:
        return Finding("answered", tuple(undecided), start, end)  # all others are ruled out
    enough = bool(bad) and len(undecided) <= len(bad)
    return Finding("answered", tuple(good), start, end) if good and (enough or marked) else None
