"""Folders laid out as the benchmarks of MultiMedBench are published: real names and columns, invented contents."""

import csv
import gzip
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.samples.pictures import dicom, encoded

Cells = Mapping[str, Any]


def write_sheet(path: Path, rows: Sequence[Cells], columns: Sequence[str] = ()) -> Path:
    """Write a CSV, gzipped where its name says so; without columns it has those of the first row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_bytes(path: Path, data: bytes) -> Path:
    """Write a file, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def photograph(number: int, size: tuple[int, int] = (40, 30), form: str = "JPEG") -> bytes:
    """Return a picture of one colour that no other number gives."""
    return encoded(Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, 120)), form)


# --- questions in text


def medqa(folder: Path) -> Path:
    """Write two questions of MedQA's test file."""
    rows = [
        {
            "question": f"A {age}-year-old man coughs. Which drug is next?",
            "answer": "Aspirin",
            "options": {"A": "Aspirin", "B": "Codeine", "C": "Insulin", "D": "Warfarin"},
            "meta_info": "step1",
            "answer_idx": "A",
            "metamap_phrases": ["man", "coughs"],
        }
        for age in (40, 50)
    ]
    write_bytes(folder / "phrases_no_exclude_test.jsonl", "\n".join(map(json.dumps, rows)).encode())
    return folder


def medmcqa(folder: Path) -> Path:
    """Write two questions of MedMCQA's dev file, right options counted from one."""
    rows = [
        {
            "question": f"Which nerve is cut in case {right}?", "exp": None, "cop": right, "opa": "Ulnar",
            "opb": "Median", "opc": "Radial", "opd": "Axillary", "subject_name": "Anatomy", "topic_name": None,
            "id": f"id-{right}", "choice_type": "single",
        }
        for right in (1, 4)
    ]  # fmt: skip
    write_bytes(folder / "dev.json", "\n".join(map(json.dumps, rows)).encode())
    return folder


def pubmedqa(folder: Path) -> Path:
    """Write three abstracts of PubMedQA, two of them in the test split."""
    rows = {
        f"{10 + number}": {
            "QUESTION": f"Does drug {number} help?", "CONTEXTS": ["It was tried.", "It helped."],
            "LABELS": ["AIM", "RESULTS"], "MESHES": ["Humans"], "YEAR": "2010", "reasoning_required_pred": said,
            "reasoning_free_pred": said,
            "final_decision": said, "LONG_ANSWER": "It does.",
        }
        for number, said in enumerate(("yes", "no", "maybe"))
    }  # fmt: skip
    write_bytes(folder / "ori_pqal.json", json.dumps(rows).encode())
    write_bytes(folder / "test_ground_truth.json", b'{"10": "yes", "11": "no"}')
    return folder


# --- questions on pictures


def vqa_rad(folder: Path) -> Path:
    """Write three questions of VQA-RAD, two of them in the test split, one of these closed."""
    rows = [
        {
            "qid": str(number), "phrase_type": phrase, "qid_linked_id": "l", "image_case_url": "https://medpix",
            "image_name": f"synpic{number}.jpg", "image_organ": "CHEST", "evaluation": "evaluated",
            "question": question, "question_rephrase": "NULL", "question_relation": "NULL", "question_frame": "NULL",
            "question_type": kind, "answer": answer, "answer_type": form,
        }
        for number, (phrase, question, kind, answer, form) in enumerate([
            ("test_freeform", "Is there an effusion?", "PRES", "Yes", "CLOSED"),
            ("test_para", "Which lobe is dark?", "POS", "left upper lobe", "OPEN"),
            ("freeform", "Is the heart large?", "SIZE", "No", "CLOSED"),
        ])
    ]  # fmt: skip
    for row in rows:
        write_bytes(folder / "images" / row["image_name"], photograph(int(row["qid"])))
    write_bytes(folder / "VQA_RAD Dataset Public.json", json.dumps(rows).encode())
    return folder


