"""Paths that people give, the classroom's folder, and files that are there whole or not at all."""

import os
import stat

import pytest

from utils.files import classroom, home_path, offline, written_whole


def test_the_home_folder_may_be_a_sign(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_path("~/run.pt") == tmp_path / "run.pt"
    monkeypatch.setenv("COURSE_DATA", "~")
    assert classroom() == tmp_path


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        (7, TypeError, "in quotation marks"),
        ("a\0b", ValueError, "null byte"),
        ("~nobody-of-this-name/x", ValueError, "no such home folder"),
    ],
)
def test_what_is_no_path_is_refused(path, error, words):
    with pytest.raises(error, match=words):
        home_path(path)


def test_the_classrooms_folder_is_a_folder_or_none(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    assert classroom() is None
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "none"))
    with pytest.raises(NotADirectoryError, match="set it to the folder that holds the data"):
        classroom()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", ".")
    assert classroom() == tmp_path, "a program that changes its folder finds it still"


@pytest.mark.parametrize(("value", "expected"), [(None, False), ("", False), ("0", False), ("1", True), ("yes", True)])
def test_offline_is_what_the_environment_says(value, expected, monkeypatch):
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    if value is not None:
        monkeypatch.setenv("COURSE_OFFLINE", value)
    assert offline() is expected


@pytest.mark.parametrize(("private", "mode"), [(False, 0o644), (True, 0o600)])
def test_a_file_takes_the_others_place_at_the_end(private, mode, tmp_path):
    path = tmp_path / "new" / "file"
    with written_whole(path, private) as file:
        file.write(b"one")
        assert not path.exists()
    with written_whole(path, private) as file:
        file.write(b"two")
        file.flush()
        assert path.read_bytes() == b"one"
    assert path.read_bytes() == b"two" and stat.S_IMODE(path.stat().st_mode) == mode
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("no")])
def test_after_an_error_what_was_there_is_there_still(error, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(type(error)) as caught, written_whole(path) as file:
        file.write(b"half")
        raise error
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]
    if isinstance(error, OSError):
        assert caught.value.filename == str(path), "it names the file that was asked for"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError) as caught, written_whole(tmp_path / "file" / "below"):
        pass
    assert caught.value.filename == str(tmp_path / "file" / "below")
