"""What several test files share."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling


@pytest.fixture
def stripes():
    """A data set of 200 grey 28×28 images: stripes, upright or lying, under noise. Learnt within seconds."""
    import torch  # here: the process that hands out the tests can do without

    from utils.data import Dataset

    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 2
    stripes = (torch.arange(28) % 4 < 2).float().expand(28, 28)
    patterns = torch.stack([stripes, stripes.T])[labels]
    noisy = 0.5 * patterns + 0.5 * torch.rand(200, 28, 28, generator=generator)
    images = (noisy * 255).to(torch.uint8).unsqueeze(1)
    return Dataset(
        images, labels, ("vertical", "horizontal"), "stripes made for a test", mean=(0.5,), std=(0.3,)
    )


class ByFolder(LoadScopeScheduling):
    """Side by side, the tests of a folder share one process and its fixtures; lectures run wherever one is free."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file.endswith("/test_run.py") else str(Path(file).parent)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log) -> ByFolder:
    return ByFolder(config, log)
