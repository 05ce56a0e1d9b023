"""What runs inside the sandbox: an IPython kernel that is limited, and calls us instead of waiting for a call.

A file that is run by its path, so that nothing else of the grader is needed in there. A usual kernel creates
its sockets, so it needs a folder it can write to. This one connects to sockets that the grader has created:
the folder can be read-only.
"""

import json
import resource
import sys
import traceback

from ipykernel.kernelapp import IPKernelApp


class Kernel(IPKernelApp):
    def _bind_socket(self, socket, port):
        if socket is not self.shell_socket:
            self._call(socket, port)
        return port

    def init_control(self, context):
        super().init_control(context)
        # Not before: a debugger would connect to the shell beside us.
        self._call(self.shell_socket, self.shell_port)

    def init_heartbeat(self):
        """None: the grader sees for itself whether this process lives."""

    def _call(self, socket, port):
        socket.connect(f"ipc://{self.ip}-{port}")


def forget_failures(shell) -> None:
    """Let go of what a failed cell holds: its frames, and after a MemoryError its names. The next cell needs room."""
    before = {}

    def remember(info):
        before.clear()
        before.update(shell.user_ns)

    def forget(result):
        error = result.error_in_exec
        if error is not None:
            traceback.clear_frames(error.__traceback__)
            sys.last_value = sys.last_traceback = None
        if isinstance(error, MemoryError):
            for name in set(shell.user_ns) - set(before):
                del shell.user_ns[name]
            shell.user_ns.update(before)

    shell.events.register("pre_run_cell", remember)
    shell.events.register("post_run_cell", forget)


def leave(*ignored) -> None:
    """What ``quit()`` and ``exit()`` do in here: end the cell, not the kernel."""
    raise SystemExit("quit() ends this cell only")


def main(connection_file: str, limits: str) -> None:
    for name, most in json.loads(limits).items():
        resource.setrlimit(getattr(resource, name), (most, most))
    # Without ignore_cwd a file that an answer writes could be imported in place of a module.
    app = Kernel.instance(connection_file=connection_file, ignore_cwd=True, log_level=50)
    app.initialize([])
    forget_failures(app.shell)
    app.shell.user_ns["quit"] = app.shell.user_ns["exit"] = leave
    app.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
