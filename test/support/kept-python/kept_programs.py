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


def hand_over(place: str, program: str) -> None:
    """Never returns, and ends as the fork does, unless there is nobody to fork one: then this process is the program."""
    try:
        connection = connected(place, program)
    except OSError:
        # Also where the name of the run's folder is longer than a socket's may be.
        return
    given = {
        "program": program,
        "arguments": sys.orig_argv[2:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
    }
    message = json.dumps(given).encode()
    socket.send_fds(connection, [struct.pack("!I", len(message))], STREAMS)
    connection.sendall(message)
    for stream in STREAMS:
        # Whoever started this waits until nobody holds them any more.
        os.close(stream)
    code = connection.recv(1)
    os._exit(code[0] if code else 1)


def connected(place: str, program: str) -> socket.socket:
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "lock"), "w") as lock:
        # Whoever holds it makes the one that all others wait for.
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = os.path.join(place, "socket")
        if not os.path.exists(address):
            start(address, program)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    return connection


def start(address: str, program: str) -> None:
    """In a process of its own, that belongs to no lab."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            try:
                # Also closes the lock, which would else be held for as long as this lives.
                serve(listener, program)
            finally:
                os._exit(1)
        os._exit(0)
    listener.close()
    os.wait()


def serve(listener: socket.socket, program: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in STREAMS:
        os.dup2(nothing, stream)
    os.closerange(3, listener.fileno())
    os.closerange(listener.fileno() + 1, 64)
    sys.argv = [program]
    sys.path.insert(0, os.path.dirname(program))
    load(program)
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


def load(program: str) -> None:
    """All that the program imports; nothing of it has a state or a thread yet."""
    import ast
    import gc
    import importlib

    with open(program) as text:
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
    """The program that was asked for, in a fork of its own. Never returns."""
    code: object = 1
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
        program = given["program"]
        sys.argv = [program, *given["arguments"]]
        draw_own_ids()
        threading.Thread(target=end_with, args=(connection,), daemon=True).start()
        with open(program) as text:
            compiled = compile(text.read(), program, "exec")
        exec(compiled, {"__name__": "__main__", "__file__": program})
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        finish(connection, code)


def draw_own_ids() -> None:
    """Else all forks would draw the same."""
    import random

    random.seed()
    from moto.moto_api._internal import mock_random

    mock_random.seed()


def finish(connection: socket.socket, code: object) -> None:
    """As Python ends: a code that is no number is a message."""
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(bytes([(code or 0) & 255]))
    except OSError:
        # Whoever asked is gone.
        pass
    finally:
        os._exit(0)


def end_with(connection: socket.socket) -> None:
    connection.recv(1)
    os._exit(0)
