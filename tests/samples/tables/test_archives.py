"""Archives from strangers: what leaves the folder, links out, is a device or a bomb is refused, and nothing is left."""

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.samples import Library, home
from vqa_eval.samples.tables.archives import Archive, is_archive
from vqa_eval.samples.tables.unpacking import unpacked

FORMATS = ("zip", "tar", "tar.gz", "tgz")


def pack(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None, *, hard: bool = False) -> Path:
    """Write an archive of the format that its name says, with files, and links to what they name."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in members.items():
                packed.writestr(name, data)
            for name, link in (links or {}).items():
                info = zipfile.ZipInfo(name)
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                packed.writestr(info, link)
        return path
    with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
        for name, link in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = (tarfile.LNKTYPE if hard else tarfile.SYMTYPE), link
            packed.addfile(info)
    return path


def left_in(folder: Path) -> list[Path]:
    """Return what lies under a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_benchmark_comes_in_an_archive(letters: Path, tmp_path: Path, ending: str) -> None:
    """`data add` of an archive, with or without a folder in it, prepares what the plain file does; nothing stays."""
    table = (letters / "tasks" / "letters.csv").read_bytes()
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    (plain,) = library.add(task, letters / "tasks" / "letters.csv")
    for name in ("letters.csv", "Letters-1.0/data/letters.csv"):
        path = pack(tmp_path / f"letters.{ending}", {name: table})
        (about,) = library.add(task, path)
        assert (plain.data_digest, 5) == (about.data_digest, about.samples)
        assert f"{path}/letters.csv" == about.sources[0]
        assert str(path) == about.origin
    assert ["test.sqlite"] == [path.name for path in left_in(home() / "data") if not path.name.startswith(".")]


OUTSIDE = ["../evil.csv", "a/../../evil.csv", "/tmp/evil.csv", "C:/evil.csv", "..\\evil.csv"]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_member_outside_is_refused(letters: Path, tmp_path: Path, ending: str, name: str) -> None:
    """A name with .., an absolute one and one of a drive end in an error with archive and member."""
    path = pack(tmp_path / f"evil.{ending}", {"letters.csv": b"id\n", name: b"evil"})
    with pytest.raises(DataError, match="would lie outside the archive's folder") as caught:
        Library(home()).add(Catalog([letters]).tasks["letters"], path)
    slashed = name.replace("\\", "/")
    assert caught.value.message.startswith(f"{path}, {slashed}:")
    assert [] == left_in(home())
    assert not list(tmp_path.rglob("evil.csv"))


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("link", ["/etc/passwd", "../../../etc/passwd", "no-such-file", "again"])
def test_a_link_out_is_refused(letters: Path, tmp_path: Path, ending: str, link: str) -> None:
    """A link to what is no file of the archive is an error; links are never made."""
    path = pack(tmp_path / f"linked.{ending}", {"a.csv": b"a"}, {"letters.csv": link, "again": "a.csv"})
    with pytest.raises(DataError, match=r"letters.csv: a link to .* which is no file of the archive"):
        Library(home()).add(Catalog([letters]).tasks["letters"], path)
    assert [] == left_in(home())


