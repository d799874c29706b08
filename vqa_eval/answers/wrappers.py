"""What surrounds an answer without being part of it: reasoning blocks, chat tokens, further turns, markup."""

import re

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.passage import Passage

_THINK = (
    "think|thinking|thoughts?|reasoning|reason|analysis|scratchpad|reflection|rationale|cot|chain[_ -]of[_ -]thought|"
    "seed:think|(?:internal|inner)_(?:monologue|thoughts?|thinking)|planning|deliberation"
)
_REASONING = expression(
    rf"(?i)<\s*(?P<close>/?)\s*(?:[a-z]{{1,12}}[:_-])?(?:{_THINK})(?:[:_-][a-z]{{1,12}})?(?:\s[^<>\n]{{0,80}})?>"
    r"|\[\s*(?P<close2>/?)\s*(?:think(?:ing)?|reasoning)\s*\]"
    r"|◁\s*(?P<close3>/?)\s*think(?:ing)?\s*▷"
    r"|<\|\s*(?P<close4>/?)\s*(?:thinking|thought|think)\s*\|>"
    r"|(?:<\|\s*(?:(?P<open5>begin|start)|end)_(?:of_)?(?:thought|thinking|think|reasoning)\s*\|>)"
    r"|(?:<\|\s*(?:thought|thinking|think|reasoning)_(?:(?P<open6>begin|start)|end)\s*\|>)"
    # Tokens without a name that some models think between.
    r"|<(?:unused|ctrl)(?:(?P<open7>94)|95)>"
)
# Channel names run into the text where a server drops the tokens around them.
_BARE_CHANNELS = expression(r"(?s)\s*analysis.*assistant\s?final(?![a-z])")
_ANSWER_CLOSES = expression(r"(?i)<\s*(?:final[_ ]?)?answer\s*>[^<]{1,400}<\s*/\s*(?:final[_ ]?)?answer\s*>\s*$")
_CHANNEL = expression(r"(?i)<\|channel\|>\s*(\w{1,20})[^<\n]{0,40}<\|message\|>")

_BOX_OPEN = expression(r"<\|begin_of_box\|>")
_BOX_CLOSE = expression(r"<\|end_of_box\|>")
_NEXT_TURN_TOKEN = expression(
    r"(?i)<\|(?:im_start|start_header_id|start)?\|?>?\s*(?:user|human)\b|<start_of_turn>\s*user|\[INST\]"
)
_SPECIAL = expression(
    r"(?i)<\|(?:im_start|start_header_id|start)\|>\s*(?:assistant|model)?(?:<\|end_header_id\|>)?\s*"
    r"|<\|[^|<>\n]{1,40}\|>|<start_of_turn>\s*(?:model)?|<end_of_(?:turn|utterance|text)>|</?s>"
    r"|<(?:eos|bos|pad|unk|img|image|eot|sep|bot|/?assistant|extra_id_\d+|0x[0-9a-f]{2})>"
    r"|\[(?:/?INST|BOS|EOS|SEP|CLS|PAD|UNK)\]|<｜[^｜<>\n]{1,40}｜>"
)
# How byte-level vocabularies write a space.
_SPACE_TOKEN = expression(r"(?<![^\W_])\u0120(?=[^\W_])")
_ROLE = expression(
    r"(?i)\s*(?:###?\s*)?(?:assistant|ai|bot|chatbot|model|gpt|response|reply|output|doctor|"
    r"radiologist)\s*[:>]\s*(?=\S)"
)
_NEXT_TURN = expression(
    r"(?im)^[ \t]*(?:[#*]+[ \t]*)?(?:user|human|question|q|instruction|input|next question|new question|"
    r"follow-?up question|problem|问题|题目|提问|问|用户)[ \t]*\d{0,3}[ \t]*(?:\*\*)?[ \t]*:|(?-i:(?<=\s)(?:USER|"
    r"HUMAN|Human|User):)"
)

