"""``python -m utils.grading``: release assignments, grade submissions, return feedback.

release [NUMBER ...]            exercises/ from solutions/ (`make exercises`)
doctor                          is the sandbox there, and does it hold?
grade SUBMISSIONS --out DIR     a folder, or a zip from an LMS, to grades
export DIR                      DIR/grades.csv anew, after points were given by hand
feedback DIR                    DIR/feedback/ anew, likewise
return DIR                      DIR/return/: pages and points as Moodle or Canvas takes them
"""

import argparse
import math
import os
import sys
from pathlib import Path

from utils import files
from utils.course import Assignment, assignments
from utils.grading import chunks, doctor, parsing, sandbox
from utils.grading.session import SandboxError


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    verb = verbs.add_parser("release")
    verb.add_argument("numbers", nargs="*", metavar="NUMBER", help="such as 03; all assignments without any")
    verb.set_defaults(run=_release)

    verb = verbs.add_parser("doctor")
    verb.set_defaults(run=_doctor)

    verb = verbs.add_parser("grade")
    verb.add_argument("submissions", type=Path, help="a folder, or a zip file, with a folder for each student")
    verb.add_argument("--out", type=Path, required=True, help="the folder of grades; run again to continue")
    verb.add_argument("--assignment", help="such as 03; found out without it")
    verb.add_argument("--jobs", type=_jobs, default=os.cpu_count(), help="how many at once (default: the cores)")
    verb.add_argument("--gradebook", metavar="URL", help="a database (default: DIR/gradebook.db)")
    verb.add_argument(
        "--share",
        type=_share,
        metavar="I/N",
        help="grade only the I-th of N shares (from 1/N to N/N), and do not merge",
    )
    verb.add_argument("--seconds", type=_seconds, default=30, help="of the processor for each cell (default: 30)")
    verb.add_argument("--trusted", action="store_true", help="without a sandbox: for submissions you vouch for")
    verb.set_defaults(run=_grade)

    for name, run in (("export", _export), ("feedback", _feedback), ("return", _return)):
        verb = verbs.add_parser(name)
        verb.add_argument("out", type=Path, metavar="DIR", help="a folder of grades")
        verb.set_defaults(run=run)

    options = parser.parse_args(arguments)
    os.umask(0o077)  # grades are nobody else's, also what nbgrader and a database write
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name the terminal has no letters for stops nothing
    try:
        options.run(options)
    except (parsing.Unreadable, SandboxError, ValueError) as problem:
        sys.exit(str(problem))
    except OSError as problem:  # a file in the place of a folder, one that may not be written to, a full disk
        said = f"{problem.filename or 'The disk'}: {problem.strerror}"
        sys.exit(said if problem.errno else str(problem))
    except KeyboardInterrupt:
        sys.exit("Stopped. What is graded is kept: run the same command again to continue.")


def _release(options: argparse.Namespace) -> None:
    from utils.grading.release import release

    found = []
    for assignment in [_assignment(number) for number in options.numbers] or assignments():
        try:
            release(assignment)
            print(f"{assignment.exercise}")
        except ValueError as problem:
            found.append(str(problem))
    if found:
        sys.exit("\n".join(found))


def _doctor(options: argparse.Namespace) -> None:
    found = doctor.examine()
    for attempt, verdict in found.items():
        print(f"{attempt:45} {verdict}")
    if set(found.values()) != {"held"}:
        sys.exit("The sandbox does not hold. Grade nothing that you would not run yourself.")


