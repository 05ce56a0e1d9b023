"""Colab has no anywidget: the lectures' first cell installs it, and of the extra "lab" nothing else."""

import subprocess

from utils import colab


def test_anywidget_is_installed_where_it_is_missing(monkeypatch):
    commands = []

    def pip(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, returncode=0)

    monkeypatch.setattr(colab.subprocess, "run", pip)
    monkeypatch.setattr(colab, "_is_installed", lambda name: name not in ("anywidget", "jupyterlab", "jupytext"))
    assert colab.install_missing() == ["anywidget"]
    assert commands[0][-1].startswith("anywidget>=")
