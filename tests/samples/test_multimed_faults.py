"""What is missing, damaged or not as published in a folder of MultiMedBench is told: which file, row and column."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import multimed
from tests.samples.multimed import candidate, example, record, write_bytes, write_sheet
from tests.samples.test_multimed import CATALOG, add
from vqa_eval.errors import DataError
from vqa_eval.samples import home
from vqa_eval.samples.layouts import deepvariant_examples, mimic_cxr, mimic_cxr_chexpert, mimic_iii, pad_ufes_20
from vqa_eval.samples.layouts.mimic_iii import pair_of
from vqa_eval.samples.tables.sections import reason, sections
from vqa_eval.samples.tables.sheets import read_sheet
from vqa_eval.samples.tables.tfrecords import masked_sum, read_examples

pytest.importorskip("pydicom", reason="mammograms need vqa-eval[dicom]")
pytest.importorskip("google_crc32c", reason="DeepVariant's examples need vqa-eval[genomics]")


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file, gzipped or not."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()).decode()).encode()))
    else:
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


LAID_OUT: dict[str, tuple[Callable[[Path], Path], str]] = {
    "mimic-iii-summarization": (multimed.mimic_iii, "NOTEEVENTS.csv.gz"),
    "mimic-cxr-reports": (multimed.mimic_cxr, "mimic-cxr-2.0.0-split.csv.gz"),
    "mimic-cxr-classification": (multimed.mimic_cxr, "mimic-cxr-2.0.0-chexpert.csv.gz"),
    "vindr-mammo": (multimed.vindr_mammo, "breast-level_annotations.csv"),
    "cbis-ddsm-mass": (multimed.cbis_ddsm, "mass_case_description_test_set.csv"),
    "pad-ufes-20": (multimed.pad_ufes_20, "metadata.csv"),
}


@pytest.mark.parametrize("benchmark", LAID_OUT)
def test_a_missing_file_is_named_with_how_it_is_got(benchmark: str, tmp_path: Path) -> None:
    """Without one of its sheets a folder is refused: the file is named, the hint says how the data are got."""
    build, name = LAID_OUT[benchmark]
    build(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DataError) as raised:
        add(benchmark, tmp_path)
    assert name.removesuffix(".gz") in f"{raised.value.message} {raised.value.hint}"
    assert CATALOG.tasks[benchmark].obtain in raised.value.hint
    assert not [*home().rglob("*.sqlite")]


def test_the_second_of_two_sheets_is_missed_too(tmp_path: Path) -> None:
    """Where some files of a layout are there, those that are not are named, and no others."""
    multimed.mimic_cxr(tmp_path)
    (tmp_path / "mimic-cxr-2.0.0-metadata.csv.gz").unlink()
    with pytest.raises(DataError, match=r"there is no mimic-cxr-2\.0\.0-metadata\.csv\*$"):
        add("mimic-cxr-reports", tmp_path)


def test_a_shard_without_examples_is_named(tmp_path: Path) -> None:
    """Of two shards the second is missing: it is named, and nothing is read."""
    multimed.deepvariant(tmp_path)
    (tmp_path / "make_examples.tfrecord-00001-of-00002.gz").unlink()
    with pytest.raises(DataError, match=r"no shard make_examples\.tfrecord-00001-of-00002\.gz"):
        add("precisionfda-variant-calling", tmp_path)


@pytest.mark.parametrize(
    ("benchmark", "column"),
    [
        ("mimic-iii-summarization", "DESCRIPTION"),
        ("mimic-cxr-reports", "study_id"),
        ("mimic-cxr-classification", "Edema"),
        ("vindr-mammo", "breast_birads"),
        ("cbis-ddsm-mass", "ROI mask file path"),
        ("pad-ufes-20", "fitspatrick"),
    ],
)
def test_a_missing_column_is_named(benchmark: str, column: str, tmp_path: Path) -> None:
    """A sheet with a column less says which."""
    build, name = LAID_OUT[benchmark]
    build(tmp_path)
    rewrite(tmp_path / name, lambda text: text.replace(column, "other", 1))
    with pytest.raises(DataError, match=f"no column '{column}'; found:"):
        add(benchmark, tmp_path)


@pytest.mark.parametrize(
    ("benchmark", "before", "after", "told"),
    [
        ("mimic-cxr-reports", ",test", ",tset", r"row 1, column split: 'tset' is none of train, validate, test"),
        ("mimic-cxr-classification", "1.0", "2.0", r"row 1, column No Finding: '2.0' is none of 1.0, 0.0, -1.0"),
        ("vindr-mammo", "BI-RADS 3", "BI-RADS 6", r'row 3, column breast_birads: "BI-RADS 6" is not one of BI-RADS 1'),
        ("cbis-ddsm-mass", "MALIGNANT", "MALIGN", r"row 3, column pathology: 'MALIGN' is none of BENIGN"),
        ("pad-ufes-20", "MEL", "BOD", r'row 6, column diagnostic: "BOD" is not one of NEV, BCC'),
    ],
)
def test_a_strange_value_is_named(benchmark: str, before: str, after: str, told: str, tmp_path: Path) -> None:
    """A split, label or class that the release does not have names file, row and column, and what it would be."""
    build, name = LAID_OUT[benchmark]
    build(tmp_path)
    rewrite(tmp_path / name, lambda text: text.replace(before, after, 1))
    with pytest.raises(DataError, match=told):
        add(benchmark, tmp_path)


def test_a_report_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A view whose report is neither a file nor in the archive is an error, not a sample less."""
    multimed.mimic_cxr(tmp_path)
    (tmp_path / "files/p10/p10000052/s500052.txt").unlink()
    with pytest.raises(DataError, match=r"row 3: no report files/p10/p10000052/s500052\.txt"):
        list(mimic_cxr.rows(tmp_path))


