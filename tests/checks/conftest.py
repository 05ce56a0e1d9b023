"""What the tests of all checks share."""

import pytest

from utils.checks.base import Mistake


@pytest.fixture
def message():
    """The words a learner sees for a wrong answer."""

    def words(check, answer, **settings) -> str:
        with pytest.raises(Mistake) as caught:
            check(answer, **settings)
        assert caught.value._render_traceback_() == [str(caught.value)], "words only, no frames of the checker"
        return str(caught.value)

    return words


@pytest.fixture
def passes(capsys):
    """That an answer is right with several seeds."""

    def run(check, answer) -> None:
        for seed in range(5):
            check(answer, seed=seed)
            assert capsys.readouterr().out.startswith("✓ ")

    return run
