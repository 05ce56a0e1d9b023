"""``python -m utils.checks``: how far the exercises are done on this machine."""

from utils.checks.progress import progress

if __name__ == "__main__":
    print(progress())
