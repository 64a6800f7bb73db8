"""forgetful_server.py PORT VERB: an FTP server that refuses VERB with 503 although it is in order, and is right elsewhere.

For logs of clients that send nothing out of order by themselves, so that the mistake has to be the server's.
"""

import socket
import sys
import threading

port, refused = int(sys.argv[1]), sys.argv[2]
CONTENT = b"hello world\n"
REPLIES = {
    "USER": "331 Password please",
    "PASS": "230 Logged in",
    "SYST": "215 UNIX Type: L8",
    "PWD": '257 "/" is the directory',
    "TYPE": "200 Type set",
    "SIZE": f"213 {len(CONTENT)}",
    "CWD": "250 Changed",
    "NOOP": "200 Nothing done",
    "OPTS": "200 Set",
    "QUIT": "221 Goodbye",
}


def serve(control):
    listener = None
    lines = control.makefile("rb")

    def say(text):
        control.sendall(text.encode() + b"\r\n")

    say("220 Ready")
    for line in lines:
        verb = line.decode("latin-1").strip().split(" ")[0].upper()
        if verb == refused:
            say("503 Bad sequence of commands")
        elif verb in ("PASV", "EPSV"):
            listener = socket.create_server(("127.0.0.1", 0))
            at = listener.getsockname()[1]
            passive = f"227 Entering Passive Mode (127,0,0,1,{at // 256},{at % 256})"
            say(passive if verb == "PASV" else f"229 Entering Extended Passive Mode (|||{at}|)")
        elif verb in ("RETR", "LIST", "NLST") and listener:
            say("150 Here it comes")
            data, _ = listener.accept()
            data.sendall(CONTENT if verb == "RETR" else b"-rw-r--r-- 1 a a 12 Jan 1 00:00 hello.txt\r\n")
            data.close()
            listener = listener.close()
            say("226 Done")
        else:
            say(REPLIES.get(verb, "502 Not implemented"))
        if verb == "QUIT":
            break
    control.close()


with socket.create_server(("127.0.0.1", port)) as server:
    while True:
        control, _ = server.accept()
        threading.Thread(target=serve, args=(control,), daemon=True).start()