def slake(folder: Path) -> Path:
    """Write three questions of Slake's test file on two pictures, one of them Chinese."""
    rows = [
        {
            "img_id": image, "img_name": f"xmlab{image}/source.jpg", "question": question, "answer": answer,
            "q_lang": language, "location": "Lung", "modality": "CT", "answer_type": "OPEN", "base_type": "vqa",
            "triple": ["vhead", "_", "_"], "qid": 100 + number, "content_type": "Organ",
        }
        for number, (image, question, answer, language) in enumerate([
            (1, "Which organ is shown?", "Lung", "en"),
            (1, "Is the lung healthy?", "No", "en"),
            (2, "图中有心脏吗?", "没有", "zh"),
        ])
    ]  # fmt: skip
    for image in (1, 2):
        write_bytes(folder / f"imgs/xmlab{image}/source.jpg", photograph(image))
    write_bytes(folder / "test.json", json.dumps(rows, ensure_ascii=False).encode())
    return folder


def path_vqa(folder: Path) -> Path:
    """Write a Parquet part of PathVQA's test split: picture, question, answer; two questions on one picture."""
    import pyarrow
    import pyarrow.parquet

    rows = [
        {"image": {"bytes": photograph(1), "path": "a.jpg"}, "question": "is necrosis present?", "answer": "yes"},
        {"image": {"bytes": photograph(1), "path": "a.jpg"}, "question": "what is present?", "answer": "giant cells"},
        {"image": {"bytes": photograph(2), "path": "b.jpg"}, "question": "what is shown?", "answer": "kidney"},
    ]
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "test-00000-of-00001.parquet")
    return folder


# --- reports


NOTE = """\
[**2150-3-4**] 10:25 AM
 {description}                    Clip # [**Clip Number (Radiology) 23**]
 Reason: {reason}
______________________________________________________________________________
 [**Hospital 2**] MEDICAL CONDITION:
  70 year old man who fell
 REASON FOR THIS EXAMINATION:
  {reason}
______________________________________________________________________________
                                 FINAL REPORT
 HISTORY:  A fall.

 TECHNIQUE:  Axial pictures without contrast.

 FINDINGS:  {findings}
 CT OF THE BASE:  No fracture
 is seen.

 IMPRESSION:  {impression}
"""


def note(number: int, description: str, **said: Any) -> dict[str, Any]:
    """Return a row of NOTEEVENTS with a report; `findings`, `impression` and any column may be said."""
    texts = {
        "findings": "No bleeding is seen, as told to [**Name 5**].",
        "impression": "No bleeding and no fracture.",
        **said,
    }
    text = NOTE.format(description=description, reason="bleeding?", **{k: texts[k] for k in ("findings", "impression")})
    return {
        "ROW_ID": number, "SUBJECT_ID": 100 + number, "HADM_ID": 1, "CHARTDATE": "2150-03-04",
        "CHARTTIME": "2150-03-04 10:25:00", "STORETIME": "", "CATEGORY": "Radiology", "DESCRIPTION": description,
        "CGID": "", "ISERROR": "", "TEXT": text,
        **{column: value for column, value in said.items() if column.isupper()},
    }  # fmt: skip


def mimic_iii(folder: Path, name: str = "NOTEEVENTS.csv.gz") -> Path:
    """Write forty head CTs of forty patients, one report of each other pair, and six notes that are not asked."""
    others = [
        "CT ABDOMEN W/CONTRAST", "CT CHEST W/O CONTRAST", "CT C-SPINE W/O CONTRAST", "CT NECK W/CONTRAST",
        "MR HEAD W & W/O CONTRAST", "MR L SPINE SCAN", "MR ABDOMEN W/O CONTRAST", "MRI PELVIS", "MR NECK",
        "CT SINUS/MANDIBLE/MAXILLOFACIAL W/O CONTRAST",
    ]  # fmt: skip
    rows = [note(number, "CT HEAD W/O CONTRAST") for number in range(40)]
    rows += [note(40 + number, description) for number, description in enumerate(others)]
    rows += [
        note(60, "CHEST (PORTABLE AP)"),
        note(61, "CT LOW EXT W/O C"),
        note(62, "CT HEAD W/O CONTRAST", ISERROR="1"),
        note(63, "CT HEAD W/O CONTRAST", CATEGORY="Nursing"),
        note(64, "CT HEAD W/O CONTRAST", findings="word " * 601),
        note(65, "CT HEAD W/O CONTRAST", impression=""),
    ]
    write_sheet(folder / name, rows)
    return folder


