"""What was handed in is found, whatever a learning platform made of it, and nothing is believed."""

import json
import os
import stat
import unicodedata
import zipfile

import pytest

from utils.grading import parsing
from utils.grading.parsing import Submission, Unreadable, collect, read_cells

NAME = "77_numbers"
HOSTILE = [
    '=HYPERLINK("http://x")',
    'a "quoted" name',
    "two\nlines",
    "../..",
    "x" * 300,
    "<script>",
    "-1+1",
    "José",
]


def tree(folder, *paths):
    for path in paths:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.encode())
    return folder


def found(delivery, *others):
    return {each.student: each.problem or each.content.decode() for each in collect(delivery, NAME, others)}


def test_a_folder_for_each_student(tmp_path):
    tree(tmp_path, f"ann/{NAME}.ipynb", "bob/work.ipynb", "bob/data.csv")
    assert found(tmp_path) == {"ann": f"ann/{NAME}.ipynb", "bob": "bob/work.ipynb"}


def test_a_notebook_for_each_student(tmp_path):
    tree(tmp_path, f"ann_123_{NAME}.ipynb", "bob.ipynb")
    assert found(tmp_path) == {"ann_123": f"ann_123_{NAME}.ipynb", "bob": "bob.ipynb"}


def test_canvas_names_a_student_the_same_however_often_they_hand_in(tmp_path):
    tree(
        tmp_path,
        f"leeann_101_9000_{NAME}.ipynb",
        f"özben_LATE_102_9001_{NAME}-1.ipynb",
        "mayfay_103_9002_x.pdf",
    )
    assert set(found(tmp_path)) == {"leeann_101", "özben_102", "mayfay_103"}
    assert found(tmp_path)["leeann_101"] == f"leeann_101_9000_{NAME}.ipynb"


def test_the_tree_of_nbgrader(tmp_path):
    tree(
        tmp_path,
        f"submitted/ann/{NAME}/{NAME}.ipynb",
        "submitted/ann/02_other/02_other.ipynb",
        "gradebook.db",
    )
    assert found(tmp_path, "02_other") == {"ann": f"submitted/ann/{NAME}/{NAME}.ipynb"}


def test_the_right_one_of_several_is_taken(tmp_path):
    tree(
        tmp_path,
        f"ann/{NAME}.ipynb",
        f"ann/{NAME}-Copy1.ipynb",
        "ann/.ipynb_checkpoints/x.ipynb",
        "bob/a.ipynb",
    )
    tree(tmp_path, "bob/b.ipynb")
    assert found(tmp_path)["ann"] == f"ann/{NAME}.ipynb"
    assert "several notebooks" in found(tmp_path)["bob"]


def test_no_notebook_is_said(tmp_path):
    tree(tmp_path, "ann/work.pdf", "bob.docx")
    (tmp_path / "eve").mkdir()
    assert "only: work.pdf" in found(tmp_path)["ann"]
    assert "only: bob.docx" in found(tmp_path)["bob"]
    assert "no notebook" in found(tmp_path)["eve"]


def test_links_are_not_followed(tmp_path):
    secret = tree(tmp_path / "secrets", "key.ipynb")
    delivery = tree(tmp_path / "in", "ann/ok.ipynb")
    (delivery / "bob").mkdir()
    (delivery / "bob" / f"{NAME}.ipynb").symlink_to(secret / "key.ipynb")
    (delivery / "eve").symlink_to(secret)
    os.mkfifo(delivery / "ann" / f"{NAME}.ipynb")
    assert "link" in found(delivery)["bob"]
    assert "key" not in found(delivery).get("eve", "")
    assert "not a file" in found(delivery)["ann"]


def test_a_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(f"all/ann_12_file_/{NAME}.ipynb", "ann")
        archive.writestr("all/__MACOSX/x", "")
        archive.writestr(f"all/bob_13_file_/{NAME}.ipynb", "bob")
    assert found(tmp_path / "in.zip") == {"ann_12_file_": "ann", "bob_13_file_": "bob"}