def test_a_broken_archive_of_reports_is_named(tmp_path: Path) -> None:
    """An archive that is none is told before anything is read."""
    multimed.mimic_cxr(tmp_path, zipped=True)
    (tmp_path / "mimic-cxr-reports.zip").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"mimic-cxr-reports\.zip: broken archive"):
        list(mimic_cxr.rows(tmp_path))


def test_an_encrypted_report_is_told(tmp_path: Path) -> None:
    """A report that is packed under a password is an error with archive and name."""
    multimed.mimic_cxr(tmp_path, zipped=True)
    path = tmp_path / "mimic-cxr-reports.zip"
    packed = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = packed.find(signature)
        while place >= 0:
            packed[place + at] |= 1
            place = packed.find(signature, place + 1)
    path.write_bytes(bytes(packed))
    with pytest.raises(DataError, match=r"mimic-cxr-reports\.zip, files/.*encrypted"):
        list(mimic_cxr.rows(tmp_path))


def test_sheets_of_two_versions_are_told(tmp_path: Path) -> None:
    """A picture of the split sheet that the metadata do not know is named."""
    multimed.mimic_cxr(tmp_path)
    rewrite(tmp_path / "mimic-cxr-2.0.0-metadata.csv.gz", lambda text: text.replace("v52-1", "v52-7"))
    with pytest.raises(DataError, match=r"row 4: picture v52-1 is not in mimic-cxr-2\.0\.0-metadata\.csv"):
        list(mimic_cxr_chexpert.rows(tmp_path))


def test_absent_pictures_are_counted(tmp_path: Path) -> None:
    """Pictures that are not there leave their samples, which count as without a picture."""
    multimed.pad_ufes_20(tmp_path)
    for path in tmp_path.rglob("PAT_1*.png"):
        path.unlink()
    (about,) = add("pad-ufes-20", tmp_path)
    assert (60, 11) == (about.samples, about.pictures_missing)


def test_a_broken_mammogram_is_named(tmp_path: Path) -> None:
    """A file that should be a lesion and is no DICOM names itself."""
    multimed.cbis_ddsm(tmp_path)
    broken = tmp_path / "flat" / f"{multimed.CROPPED}4" / "1-1.dcm"
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"1-1\.dcm: no DICOM picture"):
        add("cbis-ddsm-mass", tmp_path)


def test_a_lesion_of_which_only_the_mask_is_there_has_no_picture(tmp_path: Path) -> None:
    """A mask never stands in for the lesion."""
    multimed.cbis_ddsm(tmp_path)
    (tmp_path / "flat" / f"{multimed.CROPPED}4" / "1-1.dcm").unlink()
    (about,) = add("cbis-ddsm-mass", tmp_path)
    assert 2 == about.pictures_missing


