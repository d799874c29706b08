"""English phrases, as data: what leads to an answer, what judges one, what takes it back or keeps it open."""

import re

_ADVERB = (
    r"(?:(?:definitely|clearly|likely|most\s+likely|probably|therefore|thus|then|indeed|really|still|also|"
    r"certainly|personally|confidently|now|have\s+to|only|strongly)\s+)?"
)
_COPULA = (
    r"(?:is|are|was|would\s+(?:therefore\s+|then\s+)?be|should\s+(?:therefore\s+|then\s+)?be|"
    r"must\s+(?:therefore\s+|then\s+)?be|will\s+be|has\s+to\s+be|seems?(?:\s+to\s+be)?|"
    r"appears?(?:\s+to\s+be)?|remains|becomes|has\s+been|equals|reads|as\s+follows)"
)
_NOUN = (
    r"(?:answers?|ans|options?|choices?|selections?|picks?|responses?|letters?|solutions?|diagnos[ie]s|"
    r"conclusions?|verdicts?|guess|bet|votes?|predictions?|decisions?|judge?ments?|impression|alternative|"
    r"one|match|fit)"
)
# Lower-case words between the noun and the verb: "the answer to this question is"; labels cannot hide there.
_GAP = r"(?:\s(?:(?-i:[a-z][a-z'-]+|I),?)){0,8}?"

STRONG = re.compile(
    rf"(?i)\b(?:(?P<noun>{_NOUN})(?:"
    rf"(?P<gap>{_GAP})\s+{_COPULA}\b(?:\s*[:=])?"
    r"|\s*(?:\([^()\n]{0,30}\)|\[[^\[\]\n]{0,30}\])?\s*[\"'*]{0,3}\s*(?:(?::|=|->|=>)[\s>]*)++"
    r"|(?<=ns)\.(?=\s)|\s+-\s(?=\s*[(\[\"']?(?-i:[A-Z0-9]))"
    r")"
    r"|(?:I|we)(?:'d|'ll|'m|'ve|\s+(?:would|will|should|am|have|must|shall))?(?:\s+be)?\s+"
    + _ADVERB
    + r"(?:chose|chosen|choose|select(?:ed)?|pick(?:ed)?|go(?:ing)?\s+(?:with|for)|went\s+with|opt(?:ed|"
    r"ing)?\s+for|vot(?:e|ing)\s+for|answer|say|guess|"
    r"settled?\s+on|lean(?:ing)?(?:\s+(?:towards?|to))?|suspect|favou?r|believe|think|conclude|propose|"
    r"submit|suggest|bet(?:\s+on)?|stick(?:ing)?\s+with|mark|inclined\s+to(?:wards?)?)"
    r"(?:\s+that)?(?:\s+(?:it|this|that)(?:'s|\s+is|\s+would\s+be|\s+must\s+be))?\b"
    r"|(?:choos(?:e|ing)|select(?:ing|ed)?|pick(?:ing|ed)?|go(?:ing)?\s+with|opt(?:ing)?\s+for|settl(?:e|"
    r"ing)\s+on|vot(?:e|ing)\s+for|lean(?:s|ing)?\s+towards?|stick(?:ing)?\s+with)\s*:?"
    r"|(?:correct|right|best|final)(?:\s+one)?\s*(?:is|:))"
    r"|<(?:final[_ ]?)?(?:answer|ans|choice|option|result|response|output|solution|final)\s?>(?=\s*\S)"
    r"|(?<!\w)####\s"
)
"""Leads to an explicit statement of the answer; the words after it are read as its place."""

BARE_NOUN = re.compile(
    r"(?i)\b(?:(?:the\s+|my\s+)?(?:final|correct|best|right)\s+(?:answer|option|choice)|"
    r"answer\s+(?:choice|option)|answer|ans|final|answer\s+(?:is|"
    r":)?)[ \t]*\n?\s{0,3}(?=[(\[\"']{0,2}(?-i:[A-Z0-9]))"
)
"""The same without any verb or colon: "Answer B", or the heading "Answer" above the letter."""