@pytest.mark.parametrize(("ending", "hard"), [("zip", False), ("tar", False), ("tgz", True)])
def test_a_link_inside_is_the_file_it_names(tmp_path: Path, ending: str, hard: bool) -> None:
    """Links between members, symbolic and hard, are read and unpacked as the file they name."""
    link = "b/real.txt" if hard else "../b/real.txt"
    path = pack(tmp_path / f"inside.{ending}", {"b/real.txt": b"real"}, {"a/linked.txt": link}, hard=hard)
    with Archive(path, tmp_path) as archive:
        assert b"real" == archive.read("a/linked.txt", 100)
    with unpacked(path, tmp_path / "beside") as folder:
        assert b"real" == (folder / "a/linked.txt").read_bytes()
        assert not (folder / "a/linked.txt").is_symlink()
    assert [] == left_in(tmp_path / "beside")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_is_refused(tmp_path: Path, kind: bytes) -> None:
    """A device or a pipe in an archive is an error, not a thing to make."""
    with tarfile.open(tmp_path / "device.tar", "w") as packed:
        info = tarfile.TarInfo("dev/zero")
        info.type = kind
        packed.addfile(info)
    with pytest.raises(DataError, match=r"device.tar, dev/zero: neither file nor folder but a device"):
        Archive(tmp_path / "device.tar", tmp_path)
    info = zipfile.ZipInfo("dev/zero")
    info.external_attr = stat.S_IFCHR << 16
    with zipfile.ZipFile(tmp_path / "device.zip", "w") as zipped:
        zipped.writestr(info, b"")
    with pytest.raises(DataError, match=r"device.zip, dev/zero: neither file nor folder but a device"):
        Archive(tmp_path / "device.zip", tmp_path)


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "tgz"])
@pytest.mark.parametrize("parts", [1, 40])
def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, parts: int) -> None:
    """What unpacks to two hundred times its size and more than is harmless, in one member or in all, is refused."""
    monkeypatch.setattr("vqa_eval.samples.tables.archives.HARMLESS", 1024**2)
    zeros = bytes(8 * 1024**2 // parts)
    path = pack(tmp_path / f"bomb.{ending}", {f"zeros-{part}": zeros for part in range(parts)})
    with pytest.raises(DataError, match="as a decompression bomb does") as caught, unpacked(path, tmp_path / "beside"):
        pass
    assert str(path) in caught.value.message
    assert [] == left_in(tmp_path / "beside")


def test_a_harmless_archive_may_be_packed_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the harmless size any ratio is taken, and beyond it what is packed as pictures are."""
    path = pack(tmp_path / "zeros.zip", {"zeros": bytes(4 * 1024**2)})
    with unpacked(path, tmp_path / "beside") as folder:
        assert 4 * 1024**2 == (folder / "zeros").stat().st_size
    monkeypatch.setattr("vqa_eval.samples.tables.archives.HARMLESS", 1024)
    with unpacked(pack(tmp_path / "noise.zip", {"noise": os.urandom(10**5)}), tmp_path / "beside") as folder:
        assert 10**5 == (folder / "noise").stat().st_size


def test_a_header_that_lies_is_noticed(tmp_path: Path) -> None:
    """A zip whose header says fewer bytes than come out is an error that names the member."""
    path = pack(tmp_path / "liar.zip", {"long.txt": b"long " * 1000})
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + at
        data[place : place + 4] = struct.pack("<I", 100)
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"liar.zip, long.txt: broken archive"), unpacked(path, tmp_path / "beside"):
        pass
    assert [] == left_in(tmp_path / "beside")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("no.zip", b"PK\x03\x04 no zip"),
        ("no.tar", b"no tar" * 200),
        ("no.tar.gz", b"no gzip"),
        ("cut.tar.gz", gzip.compress(os.urandom(10_000))[:5000]),
        ("cut.zip", b""),
    ],
)
def test_a_broken_archive_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    """A file that is no archive, or half of one, is named with what to do; nothing stays open or behind."""
    (tmp_path / name).write_bytes(content)
    with (
        pytest.raises(DataError, match=rf"{name}: broken archive") as caught,
        unpacked(tmp_path / name, tmp_path / "b"),
    ):
        pass
    assert "copy or fetch it again" == caught.value.hint
    assert [] == left_in(tmp_path / "b")


def test_a_cut_tar_is_noticed(tmp_path: Path) -> None:
    """A tar whose last member ends before its header says so is an error, not a shorter file."""
    path = pack(tmp_path / "whole.tar", {"a.bin": os.urandom(50_000)})
    cut = tmp_path / "cut.tar"
    cut.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(DataError, match=r"cut.tar"), unpacked(cut, tmp_path / "beside"):
        pass


def test_what_a_killed_process_unpacked_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a process of this machine that is gone is taken away; one that lives, here or elsewhere, stays."""
    monkeypatch.setattr("platform.node", lambda: "ward.example.org")
    gone, *stay = [
        f".old.zip.{host}.{process}.unpacked"
        for host, process in (
            ("ward-example-org", 999_999_999), ("ward-example-org", os.getppid()), ("clinic", 999_999_999)
        )
    ]  # fmt: skip
    for name in (gone, *stay):
        (tmp_path / name).mkdir()
    with unpacked(pack(tmp_path / "new.zip", {"a/b": b"c", "d": b"e"}), tmp_path) as folder:
        assert {"a", "d"} == {path.name for path in folder.iterdir()}
        assert folder.name.endswith(f".ward-example-org.{os.getpid()}.unpacked")
    assert set(stay) == {path.name for path in tmp_path.glob(".*")}


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    """A member whose name holds a NUL, as only the long form of a tar can, is named."""
    with tarfile.open(tmp_path / "nul.tar", "w", format=tarfile.PAX_FORMAT) as packed:
        info = tarfile.TarInfo("plain")
        info.pax_headers = {"path": "a\0b"}
        packed.addfile(info)
    with pytest.raises(DataError, match=r"nul\.tar, 'a\\x00b': no name of a file"):
        Archive(tmp_path / "nul.tar", tmp_path)


def test_a_place_that_cannot_be_unpacked_to_is_said(tmp_path: Path) -> None:
    """A folder that cannot be made is an error that names the archive and says what to do."""
    path = pack(tmp_path / "a.zip", {"a": b"a"})
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DataError, match=r"a\.zip: cannot be unpacked to .*file") as caught,
        unpacked(path, tmp_path / "file" / "beside"),
    ):
        pass
    assert "VQA_EVAL_HOME" in caught.value.hint


def test_archives_are_known_by_their_names() -> None:
    """Four endings, in any case; a tsv.gz is none."""
    names = ("a.zip", "a.tar", "a.tar.gz", "A.TGZ", "a.tsv", "a.tsv.gz", "zip")
    assert [True] * 4 + [False] * 3 == [is_archive(Path(name)) for name in names]


def test_an_empty_archive_is_said(letters: Path, tmp_path: Path) -> None:
    """An archive without files is an error of the benchmark that is looked for in it."""
    for ending in FORMATS:
        path = pack(tmp_path / f"empty.{ending}", {})
        with pytest.raises(DataError, match=rf"^{path}: no file of Letters; found nothing"):
            Library(home()).add(Catalog([letters]).tasks["letters"], path)


def test_a_wrong_row_is_named_by_the_archive(letters: Path, tmp_path: Path) -> None:
    """What is wrong in a table of an archive is said with the archive's path, not with where it was unpacked."""
    path = pack(tmp_path / "letters.zip", {"data/letters.csv": b"id,question\n1,What?,more\n"})
    with pytest.raises(DataError, match=rf"^{path}/letters.csv, row 1: 3 cells under 2 columns"):
        Library(home()).add(Catalog([letters]).tasks["letters"], path)
    assert [".test.lock"] == [left.name for left in left_in(home())]


def test_a_file_in_the_way_of_a_folder_is_said(tmp_path: Path) -> None:
    """Members of which one is a file and the folder of another end in an error that names the second."""
    path = pack(tmp_path / "both.zip", {"a": b"file", "a/b": b"in it"})
    with pytest.raises(DataError, match=r"both.zip, a/b: cannot be unpacked"), unpacked(path, tmp_path / "beside"):
        pass
    assert [] == left_in(tmp_path / "beside")