# A capital in angle brackets is a label, not a tag.
_TAGS = expression(r"</?(?:[biu]|(?i:em|strong|span|mark|code|sub|sup|font|big|small|center))(?:\s[^<>\n]{0,80})?>")
_BREAKS = expression(
    r"<(?:/?(?:p|(?i:div|li|ul|ol|h[1-6]|html|body|details|summary))(?:\s[^<>\n]{0,80})?|(?i:br|hr)\s{0,3}/?)>"
)
_ESCAPED_TAG = expression(r"&(lt|gt|amp|quot|nbsp);")
_ESCAPES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "nbsp": " "}
_STRUCK = expression(r"~~[^~\n]{1,200}~~|(?i:<(del|strike)>)[^<\n]{0,200}(?i:</(?:del|strike)>)")
_FENCE = expression(r"```[ \t]*\w{0,12}|~~~[ \t]*\w{0,12}")
_LATEX = expression(
    r"\\(?:text|mathrm|mathbf|mathsf|mathit|mathcal|mathbb|mathtt|boldsymbol|textbf|textit|textrm|textsf|texttt|"
    r"underline|emph|bm|operatorname)\s{0,3}(?=\{)"
    r"|\\(?:rm|bf|it|sf|tt|tiny|small|normalsize|large|Large|LARGE|huge|Huge|displaystyle|quad|qquad)(?![A-Za-z])"
    r"|\\(?:begin|end)\{[a-z]{1,12}\*?\}|\\[()\[\],;! ]|\$+(?!\d)"
)
_MARKS = expression(
    r"(?<![^\W_])[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}(?![^\W_])|(?<![=\w])==(?=[^\s=])|(?<=[^\s=])==(?![=\w])"
    r"|(?m:^[ \t]{0,8}(?:#{1,6}|>+)(?=[ \t]))"
)
_RULED = expression(r"(?m)^[ \t]{0,3}(?:-{3,}|={3,}|\*{3,}|_{3,})[ \t]*$")
_STARS = expression(r"\*{2,3}|`+")


def strip_reasoning(passage: Passage) -> tuple[Passage, bool]:
    """Return what was said outside reasoning, and whether reasoning was left open (the answer never came)."""
    text = passage.text
    bare = _BARE_CHANNELS.match(text) if text.startswith("analysis") else None
    if bare:
        return passage.cut(bare.end()), False
    if "<" not in text and "[" not in text and "◁" not in text:
        return passage, False
    channels = list(_CHANNEL.finditer(text)) if "<|channel|>" in text else []
    if channels:
        final = channels[-1].group(1).lower() == "final"
        return (passage.cut(channels[-1].end()), False) if final else (passage, True)
    return _outside(passage)


def _outside(passage: Passage) -> tuple[Passage, bool]:
    """Return the same for reasoning between tags."""
    said: list[tuple[int, int]] = []
    done, opened = 0, -1
    for mark in _REASONING.finditer(passage.text):
        if not _opens(mark):
            # What stands before an end without a beginning was all reasoning.
            said = said if opened >= 0 else []
            done, opened = mark.end(), -1
        elif opened < 0:
            said.append((done, mark.start()))
            opened = mark.start()
    if opened >= 0:
        # A complete answer element at the very end closes the reasoning before it.
        final = _ANSWER_CLOSES.search(passage.text, opened)
        return (passage.cut(final.start()), False) if final else (passage, True)
    if not done:
        return passage, False
    rest = passage.cut(done)
    # What stands between two stretches of reasoning is part of them, unless nothing follows the last.
    for start, end in reversed(said[:1] if rest.text.strip() else said):
        rest = passage.cut(start, end).join(rest)
    return rest, False


def _opens(mark: re.Match[str]) -> bool:
    closers = (mark.group("close"), mark.group("close2"), mark.group("close3"), mark.group("close4"))
    return bool(mark.group("open5") or mark.group("open6") or mark.group("open7")) or any(
        closer == "" for closer in closers
    )


def strip_turns(passage: Passage) -> Passage:
    """Return the first turn without chat tokens: what a model runs on to say after its answer is not one."""
    token = _NEXT_TURN_TOKEN.search(passage.text)
    if token and passage.text[: token.start()].strip():
        passage = passage.cut(0, token.start())
    if "<" in passage.text or "[" in passage.text:
        passage = passage.sub(_BOX_OPEN, "<answer>").sub(_BOX_CLOSE, "</answer>").sub(_SPECIAL, " ")
    if "\u0120" in passage.text:
        passage = passage.sub(_SPACE_TOKEN, " ")
    for _ in range(2):
        role = _ROLE.match(passage.text)
        if role is None:
            break
        passage = passage.cut(role.end())
    for turn in _NEXT_TURN.finditer(passage.text):
        if passage.text[: turn.start()].strip():
            return passage.cut(0, turn.start())
    return passage


def strip_markup(passage: Passage) -> Passage:
    """Return the text without Markdown, HTML and LaTeX dress; brackets stay, they say something."""
    if "&" in passage.text:
        passage = passage.sub(_ESCAPED_TAG, lambda found: _ESCAPES[found.group(1)])
    text = passage.text
    if "~~" in text or "</" in text:
        passage = passage.sub(_STRUCK, "")
    if "<" in text:
        passage = passage.sub(_BREAKS, "\n").sub(_TAGS, "")
    if "`" in text or "~" in text:
        passage = passage.sub(_FENCE, "")
    if "\\" in text or "$" in text:
        passage = passage.sub(_LATEX, "")
    if "--" in text or "**" in text or "__" in text or "==" in text:
        passage = passage.sub(_RULED, "")
    if any(mark in text for mark in "*_~#>`="):
        passage = passage.sub(_MARKS, "").sub(_STARS, "")
    return passage
