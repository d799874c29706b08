"""English phrases, as data: what denies an answer, supposes it, takes it back, or keeps it open."""

from vqa_eval.answers.expressions import expression

NEGATION = expression(
    r"(?i)\b(?:not|no|non|never|nothing|nobody|no\s+one|hardly\s+any\w*|few\s+would|mistak\w+|worst|weakest|poorest|irresponsible|unwise|unsafe|premature|traps?|little\s+(?:to|evidence|support)|no\s+(?:reason|evidence|basis|grounds)|wrong\s+to|wrongly|erroneous\w*|(?:anything|everything|all)\s+but|without|unlike|neither|nor|rather\s+than|instead\s+of|exclud\w+|"
    r"eliminat\w+|dismiss\w*|reject\w*|rul(?:e|es|ed|ing)\s+out|r/o|negative\s+for|"
    r"(?<!by )(?<!to )(?<!from )(?<!by a )(?<!to a )(?<!from a )(?<!by the )(?<!to the )(?<!from the )"
    r"(?:absence|lack)\s+of|"
    r"lack(?:s|ing)|free\s+of|against|cannot|unable|unlikely|less|least|compared\s+(?:to|with)|"
    r"opposed\s+to|in\s+contrast\s+to|contrary\s+to|differs?\s+from|different\s+from|mimic\w*|"
    r"resembl\w+|far\s+from|than|wrong|incorrect|false|except|besides|other\s+than|difficult|hard|barely|hardly|"
    r"versus|vs|avoid|distractor|although|though|while|whereas|despite|doubt\w*|over(?!all)|"
    r"preferred\s+to|even\s+if|won't|further\s+from)\b|n't\b|✗"
)
CLAIM_DENIED = expression(
    r"(?i)\b(?:not|never|nothing|nobody|no\s+one|hardly\s+any\w*|few\s+would|mistak\w+|worst|weakest|poorest|irresponsible|unwise|unsafe|premature|traps?|little\s+(?:to|evidence|support)|no\s+(?:reason|evidence|basis|grounds)|wrong\s+to|wrongly|erroneous\w*|(?:anything|everything|all)\s+but|neither|nor|cannot|unable|(?:incorrect|wrong|false|"
    r"untrue)(?:\s+\w+)?(?=\s+(?:answers?|options?|choices?|one|statements?|responses?|letters?|"
    r"diagnos[ie]s)\b)|(?<!at\s)least|less|(?:alternative|another|other|second|third|next|"
    r"additional)(?:[\s-]+(?:most|best|closest|likely|possible|plausible|good|tempting|"
    r"common))*\s+(?:answers?|options?|choices?|guess|picks?|diagnos[ie]s|possibility)|tempting|"
    r"distractor|except|difficult|hard|instead\s+of|rather\s+than|unlike|opposed\s+to|"
    r"compared\s+(?:to|with)|common\s+(?:mistake|error)|would\s+have|could\s+have|(?:might|may|could|"
    r"people|some|many|others)\s+(?:be\s+tempted|think|say|argue|initially|often|first)|some\s+(?:would|"
    r"may|might|people|could)|others?\s+(?:would|may|might|could)|"
    r"doubt\w*|students|people|often|(?<!only\s)possible\s+(?:answers?|options?|choices?)|initially|at\s+first|first\s+(?:thought|impression|guess|glance)|was\s+tempted|"
    r"closest\s+competitor|runner|no\s+(?:answer|option)|exclud(?:e[sd]?|ing)|eliminat(?:e[sd]?|ing)|"
    r"rul(?:e|ed|ing)\s+out|reject\w*|dismiss\w*|previous|earlier)\b|n't\b"
)
ASIDE = expression(
    r"(?i)\b(?:instead\s+of|rather\s+than|unlike|compared\s+(?:to|with)|as\s+opposed\s+to|in\s+contrast\s+to|"
    r"contrary\s+to|far\s+from|not|nor|isn't)\s+(?:option\s+|choice\s+)?[(\[]?(?-i:[A-Z])[)\]]?(?![\w'-])"
    r"|(?:\A|(?<=[.;\n]\s))\s*(?:after|having|by|once)\b[^;.\n]{1,120}?,(?=\s*(?:what|the|it|only|we|this|that|one|option)\b)"
    r"|(?:\A|(?<=[.;\n]\s))\s*(?:instead\s+of|rather\s+than|unlike|contrary\s+to|in\s+contrast\s+to|as\s+opposed\s+to|"
    r"far\s+from|compared\s+(?:to|with))\b[^,;.\n]{1,80},"
)
"""What is set aside before a statement and does not deny it: "instead of C, I would say"."""