def _grade(options: argparse.Namespace) -> None:
    from utils.grading import gradebook
    from utils.grading.merging import Grades

    files.classroom()  # not there? Said once, before anything is graded
    reason = sandbox.missing()
    if reason and not options.trusted:
        raise SandboxError(f"{reason} Submissions are strangers' programs. With --trusted they run without it.")
    delivery, out = options.submissions, options.out
    if delivery.is_dir() and out.resolve() == delivery.resolve():
        raise ValueError(f"{out} holds the submissions: choose another folder for the grades, with --out.")
    chosen = options.assignment
    assignment = _assignment(chosen) if chosen else _assignment_of(delivery, out)
    _refuse_another(assignment, delivery, out)
    others = tuple(each.file for each in assignments() if each != assignment)
    submissions = parsing.collect(delivery, assignment.file, others, out)
    if not submissions:
        raise ValueError(f"There is nothing to grade in {delivery}.")
    if left_out := parsing.left_out(delivery, {assignment.file, *others}, out):
        print(f"Left out, for it lies beside the students' folders: {', '.join(left_out)[:500]}")
    if options.share:
        submissions = chunks.share(submissions, *options.share)
    grades = Grades(out, assignment, options.gradebook)
    if not options.share:  # shares leave the gradebook alone
        gradebook.refuse_other_cells(grades.url, grades.paper)  # before hours of work, not after
    if options.gradebook or not options.share:
        grades.remember_address()
    limits = sandbox.Limits(seconds=options.seconds)
    chunks.grade_all(submissions, grades.paper, grades.results_folder, limits, options.jobs, options.trusted)
    if not options.share:
        grades.merge()
        print(grades.summary(), end="")
        print(f"{grades.folder / 'grades.csv'}")


def _export(options: argparse.Namespace) -> None:
    from utils.grading.merging import export

    print(export(options.out))


def _feedback(options: argparse.Namespace) -> None:
    from utils.grading.merging import all_grades, refuse_unmerged, write_tables

    everyone = all_grades(options.out)
    refuse_unmerged(everyone)
    for grades in everyone:
        print(grades.feedback())
        print("".join(f"{problem}\n" for problem in grades.problems), end="")
    write_tables(everyone)


def _return(options: argparse.Namespace) -> None:
    from utils.grading.merging import all_grades, refuse_unmerged, write_tables
    from utils.grading.returning import hand_back

    everyone = all_grades(options.out)
    refuse_unmerged(everyone)
    for grades in everyone:
        written, held_back = hand_back(grades)
        print("".join(f"{path}\n" for path in written), end="")
        print("".join(f"held back, for a person has to look: {who}\n" for who in held_back), end="")
    write_tables(everyone)


def _assignment(number: str) -> Assignment:
    known = assignments()
    for assignment in known:
        if number in (assignment.lecture.number, assignment.file):
            return assignment
    raise ValueError(f"There is no assignment {number}. There are {_numbers(known)}.")


def _assignment_of(delivery: Path, out: Path) -> Assignment:
    """The assignment that the delivery's files are called after."""
    known = assignments()
    paths = parsing.notebooks(delivery, out)
    found = {each: [path for path in paths if each.file in path] for each in known}
    found = {each: paths for each, paths in found.items() if paths}
    if len(found) != 1:
        named = "; ".join(f"{each.lecture.number} in {len(paths)}, such as {paths[0]}" for each, paths in found.items())
        seen = f"The files are called after several ({named}). " if found else "No file is called after one. "
        raise ValueError(f"Which assignment is it? {seen}Name one with --assignment: {_numbers(known)}")
    return next(iter(found))


def _refuse_another(chosen: Assignment, delivery: Path, out: Path) -> None:
    """Where every notebook is called after one other assignment, the number is a slip."""
    names = parsing.notebooks(delivery, out)
    for other in assignments():
        if names and other != chosen and all(other.file in name for name in names):
            raise ValueError(f"All notebooks in {delivery} are called {other.file}, not {chosen.file}.")


def _numbers(known: list[Assignment]) -> str:
    return ", ".join(assignment.lecture.number for assignment in known)


def _jobs(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is no number of jobs: give 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no time for a cell: give 1 second or more")
    return seconds


def _share(text: str) -> tuple[int, int]:
    """3/10 is the third of ten."""
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text} is not a share. Of ten shares the first is 1/10, the last 10/10.")
    return int(part), int(parts)


if __name__ == "__main__":
    main()
