"""The product in processes that a failing disk can be given to: ``python -m tests.prove.faulty SOCKET``.

Everything is imported once; each process is a copy of that one. It answers through its socket, whose
calls no fault is put into: first its number, then, asked for a round, the status of each request.
"""

import io
import json
import mimetypes
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from spm.app import create_app
from tests.conftest import NOW

KEYS = "1:for-tests-only-for-tests-only-for-tests"


@dataclass
class Browser:
    """One signed-in browser on an application of its own."""

    url: str
    instance: str
    token: str

    def __post_init__(self) -> None:
        made = Settings(
            database_url=self.url,
            instance=Path(self.instance),
            secret_key="for-tests-only",
            audit_keys=KEYS,
            base_url="http://localhost",
            password_cost="test",
            runs_jobs=False,
            is_testing=True,
        )
        app = create_app(made, clock=lambda: NOW)
        app.config["WTF_CSRF_ENABLED"] = False
        app.logger.disabled = True
        self.client = app.test_client()
        self.client.set_cookie("spm", self.token, domain="localhost")

    def round(self, name: str) -> dict[str, int]:
        """Read, write, hand a file in, read again."""
        file = (io.BytesIO(b"Name,Amount\n" * 20_000), "deals.csv")
        answers = {
            "read": self.client.get("/accounts"),
            f"write {name}": self.client.post("/accounts/new", data={"name": name}),
            "hand in": self.client.post(
                "/imports/new", data={"files": file}, content_type="multipart/form-data"
            ),
            "read again": self.client.get("/imports"),
        }
        return {what: answer.status_code for what, answer in answers.items()}


def child(link: socket.socket, asked: dict[str, str]) -> None:
    """Answer rounds until the other end is closed."""
    browser = Browser(asked["url"], asked["instance"], asked["token"])
    if asked["warm"]:
        browser.client.get("/accounts")
    link.sendall(f"{os.getpid()}\n".encode())
    with link.makefile("r") as lines:
        for line in lines:
            link.sendall((json.dumps(browser.round(line.strip())) + "\n").encode())


def main() -> None:
    """Make a copy of this process for each line that comes in, with a socket of its own."""
    mimetypes.init()  # the browser's, not the product's
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(sys.argv[1])
    listening.listen()
    while True:
        link, _address = listening.accept()
        with link.makefile("r") as lines:
            asked = json.loads(lines.readline())
        if os.fork() == 0:
            listening.close()
            child(link, asked)
            os._exit(0)
        link.close()
        while os.waitpid(-1, os.WNOHANG)[0] if _has_children() else False:
            pass


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main()
