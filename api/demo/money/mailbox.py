"""A mail server of the demonstration's own, on this machine: it takes every mail, and passes none on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer

_END = b".\r\n"
#: By its first word, how a command is answered (RFC 5321, 4.3.2).
_ANSWERS = {
    "EHLO": "250 mailbox", "HELO": "250 mailbox", "MAIL": "250 OK", "RCPT": "250 OK", "RSET": "250 OK",
    "NOOP": "250 OK", "DATA": "354 go ahead", "QUIT": "221 bye",
}  # fmt: skip


@dataclass
class Mailbox:
    """What was mailed, in the order in which it came.

    Attributes:
        port: of this machine.
        mails: each with its files.
    """

    port: int
    mails: list[EmailMessage] = field(default_factory=list)

    def files_of(self, address: str) -> list[str]:
        """Name the files that came to an address."""
        to = [mail for mail in self.mails if address in str(mail["To"])]
        return [part.get_filename() or "" for mail in to for part in mail.iter_attachments()]


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Take mails for as long as it is needed."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mailbox")
            while line := self.rfile.readline():
                command = line[:4].decode("ascii", "replace").upper()
                self._say(_ANSWERS.get(command, "502 not known"))
                if command == "DATA":
                    mails.append(_read(self._lines()))
                    self._say("250 taken")
                if command == "QUIT":
                    return

        def _lines(self) -> Iterator[bytes]:
            while (line := self.rfile.readline()) and line != _END:
                yield line.removeprefix(b".")  # a line that begins with a dot came with a second one

        def _say(self, answer: str) -> None:
            self.wfile.write(f"{answer}\r\n".encode("ascii"))

    mails: list[EmailMessage] = []
    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        try:
            yield Mailbox(server.server_address[1], mails)
        finally:
            server.shutdown()
            thread.join(timeout=5)


def _read(lines: Iterator[bytes]) -> EmailMessage:
    return message_from_bytes(b"".join(lines), policy=policy.default)
