"""The last step outside the sandbox: ``enter.py COMMAND …`` leaves the grader's keyring and becomes the command.

The session keyring of whoever grades would be inherited by all that is started. A program of its own, because a
keyring belongs to a process, and the grader needs its own still.
"""

import ctypes
import os
import platform
import sys

KEYCTL = {"x86_64": 250, "aarch64": 219}
JOIN_SESSION_KEYRING = 1


def main(command: list[str]) -> None:
    if number := KEYCTL.get(platform.machine()):
        # Where it fails the kernel has no keyrings, or allows them to nobody in here. `doctor` looks.
        ctypes.CDLL(None).syscall(number, JOIN_SESSION_KEYRING, None)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