NO_DOUBT = expression(
    r"(?i)\b(?:(?:no|(?:without|beyond)(?:\s+an?|\s+any)?)\s+(?:doubt|question)|more\s+likely\s+than\s+not|"
    r"by\s+(?:elimination|exclusion)|(?:having|after|by)\s+(?:excluded|excluding|eliminated|eliminating|ruled\s+out|ruling\s+out)\s+"
    r"(?:all\s+)?(?:the\s+)?(?:others?|rest|(?:other|remaining)\s+\w+))\b"
)
"""Words that sound like a denial and are none."""

CONSIDERING = expression(
    r"(?i)\b(?:let(?:'s|\s+us|\s+me)|start\w*|begin\w*|consider(?!ed)\w*|look(?:ing|ed|s)?\s+at|analy[sz]\w+|examin\w+|"
    r"evaluat\w+|compar\w+|discuss\w*)\b"
)
"""Words that turn to an option without saying that it is the answer."""

STILL_POSSIBLE = expression(
    r"(?i)\b(?:only|sole)\b[^,.;]{0,30}?\b(?:cannot|can't|could\s+not|couldn't|not)\s+(?:be\s+)?(?:excluded?|ruled?\s+out|"
    r"eliminated?|dismissed?|discarded?|rejected?)\b"
)
"""Two denials that make a statement: "the only one that cannot be excluded"."""

SUPPOSED = expression(
    r"(?i)\b(?:if(?!\s+(?:I|we|you|one)\s+(?:had|has|have|must|were\s+forced|need|ask|want|insist)|\s+(?:a\s+single|only\s+one|just\s+one)\b|"
    r"\s+(?:forced|pressed|pushed|"
    r"asked|I'm\s+forced|I\s+am\s+forced))|whether|suppose|supposing|assum(?:e|ing)|imagine|unless|"
    r"hypothetically|would\s+have\s+been|were\s+(?:it|there|the)|had\s+(?:it|there|the))\b"
)
ON_CONDITION = expression(
    r"(?i)[)\]\"'*]*,?\s*(?:(?:only\s+)?(?:if|unless|when)\b(?!\s+(?:I|we|you|forced|pressed|pushed|"
    r"asked))|\?)"
)
BREAK = expression(
    r"(?i)\b(?:unlike|compared|contrast|opposed|different|contrary)\b[^,;.\n]{1,80},(?=\s*(?:an?\s|"
    r"the\s)?[\w -]{3,60}\b(?:fits?|is|are|shows?|matches|seems|appears)\b)"
    r"|[;:\n]|\s-\s|->|[.!?]\s|(?<!anything )(?<!everything )(?<!all )\bbut\b|\bhowever\b|\btherefore\b|\bthus\b|"
    r"\bhence\b|\bso\b(?!\s+(?:far|that))|\bthen\b|\byet\b|\bbecause\b|"
    r",\s*(?:it|this|that|the|there|rather|instead|I|we|my|here|and\s+(?:the|it|this|I|my))\b"
)
"""Where the reach of a negation ends."""

UNSURE = expression(
    r"(?i)\b(?:not\s+(?:\w+\s+)?(?:sure|certain|100\s?%)|unsure|uncertain|can(?:no|')t\s+be\s+(?:\w+\s+)?(?:sure|certain)|"
    r"(?:hard|difficult|tough)\s+to\s+(?:say|tell|decide|judge|be\s+sure))\b(?=\s*(?:[,;:.]|but\b|however\b|so\b|\Z))"
)
"""Doubt that a guess may follow, unlike a refusal."""