def test_a_picture_that_does_not_say_what_was_found_is_named(tmp_path: Path) -> None:
    """Montgomery's key is in the names: another name is an error, not a guess."""
    multimed.montgomery(tmp_path)
    write_bytes(tmp_path / "CXR_png/MCUCXR_0009.png", b"")
    with pytest.raises(DataError, match=r"MCUCXR_0009\.png: no name such as"):
        add("montgomery-tb", tmp_path)


# --- sheets


def test_a_cut_gzip_is_told(tmp_path: Path) -> None:
    """A gzipped sheet whose end is missing is damaged, however many rows it still gives."""
    path = write_sheet(tmp_path / "a.csv.gz", [{"a": number, "b": str(number) * 40} for number in range(2000)])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"a\.csv\.gz: damaged gzip"):
        list(read_sheet(path, ("a",)))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_line_without_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A line longer than the bound is refused, not held, packed or not."""
    monkeypatch.setattr("vqa_eval.samples.tables.lines.LARGEST_CELL", 1000)
    path = write_sheet(tmp_path / name, [{"a": 1, "b": "x" * 2000}])
    with pytest.raises(DataError, match="a line is longer than the 1,000 bytes"):
        list(read_sheet(path, ("a",)))


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    """A sheet whose header names a column twice says which."""
    (tmp_path / "a.csv").write_text("a,b,a\n1,2,3\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.csv: two columns 'a'"):
        list(read_sheet(tmp_path / "a.csv", ("a",)))


def test_a_short_row_is_told(tmp_path: Path) -> None:
    """A row with fewer cells than columns, as of a file that was cut off, names itself."""
    path = write_bytes(tmp_path / "a.csv", b"a,b\n1,2\n3\n")
    with pytest.raises(DataError, match=r"a\.csv, row 2: 1 cells under 2 columns"):
        list(read_sheet(path, ("a", "b")))


# --- reports


def test_headings_end_sections_and_inner_ones_do_not() -> None:
    """Known headings cut, lines and others do not; the first of two sections of one name that holds text stays."""
    found = sections(
        "REASON FOR EXAM: cough\n____________\nFINDINGS:\nLUNGS: clear.\nImpression:  Well.\nIMPRESSION: Later.\n"
        "FINDINGS: not these"
    )
    assert {"REASON FOR EXAM": "cough", "FINDINGS": "LUNGS: clear.", "IMPRESSION": "Well."} == found
    assert "cough" == reason(found)
    assert "" == reason({})


@pytest.mark.parametrize(
    ("description", "pair"),
    [
        ("CT HEAD W/O CONTRAST", ("CT", "head")),
        ("CTA HEAD W&W/O C & RECONS", ("CT", "head")),
        ("CT ABD & PELVIS WITH CONTRAST", ("CT", "abdomen")),
        ("CT C-SPINE W/O CONTRAST", ("CT", "spine")),
        ("MR CERVICAL SPINE", ("MRI", "spine")),
        ("MRI BRAIN W/O CONTRAST", ("MRI", "head")),
        ("CT SINUS/MANDIBLE/MAXILLOFACIAL W/O CONTRAST", ("CT", "sinus")),
        ("MR CHEST", None),
        ("CT PELVIS W/O CONTRAST", None),
        ("CHEST (PORTABLE AP)", None),
        ("PORTABLE HEAD CT", None),
    ],
)
def test_the_pair_of_an_examination(description: str, pair: tuple[str, str] | None) -> None:
    """Modality and the first part of the body that a description names, where they are one of the eleven pairs."""
    assert pair == pair_of(description)


def test_a_patient_is_in_one_split(tmp_path: Path) -> None:
    """Two reports of one patient lie in the same split."""
    rows = [multimed.note(number, "CT HEAD W/O CONTRAST", SUBJECT_ID=number // 2) for number in range(60)]
    write_sheet(tmp_path / "NOTEEVENTS.csv", rows)
    found = {(row.cells["patient"], row.cells["split"]) for row in mimic_iii.rows(tmp_path)}
    assert 30 == len(found)


def test_pictures_are_found_however_deep_they_were_unpacked(tmp_path: Path) -> None:
    """A picture's place is its own, beside the metadata or below; one that is nowhere keeps its name."""
    multimed.pad_ufes_20(tmp_path)
    (tmp_path / "imgs_part_1/PAT_0_0_1.png").unlink()
    places = {row.cells["img_id"]: row.cells["picture"] for row in pad_ufes_20.rows(tmp_path)}
    assert "imgs_part_2/imgs_part_2/PAT_1_1_1.png" == places["PAT_1_1_1.png"]
    assert "imgs_part_1/PAT_3_3_1.png" == places["PAT_3_3_1.png"]
    assert "PAT_0_0_1.png" == places["PAT_0_0_1.png"]


