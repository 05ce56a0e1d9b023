"""All cells of one notebook, in as many kernels as it takes: an answer that ends Python costs its own points only."""

from dataclasses import dataclass, field

from nbformat import NotebookNode

from utils.grading.sandbox import Limits
from utils.grading.session import KernelLost, KernelSession, Outcome


@dataclass
class Run:
    """What became of the cells. ``failures`` says why, in words, by a cell's place in the notebook."""

    failures: dict[int, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)  # why a person should look


def run(notebook: NotebookNode, limits: Limits, trusted: bool = False) -> Run:
    """Run all code cells and write their outputs into them.

    A task whose answer ends Python, or hangs, is left out, and a new kernel runs the others: first the cells before
    that they may need, without the checks, then the rest.

    Raises:
        SandboxError: the sandbox did not start.
    """
    runner = _Runner(notebook.cells, limits, trusted)
    try:
        for task in _tasks(notebook.cells):
            runner.run(task)
    finally:
        runner.end()
    return Run(runner.failures, runner.reasons)


def _tasks(cells: list[NotebookNode]) -> list[list[int]]:
    """Places of code cells, those of one task together: what is given, its answer, and its checks."""
    tasks: list[list[int]] = [[]]
    checked = False
    for place, cell in enumerate(cells):
        if cell.cell_type == "code":
            if checked and not _has(cell, "grade"):
                tasks.append([])
            tasks[-1].append(place)
            checked = _has(cell, "grade")
    return tasks


def _has(cell: NotebookNode, role: str) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get(role))


class _Runner:
    """Runs one task after the other. ``kept`` are the cells that a new kernel begins with."""

    def __init__(self, cells: list[NotebookNode], limits: Limits, trusted: bool):
        self.cells, self.limits, self.trusted = cells, limits, trusted
        self.failures: dict[int, str] = {}
        self.reasons: list[str] = []
        self.kept: list[int] = []
        self.kernel: KernelSession | None = None
        self.clock = limits.clock

    def run(self, task: list[int]) -> None:
        """Run one task, or say of it why not."""
        self._begin()
        if self.clock <= 0:
            over = f"The notebook had used up its {self.limits.clock / 60:.3g} minutes."
            self._leave_out(task, over)
            self.reasons.append(f"{over} Not run: {self._names(task)}.")
            return
        results: dict[int, Outcome] = {}
        try:
            self._take(task, results)
        except KernelLost as loss:
            self._lost(task, results, str(loss))
        else:
            self._keep(task, results)

    def end(self) -> None:
        if self.kernel:
            self.kernel.__exit__()
            self.kernel = None

    def _begin(self) -> None:
        """Have a kernel in which the kept cells have been run."""
        while self.kernel is None:
            self.kernel = KernelSession(self.limits, self.trusted, self.clock).__enter__()
            for place in self.kept:
                try:
                    self._execute(place)
                except KernelLost as loss:  # this time; from here on without it
                    self.end()
                    self.kept = [other for other in self.kept if other != place]
                    self.reasons.append(f"{loss} ({self._names([place])})")
                    break

    def _take(self, task: list[int], results: dict[int, Outcome]) -> None:
        for place in task:
            results[place] = self._execute(place)

    def _execute(self, place: int) -> Outcome:
        cell = self.cells[place]
        assert self.kernel is not None, "_begin comes first"
        try:
            # A test is not kept in the history, where a later answer could read it.
            return self.kernel.execute(cell.source, history=not _has(cell, "grade"))
        finally:
            self.clock = self.kernel.clock

    def _keep(self, task: list[int], results: dict[int, Outcome]) -> None:
        self.kept += [place for place in task if not _has(self.cells[place], "grade")]
        self._write(results)

    def _lost(self, task: list[int], results: dict[int, Outcome], loss: str) -> None:
        """The kernel is gone. Was it this answer? Without the answers before it, it is seen."""
        self.end()
        all_kept = self.kept
        self.kept = [place for place in all_kept if not _has(self.cells[place], "solution")]
        if len(self.kept) < len(all_kept) and self.clock > 0:
            self._begin()
            alone: dict[int, Outcome] = {}
            try:
                self._take(task, alone)
            except KernelLost:
                pass
            else:
                if not any(outcome.failure for outcome in alone.values()):
                    self._keep(task, alone)
                    why = f"Not so without the answers before {self._names(task)}: what follows is run without them."
                    self.reasons.append(f"{loss} ({self._names(task)}) {why}")
                    return
            self.end()
        given = [place for place in results if not self.cells[place].metadata.get("nbgrader")]
        self.kept = all_kept + given
        self._write(results)
        culprit, *rest = task[len(results) :]
        self.failures[culprit] = loss
        self.reasons.append(f"{loss} ({self._names([culprit])})")
        self._leave_out(rest, f"A cell before it had ended the run: {loss}")

    def _write(self, results: dict[int, Outcome]) -> None:
        for place, outcome in results.items():
            cell = self.cells[place]
            cell.outputs = outcome.outputs
            if outcome.failure:
                self.failures[place] = _in_words(outcome, self.limits)
            if outcome.replaced:
                named = ", ".join(outcome.replaced[:5])[:200]
                self.reasons.append(f"{self._names([place])} replaces {named}.")

    def _leave_out(self, task: list[int], why: str) -> None:
        for place in task:
            self.failures[place] = f"Not run. {why}"

    def _names(self, places: list[int]) -> str:
        """The task's first cell that has a name."""
        all_details = [self.cells[place].metadata.get("nbgrader", {}) for place in places]
        return next((each["grade_id"] for each in all_details if "grade_id" in each), "a cell of the assignment")


def _in_words(outcome: Outcome, limits: Limits) -> str:
    """Why a cell has failed, for its author."""
    if outcome.failure == "time":
        return f"It took longer than {limits.seconds:g} seconds and was stopped."
    if outcome.failure == "output":
        return f"It wrote more than {limits.output / 1e6:g} MB and was stopped."
    errors = [output for output in outcome.outputs if output.output_type == "error"]
    if not errors:
        return outcome.failure
    name, words = errors[-1].ename, errors[-1].evalue
    return (words if name == "Mistake" else f"{name}: {words}")[:2000]