def test_a_hostile_zip(tmp_path):
    link = zipfile.ZipInfo(f"eve/{NAME}.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"../../{NAME}.ipynb", "out")
        archive.writestr(f"/etc/{NAME}.ipynb", "absolute")
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"bomb/{NAME}.ipynb", b" " * 50_000_000)
    students = {each.student: each for each in collect(tmp_path / "in.zip", NAME)}
    assert students["../.."].content == b"out"
    assert students["/etc"].content == b"absolute"
    assert "link" in students["eve"].problem
    assert len(students["bomb"].content) == 20_000_001
    assert os.listdir(tmp_path) == ["in.zip"], "nothing was unpacked"


def test_only_the_notebook_that_counts_is_read(tmp_path, monkeypatch):
    """Else one student with many large notebooks would fill the memory in which all are graded."""
    tree(tmp_path / "in", f"ann/{NAME}.ipynb", "ann/copy.ipynb", "bob/a.ipynb", "bob/b.ipynb")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for path in ("ann/copy.ipynb", f"ann/{NAME}.ipynb", "bob/a.ipynb", "bob/b.ipynb"):
            archive.writestr(path, path)
    read = []
    real_open, real_unpack = parsing._read_file, parsing._unpack
    monkeypatch.setattr(parsing, "_read_file", lambda file: read.append(file.name) or real_open(file))
    monkeypatch.setattr(parsing, "_unpack", lambda *args: read.append(args[1].filename) or real_unpack(*args))
    assert found(tmp_path / "in") == found(tmp_path / "in.zip")
    assert read == [f"{NAME}.ipynb", f"ann/{NAME}.ipynb"]


