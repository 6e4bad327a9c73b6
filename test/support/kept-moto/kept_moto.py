"""See sitecustomize.py. No message is sent before its length: a stream knows no borders."""

import fcntl
import json
import os
import signal
import socket
import struct
import sys
import threading

STREAMS = (0, 1, 2)
# A run's folder is removed at its end. One that was killed leaves it: then its process is gone.
LOOK_SECONDS = 1.0


def hand_over(place: str, server: str) -> None:
    """Never returns, and ends as the forked server does, unless there is nobody to fork one: then this process is the server."""
    try:
        connection = connected(place, server)
    except OSError:
        # Also where the name of the run's folder is longer than a socket's may be.
        return
    message = json.dumps({"server": server, "folder": os.getcwd(), "environment": dict(os.environ)}).encode()
    socket.send_fds(connection, [struct.pack("!I", len(message))], STREAMS)
    connection.sendall(message)
    for stream in STREAMS:
        # The lab waits until nobody holds them any more.
        os.close(stream)
    code = connection.recv(1)
    os._exit(code[0] if code else 1)


def connected(place: str, server: str) -> socket.socket:
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "lock"), "w") as lock:
        # Whoever holds it makes the one that all others wait for.
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = os.path.join(place, "socket")
        if not os.path.exists(address):
            start(address, server)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    return connection


def start(address: str, server: str) -> None:
    """In a process of its own, that belongs to no lab."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            try:
                # Also closes the lock, which would else be held for as long as this lives.
                serve(listener, server)
            finally:
                os._exit(1)
        os._exit(0)
    listener.close()
    os.wait()


def serve(listener: socket.socket, server: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in STREAMS:
        os.dup2(nothing, stream)
    os.closerange(3, listener.fileno())
    os.closerange(listener.fileno() + 1, 64)
    sys.argv = [server]
    sys.path.insert(0, os.path.dirname(server))
    load(server)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener.settimeout(LOOK_SECONDS)
    run = int(os.environ["TEST_RUN"])
    while os.path.exists(os.environ["TEST_KEPT"]) and is_alive(run):
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listener.close()
            become(connection)
        connection.close()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def load(server: str) -> None:
    """All that the server imports; nothing of it has a state or a thread yet."""
    import ast
    import gc
    import importlib

    with open(server) as text:
        tree = ast.parse(text.read())
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for name in statement.names:
                importlib.import_module(name.name)
        elif isinstance(statement, ast.ImportFrom):
            importlib.import_module(statement.module)
    gc.collect()
    gc.freeze()


def become(connection: socket.socket) -> None:
    """The server, in a fork of its own. Never returns."""
    from moto.moto_api._internal import mock_random

    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        connection.settimeout(None)
        head, streams, _, _ = socket.recv_fds(connection, 4, len(STREAMS))
        length = struct.unpack("!I", head)[0]
        given = json.loads(connection.makefile("rb").read(length))
        for stream, mine in zip(STREAMS, streams):
            os.dup2(mine, stream)
            os.close(mine)
        os.chdir(given["folder"])
        os.environ.clear()
        os.environ.update(given["environment"])
        # Else all forks would draw the same ids.
        mock_random.seed()
        threading.Thread(target=end_with, args=(connection,), daemon=True).start()
        with open(given["server"]) as text:
            program = compile(text.read(), given["server"], "exec")
        exec(program, {"__name__": "__main__", "__file__": given["server"]})
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        try:
            connection.send(bytes([code]))
        except OSError:
            # Whoever asked is gone.
            pass
        finally:
            os._exit(code)


def end_with(connection: socket.socket) -> None:
    connection.recv(1)
    os._exit(0)
