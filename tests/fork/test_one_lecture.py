"""The tests of one lecture, for its author."""

import pytest

from tests.fork.conftest import make
from utils.course import ROOT, assignments

pytestmark = pytest.mark.slow  # collects hundreds of tests


def test_one_lecture_has_its_tests():
    """`make test ONLY=02`: the page, its facts, its runs, its exercise, its checks; and nothing of another lecture."""
    lecture, other = assignments()[1].lecture, assignments()[-1].lecture
    listing = "--collect-only -q -n0 tests/checks tests/notebooks tests/grading/test_release.py"
    done = make(ROOT, "test", f"ONLY={lecture.number}", f"ARGS={listing}")
    tests = [line for line in done.stdout.splitlines() if "::" in line]
    topic = lecture.file.removeprefix(f"{lecture.number}_")
    for part in ("test_committed", "test_bold_numbers", "test_run", "test_release", f"checks/test_{topic}"):
        assert any(part in test for test in tests), part
    assert any("test_every_task.py" in test and topic in test for test in tests)
    assert not [test for test in tests if other.file in test]
    refused = make(ROOT, "test", "ONLY=77")
    assert refused.returncode and "There is no lecture 77" in refused.stderr
