"""A web server on the loopback interface that serves files well, or misbehaves in one of several ways.

The first part of an address says how: ``http://127.0.0.1:PORT/good/NAME``, ``/stall/NAME`` and so on.
"""

import contextlib
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from utils.data.mirrors import Remote


class Server:
    """``files``: content by name. ``requests``: (way, name, the Range header or None) of each request so far."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str | None]] = []
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))

    def url(self, way: str, name: str) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/{way}/{name}"

    def remote(self, name: str, *ways: str) -> Remote:
        """The file to download, with an address for each of these ways of serving it."""
        content = self.files[name]
        sha256 = hashlib.sha256(content).hexdigest()
        return Remote(name, len(content), sha256, tuple(self.url(way, name) for way in ways))

    def ranges(self, way: str) -> list[str | None]:
        """The Range headers of the requests for ``way``, in order."""
        return [asked for requested, _, asked in self.requests if requested == way]

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            way, name = self.path.strip("/").split("/")
            asked = self.headers.get("Range")
            server.requests.append((way, name, asked))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client may leave
                getattr(self, way)(server.files[name], asked)

        def answer(self, status: int, length: int, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def begin(self, content: bytes, asked: str | None) -> bytes:
            """Send the headers, as a server does that can resume, and return the bytes to send."""
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if start >= len(content):
                self.answer(416, 0)
                return b""
            if asked:
                span = f"bytes {start}-{len(content) - 1}/{len(content)}"
                self.answer(206, len(content) - start, Content_Range=span)
            else:
                self.answer(200, len(content))
            return content[start:]

        def good(self, content: bytes, asked: str | None) -> None:
            self.wfile.write(self.begin(content, asked))

        def gzipped(self, content: bytes, _: str | None) -> None:  # says what a browser would unpack
            self.answer(200, len(content), Content_Encoding="gzip")
            self.wfile.write(content)

        def norange(self, content: bytes, _: str | None) -> None:
            self.answer(200, len(content))
            self.wfile.write(content)

        def lyingrange(self, content: bytes, asked: str | None) -> None:  # resumes from a place nobody asked for
            if asked:
                self.answer(206, len(content), Content_Range=f"bytes 0-{len(content) - 1}/{len(content)}")
            else:
                self.answer(200, len(content))
            self.wfile.write(content)

        def truncated(self, content: bytes, _: str | None) -> None:  # whole by its own account
            self.answer(200, len(content) // 2)
            self.wfile.write(content[: len(content) // 2])

        def dropped(self, content: bytes, asked: str | None) -> None:  # the connection breaks half way
            rest = self.begin(content, asked)
            self.wfile.write(rest[: len(rest) // 2])
            self.close_connection = True

        def cutshort(self, content: bytes, _: str | None) -> None:  # ends half way, having promised no length
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])

        def altered(self, content: bytes, asked: str | None) -> None:
            self.wfile.write(self.begin(bytes([content[0] ^ 1]) + content[1:-1] + bytes([content[-1] ^ 1]), asked))

        def endless(self, content: bytes, _: str | None) -> None:  # no length given, and never an end
            self.send_response(200)
            self.end_headers()
            while not server.closing.is_set():
                self.wfile.write(content)

        def page(self, _content: bytes, _: str | None) -> None:  # as a hotel's network answers everything
            text = b"<!DOCTYPE html><title>Please log in</title>"
            self.answer(200, len(text), Content_Type="text/html")
            self.wfile.write(text)

        def quietpage(self, content: bytes, _: str | None) -> None:  # a page of the right length, with no type
            text = b"<!DOCTYPE html>".ljust(len(content))
            self.answer(200, len(text))
            self.wfile.write(text)

        def forbidden(self, _content: bytes, _: str | None) -> None:
            self.answer(403, 0)

        def stall(self, content: bytes, asked: str | None) -> None:  # half of it, and then nothing more
            rest = self.begin(content, asked)
            self.wfile.write(rest[: len(rest) // 2])
            server.closing.wait(60)

        def silent(self, _content: bytes, _: str | None) -> None:  # takes the request and says nothing
            server.closing.wait(60)

        def trickle(self, content: bytes, asked: str | None) -> None:  # a little at a time: never a stall
            rest = self.begin(content, asked)
            for start in range(0, len(rest), 2_000):
                self.wfile.write(rest[start : start + 2_000])
                if server.closing.wait(0.05):
                    return

    return Handler
