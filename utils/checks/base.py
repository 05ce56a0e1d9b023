"""What makes a check of a function: ✓, or one sentence for the learner.

Most checks are declared as a `task.Task`. One that watches what an answer does is a function ``(answer, random)``
under the decorator `check`. It raises `Mistake` with a sentence for the learner, or returns. It looks at type and
shape first, then at values on fresh random inputs, and then whether the wrong values are those of a mistake it
knows by name.
"""

import functools
from collections.abc import Callable

import torch

from utils.checks import notebook
from utils.checks.forbidding import Rule, in_force
from utils.checks.inputs import Random
from utils.checks.mistake import Mistake
from utils.checks.switches import USUAL, Switches
from utils.checks.wording import error_in_words

SEEDS = 2**40  # where the seeds of checks begin: none that an answer could set is among them


def check(
    examine: Callable[[object, Random], None] | None = None,
    *,
    forbidden: Rule | None = None,
    allowed: tuple[str, ...] = (),
) -> Callable:
    """Make a check out of ``examine(answer, random)``: prints ✓, or raises one `Mistake` without a traceback.

    It runs with torch's switches as they usually stand, and its own random numbers; the learner's are put back.
    ``forbidden`` and ``allowed`` are as in a `task.Task`.
    """
    if examine is None:
        return functools.partial(check, forbidden=forbidden, allowed=allowed)

    @functools.wraps(examine)
    def run(answer: object, seed: int = 0) -> None:
        report(examine.__name__, examine, answer, seed, forbidden, allowed)

    run.forbidden = forbidden
    return run


def report(
    name: str,
    examine: Callable[[object, Random], None],
    answer: object,
    seed: int,
    forbidden: Rule | None = None,
    allowed: tuple[str, ...] = (),
) -> None:
    """Print ✓ if ``examine`` is content, else raise one `Mistake` that begins with ✗ and the name."""
    learners = Switches()
    try:
        USUAL.put_back()
        torch.default_generator.manual_seed(SEEDS + seed)
        with in_force(forbidden, allowed):
            examine(answer, Random(seed))
        notebook.require_own_cell(name)
    except Mistake as mistake:
        message = f"✗ {name}: {mistake}"
    except Exception as error:  # an answer so odd that the check stumbled over it
        message = f"✗ {name}: your answer is of a kind that cannot be checked ({error_in_words(error)})."
    else:
        print("\n".join(filter(None, (f"✓ {name}", notebook.standing(name, True)))))
        return
    finally:
        learners.put_back()
    notebook.standing(name, False)
    raise Mistake(message) from None