GIVEN_UP = expression(
    r"(?i)\b(?:(?:I|we)(?:'m|\s+am|\s+are)?\s+(?:really\s+|very\s+|afraid\s+I\s+)?(?:cannot|can't|"
    r"can\s+not|could\s+not|couldn't|unable|not\s+able|do\s+not|don't|not\s+(?:sure|certain|qualified|"
    r"comfortable|trained|a\s+doctor)|unsure|uncertain|won't|will\s+not|have\s+no|lack|must\s+decline|"
    r"decline)|"
    r"(?:am|are)\s+(?:unable|not\s+able|unsure|uncertain)|sorry|apologi[sz]e|as\s+an?\s+(?:ai|artificial|"
    r"language|large\s+language)|language\s+model|not\s+(?:possible|able)\s+to|impossible\s+to|"
    r"(?:cannot|can't|can\s+not|could\s+not|couldn't|not)\s+(?:be\s+)?(?:reliably\s+|definitively\s+|"
    r"safely\s+|accurately\s+|confidently\s+|clearly\s+)?(?:determin\w*|assist|help|provid\w*|view|see|"
    r"access|answer\w*|diagnos\w*|identif\w*|interpret\w*|tell|say|decid\w*|assess\w*|conclu\w*|process|"
    r"analy[sz]e\w*|comply|be\s+sure|establish\w*|evaluat\w*|visible|distinguish\w*|clear|enough|"
    r"sufficient|certain|sure)|"
    r"(?:in|un)sufficient|not\s+enough|no\s+(?:image|picture|clear|sufficient|way|idea|conclusi\w*|"
    r"definit\w*|evidence\s+to)|unclear|indeterminate|inconclusive|difficult\s+to|hard\s+to|"
    r"consult\s+(?:a|an|your|with)|seek\s+(?:medical|professional)|unsure|not\s+sure|uncertain|decline|"
    r"need(?:ed)?\s+(?:more|further|additional)|more\s+(?:information|views|images|context)|"
    r"please\s+(?:provide|upload|share|consult))\b"
    r"|抱歉|对不起|無法|无法|不能|不确定|不清楚|不知道|申し訳|できません|わかりません|分かりません|죄송|수\s?없|모르|lo\s+siento|no\s+puedo|"
    r"no\s+es\s+posible|désolé|je\s+ne\s+(?:peux|sais|suis)|ne\s+peux\s+pas|impossible\s+de|leider|"
    r"kann\s+(?:ich\s+)?(?:nicht|keine)|ich\s+kann|não\s+(?:posso|é\s+possível|consigo)|desculpe|"
    r"mi\s+dispiace|non\s+posso|извините|не\s+могу|невозможно|к\s+сожалению|عذر|لا\s+(?:يمكن|أستطيع)|"
    r"xin\s+lỗi|không\s+thể|maaf|tidak\s+(?:dapat|bisa)|üzgünüm|क्षमा"
)
OPEN_BETWEEN = expression(
    r"(?i)\b(?:between|either|both|torn)\b|\b[A-Z1-9]\s*(?:or|and|/|和|或)\s*[A-Z1-9]\b|\bor\b|或"
)
NONE_FITS = expression(
    r"(?i)\bnone\b\s*(?:of|is|are|apply|\.|\Z)|\bno(?:ne)?\s+(?:correct|suitable|valid|"
    r"right)?\s*(?:option|answer|choice)s?\b|\bneither\b|(?:以上)?(?:都|皆|均)(?:不是|不对|不正确|错)|\bningun[ao]\b|"
    r"\baucun[e]?\b|\bkeine\s+der\b"
)
ALL_FIT = expression(
    r"(?i)\Wall\s+of\s+(?:the\s+)?(?:above|these|them|the\s+options)\W|\Wall\s+(?:the\s+)?(?:options|"
    r"choices|answers)\s+(?:are\s+)?(?:correct|right|true|apply)|以上(?:都|皆|全)(?:是|对|正确)|全选"
)
DANGLING = expression(
    r"(?i)(?:\b(?:is|are|and|or|the|of|an|with|be|to|as|for|in|on|because|but|that|which|from|by|than|"
    r"could|might|would|homogeneous|option|answer|es|la|est|ist|lautet)|答案(?:是|为)?|选|是|为|정답은|答えは|"
    r"[:,(])\s*\Z"
)
"""The reply breaks off where an answer should follow."""
