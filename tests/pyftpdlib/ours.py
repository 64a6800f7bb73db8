"""A pytest plugin: where pyftpdlib's tests start a server, `ftproof serve` is started.

With FTPROOF_WORDS=aside the words of a refusal do not count, only its code, or where a test names none its class.
"""

import os
import re
import subprocess

import pytest
import tests
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

# What these classes are about is inside pyftpdlib: attributes of its classes, callbacks, throttling, its own file objects.
INSIDE = {
    "TestCallbacks",
    "TestConfigurableOptions",
    "TestThrottleBandwidth",
    "TestTimeouts",
    "ThreadedFTPTests",
    "TestFtpStoreDataNoSendfile",
    "TestFtpStoreDataWithCustomIO",
    "TestFtpRetrieveDataNoSendfile",
    "TestFtpRetrieveDataCustomIO",
}


class Ours:
    """Stands for tests.FtpdThreadWrapper."""

    handler = FTPHandler
    server_class = FTPServer

    def __init__(self, addr=None):
        host, port = addr or (tests.HOST, 0)
        host = f"[{host}]" if ":" in host else host
        accounts = ["--user", f"{tests.USER}:{tests.PASSWD}", "--user", "anonymous:"]
        tls = ["--self-signed"] if issubclass(self.handler, TLS_FTPHandler) else []
        command = [os.environ["FTPROOF"], "serve", f"{host}:{port}", "--root", tests.HOME, *accounts, *tls]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        place = self.process.stdout.readline().strip().removeprefix("listening on ftp://")
        self.host, port = place.rsplit(":", 1)
        self.host, self.port = self.host.strip("[]"), int(port)

    def start(self):
        pass

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


tests.FtpdThreadWrapper = Ours


def without_words(raises):
    def in_its_place(*expected, match=None, **others):
        code = match and re.match(r"\d{3}", match)
        return raises(*expected, match=code and code[0], **others)

    return in_its_place


if os.environ.get("FTPROOF_WORDS") == "aside":
    pytest.raises = without_words(pytest.raises)


def pytest_collection_modifyitems(config, items):
    """Leaves out what is inside pyftpdlib, by name."""
    kept, left = [], []
    for item in items:
        # The file for TLS imports the classes of the other one, whose tests would be run twice.
        is_own = item.cls is not None and item.cls.__module__ == item.module.__name__
        # Those in TLS are derived from those in clear.
        is_inside = not is_own or any(base.__name__ in INSIDE for base in item.cls.__mro__)
        (left if is_inside else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)
