"""What is wrong with an answer."""


class Mistake(Exception):
    """What is wrong with an answer, in words for its author. A notebook shows these words and nothing else."""

    def _render_traceback_(self) -> list[str]:  # IPython asks an exception for this before it shows frames
        return [str(self)]
