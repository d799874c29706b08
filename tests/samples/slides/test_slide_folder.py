"""A slide is found by its exact id, wherever in the folder it lies, and never by a part of a name."""

from pathlib import Path

import pytest

from vqa_eval.errors import DataError, PictureError
from vqa_eval.samples.slides.folder import SlideFolder

UUID = "d4ff32cd-38cf-40ea-8213-45c2b100ac01"
TCGA = "TCGA-05-4244-01Z-00-DX1"


def folder(path: Path, *names: str) -> SlideFolder:
    """Make empty files and return the folder that they lie in."""
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).touch()
    return SlideFolder(path)


def test_the_uuid_of_the_archive_is_no_part_of_the_id(tmp_path: Path) -> None:
    """A file as TCGA's archive names it is the slide of its id, and of its whole name; upper case is the same."""
    slides = folder(tmp_path, f"a/{TCGA}.{UUID}.svs", f"b/TCGA-05-4244-01Z-00-DX2.{UUID.upper()}.SVS")
    assert tmp_path / "a" / f"{TCGA}.{UUID}.svs" == slides.find(TCGA)
    assert tmp_path / "a" / f"{TCGA}.{UUID}.svs" == slides.find(f"{TCGA}.{UUID}")
    assert tmp_path / "b" / f"TCGA-05-4244-01Z-00-DX2.{UUID.upper()}.SVS" == slides.find("TCGA-05-4244-01Z-00-DX2")


@pytest.mark.parametrize(
    "name", [f"{TCGA}0.{UUID}.svs", f"{TCGA}.part.svs", f"{TCGA}_mask.png", f"x{TCGA}.svs", "TCGA-05-4244.svs", "1.txt"]
)
def test_a_part_of_a_name_is_not_enough(tmp_path: Path, name: str) -> None:
    """Neither a longer nor a shorter name is the slide, nor is a file that cannot be one."""
    slides = folder(tmp_path, name)
    assert slides.find(TCGA) is None
    assert slides.find("1") is None


def test_numbers_are_compared_as_numbers(tmp_path: Path) -> None:
    """BCNB's patient 1 is 1.jpg or 0001.jpg, and neither 10.jpg, 1_0.jpg nor 11.jpg."""
    slides = folder(tmp_path, "WSIs/10.jpg", "WSIs/0001.jpg", "WSIs/11.svs", "patches/1/1_0.jpg", "WSIs/1.json")
    assert tmp_path / "WSIs/0001.jpg" == slides.find("1")
    assert tmp_path / "WSIs/0001.jpg" == slides.find("001")
    assert tmp_path / "WSIs/10.jpg" == slides.find("10")
    assert slides.find("100") is None
    assert slides.find("0") is None


def test_two_files_of_one_id_are_both_named(tmp_path: Path) -> None:
    """Which of two files is meant is not guessed."""
    slides = folder(tmp_path, "1.jpg", "more/0001.svs", "2.jpg")
    with pytest.raises(PictureError) as caught:
        slides.find("1")
    assert str(tmp_path / "1.jpg") in caught.value.message
    assert str(tmp_path / "more/0001.svs") in caught.value.message
    assert tmp_path / "2.jpg" == slides.find("2")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A link to a file elsewhere is refused by name, a linked folder is not entered, and a link within holds."""
    folder(tmp_path / "elsewhere", "1.svs", "3.svs")
    slides = folder(tmp_path / "slides", "deep/scan.svs")
    (tmp_path / "slides/1.svs").symlink_to(tmp_path / "elsewhere/1.svs")
    (tmp_path / "slides/2.svs").symlink_to("deep/scan.svs")
    (tmp_path / "slides/far").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PictureError, match=r"slides/1\.svs: a link out of"):
        slides.find("1")
    assert tmp_path / "slides/2.svs" == slides.find("2")
    assert slides.find("3") is None


def test_a_file_beside_a_link_out_is_the_slide(tmp_path: Path) -> None:
    """A link that leads out stands in the way of no file that is there."""
    folder(tmp_path / "elsewhere", "1.svs")
    slides = folder(tmp_path / "slides", "deep/1.svs")
    (tmp_path / "slides/1.svs").symlink_to(tmp_path / "elsewhere/1.svs")
    assert tmp_path / "slides/deep/1.svs" == slides.find("1")


def test_the_folder_is_listed_on_the_first_call(tmp_path: Path) -> None:
    """What came before the first question is found, and what came after it is not: it is listed once."""
    slides = SlideFolder(tmp_path)
    folder(tmp_path, "1.svs")
    assert tmp_path / "1.svs" == slides.find("1")
    folder(tmp_path, "2.svs")
    assert slides.find("2") is None


def test_no_folder_is_a_fault(tmp_path: Path) -> None:
    """A folder that is not there, or is a file, is named."""
    (tmp_path / "slide.svs").touch()
    for path in (tmp_path / "nowhere", tmp_path / "slide.svs"):
        with pytest.raises(DataError, match="no such folder"):
            SlideFolder(path)
