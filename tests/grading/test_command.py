"""`python -m utils.grading` with the course's own assignments, as an instructor uses it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml

from utils.course import ROOT, assignments
from utils.grading import __main__ as command
from utils.grading import table
from utils.grading.rebuilding import Paper, answers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bwrap")]
CLUSTERS = ROOT / "utils" / "grading" / "clusters"
HOSTILE = ['=HYPERLINK("x","y")', 'a "quoted" one', "../..", "two\nlines", "x" * 300]


def handed_in(assignment, **changed) -> str:
    """The exercise with all solutions filled in, but for what is told."""
    solved = answers(Paper.of(assignment).complete) | changed
    notebook = json.loads(assignment.exercise.read_text())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in solved:
            cell["source"] = solved[name]
    return json.dumps(notebook)


@pytest.mark.parametrize("assignment", assignments(), ids=lambda assignment: assignment.file)
def test_from_a_zip_to_grades(assignment, begun, tmp_path, capsys):
    """Solutions score full marks; an untouched release scores 0 without an error."""
    (tmp_path / "grades").mkdir()
    shutil.copy(begun, tmp_path / "grades")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(f"ann/{assignment.file}.ipynb", handed_in(assignment))
        archive.writestr(f"bob/{assignment.file}.ipynb", assignment.exercise.read_text())
        archive.writestr(f"zoe/{assignment.file}.ipynb", "")
    grade = ["grade", str(tmp_path / "in.zip"), "--out", str(tmp_path / "grades"), "--jobs", "2"]
    command.main(grade)
    said = capsys.readouterr().out
    assert "3 submissions" in said and "0 needs review" in said and "1 failed" in said and "zoe" in said

    rows = {row["student"]: row for row in table.read(tmp_path / "grades" / "grades.csv")}
    assert set(rows) == {"ann", "bob", "zoe"}
    by_hand = float(rows["ann"]["waiting_for_a_person"])
    assert float(rows["ann"]["score"]) + by_hand == float(rows["ann"]["max_score"]) > 0
    assert (rows["bob"]["status"], rows["bob"]["score"]) == ("graded", "0.0")
    assert rows["bob"]["waiting_for_a_person"] == "0", "nobody need read an empty answer"
    assert (rows["zoe"]["status"], rows["zoe"]["score"]) == ("failed", "")

    page = (tmp_path / "grades" / "feedback" / "bob" / f"{assignment.file}.html").read_text()
    if assignment.lecture.house:  # a plain assert of another course says what it likes
        tasks = [cell for cell in Paper.of(assignment).complete.cells if cell.source.startswith("## Task")]
        assert page.count("not written yet") == len(tasks) - 1, "it stopped at its stubs and nowhere else"
    assert "90125" not in page


def test_hostile_names_come_back_unchanged(tmp_path):
    """Names of students of all kinds; their notebooks are empty, which is quick."""
    name = assignments()[0].file
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for student in HOSTILE:
            archive.writestr(f"{student}/{name}.ipynb", "")
    previous = os.umask(0o022)
    command.main(["grade", str(tmp_path / "in.zip"), "--out", str(tmp_path / "grades")])
    os.umask(previous)
    made = [tmp_path / "grades", *(tmp_path / "grades").rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in made} == {"0o700", "0o600"}, "nobody else's"
    assert {row["student"] for row in table.read(tmp_path / "grades" / "grades.csv")} == set(HOSTILE)
    assert {path.name for path in tmp_path.iterdir()} == {"in.zip", "grades"}, "nothing was written elsewhere"


def slurm_shares():
    """The command of each task of the array, and its environment."""
    common = {"SUBMISSIONS": "submissions.zip", "OUT": "grades", "SLURM_CPUS_PER_TASK": "1"}
    common["SLURM_ARRAY_TASK_COUNT"] = "2"
    return [([CLUSTERS / "slurm.sh"], common | {"SLURM_ARRAY_TASK_ID": number}) for number in ("1", "2")]


def kubernetes_shares():
    """The command of those pods of the indexed Job that have something to do, and their environment."""
    job = yaml.safe_load((CLUSTERS / "kubernetes.yaml").read_text())["spec"]
    assert (job["completionMode"], job["completions"]) == ("Indexed", 10)
    container = job["template"]["spec"]["containers"][0]
    assert container["args"][0].endswith('/10"'), "as many shares as completions"
    return [([*container["command"], *container["args"]], {"JOB_COMPLETION_INDEX": n}) for n in ("0", "1", "2")]


@pytest.mark.parametrize("shares", [slurm_shares, kubernetes_shares])
def test_shares_on_several_machines_and_merging(shares, begun, tmp_path):
    """What utils/grading/clusters/ tells a cluster to do, done here, and merged twice. One of three is run, for torch.

    Her answer changes torch in a way that nobody sees who reads it.
    """
    (tmp_path / "grades").mkdir()
    shutil.copy(begun, tmp_path / "grades")
    assignment = assignments()[0]
    patch = {"output-size": "for module in [torch]:\n    module.vstack = print"} if shares is slurm_shares else {}
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr(f"ann/{assignment.file}.ipynb", handed_in(assignment, **patch) if patch else "")
        for name in ("bob", "eve"):
            archive.writestr(f"{name}/{assignment.file}.ipynb", "")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    for share, environment in shares():
        subprocess.run(share, env=os.environ | environment, cwd=tmp_path, check=True)
    results = list((tmp_path / "grades" / "results").rglob("*.json"))
    before = [path.stat().st_mtime_ns for path in results]
    assert len(results) == 3
    assert not (tmp_path / "grades" / "grades.csv").exists()
    merge = ["grade", str(tmp_path / "submissions.zip"), "--out", str(tmp_path / "grades")]
    command.main(merge)
    first = (tmp_path / "grades" / "grades.csv").read_bytes()
    command.main(merge)
    assert (tmp_path / "grades" / "grades.csv").read_bytes() == first
    assert before == [path.stat().st_mtime_ns for path in results], "all was done already"
    ann, bob, eve = table.read(tmp_path / "grades" / "grades.csv")
    assert bob["status"] == eve["status"] == "failed"
    if patch:
        assert ann["status"] == "needs review" and "output-size replaces torch.vstack" in ann["reasons"]


def test_at_the_keyboard_slurm_gets_the_shares_and_then_the_merging(tmp_path):
    sbatch = tmp_path / "sbatch"
    sbatch.write_text('#!/bin/sh\nprintf "%s|" "$@" >> asked; echo >> asked; echo 77\n')
    sbatch.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SUBMISSIONS": "all in one.zip",
        "OUT": "grades",
    }
    subprocess.run([CLUSTERS / "slurm.sh"], env=environment, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    array, merging = (tmp_path / "asked").read_text().splitlines()
    assert array == f"--parsable|{CLUSTERS / 'slurm.sh'}|"
    assert merging.startswith("--dependency=afterany:77|") and "--share" not in merging
    assert r"utils.grading grade all\ in\ one.zip --out grades" in merging


def test_what_the_command_refuses(tmp_path, monkeypatch):
    one, other = assignments()[:2]
    (tmp_path / "in").mkdir()
    with pytest.raises(SystemExit, match="Which assignment is it"):
        command.main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "grades")])
    with pytest.raises(SystemExit, match="neither a folder nor a zip"):
        command.main(["grade", str(tmp_path / "no.zip"), "--out", str(tmp_path / "grades")])
    with pytest.raises(SystemExit, match="is not a folder of grades"):
        command.main(["export", str(tmp_path / "in")])
    with pytest.raises(SystemExit, match=rf"no assignment 3\. There are {one.lecture.number}, {other.lecture.number}"):
        command.main(["release", "3"])
    grade = ["grade", str(tmp_path / "in"), "--assignment", other.lecture.number, "--out", str(tmp_path / "grades")]
    with pytest.raises(SystemExit, match="There is nothing to grade in"):
        command.main(grade)
    (tmp_path / "in" / f"{one.file}.ipynb").write_text("{}")
    with pytest.raises(SystemExit, match=f"are called {one.file}, not {other.file}"):
        command.main(grade)
    assert not (tmp_path / "grades").exists()
    (tmp_path / "in" / f"{other.file}.ipynb").write_text("{}")
    several = rf"called after several \({one.lecture.number} in 1, such as {one.file}.*; {other.lecture.number} in 1"
    with pytest.raises(SystemExit, match=several):
        command.main([*grade[:2], *grade[4:]])
    with pytest.raises(SystemExit, match="holds the submissions: choose another folder"):
        command.main([*grade[:5], str(tmp_path / "in")])
    (tmp_path / "grades").write_text("a file")
    with pytest.raises(SystemExit, match="grades: File exists"):
        command.main([*grade[:3], one.lecture.number, *grade[4:]])
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match=r"^COURSE_DATA is .* not a folder: set it"):
        command.main(grade)


@pytest.mark.parametrize(
    ("option", "text"),
    [("jobs", "0"), ("jobs", "-3"), ("seconds", "0"), ("seconds", "nan"), ("seconds", "a")],
)
def test_a_number_that_is_none(option, text, capsys):
    with pytest.raises(SystemExit):
        command.main(["grade", "in.zip", "--out", "grades", f"--{option}={text}"])
    assert f"{text} is no " in capsys.readouterr().err


@pytest.mark.parametrize("share", ["0/3", "4/3", "3", "a/b", "1/0"])
def test_a_share_that_is_none(share, capsys):
    with pytest.raises(SystemExit):
        command.main(["grade", "in.zip", "--out", "grades", "--share", share])
    assert f"{share} is not a share" in capsys.readouterr().err
