"""Task 4: two outputs of a convolution with four products, which are counted."""

from collections.abc import Callable, Iterator

from utils.checks.base import Mistake
from utils.checks.inputs import Random
from utils.checks.task import Task


class _Number:
    """A number that counts in ``products``, a list of one, how often numbers like it are multiplied with each other."""

    def __init__(self, value: float, products: list[int]):
        self.value, self.products = value, products

    def _new(self, value: float) -> "_Number":
        return _Number(value, self.products)

    def __add__(self, other):
        return self._new(self.value + _value(other))

    __radd__ = __add__

    def __sub__(self, other):
        return self._new(self.value - _value(other))

    def __rsub__(self, other):
        return self._new(_value(other) - self.value)

    def __neg__(self):
        return self._new(-self.value)

    def __mul__(self, other):
        self.products[0] += isinstance(other, _Number)
        return self._new(self.value * _value(other))

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._new(self.value / _value(other))


def _value(number: object) -> float:
    return number.value if isinstance(number, _Number) else float(number)


def _outputs(
    ends: Callable = lambda m1, m2, m3, m4: (m1 + m2 + m3, m2 - m3 - m4), turn: int = 1, halves: int = 1
) -> Callable:
    """An answer to task 4, right or with other outputs of the four products, m3 turned, or m2 and m3 divided."""

    def answer(d: list, u: list) -> tuple:
        m2, m3 = (d[1] + d[2]) * u[1] / halves, turn * ((d[2] - d[1]) * u[2]) / halves
        return ends((d[0] - d[2]) * u[0], m2, m3, (d[1] - d[3]) * u[3])

    return answer


def _correlated(d: list, kernel: list) -> tuple:
    """Two outputs of the usual kind, with six products."""
    return tuple(sum(d[y + i] * kernel[i] for i in range(3)) for y in (0, 1))


def _numbers(random: Random) -> Iterator[tuple]:
    for _ in range(2):
        d, g = (random.normal(length).double().tolist() for length in (4, 3))
        u = [g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]]
        products = [0]
        yield tuple([_Number(value, products) for value in values] for values in (d, u))


def _values(outputs: tuple, *given: list) -> tuple[float, ...]:
    if not all(isinstance(output, _Number) for output in outputs):
        raise Mistake("your function must return numbers made from those in d and u, with + − and · only.")
    return tuple(output.value for output in outputs)


two_outputs = Task(
    "two_outputs",
    right=_outputs(),
    cases=_numbers,
    case=lambda d, u: f"of d = {[round(x.value, 3) for x in d]}",
    kind=float,
    returns="y0, y1",
    read=_values,
    mistakes=(
        (
            "u1 and u2 are swapped: in m2 d1 and d2 are added, in m3 d1 is taken away from d2.",
            lambda d, u: _outputs()(d, [u[0], u[2], u[1], u[3]]),
        ),
        (
            "`u` is taken from its end. m1 has u0.",
            lambda d, u: _outputs()(d, u[::-1]),
        ),
        ("the two outputs are swapped.", lambda d, u: _outputs()(d, u)[::-1]),
        (
            "y1 is m2 − m3 − m4: look at its signs.",
            _outputs(lambda m1, m2, m3, m4: (m1 + m2 + m3, m2 + m3 + m4)),
        ),
        (
            "m4 has the wrong sign: in y1 it is taken away, and it is (d1 − d3) · u3.",
            _outputs(lambda m1, m2, m3, m4: (m1 + m2 + m3, m2 - m3 + m4)),
        ),
        ("m3 has its two numbers of d the wrong way round.", _outputs(turn=-1)),
        ("`u` holds the halves already: no `/ 2`.", _outputs(halves=2)),
        ("u is not the kernel itself: it has been transformed. Build m1 to m4 from it.", _correlated),
    ),
    beside=(
        (
            "the outputs are right, but there are more than four products. Compute m1 to m4 once each, and store them.",
            lambda d, u: _correlated(d, [u[0], u[1] - u[2], u[3]]),
            lambda value, d, u: d[0].products[0] > 4 and f"You multiplied {d[0].products[0]} times.",
        ),
    ),
)