WEAK = re.compile(
    r"(?i)\b(?:(?:it|this|that|which)(?:'s|\s+(?:is|must\s+be|should\s+be|would\s+be|has\s+to\s+be|"
    r"can\s+only\s+be|will\s+be|seems\s+to\s+be|seems|appears\s+to\s+be|"
    r"looks\s+like|corresponds\s+(?:best\s+)?to|(?:best\s+)?matches|means|indicates|suggests|"
    r"points\s+(?:to|towards)|supports|makes\s+it|leads\s+to|confirms|gives|equals|fits|leaves(?:\s+(?:us|"
    r"me))?(?:\s+(?:only|with))?))\b"
    r"|(?:so|thus|therefore|hence|ergo|consequently|accordingly|conclusion|conclude|leaving(?:\s+(?:us|"
    r"me))?(?:\s+(?:only|with))?|leaves(?:\s+(?:us|me))?(?:\s+(?:only|with))?|left\s+with|i\.?e\.?|namely|"
    r"finally|overall|elimination|instead|ultimately)\b[,:]*"
    r"|(?:seems|looks)\s+(?:like|to\s+be)\b"
    r"|not\b[^.;\n]{1,60}?\bbut(?:\s+rather|\s+instead)?(?:\s+it\s+is|\s+is)?\b"
    r"|(?:is|be|are|match(?:es)?|matched|supports?|favou?rs?|suggests?|indicates?|to|with|by|as|towards?|"
    r"for|than|describes|fits?|meets|satisfies)\s+(?=(?:the\s+)?(?:option|choice|answer|letter)\s)"
    r"|(?:best|most\s+closely|most\s+consistently)\s+(?:matche[sd]|fits?|corresponds|described|"
    r"represented|explained|aligns?|match)(?:\s+(?:to|by|with))?\b"
    r"|(?:consistent|compatible|in\s+keeping)\s+with\b"
    r"|only(?=\s+(?:option\s+|choice\s+)?[(\[]?[A-Z0-9]{1,2}[)\]]?\s+(?:remains|is\s+left|fits)))"
    r"|->|=>|n't\b[^.;\n]{1,60}?\bbut(?:\s+rather|\s+instead)?(?:\s+it\s+is|\s+is)?\b"
)
"""Leads that carry a conclusion only where a closed label follows."""

LIKELY = re.compile(
    r"(?i)(?:\A|(?<=[.,;:!\n-])|\b(?:it|this|that)(?:'s|\s+is))\s*(?:(?:but|so|and|then|it\s+is|"
    r"it's)\s+)?(?:most|very|quite|rather|almost\s+certainly)?\s*\b(?:likely|probably|presumably|"
    r"certainly|definitely|clearly|surely)\b[,:]?"
    r"|\b(?:forced|pressed|pushed|had|have)\s+to\s+(?:choose|pick|guess|answer|select)\b[^,.\n]{0,20},"
)
PERHAPS = re.compile(r"(?i)\b(?:(?:could|might|may)(?:\s+(?:well|also|possibly))?\s+be|possibly|perhaps|maybe)\b[,:]?")
"""An answer named with doubt: taken only where nothing else is named and the reply does not give up."""

