"""Python looks here at its start, in a test run. A server of the local AWS is then forked from a process that has loaded all of it
already: to load moto takes three seconds of a core, and a run starts some fifty.

The process that was started stays. It hands its streams, its environment and its folder on, ends when the fork does, and takes it
along when it is killed. test/local/process.test.ts judges how a server ends without this.
"""

import os
import sys

kept = os.environ.get("TEST_KEPT")
program = sys.orig_argv[1] if len(sys.orig_argv) > 1 else ""
name = os.path.basename(program)
# Elsewhere a fork without a new program is not safe, or not to be had.
if kept and sys.platform == "linux" and name == "moto-server.py":
    import zlib

    import kept_programs

    program = os.path.abspath(program)
    # A copy elsewhere has modules of its own, and may be gone before the run ends.
    place = f"{name}-{zlib.crc32(program.encode())}"
    kept_programs.hand_over(os.path.join(kept, place), program)
