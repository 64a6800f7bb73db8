"""pyftpdlib_server.py PORT ROOT CERTIFICATE: pyftpdlib on loopback, without delays, limits or log."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

PORT, ROOT, CERTIFICATE = sys.argv[1:]

logging.basicConfig(level=logging.CRITICAL)


class Handler(TLS_FTPHandler):
    certfile = CERTIFICATE
    authorizer = DummyAuthorizer()
    auth_failed_timeout = 0
    max_login_attempts = sys.maxsize


Handler.authorizer.add_user("ftptest", "secret", ROOT, perm="elradfmwMT")
Handler.authorizer.add_anonymous(ROOT)
FTPServer.max_cons = sys.maxsize
FTPServer(("127.0.0.1", int(PORT)), Handler, backlog=1000).serve_forever()