_GOOD = (
    r"(?:correct|right|true|accurate|best|valid|likely|probable|appropriate|suitable|consistent|plausible|"
    r"answer|choice|option|one|fit|match|solution|diagnosis|selected|chosen|favou?red|supported|preferred|"
    r"my\s+(?:final\s+)?(?:answer|choice|pick))"
)
JUDGED_GOOD = re.compile(
    r"(?i)[)\]\"'*]*\s*(?:\.\s+(?=is\b))?(?:(?:is|are|was|would\s+be|must\s+be|should\s+be|has\s+to\s+be|"
    r"seems?(?:\s+to\s+be)?|looks?|appears?(?:\s+to\s+be)?|remains?|being|it'?s|=)\s+"
    r"(?:(?:clearly|definitely|therefore|thus|both|all|the|my|most|single|only|indeed|also|more|far|by|"
    r"much|best|very|probably|likely|final|correct|right|overall|obviously|certainly|hence)\s+){0,5}"
    + _GOOD
    + r"\b(?!\s+(?:of|only|if|when|way))|(?:clearly\s+|best\s+|also\s+|only\s+|most\s+closely\s+|"
    r"alone\s+)?(?:fits?|match(?:es)?|applies|remains?|wins|it\s+is|stands\s+out|"
    r"makes\s+(?:the\s+most\s+)?sense|describes|corresponds|aligns|agrees|does(?=\s*(?:[.!]|"
    r"\Z)))\b(?!\s+(?:only|poorly|less))"
    r"|(?:is|are)\s+(?:left|the\s+only\s+one|supported|favou?red|it|what\s+remains|to\s+be\s+chosen)\b"
    r"|would\s+be\s+my\b|✓)"
)
JUDGED_BAD = re.compile(
    r"(?i)[)\]\"'*]*\s*(?:\.\s+(?=is\b))?[,(]?\s*(?:-\s|:\s)?(?:(?:which|that|also|then|therefore|clearly|"
    r"both|however|,)\s+){0,3}"
    r"(?:(?:is|are|was|were|would\s+be|seems?(?:\s+to\s+be)?|looks?|appears?(?:\s+to\s+be)?|can\s+be|"
    r"could\s+be|may\s+be|might\s+be|should\s+be|must\s+be|has\s+been|being)\s+"
    r"(?:(?:clearly|definitely|therefore|thus|also|both|all|the|an?|safely|very|highly|more|easily|likely|"
    r"obviously|most|quite|rather|considered|too|often|certainly|immediately|probably|just)\s+){0,4}"
    r"(?:not\b|n't|un\w+|in(?:correct|consistent|compatible|accurate|appropriate|valid)\b|im(?:probable|"
    r"plausible|possible)\b|wrong|false|less\b|least\b|excluded|eliminated|ruled|dismissed|discarded|"
    r"rejected|removed|out\b|absent|possible|tempting|considered|only\s+(?:if|when|partially|possible)\b|"
    r"never|distractor|worse|weaker|bad\b|poor)"
    r"|(?:cannot|can't|can\s+not|could\s+not|couldn't|do(?:es)?\s+not|do(?:es)?n't|did\s+not|didn't|isn't|"
    r"aren't|wasn't|won't|wouldn't|would\s+not|will\s+not|should\s+not|fails?\b|lacks?\b|contradicts?\b|"
    r"would\s+(?:show|have|look|appear|need|require|also|typically|usually|normally|be\s+(?:darker|larger|"
    r"brighter|smaller|more|less|expected|seen|different|associated|located|characteri[sz]ed))|"
    r"only\s+(?:if|when)|poorly\b|"
    r"(?:can|could|may|might|should)\s+(?:also\s+)?be\s+(?:excluded|ruled|eliminated|considered|dismissed|"
    r"tempting)|"
    r"incorrect|wrong|false\b|excluded|eliminated|unlikely|rejected|✗))"
)
VERDICT_GOOD = re.compile(
    r"(?i)[)\]\"'*.:(\s-]{0,6}(?:(?:this|it)\s+is\s+|is\s+)?(?:the\s+)?(?:correct|right\b(?![ \t]+\w)|"
    r"true|yes\b|✓)"
)
VERDICT_BAD = re.compile(
    r"(?i)[)\]\"'*.:(\s-]{0,6}(?:(?:this|it)\s+is\s+|is\s+)?(?:clearly\s+|"
    r"also\s+)?(?:not\b(?!\s+(?-i:[A-Z])\b)|in(?:correct|consistent|compatible)|wrong|false|unlikely|"
    r"excluded|eliminated|ruled\s+out|no\b|✗|does\s+not|doesn't)"
)
"""What is said of an option right behind its label, for it and against it."""

NEGATION = re.compile(
    r"(?i)\b(?:not|no|non|never|without|unlike|neither|nor|rather\s+than|instead\s+of|exclud\w+|"
    r"eliminat\w+|dismiss\w*|reject\w*|rul(?:e|es|ed|ing)\s+out|absence\s+of|negative\s+for|"
    r"lack(?:s|ing)?|free\s+of|against|cannot|unable|unlikely|less|least|compared\s+(?:to|with)|"
    r"opposed\s+to|in\s+contrast\s+to|contrary\s+to|differs?\s+from|different\s+from|mimic\w*|"
    r"resembl\w+|than|wrong|incorrect|false|except|besides|other\s+than|difficult|hard|barely|hardly|"
    r"versus|vs|avoid|distractor|although|though|while|whereas|despite|doubt\w*|over(?!all)|"
    r"preferred\s+to|even\s+if|won't|further\s+from)\b|n't\b|✗"
)
CLAIM_DENIED = re.compile(
    r"(?i)\b(?:not|never|neither|nor|cannot|unable|(?:incorrect|wrong|false|"
    r"untrue)(?:\s+\w+)?(?=\s+(?:answers?|options?|choices?|one|statements?|responses?|letters?|"
    r"diagnos[ie]s)\b)|(?<!at\s)least|less|(?:alternative|another|other|second|third|next|"
    r"additional)(?:[\s-]+(?:most|best|closest|likely|possible|plausible|good|tempting|"
    r"common))*\s+(?:answers?|options?|choices?|guess|picks?|diagnos[ie]s|possibility)|tempting|"
    r"distractor|except|difficult|hard|instead\s+of|rather\s+than|unlike|opposed\s+to|"
    r"compared\s+(?:to|with)|common\s+(?:mistake|error)|would\s+have|could\s+have|(?:might|may|could|"
    r"people|some|many|others)\s+(?:be\s+tempted|think|say|argue|initially|often|first)|some\s+(?:would|"
    r"may|might|people|could)|others?\s+(?:would|may|might|could)|"
    r"doubt\w*|students|people|often|possible\s+(?:answers?|options?|choices?)|initially|at\s+first|first\s+(?:thought|impression|guess|glance)|was\s+tempted|"
    r"closest\s+competitor|runner|no\s+(?:answer|option)|exclud(?:e[sd]?|ing)|eliminat(?:e[sd]?|ing)|"
    r"rul(?:e|ed|ing)\s+out|reject\w*|dismiss\w*|previous|earlier)\b|n't\b"
)
SUPPOSED = re.compile(
    r"(?i)\b(?:if(?!\s+(?:I|we|you)\s+(?:had|have|must|were\s+forced|need)|\s+(?:forced|pressed|pushed|"
    r"asked|I'm\s+forced|I\s+am\s+forced))|whether|suppose|supposing|assum(?:e|ing)|imagine|unless|"
    r"hypothetically|would\s+have\s+been|were\s+(?:it|there|the)|had\s+(?:it|there|the))\b"
)
ON_CONDITION = re.compile(
    r"(?i)[)\]\"'*]*,?\s*(?:(?:only\s+)?(?:if|unless|when)\b(?!\s+(?:I|we|you|forced|pressed|pushed|"
    r"asked))|\?)"
)
BREAK = re.compile(
    r"(?i)\b(?:unlike|compared|contrast|opposed|different|contrary)\b[^,;.\n]{1,80},(?=\s*(?:an?\s|"
    r"the\s)?[\w -]{3,60}\b(?:fits?|is|are|shows?|matches|seems|appears)\b)"
    r"|[;:\n]|\s-\s|->|[.!?]\s|\bbut\b|\bhowever\b|\btherefore\b|\bthus\b|\bhence\b|\bso\b(?!\s+(?:far|"
    r"that))|\bthen\b|\byet\b|\bbecause\b|"
    r",\s*(?:it|this|that|the|there|rather|instead|I|we|my|here|and\s+(?:the|it|this|I|my))\b"
)
"""Where the reach of a negation ends."""