REPORT = """\
                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 INDICATION:  ___F with cough

 COMPARISON: None.

 FINDINGS:

 {findings}

 IMPRESSION:

 No pneumonia.
"""

CONDITIONS = (
    "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum", "Fracture", "Lung Lesion",
    "Lung Opacity", "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia", "Pneumothorax", "Support Devices",
)  # fmt: skip


def mimic_cxr(folder: Path, *, zipped: bool = False, end: str = ".gz") -> Path:
    """Write MIMIC-CXR: four test studies with seven views, a training and a validation study without files.

    The third test study's findings are too long, the fourth report has no findings. The reports lie beside the
    pictures, or in the archive as they are published.
    """
    studies = {51: ("PA", "LATERAL"), 52: ("AP", ""), 53: ("AP", "LL"), 54: ("AP",)}
    findings = {51: "The lungs are\n clear.", 52: "A small effusion.", 53: "Long. " * 140}
    views = [(f"v{study}-{at}", study, view) for study, seen in studies.items() for at, view in enumerate(seen)]
    views += [("v90-0", 90, "AP"), ("v91-0", 91, "PA")]
    ids = [{"dicom_id": name, "study_id": f"5000{s}", "subject_id": f"100000{s}"} for name, s, _ in views]
    splits = {90: "train", 91: "validate"}
    write_sheet(
        folder / f"mimic-cxr-2.0.0-split.csv{end}",
        [{**row, "split": splits.get(study, "test")} for row, (_, study, _) in zip(ids, views, strict=True)],
    )
    write_sheet(
        folder / f"mimic-cxr-2.0.0-metadata.csv{end}",
        [{**row, "ViewPosition": view, "Rows": 30, "Columns": 40} for row, (*_, view) in zip(ids, views, strict=True)],
    )
    said = {
        51: {"No Finding": "1.0"},
        52: {"Pleural Effusion": "1.0", "Edema": "-1.0", "Cardiomegaly": "0.0"},
        53: {"Atelectasis": "1.0", "Cardiomegaly": "1.0", "Consolidation": "1.0", "Edema": "1.0"},
    }
    write_sheet(
        folder / f"mimic-cxr-2.0.0-chexpert.csv{end}",
        [{"subject_id": f"100000{s}", "study_id": f"5000{s}", **said.get(s, {})} for s in (*studies, 90, 91)],
        ("subject_id", "study_id", *CONDITIONS),
    )
    for number, (name, study, _) in enumerate(views):
        if study not in splits:
            write_bytes(folder / f"files/p10/p100000{study}/s5000{study}/{name}.jpg", photograph(number, (400, 300)))
    reports = {
        f"files/p10/p100000{study}/s5000{study}.txt": REPORT.format(findings=findings[study]) if study in findings
        else "                                 WET READ: ___\n\n A line was placed.\n"
        for study in studies
    }  # fmt: skip
    if zipped:
        with zipfile.ZipFile(folder / "mimic-cxr-reports.zip", "w") as archive:
            for name, text in reports.items():
                archive.writestr(name, text)
    else:
        for name, text in reports.items():
            write_bytes(folder / name, text.encode())
    return folder


def montgomery(folder: Path) -> Path:
    """Write Montgomery County's set: two normal chests and one with tuberculosis."""
    for number, found in enumerate((0, 0, 1)):
        write_bytes(folder / f"CXR_png/MCUCXR_000{number}_{found}.png", photograph(number, form="PNG"))
        write_bytes(folder / f"ClinicalReadings/MCUCXR_000{number}_{found}.txt", b"normal")
    return folder


# --- mammography


