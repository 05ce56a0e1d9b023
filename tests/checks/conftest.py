"""What the tests of all checks share."""

import pytest

from utils.checks.base import Mistake


@pytest.fixture
def message():
    """The words a learner sees for a wrong answer."""

    def words(check, answer) -> str:
        with pytest.raises(Mistake) as caught:
            check(answer)
        assert caught.value._render_traceback_() == [str(caught.value)], (
            "words only, no frames of the checker"
        )
        return str(caught.value)

    return words