# --- examples


def test_the_sum_is_the_published_one() -> None:
    """CRC-32C of "123456789" is 0xe3069283, by RFC 3720's polynomial; masked as TFRecords mask it 0xc78ab0e5."""
    assert 0xC78AB0E5 == masked_sum(b"123456789")


def test_an_example_is_read_as_it_was_laid_out(tmp_path: Path) -> None:
    """Bytes and numbers of every size come back by their names, from a plain file as from a gzipped one."""
    data = record(example(a=b"\x00\xff", b=(1, 300, 2**40), c=()))
    for path in (tmp_path / "a.tfrecord", tmp_path / "a.tfrecord.gz"):
        write_bytes(path, gzip.compress(data) if path.suffix == ".gz" else data)
        assert [{"a": [b"\x00\xff"], "b": [1, 300, 2**40], "c": []}] == list(read_examples(path))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: data[:-1], "record 2: cut off after"),
        (lambda data: data[: len(data) // 2 + 5], "record 2: cut off"),
        (lambda data: data[:40] + b"\xff" + data[41:], "record 1: the sum of its bytes is wrong"),
        (lambda data: b"\x01" + data[1:], "record 1: the sum of its length is wrong"),
        (lambda data: data + record(b"\xff\xff"), "record 3: no tf.Example"),
        (lambda data: gzip.compress(data)[:-9], "damaged gzip"),
    ],
    ids=["last byte", "half", "flipped byte", "flipped length", "other bytes", "gzip"],
)
def test_a_damaged_record_is_named(damage: Callable[[bytes], bytes], told: str, tmp_path: Path) -> None:
    """A record that is cut off, changed or no example names file and record."""
    path = write_bytes(tmp_path / "x.tfrecord.gz", damage(record(example(a=b"0" * 64)) * 2))
    with pytest.raises(DataError, match=told):
        list(read_examples(path))


def test_a_length_beyond_reason_is_refused(tmp_path: Path) -> None:
    """A record that claims gigabytes is refused before it is read."""
    head = (2**33).to_bytes(8, "little")
    write_bytes(tmp_path / "x.tfrecord", head + masked_sum(head).to_bytes(4, "little"))
    with pytest.raises(DataError, match="8,589,934,592 bytes are more than"):
        list(read_examples(tmp_path / "x.tfrecord"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"label": 3}, "record 1: label 3 is none of 0, 1, 2"),
        ({"image__shape": (100, 221, 7)}, r"record 1: a picture of \(100, 221, 7\), not \(100, 221, 6\)"),
        ({"image__encoded": b"short"}, r"record 1: a picture of 5 bytes, not of \(100, 221, 6\)"),
        ({"locus": b"somewhere"}, "record 1: locus 'somewhere' is none such as"),
        ({"locus": b"20:3000064-3000064"}, "no example in chr20:3000001-9444417; the first lies at 20:3000064-3000064"),
        ({"variant_type": ()}, "record 1: feature 'variant_type' does not hold one value"),
    ],
)
def test_an_example_of_another_making_is_told(changed: dict[str, object], told: str, tmp_path: Path) -> None:
    """Other labels, shapes, loci and contigs than those of the benchmark are named."""
    write_bytes(tmp_path / "make_examples.tfrecord", record(candidate(3_000_064, 1, 1, **changed)))
    with pytest.raises(DataError, match=told):
        list(deepvariant_examples.rows(tmp_path))


def test_examples_of_calling_mode_have_no_key(tmp_path: Path) -> None:
    """Examples that were made for calling bear no label: the hint says how they are made with one."""
    data = example(locus=b"chr20:3000064-3000064")
    write_bytes(tmp_path / "make_examples.tfrecord", record(data))
    with pytest.raises(DataError, match="no feature 'label'") as raised:
        list(deepvariant_examples.rows(tmp_path))
    assert "training mode" in raised.value.hint
