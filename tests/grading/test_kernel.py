"""What the grader's kernel notices: an answer that changes what checks rely on."""

from types import SimpleNamespace

import pytest
import torch

from utils.checks import gpu
from utils.checks import kinds_of_convolution as check
from utils.grading import kernel

PLACE = "utils.checks.kinds_of_convolution"


@pytest.fixture
def noticed():
    """Runs code as a cell's and returns the names that are reported to be replaced."""
    said = []
    shell = SimpleNamespace(
        user_ns={"check": check, "torch": torch},
        events=SimpleNamespace(register=lambda moment, report: shell.reports.append(report)),
        payload_manager=SimpleNamespace(write_payload=lambda payload: said.extend(payload["names"])),
        reports=[],
    )
    kernel.report_patches(shell)

    def run(action) -> list[str]:
        said.clear()
        action()
        for report in shell.reports:
            report(None)
        return list(said)

    return run


@pytest.mark.parametrize(
    "function",
    [check.scatter.right, check.scatter.cases, check.scatter.mistakes[1][1]],
)
def test_other_code_in_a_function_of_a_check_is_noticed(function, noticed, monkeypatch):
    def other(*arguments):
        return torch.zeros(1)

    assert noticed(lambda: None) == []
    assert f"{PLACE}.scatter" in noticed(lambda: monkeypatch.setattr(function, "__code__", other.__code__))


def test_a_topic_that_is_a_folder_is_watched_in_its_files_too(noticed, monkeypatch):
    place, function = "utils.checks.gpu", gpu.unroll.mistakes[1][1]
    names = noticed(lambda: monkeypatch.setattr(function, "__code__", (lambda *arguments: None).__code__))
    assert {f"{place}.unroll", f"{place}.columns.unroll"} <= set(names)
    names = noticed(lambda: monkeypatch.setattr(gpu.columns, "_cells", print))
    assert names == [f"{place}.columns._cells"]


def test_another_task_and_another_way_to_call_tasks_are_noticed(noticed, monkeypatch):
    other = check.scatter._replace(right=print)
    assert noticed(lambda: monkeypatch.setattr(check, "scatter", other)) == [f"{PLACE}.scatter"]
    names = noticed(lambda: monkeypatch.setattr(type(other), "__call__", print))
    assert "utils.checks.task.Task.__call__" in names