TAKEN_BACK = re.compile(
    r"(?i)\b(?:wait\b(?!-)|hold\s+on\b|correction\b|on\s+second\s+thoughts?\b|(?:scratch|strike)\s+that\b|"
    r"I\s+(?:have\s+)?made\s+an?\s+(?:mistake|error)|my\s+mistake\b|"
    r"I\s+was\s+wrong\b|let\s+me\s+(?:reconsider|rethink|re-think|correct\b|revise|change)|"
    r"I\s+(?:take\s+(?:that|it)\s+back|misspoke|stand\s+corrected)|oops\b|"
    r"(?<=[.!?\n]\s)no,|I\s+apologi[sz]e\b|that(?:'s|\s+is|\s+was)\s+(?:wrong|incorrect|not\s+right)\b|"
    r"actually,?\s+no\b|revis(?:ed|ing)\b|change\s+my\s+(?:answer|mind)\b)"
    r"|更正|等等|等一下|(?<=[.,!\s])不对|重新考虑|我错了"
)
RECONSIDERED = re.compile(
    r"(?i)\b(?:actually|looking\s+again|looking\s+more\s+closely|re-?examin\w+|reconsider\w*|"
    r"on\s+(?:closer|further|re-?)\s?\w+|upon\s+(?:closer|further|re-?)\s?\w+|after\s+(?:further|closer|"
    r"more|re-?)\s?\w+|thinking\s+again|in\s+fact|or\s+rather|I\s+mean)\b|再看|仔细看|其实|实际上"
)

GIVEN_UP = re.compile(
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
OPEN_BETWEEN = re.compile(
    r"(?i)\b(?:between|either|both|torn)\b|\b[A-Z1-9]\s*(?:or|and|/|和|或)\s*[A-Z1-9]\b|\bor\b|或"
)
NONE_FITS = re.compile(
    r"(?i)\bnone\b\s*(?:of|is|are|apply|\.|\Z)|\bno(?:ne)?\s+(?:correct|suitable|valid|"
    r"right)?\s*(?:option|answer|choice)s?\b|\bneither\b|(?:以上)?(?:都|皆|均)(?:不是|不对|不正确|错)|\bningun[ao]\b|"
    r"\baucun[e]?\b|\bkeine\s+der\b"
)
ALL_FIT = re.compile(
    r"(?i)\Wall\s+of\s+(?:the\s+)?(?:above|these|them|the\s+options)\W|\Wall\s+(?:the\s+)?(?:options|"
    r"choices|answers)\s+(?:are\s+)?(?:correct|right|true|apply)|以上(?:都|皆|全)(?:是|对|正确)|全选"
)
DANGLING = re.compile(
    r"(?i)(?:\b(?:is|are|and|or|the|of|an|with|be|to|as|for|in|on|because|but|that|which|from|by|than|"
    r"could|might|would|homogeneous|option|answer|es|la|est|ist|lautet)|答案(?:是|为)?|选|是|为|정답은|答えは|"
    r"[:,(])\s*\Z"
)
"""The reply breaks off where an answer should follow."""
