"""The JavaScript of widgets and site as a language: every name is imported, types fit; and how its files are joined."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import utils.widgets
from utils.widgets import page

FOLDER = Path(utils.widgets.__file__).parent
SETTINGS = FOLDER / "deno.json"
FILES = sorted(FOLDER.glob("*/*.js"))
SITE = sorted(file for kind in ("js", "css") for file in (FOLDER.parent / "site").glob(f"*/*.{kind}"))
TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))
KINDS = list(utils.widgets.KINDS.values())
ids = {"ids": lambda kind: kind.__name__}


def deno(*arguments: object) -> str:
    """What deno says against the files, or nothing."""
    done = subprocess.run(
        [shutil.which("deno", path=Path(os.sys.executable).parent), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=FOLDER,
        env=os.environ | {"NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"},
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_name_is_imported_and_types_fit():
    assert deno("check", *FILES) == ""


def test_the_linter_finds_nothing():
    assert deno("lint", f"--config={SETTINGS}", *FILES, *TESTS, *[file for file in SITE if file.suffix == ".js"]) == ""


def test_the_layout_is_that_of_make_format():
    assert deno("fmt", "--check", f"--config={SETTINGS}", FOLDER, *TESTS, *SITE) == ""


def test_the_folders_are_the_list_of_widgets():
    """A folder with a drawing in it has a widget, whose `script` is the folder's name."""
    folders = {file.parent.name for file in FILES if file.stem == file.parent.name}
    assert folders == set(utils.widgets.KINDS), "utils/widgets/NAME holds NAME.js, and a widget whose script is NAME"
    assert all(kind.__name__ in utils.widgets.__all__ for kind in KINDS)
    tests = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    untested = [kind.__name__ for kind in KINDS if kind.__name__ not in tests]
    assert not untested, "hold what it says to torch's numbers, in tests/widgets/test_widget_facts.py"


@pytest.mark.parametrize("kind", KINDS, **ids)
def test_joined_files_are_one_module(kind, tmp_path):
    """No import is left, and no two files have the same name at their top: that would be a syntax error here."""
    module = tmp_path / "widget.mjs"
    module.write_text(kind._esm, encoding="utf-8")
    assert "import " not in re.sub(r'"[^"]*"|`[^`]*`', "", kind._esm)
    assert deno("check", "--no-config", module) == ""


@pytest.mark.parametrize("kind", KINDS, **ids)
def test_a_page_carries_what_its_widget_imports_and_nothing_else(kind):
    files = {file.stem for file in page._files(FOLDER / kind.script / f"{kind.script}.js")}
    others = {other.script for other in KINDS} - {kind.script}
    opens = {"stepper"} if kind.script in ("lab", "live", "predict") else set()
    assert files & others == opens
    most = {"live": 90_000, "lab": 53_000}  # these take pictures from outside, too
    assert len(page.script(kind.script, page.ALONE)) < most.get(kind.script, 48_000)


def test_questions_without_a_case_carry_no_stepper():
    with_cases, without = (utils.widgets.PredictFirst(about).page() for about in ("cnn_sizes", "batches"))
    assert "openStepper" in with_cases and "openStepper" not in without and len(without) < 0.5 * len(with_cases)


def test_a_comment_or_an_indentation_changes_no_page(tmp_path, monkeypatch):
    shutil.copytree(FOLDER, tmp_path / "widgets", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    before = page.script("stepper") + page.style("stepper")
    for file in tmp_path.glob("widgets/page/*"):
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".js":
            text = re.sub(r"^(  [^*\n].*;)$", r"  \1 // said anew", text, flags=re.MULTILINE)
            text = f"// first\n{text}\n/**\n * last\n */\n"
        else:
            text = f"/* first\n and second */\n{text}"
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(page, "WIDGETS", tmp_path / "widgets")
    page.script.cache_clear()
    page.style.cache_clear()
    try:
        assert page.script("stepper") + page.style("stepper") == before
    finally:
        page.script.cache_clear()
        page.style.cache_clear()


def test_no_text_of_the_files_looks_like_a_comment():
    """The joining takes away what stands behind a blank and //, and the blanks at the beginning of each line."""
    for file in FILES:
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not re.search(r"""(["'`])[^"'`]*\s// [^"'`]*\1""", line), f"{file}: {line}"
            assert line.count("`") % 2 == 0, f"{file}: a text over several lines would lose its indentation: {line}"


def test_files_begin_with_what_they_are_and_stay_short():
    for file in FILES:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("// ") and len(lines) <= 280, file.name


@pytest.mark.parametrize("beginning", ["function draw() {", "const draw = () => {", "const parts = { draw() {"])
def test_a_function_is_short_enough_to_be_read_as_a_whole(beginning, tmp_path):
    """`utils/widgets/function_lines.js` tells the linter, which looks at every file."""
    file = tmp_path / "drawing.js"
    end = "} };" if beginning.endswith("{ draw() {") else "}"
    for lines, said in ((80, False), (81, True)):
        body = "  step();\n" * (lines - 2)
        file.write_text(f"import {{ step }} from './step.js';\n\nexport {beginning}\n{body}{end}\n")
        assert ("A function of 81 lines" in deno("lint", f"--config={SETTINGS}", file)) == said


@pytest.mark.parametrize("kind", KINDS, **ids)
def test_a_page_has_the_style_of_each_class_that_its_widget_uses(kind):
    """A style lies beside the JavaScript that makes what it is for."""
    styled = set(re.findall(r"\.(cnn-[\w-]+)", "".join(sheet.read_text() for sheet in FOLDER.glob("*/*.css"))))
    used = set(re.findall(r"\bcnn-[\w-]+", page.script(kind.script, page.ALONE)))
    here = set(re.findall(r"\.(cnn-[\w-]+)", page.style(kind.script)))
    assert used & styled <= here


def test_no_two_widgets_have_a_class_of_the_same_name():
    """Their styles meet in one page, a notebook's or the site's, and would change each other."""
    owners: dict[str, set[str]] = {}
    for sheet in FOLDER.glob("*/*.css"):
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        for selector in re.findall(r"([^{}]+)\{", rules):
            for name in re.findall(r"\.(cnn-[\w-]+)", selector):
                owners.setdefault(name, set()).add(sheet.parent.name)
    shared = {name: rooms for name, rooms in owners.items() if "page" not in rooms and len(rooms) > 1}
    assert not shared, "begin it with the widget's name"
