"""CIFAR-10: its two original formats against torchvision, and all of it where COURSE_DATA holds it."""

import hashlib
import io
import os
import pickle
import tarfile
import time

import numpy as np
import pytest
import torch

from utils.compat import import_torchvision
from utils.data import cats_and_dogs, cifar, cifar10
from utils.data.mirrors import CIFAR10_BINARY, CIFAR10_DOWNLOADS, CIFAR10_PYTHON

CLASSROOM = os.environ.get("COURSE_DATA")  # what the tests were started with
PER_BATCH = 20

pytestmark = pytest.mark.usefixtures("quick_sample")


class Python2Pickler(pickle._Pickler):
    """Writes strings as Python 2 did, which is what CIFAR-10's batches contain."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_string(self, value: bytes | str) -> None:
        content = value.encode() if isinstance(value, str) else value
        self.write(b"T" + len(content).to_bytes(4, "little") + content)

    dispatch[bytes] = dispatch[str] = save_string


def python2_pickle(value: object) -> bytes:
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    content = file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    old = content.replace(b"\x89\x88\x87", b"K\x00K\x01\x87")  # dtype("u1", 0, 1): it had no False and True here
    assert old != content
    return old


@pytest.fixture
def original(monkeypatch):
    """A small CIFAR-10, in both formats: the content of each batch file, by name."""
    random = np.random.RandomState(0)
    files = {}
    for python, binary in zip(CIFAR10_PYTHON, CIFAR10_BINARY, strict=True):
        pixels = random.randint(0, 256, (PER_BATCH, 3072)).astype(np.uint8)
        labels = random.permutation(PER_BATCH) % 10
        batch = {
            b"data": pixels,
            b"labels": labels.tolist(),
            b"batch_label": b"a batch",
            b"filenames": [b"x.png"],
        }
        files[python] = python2_pickle(batch)
        files[binary] = np.hstack([labels[:, None].astype(np.uint8), pixels]).tobytes()
    for table in (CIFAR10_PYTHON, CIFAR10_BINARY):
        for name in table:
            monkeypatch.setitem(table, name, hashlib.sha256(files[name]).hexdigest())
    return files


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def pack(path, inner, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{inner}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def place(tmp_path, original, form: str):
    """The small CIFAR-10 in one of the forms in which it is found."""
    python = {name: original[name] for name in CIFAR10_PYTHON}
    binary = {name: original[name] for name in CIFAR10_BINARY}
    home = tmp_path / "class"
    if form == "python archive":
        pack(home / "cifar-10-python.tar.gz", "cifar-10-batches-py", python)
    elif form == "binary archive":
        pack(home / "cifar-10-binary.tar.gz", "cifar-10-batches-bin", binary)
    elif form == "python folder":
        put(home / "cifar-10-batches-py", python)
    elif form == "binary folder":
        put(home / "cifar-10-batches-bin", binary)
    elif form == "bare files":
        put(home, python)
    elif form == "in a folder":
        pack(home / "cifar10" / "cifar-10-python.tar.gz", "cifar-10-batches-py", python)
    return home


@pytest.fixture
def theirs(tmp_path, original, monkeypatch):
    """What torchvision makes of the same batches."""
    root = tmp_path / "torchvision"
    put(root / "cifar-10-batches-py", {name: original[name] for name in CIFAR10_PYTHON})
    names = pickle.dumps({"label_names": list(cifar.CLASS_NAMES)}, protocol=2)
    put(root / "cifar-10-batches-py", {"batches.meta": names})
    datasets = import_torchvision().datasets
    monkeypatch.setattr(datasets.CIFAR10, "_check_integrity", lambda self: True)
    monkeypatch.setattr(datasets.cifar, "check_integrity", lambda *_: True)
    return datasets.CIFAR10(root, train=True), datasets.CIFAR10(root, train=False)


FORMS = ["python archive", "binary archive", "python folder", "binary folder", "bare files", "in a folder"]


@pytest.mark.parametrize("form", FORMS)
def test_every_original_form_is_what_torchvision_reads(tmp_path, original, theirs, monkeypatch, form):
    monkeypatch.setenv("COURSE_DATA", str(place(tmp_path, original, form)))
    for _ in ("read", "from the cache"):
        for ours, part in zip(cifar10(), theirs, strict=True):
            assert torch.equal(ours.images, torch.from_numpy(part.data).permute(0, 3, 1, 2))
            assert ours.labels.tolist() == part.targets
            assert list(ours.class_names) == part.classes
            assert "classroom copy in COURSE_DATA" in ours.source


def test_cats_and_dogs_are_classes_3_and_5(tmp_path, original, theirs, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(place(tmp_path, original, "python archive")))
    for ours, part in zip(cats_and_dogs(), theirs, strict=True):
        kept = [i for i, label in enumerate(part.targets) if part.classes[label] in ("cat", "dog")]
        assert torch.equal(ours.images, torch.from_numpy(part.data[kept]).permute(0, 3, 1, 2))
        assert [ours.class_names[label] for label in ours.labels] == [part.classes[part.targets[i]] for i in kept]
        assert ours.class_names == ("cat", "dog")
        assert ours.source.startswith("CIFAR-10's cats and dogs, 20 + 4 images")


def test_what_is_downloaded_is_what_torchvision_downloads():
    theirs = import_torchvision().datasets.CIFAR10
    (archive,) = CIFAR10_DOWNLOADS
    assert archive.name == theirs.filename
    assert list(CIFAR10_PYTHON) == [name for name, _ in theirs.train_list + theirs.test_list]
    assert all(url.startswith("https://") and archive.name in url for url in archive.urls)
    assert archive.urls[-1] == theirs.url, "the throttled host is the last resort"
    assert len(archive.urls) >= 4


# --- refused --------------------------------------------------------------------------------------------------


def spoil(archive, how: str) -> None:
    content = bytearray(archive.read_bytes())
    if how == "truncated":
        del content[len(content) // 2 :]
    elif how == "altered":
        content[len(content) // 2] ^= 255
    elif how == "page":
        content[:] = b"<html><body>Sign in to continue</body></html>"
    elif how == "empty":
        content.clear()
    archive.write_bytes(content)


@pytest.mark.parametrize("how", ["truncated", "altered", "page", "empty"])
@pytest.mark.parametrize("form", ["python", "binary"])
def test_a_damaged_archive_is_named_and_passed_over(tmp_path, original, monkeypatch, how, form):
    home = place(tmp_path, original, f"{form} archive")
    spoil(home / f"cifar-10-{form}.tar.gz", how)
    monkeypatch.setenv("COURSE_DATA", str(home))
    with pytest.warns(UserWarning, match=rf"cifar-10-{form}.tar.gz.*Put a good copy in its place"):
        train, _ = cifar10()
    assert train.is_sample


def test_an_altered_batch_is_named(tmp_path, original, monkeypatch):
    batch = original["data_batch_3.bin"]
    original["data_batch_3.bin"] = batch[:100] + bytes([batch[100] ^ 1]) + batch[101:]
    monkeypatch.setenv("COURSE_DATA", str(place(tmp_path, original, "binary folder")))
    with pytest.warns(UserWarning, match=r"cifar-10-batches-bin/data_batch_3.bin is not the file .*SHA-256"):
        assert cifar10()[0].is_sample


def test_an_archive_that_lacks_a_batch_says_which(tmp_path, original, monkeypatch):
    python = {name: original[name] for name in CIFAR10_PYTHON if name != "data_batch_4"}
    pack(tmp_path / "class" / "cifar-10-python.tar.gz", "cifar-10-batches-py", python)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    with pytest.warns(UserWarning, match="lacks data_batch_4"):
        assert cifar10()[0].is_sample


class Burglar:
    def __reduce__(self):
        return os.system, ("echo broken in",)


@pytest.mark.parametrize("value", [Burglar(), {b"data": Burglar()}, {b"data": print}, {b"data": np.load}])
def test_a_batch_can_run_nothing(value, capfd):
    with pytest.raises(pickle.UnpicklingError, match="no use for"):
        cifar._parse_python(pickle.dumps(value, protocol=2))
    assert "broken in" not in capfd.readouterr().out


# --- everything -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not CLASSROOM, reason="set COURSE_DATA to a folder that holds CIFAR-10")
def test_all_of_cifar10(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", CLASSROOM)
    train, test = cifar10()
    if train.is_sample:
        pytest.skip("COURSE_DATA holds no CIFAR-10")
    assert train.labels.bincount().tolist() == [5000] * 10
    assert test.labels.bincount().tolist() == [1000] * 10
    assert train.labels[:1000].unique().tolist() == list(range(10)), "the classes are mixed"
    # A. Krizhevsky's data, as everyone normalises it; a copy recompressed as JPEG comes within 0.001.
    mean = train.images.double().mean((0, 2, 3)) / 255
    assert mean.tolist() == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-3)

    start = time.monotonic()
    again, _ = cifar10()
    assert time.monotonic() - start < 2
    assert torch.equal(again.images, train.images)
    assert torch.equal(again.labels, train.labels)

    pets, test_pets = cats_and_dogs()
    assert pets.labels.bincount().tolist() == [5000, 5000]
    assert test_pets.labels.bincount().tolist() == [1000, 1000]
    assert torch.equal(pets.images[pets.labels == 1], train.images[train.labels == 5])
