"""talk.py PORT COMMAND...: a raw FTP client for logs that servers and captures of packets are to hold.

Sends each COMMAND and waits for its final reply; behind 227 or 229 it opens the data connection, and closes it at once.
'COMMAND &' does not wait for the completion reply of a transfer, '@again' opens a new control connection.
"""

import re
import socket
import sys

port, commands = int(sys.argv[1]), sys.argv[2:]


class Session:
    def __init__(self):
        self.control = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.lines = self.control.makefile("rb")
        self.data = None
        self.awaited = 0
        self.reply()

    def reply(self):
        line = self.lines.readline().decode("latin-1")
        code = line[:3]
        while line[3:4] == "-" or not line.startswith(code):
            line = self.lines.readline().decode("latin-1")
            if not line:
                return ""
            if line.startswith(code + " "):
                break
        return line

    def send(self, command):
        is_early = command.endswith(" &")
        self.control.sendall(command.removesuffix(" &").encode() + b"\r\n")
        reply = self.reply()
        numbers = re.search(r"(\d+),(\d+)\)", reply)
        extended = re.search(r"\|\|\|(\d+)\|", reply)
        if reply.startswith("227") and numbers:
            self.connect(int(numbers[1]) * 256 + int(numbers[2]))
        elif reply.startswith("229") and extended:
            self.connect(int(extended[1]))
        elif reply.startswith("1"):
            if is_early:
                self.awaited += 1
                return
            self.close()
            self.reply()

    def connect(self, to):
        self.close()
        self.data = socket.create_connection(("127.0.0.1", to), timeout=10)

    def close(self):
        if self.data:
            self.data.close()
            self.data = None


session = Session()
for command in commands:
    if command == "@again":
        session.control.close()
        session = Session()
    else:
        session.send(command)
session.close()
for _ in range(session.awaited):
    session.reply()