def test_too_many_files_are_one_students_problem(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(f"ann/{NAME}.ipynb", "ann")
        for number in range(parsing.FILES + 1):
            archive.writestr(f"eve/{number}.txt", "")
    students = found(tmp_path / "in.zip")
    assert students["ann"] == "ann" and "more than 1,000 files" in students["eve"]


def test_a_folder_of_moodle_is_somebody_even_alone(tmp_path):
    student = "Ann Lee_101_assignsubmission_file_"
    tree(tmp_path, f"{student}/my work/{NAME}.ipynb", f"{student}/pictures/a.png")
    (ann,) = collect(tmp_path, NAME)
    assert (ann.student, ann.identity, ann.handed_in_as) == ("Ann Lee", "Ann Lee_101", student)


MOODLE = {
    f"Ann Lee_101_assignsubmission_file_/{NAME}.ipynb": "Ann Lee",
    "Ann Lee_101_assignsubmission_onlinetext_/onlinetext.html": "Ann Lee",
    f"Bob_102_assignsubmission_file/{NAME} (1).ipynb": "Bob",
}
CANVAS = {f"leeann_101_9000_{NAME}.ipynb": "leeann_101", f"ekbo_LATE_102_9001_{NAME}.ipynb": "ekbo_102"}
PLAIN = {f"ann/{NAME}.ipynb": "ann", f"bob/{NAME}.ipynb": "bob"}
NBGRADER = {f"submitted/ann/{NAME}/{NAME}.ipynb": "ann", f"submitted/bob/{NAME}/{NAME}.ipynb": "bob"}


def packed(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path


@pytest.mark.parametrize("delivery", [MOODLE, CANVAS, PLAIN, NBGRADER], ids=["moodle", "canvas", "plain", "tree"])
@pytest.mark.parametrize("around", ["", "all/", f"a/{NAME}/", "submissions/all of them/"])
@pytest.mark.parametrize("beside", [(), ("readme.txt", "__MACOSX/all/._x", ".DS_Store", "._x")])
def test_folders_around_a_delivery_are_nobody(delivery, around, beside, tmp_path):
    names = [*(around + name for name in delivery), *beside]
    for place in (packed(tmp_path / "in.zip", names), tree(tmp_path / "in", *names)):
        assert set(found(place)) == set(delivery.values())
        assert not [problem for problem in found(place).values() if "no notebook" in problem]
        assert len(beside) == 0 or "readme.txt" in " ".join(parsing.left_out(place, {NAME}))


def test_parts_of_a_class_side_by_side(tmp_path):
    names = [f"{part}/{name}" for part, several in (("a", MOODLE), ("b", CANVAS)) for name in several]
    assert set(found(tree(tmp_path, *names))) == {"Ann Lee", "Bob", "leeann_101", "ekbo_102"}


def test_one_late_student_is_not_called_after_a_folder_inside(tmp_path):
    assert set(found(tree(tmp_path, "bob/hw/x.ipynb"))) == {"bob"}


def test_nobody_becomes_another_by_what_is_inside(tmp_path):
    tree(tmp_path, f"ann/{NAME}.ipynb", f"eve/ann_101_assignsubmission_file_/{NAME}.ipynb")
    tree(tmp_path, f"eve/ann_101_9000_{NAME}.ipynb")
    assert set(found(tmp_path)) == {"ann", "eve"}


def identities(delivery):
    return {each.student: each.student_id for each in collect(delivery, NAME)}


def raw_zip(path, names, windows=False):
    """Names as bytes, without the mark that they are UTF-8: as old and careless programs write them."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("n" * len(name))
            info.create_system = 0 if windows else 3
            archive.writestr(info, "x")
    content = path.read_bytes()
    for name in names:
        content = content.replace(b"n" * len(name), name)
    path.write_bytes(content)
    return path


def test_a_name_is_the_same_from_every_system(tmp_path):
    folder = tree(tmp_path / "in", f"Jürgen/{NAME}.ipynb", f"张伟/{NAME}.ipynb")
    expected = identities(folder)
    assert set(expected) == {"Jürgen", "张伟"}
    file = f"/{NAME}.ipynb".encode()
    utf8 = raw_zip(tmp_path / "linux.zip", ["Jürgen".encode() + file, "张伟".encode() + file])
    assert identities(utf8) == expected
    nfd = raw_zip(tmp_path / "mac.zip", [unicodedata.normalize("NFD", "Jürgen").encode() + file])
    windows = raw_zip(tmp_path / "win.zip", ["Jürgen".encode("cp850") + file.replace(b"/", b"\\")], windows=True)
    assert identities(nfd) == identities(windows) == {"Jürgen": expected["Jürgen"]}
    apart = tree(tmp_path / "nfd", unicodedata.normalize("NFD", f"Jürgen/{NAME}.ipynb"))
    assert identities(apart) == identities(nfd)


@pytest.mark.parametrize("name", [b"latin\xe9", b"J\xfcrgen", b"\xff\xfe", b"a\x01b\x85"])
def test_a_name_that_is_no_text_is_made_one(name, tmp_path):
    place = os.fsencode(tmp_path / "in") + b"/" + name
    os.makedirs(place)
    open(place + b"/work " + name + b".pdf", "w").close()
    (student,) = collect(tmp_path / "in", NAME)
    (student.student + student.problem).encode()
    assert "\x01" not in student.student + student.problem
    packed_up = raw_zip(tmp_path / "in.zip", [name + b"/work.pdf"])
    assert collect(packed_up, NAME)[0].student_id == student.student_id


def test_names_of_odd_bytes_stay_apart(tmp_path):
    for name in (b"a\xe9", b"a\xe8", b"a\x01", b"a"):
        os.makedirs(os.fsencode(tmp_path) + b"/" + name)
    assert len({each.student_id for each in collect(tmp_path, NAME)}) == 4


@pytest.mark.parametrize("ending", [".IPYNB", ".ipynb.txt", ".ipynb.json", ".Ipynb.TXT"])
def test_endings_that_browsers_and_windows_make(ending, tmp_path):
    tree(tmp_path, f"ann/{NAME}{ending}", f"bob_102_9000_{NAME}{ending}")
    assert found(tmp_path) == {"ann": f"ann/{NAME}{ending}", "bob_102": f"bob_102_9000_{NAME}{ending}"}


def test_backslashes_of_windows_part_a_path(tmp_path):
    names = [f"all\\ann\\{NAME}.ipynb", "all\\ann\\notes.txt", f"all\\bob\\{NAME}.ipynb", "all\\zoe\\"]
    assert set(found(packed(tmp_path / "in.zip", names))) == {"ann", "bob", "zoe"}
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        archive.writestr(f"..\\win\\{NAME}.ipynb", "out")
        archive.writestr(f"ann\\{NAME}.ipynb", "ann")
    assert found(tmp_path / "up.zip") == {"../win": "out", "ann": "ann"}


def test_a_folder_with_a_dot_is_somebody_if_there_is_a_notebook(tmp_path):
    tree(tmp_path, f"..hid/{NAME}.ipynb", f".ann/{NAME}.ipynb", ".cache/x", f".ipynb_checkpoints/{NAME}.ipynb")
    assert set(found(tmp_path)) == {"..hid", ".ann"}
    assert parsing.left_out(tmp_path, {NAME}) == [".cache/x"]


def test_what_is_late_and_what_lies_beside_is_known(tmp_path):
    tree(tmp_path, f"ann_LATE_101_9000_{NAME}.ipynb", f"bob_102_9001_{NAME}.ipynb", "bob_102_9002_other.ipynb")
    ann, bob = collect(tmp_path, NAME)
    assert (ann.late, bob.late) == (True, False)
    assert ann.doubt is None and "lies beside it: bob_102_9002_other" in bob.doubt


def test_the_folder_of_grades_may_lie_inside(tmp_path):
    tree(tmp_path, f"ann/{NAME}.ipynb", f"grades/autograded/ann/{NAME}/{NAME}.ipynb")
    assert [each.student for each in collect(tmp_path, NAME, out=tmp_path / "grades")] == ["ann"]
    assert parsing.notebooks(tmp_path, tmp_path / "grades") == [f"ann/{NAME}.ipynb"]


def test_what_is_neither_folder_nor_zip(tmp_path):
    (tmp_path / "x.zip").write_text("no")
    with pytest.raises(Unreadable, match="neither a folder nor a zip"):
        collect(tmp_path / "x.zip", NAME)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_id_is_harmless_and_short(name):
    made = Submission(name).student_id
    assert made.replace("-", "").replace("_", "").isalnum() and made.isascii() and len(made) < 60


def test_two_names_never_give_one_id():
    names = [*HOSTILE, "=HYPERLINK('http://x')", "jose", "José ", "a b", "a-b", "x" * 301, "x" * 40]
    assert len({Submission(name).student_id for name in names}) == len(names)
    assert Submission("ann_12").student_id == "ann_12"
    victim = Submission("José").student_id
    assert Submission(victim).student_id != victim, "who is called like another's id"


def test_the_text_of_a_cell_is_made_clean():
    odd = {"cell_type": "code\ud800", "source": ["a\r\nb\rc\td\0\x1b", "\ud800e\u0301"], "metadata": {}}
    odd["metadata"] = {"nbgrader": {"grade_id": "q\ud800"}}
    (cell,) = read_cells(notebook(odd))
    assert cell.source == "a\nb\nc\td\ufffdé"
    (cell.kind + cell.grade_id).encode()


def notebook(*cells, **more):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more).encode()


def test_cells_of_every_form_are_read():
    first, second, third = read_cells(
        notebook(
            {"cell_type": "code", "source": ["a\n", "b"], "metadata": {"id": "colab"}},
            {
                "cell_type": "markdown",
                "source": "text",
                "metadata": {"nbgrader": {"grade_id": "q", "points": 3}},
            },
            {"cell_type": "code", "source": 7, "metadata": [], "id": None},
            "not a cell",
        )
    )
    assert (first.source, first.cell_id) == ("a\nb", "colab")
    assert (second.grade_id, second.details) == ("q", (("points", "3"),))
    assert (third.source, third.grade_id, third.cell_id) == ("", "", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe\x00", "not text"),
        (b"{", "JSON is broken"),
        (b"[" * 200_000, "JSON is broken"),
        (b'{"a": ' + b"1" * 10_000 + b"}", "JSON is broken"),
        (b"[1]", "a list and not a notebook"),
        (b'{"cells": 3}', "it has no cells"),
        (b'{"worksheets": []}', "before 2015"),
        (notebook({"cell_type": "code", "source": "x" * 200_001}), "Cell 1 has more than"),
        (notebook(*[{"cell_type": "code", "source": ""}] * 2001), "more than 2,000 cells"),
        (b" " * 20_000_001, "larger than 20 MB"),
    ],
)
def test_what_cannot_be_read_says_why(content, reason):
    with pytest.raises(Unreadable, match=reason):
        read_cells(content)
