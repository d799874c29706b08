"""Names that columns of question tables bear, in English and Chinese and some others; case and signs aside."""

import re
from collections.abc import Iterable, Sequence

QUESTION = (
    "question", "questiontext", "query", "stem", "questionstem", "problem", "prompt", "q", "instruction", "input",
    "text", "问题", "題目", "题目", "题干", "提问", "質問", "pregunta", "frage",
)  # fmt: skip
ANSWER = (
    "answer", "correctanswer", "rightanswer", "goldanswer", "correctoption", "correctchoice", "correct", "answerkey",
    "right", "answeridx", "answerindex", "answerid", "answerletter", "answeroption", "gold", "goldlabel", "groundtruth",
    "gt", "gtanswer", "truth", "key", "cop", "ans", "solution", "reference", "referenceanswer", "答案", "正确答案",
    "参考答案", "标准答案", "正解", "respuesta", "antwort",
)  # fmt: skip
WEAK_ANSWER = ("label", "target", "output", "response", "class", "category", "diagnosis", "标签", "诊断")
"""Names that may mean the answer, or something else."""
CAPTION = ("caption", "report", "description", "findings", "impression", "报告", "描述", "影像所见")
OPTIONS = (
    "options", "choices", "answerchoices", "answeroptions", "candidates", "alternatives", "optionlist",
    "possibleanswers", "选项", "選項", "opciones",
)  # fmt: skip
ID = (
    "id", "qid", "questionid", "qaid", "sampleid", "uid", "uuid", "guid", "index", "idx", "rowid", "row", "number",
    "no", "nr", "编号", "序号",
)  # fmt: skip
SPLIT = ("split", "subset", "set", "partition", "fold", "phase", "usage", "数据集划分")
CLUSTER = (
    "patient", "patientid", "subjectid", "pid", "personid", "患者", "病人", "患者编号", "病人编号", "患者id",
    "case", "caseid", "study", "studyid", "exam", "examid", "accession", "encounter",
    "slide", "slideid", "wsi", "specimen", "volume", "volumeid", "series", "seriesid", "scan", "scanid",
)  # fmt: skip
"""From what is shared most widely to what is shared least: patient, study, slide, volume."""
CONTEXT = (
    "context", "contexts", "passage", "abstract", "history", "clinicalhistory", "background", "vignette",
    "indication", "病史", "背景",
)  # fmt: skip
AXES = {
    "modality": ("modality", "imagingmodality", "imagetype", "scantype", "模态", "成像方式", "检查方式"),
    "organ": ("organ", "bodypart", "anatomy", "location", "bodyregion", "部位", "器官"),
    "department": ("department", "specialty", "speciality", "科室"),
    "task": ("task", "taskname", "clinicaltask", "clinicalvqatask"),
    "granularity": ("granularity", "perceptualgranularity"),
    "subject": ("subject", "subjectname", "topic", "discipline", "学科"),
    "question": ("questiontype", "qtype", "contenttype", "answertype", "问题类型", "题型"),
    "language": ("language", "lang", "qlang", "语言"),
}
"""Axis of the tree to the names of columns that fill it."""
SPLITS = ("test", "testing", "val", "valid", "validation", "validate", "dev", "train", "training")
"""Names of splits, the one to evaluate on first."""

_OPTION = re.compile(r"(option|opt|op|choice|answer|ans|candidate|选项|選項|)([a-z]|\d{1,2})")


def bare(name: str) -> str:
    """Return the letters and digits of a name, case aside: "Correct Answer" is "correctanswer"."""
    return "".join(re.findall(r"[^\W_]+", name.casefold()))


def named(columns: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return the columns that bear one of the names, in the order of the names."""
    ranks = {name: rank for rank, name in enumerate(names)}
    found = [column for column in columns if bare(column) in ranks]
    return sorted(found, key=lambda column: ranks[bare(column)])


def axis_of(column: str) -> str:
    """Return the axis that a column fills by its name, or by a word of it; empty where it says none."""
    words = {*re.split(r"[\W_]+", column.casefold()), bare(column)}
    return next((axis for axis, names in AXES.items() if words & set(names)), "")


def option_columns(columns: Iterable[str]) -> list[str]:
    """Return the columns with one option each, "A", "B" … or "option 1", "option 2" …; none where fewer than two."""
    rows: dict[tuple[str, bool], dict[int, str]] = {}
    for column in columns:
        match = _OPTION.fullmatch(bare(column))
        if match:
            stem, mark = match.groups()
            at = int(mark) if mark.isdigit() else ord(mark) - ord("a") + 1
            rows.setdefault((stem, mark.isdigit()), {})[at] = column
    best: list[str] = []
    for found in rows.values():
        first = 0 if 0 in found else 1
        run = [found[at] for at in range(first, first + len(found)) if at in found]
        if len(run) == len(found) and len(run) > max(1, len(best)):
            best = run
    return best


def split_of(name: str) -> str:
    """Return the split that a file or folder is named after; empty where it says none."""
    words = re.findall(r"[a-z]+", name.casefold())
    return next((split for split in SPLITS if split in words), "")
