"""Rules that read a verdict on each option in turn: lists, tables, ticked boxes, a JSON object of flags."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from vqa_eval.answers import cues
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.slots import LABEL, read_label_list

Verdict = Literal["good", "bad", "open"]

_BAD_WORDS = (
    r"not\b|no\b|n't\b|non\b|never\b|neither|in(?:correct|consistent|compatible|accurate|valid|appropriate)\w*|wrong\b|"
    r"false\b|fails?\b|un(?:likely|supported|suitable)\b|im(?:probable|plausible|possible)\b|less\b|least\b|exclud\w+|"
    r"eliminat\w+|dismiss\w+|discard\w+|reject\w+|rul(?:e|ed|ing)\s+out|out\b|absent\b|does(?:\s+not|n't)\b|"
    r"cannot\b|can't\b|contradict\w*|✗|×|(?:x|f|0|-)_END|"
    r"不|错误|錯誤|错|非|否|无|排除|fals[ao]\b|falsch\b|faux\b|incorrect[ao]s?\b|errad[ao]\b|sbagliat[ao]\b|errat[ao]\b|"
    r"nein\b|nicht\b|não\b|неверно|неправильно|нет\b|誤|×|틀|아니|خطأ|गलत|ผิด|sai\b|salah\b|yanlış\b"
)
_GOOD_WORDS = (
    r"correct\b(?!ly)|right\b(?!\s+(?:side|lung|lobe|kidney|hand|upper|lower|middle|ventric\w+|atri\w+))|true\b|yes\b|"
    r"best\b|(?:clearly\s+)?(?:fits?|match(?:es)?|present|seen|selected|chosen|supported|favou?red|confirmed|"
    r"consistent|compatible)\b|in_END|likeliest\b|(?:most|very|highly)\s+(?:likely|probable|consistent)\b|"
    r"(?-i:the\s+)?(?-i:answer|correct\s+answer)\b|"
    r"✓|√|○|◯|(?:t|1|\+)_END|正确|正確|对|對|符合|是\Z|correct[ao]s?\b|corret[ao]\b|verdader[ao]\b|verdadeir[ao]\b|"
    r"ver[ao]\b|vrai\b|juste\b|richtig\b|wahr\b|corretta\b|верно|правильно|да\b|"
    r"正しい|正解|맞|정답|صحيح|सही|ถูก|đúng\b|benar\b|doğru\b"
)
_END = r"(?=\s*(?:[.,;!\n]|\Z))"
_BAD_WORDS, _GOOD_WORDS = (words.replace("_END", _END) for words in (_BAD_WORDS, _GOOD_WORDS))
_LEAD_IN = (
    r"[\s.:;?=()\[\]\"'*|-]*(?:->\s*)?(?:(?:this|it|that|option|choice|statement)\s+)?"
    r"(?:(?:is|are|was|seems|would\s+be|also|clearly|definitely|therefore|so|hence|thus|the)\s+){0,3}[\s\"'(\[]*"
)
_BAD = re.compile(rf"(?i){_LEAD_IN}(?:{_BAD_WORDS})")
_GOOD = re.compile(rf"(?i){_LEAD_IN}(?:{_GOOD_WORDS})")
_OPEN = re.compile(rf"(?i){_LEAD_IN}(?:possibl[ey]|plausible|likely|maybe|perhaps|可能)")
_LAST = re.compile(r"(?:[:?;,.(|]|\s-|->)\s*([^:?;,.(|\n-]{1,24})[\s.!)|]*\Z")
_AND_SO = re.compile(r"(?i)\s*(?:so|hence|thus|therefore)?\s*")

_HEAD = re.compile(
    r"(?:\A|(?<=[\n.;,!?|✓✗:)\]}])|(?<=\s\s)|(?<=\s)(?=\[[ xX✓]?\]|\[[A-Z\d]{1,2}\]|[A-Z]\s?[:=]))"
    r"[\s|]{0,6}(?:[-•*+]\s+|#{0,3}\d{1,2}[.)]\s+(?=\S))?"
    r"(?:(?P<box>\[[ xX✓✗]?\]|✓|✗)[ \t]*)?(?i:options?\s+|choice\s+|answer\s+|statement\s+|选项\s*|選項\s*)?"
    r"(?P<at>[(\[]?(?=[A-Z\d]))"
)
_MOST = 60
"""More heads than this are no list of options."""


class Item(NamedTuple):
    """One option of a list with what is said of it."""

    option: int
    verdict: Verdict | None


def judged_list(page: Page) -> Finding | None:
    """Read the one option (or all, where several are asked for) that a list of verdicts finds right."""
    if len(page.text) < len("A✗B✓"):
        return None
    heads = _heads(page)
    if len({index for index, *_ in heads}) < 2:
        return _ticked_alone(page, heads)
    items: list[Item] = []
    ticked = heads[0][3] != ""  # signs stand before every option or behind it
    stops = [start for _, start, *_ in heads[1:]] + [len(page.text)]
    for (option, _, end, box), stop in zip(heads, stops, strict=True):
        items.append(Item(option, _box(box) if ticked else judge(page.text[end:stop])))
    return decide(page, items, heads[0][1], len(page.text))


def _ticked_alone(page: Page, heads: Sequence[tuple[int, int, int, str]]) -> Finding | None:
    """Read a reply that is nothing but one option with a tick before it."""
    if len(heads) != 1 or _box(heads[0][3]) != "good":
        return None
    index, start, end, _ = heads[0]
    alone = not (page.text[:start] + page.text[end:]).strip(" .)\n")
    return Finding("answered", (index,), start, end) if alone else None


def _heads(page: Page) -> list[tuple[int, int, int, str]]:
    """Return the options that begin an item: position, beginning, end of label and words, the box before them."""
    found: list[tuple[int, int, int, str]] = []
    done = 0
    for head in _HEAD.finditer(page.text):
        start = head.end()
        if start < done or len(found) > _MOST:
            continue
        mention = page.mention_at(start)
        if mention is not None:
            found.append((mention.index, head.start(), mention.end, head.group("box") or ""))
            done = mention.end
            continue
        label = LABEL.match(page.text, start)
        slot = read_label_list(page, start) if label else None
        if label is None or slot is None or slot.against or slot.chosen[0] < 0 or label.group(1).islower():
            continue
        end = slot.end if len(slot.chosen) == 1 else label.end()
        found.append((slot.chosen[0], head.start(), end, head.group("box") or ""))
        done = end
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
    good = {item.option for item in items if item.verdict == "good"}
    bad = {item.option for item in items if item.verdict == "bad"}
    if good & bad or len(good | bad) < 2:
        return None
    if not good:
        return Finding("out_of_range", (), start, end) if len(bad) == len(page.options) else None
    if page.multi:
        return Finding("answered", tuple(sorted(good)), start, end)
    if len(good) > 1:
        return Finding("hedged", (), start, end) if bad else None
    undecided = {item.option for item in items if item.verdict == "open"}
    return Finding("answered", tuple(good), start, end) if bad and len(undecided) <= len(bad) else None