def vindr_mammo(folder: Path) -> Path:
    """Write VinDr-Mammo: ten test and two training pictures of three studies, 12 bits in 16, white as zero."""
    rows = []
    for number in range(12):
        study = f"study{number // 4}"
        row = {
            "study_id": study, "series_id": "series", "laterality": "LR"[number % 2],
            "view_position": ("CC", "MLO")[number // 2 % 2], "image_id": f"image{number}", "height": 32, "width": 24,
            "breast_birads": f"BI-RADS {number % 5 + 1}", "breast_density": "DENSITY C",
            "split": "test" if number < 10 else "training",
        }  # fmt: skip
        pixels = np.arange(32 * 24, dtype="uint16").reshape(32, 24)
        pixels[number] = 4000
        data = dicom(pixels, PhotometricInterpretation="MONOCHROME1", BitsStored=12, Modality="MG")
        write_bytes(folder / "images" / study / f"image{number}.dicom", data)
        rows.append(row)
    write_sheet(folder / "breast-level_annotations.csv", rows)
    return folder


STUDY, CROPPED, MASK = "1.3.6.1.4.1.9590.100.1.2.41", "1.3.6.1.4.1.9590.100.1.2.42", "1.3.6.1.4.1.9590.100.1.2.43"


def cbis_ddsm(folder: Path, kind: str = "mass") -> Path:
    """Write CBIS-DDSM as it is downloaded: six test lesions, and each way in which their files may lie.

    0: cut and mask in one series; 1: in one, the mask first; 2: in two series; 3: in two, which the sheet names the
    wrong way round; 4: in folders named by series; 5: nothing is there.
    """
    mass = kind == "mass"
    short, parts = ("Mass", ("mass shape", "mass margins")) if mass else ("Calc", ("calc type", "calc distribution"))
    rows = []
    for number in range(6):
        case = f"{short}-Test_P_0001{number}_LEFT_CC_1"
        series = [f"{CROPPED}{number}", f"{CROPPED if number < 2 else MASK}{number}"]
        row = {
            "patient_id": f"P_0001{number}", "breast_density" if mass else "breast density": 3,
            "left or right breast": "LEFT", "image view": "CC", "abnormality id": 1, "abnormality type": kind,
            parts[0]: "OVAL", parts[1]: "ILL_DEFINED", "assessment": 4,
            "pathology": ("BENIGN", "BENIGN_WITHOUT_CALLBACK", "MALIGNANT")[number % 3], "subtlety": 4,
            "image file path": f"{case[:-2]}/{STUDY}/{STUDY}/000000.dcm",
            "cropped image file path": f"{case}/{STUDY}/{series[number == 3]}/000000.dcm",
            "ROI mask file path": f"{case}/{STUDY}/{series[number != 3]}/000001.dcm\n",
        }  # fmt: skip
        rows.append(row)
        pixels = np.arange(20 * 16, dtype="uint16").reshape(20, 16) * 100
        pixels[number] = 40_000
        cut = dicom(pixels, Modality="MG", SeriesDescription="cropped images")
        whole = np.zeros((60, 50), "uint8")
        whole[20:40, 10:26] = 255
        mask = dicom(whole, Modality="MG", SeriesDescription="ROI mask images")
        named = folder / "CBIS-DDSM" / case / "10-04-2016-DDSM-NA-30104"
        if number < 2:
            for at, data in enumerate((cut, mask) if number == 0 else (mask, cut), start=1):
                write_bytes(named / "1.000000-ROI mask images-14172" / f"1-{at}.dcm", data)
        elif number < 4:
            write_bytes(named / "1.000000-cropped images-70423" / "1-1.dcm", cut)
            write_bytes(named / "1.000000-ROI mask images-14172" / "1-1.dcm", mask)
        elif number == 4:
            write_bytes(folder / "flat" / f"{CROPPED}{number}" / "1-1.dcm", cut)
            write_bytes(folder / "flat" / f"{MASK}{number}" / "1-1.dcm", mask)
    write_sheet(folder / f"{short.lower()}_case_description_test_set.csv", rows)
    return folder


# --- dermatology


PAD_COLUMNS = (
    "patient_id", "lesion_id", "smoke", "drink", "background_father", "background_mother", "age", "pesticide",
    "gender", "skin_cancer_history", "cancer_history", "has_piped_water", "has_sewage_system", "fitspatrick",
    "region", "diameter_1", "diameter_2", "diagnostic", "itch", "grew", "hurt", "changed", "bleed", "elevation",
    "img_id", "biopsed",
)  # fmt: skip
DIAGNOSES = ("NEV", "BCC", "SCC", "ACK", "SEK", "MEL")


def pad_ufes_20(folder: Path) -> Path:
    """Write PAD-UFES-20: ten lesions of each class over three folders; of every other patient little is known."""
    rows = []
    for number in range(60):
        name = f"PAT_{number}_{number}_1.png"
        known = {
            "smoke": False, "drink": True, "background_father": "POMERANIA", "background_mother": "ITALY",
            "pesticide": False, "gender": "FEMALE", "skin_cancer_history": True, "cancer_history": False,
            "has_piped_water": True, "has_sewage_system": True, "fitspatrick": "3.0", "diameter_1": "6.0",
            "diameter_2": "5.0",
        }  # fmt: skip
        rows.append({
            "patient_id": f"PAT_{number}", "lesion_id": number, "age": 55, "region": "NECK",
            "diagnostic": DIAGNOSES[number % 6], "itch": True, "grew": "UNK", "hurt": False, "changed": False,
            "bleed": False, "elevation": True, "img_id": name, "biopsed": True, **(known if number % 2 else {}),
        })  # fmt: skip
        part = folder / f"imgs_part_{number % 3 + 1}"
        write_bytes((part / part.name if number % 3 else part) / name, photograph(number, form="PNG"))
    write_sheet(folder / "metadata.csv", rows, PAD_COLUMNS)
    return folder


# --- genomics


def _field(number: int, data: bytes) -> bytes:
    """Return a message's field of bytes, as protobuf lays it out."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])


def example(**features: bytes | int | Sequence[int]) -> bytes:
    """Return a tf.Example, laid out by hand: what is read back was written by nobody's library."""
    entries = b""
    for name, value in features.items():
        if isinstance(value, bytes):
            kind = _field(1, _field(1, value))
        else:
            numbers = [value] if isinstance(value, int) else value
            kind = _field(3, _field(1, b"".join(map(_varint, numbers))))
        entries += _field(1, _field(1, name.replace("__", "/").encode()) + _field(2, kind))
    return _field(1, entries)


def candidate(position: int, copies: int, kind: int, **more: Any) -> bytes:
    """Return an example as make_examples writes it: channel c of every pixel is 40 · c + copies."""
    pileup = np.broadcast_to(np.arange(6, dtype="uint8") * 40 + copies, (100, 221, 6))
    return example(**{
        "image__encoded": pileup.tobytes(), "image__shape": (100, 221, 6), "label": copies, "variant_type": kind,
        "locus": f"chr20:{position}-{position}".encode(), "alt_allele_indices__encoded": b"\x0a\x01\x00",
        "variant__encoded": b"", "sequencing_type": 1, **more,
    })  # fmt: skip


def record(data: bytes) -> bytes:
    """Return a record of a TFRecord file."""
    import google_crc32c

    def total(part: bytes) -> bytes:
        plain = google_crc32c.value(part)
        return struct.pack("<I", ((plain >> 15 | plain << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(data))
    return length + total(length) + data + total(data)


def deepvariant(folder: Path) -> Path:
    """Write two shards with six candidates of the region, SNPs and indels of each genotype, and one beyond it."""
    found = [candidate(3_000_064 + 50 * n, n % 3, 1 + n // 3) for n in range(6)] + [candidate(9_444_418, 1, 1)]
    for shard in range(2):
        data = b"".join(map(record, found[shard::2]))
        write_bytes(folder / f"make_examples.tfrecord-0000{shard}-of-00002.gz", gzip.compress(data))
    write_bytes(folder / "gvcf.tfrecord-00000-of-00001.gz", gzip.compress(record(b"no example")))
    return folder
