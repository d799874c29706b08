"""Radiology reports cut at their headings: FINDINGS, IMPRESSION, INDICATION and the like.

The rules are our own, made from how the reports of MIMIC are laid out; those of the benchmarks that use such reports
are not published.  A heading stands at the beginning of a line and ends in a colon.  Only headings of the list below
end a section: "CT OF THE PELVIS:" within the findings is part of them.
"""

import re

HEADINGS = (
    "ADDENDUM", "ADMITTING DIAGNOSIS", "CLINICAL HISTORY", "CLINICAL INDICATION", "CLINICAL INFORMATION", "COMMENT",
    "COMPARISON", "COMPARISONS", "COMPARISON STUDY", "CONCLUSION", "CONTRAST", "DOSE", "EXAM", "EXAMINATION",
    "FINAL REPORT", "FINDINGS", "HISTORY", "IMPRESSION", "INDICATION", "MEDICAL CONDITION", "NOTIFICATION",
    "PROCEDURE", "REASON FOR EXAM", "REASON FOR EXAMINATION", "REASON FOR THE EXAM", "REASON FOR THE STUDY",
    "REASON FOR THIS EXAMINATION", "RECOMMENDATION", "RECOMMENDATIONS", "STUDY", "TECHNIQUE", "WET READ",
)  # fmt: skip

REASONS = (
    "INDICATION", "CLINICAL INDICATION", "REASON FOR THIS EXAMINATION", "REASON FOR EXAMINATION", "REASON FOR EXAM",
    "REASON FOR THE EXAM", "REASON FOR THE STUDY", "CLINICAL HISTORY", "CLINICAL INFORMATION", "HISTORY",
)  # fmt: skip
"""Headings under which the reason for an examination stands, the most telling first."""

_CUT = re.compile(
    rf"^[ \t]*(?:(?P<heading>{'|'.join(sorted(HEADINGS, key=len, reverse=True))})[ \t]*:"
    r"|_{10,}[ \t]*$|FINAL REPORT[ \t]*$)",
    re.MULTILINE | re.IGNORECASE,
)


def sections(report: str) -> dict[str, str]:
    """Return the text under each heading, white space evened out; of several of one name the first that has any."""
    found: dict[str, str] = {}
    cuts = list(_CUT.finditer(report))
    ends = [cut.start() for cut in cuts[1:]] + [len(report)]
    for cut, end in zip(cuts, ends, strict=True):
        heading, text = (cut["heading"] or "").upper(), " ".join(report[cut.end() : end].split())
        if heading and text:
            found.setdefault(heading, text)
    return found


def reason(found: dict[str, str]) -> str:
    """Return why the examination was made, empty where the report does not say."""
    return next((found[heading] for heading in REASONS if heading in found), "")
