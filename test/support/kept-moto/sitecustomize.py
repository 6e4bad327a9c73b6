"""Python looks here at its start, in a test run. A server of the local AWS is then forked from a process that has loaded moto already:
to load it takes three seconds of a core, and a run starts some fifty.

The process that the lab started stays. It hands its streams, its environment and its folder on, ends when the fork does, and takes it
along when it is killed. test/local/process.test.ts judges how a server ends without this.
"""

import os
import sys

kept = os.environ.get("TEST_KEPT")
# Elsewhere a fork without a new program is not safe, or not to be had.
if kept and sys.platform == "linux" and os.path.basename(sys.orig_argv[-1]) == "moto-server.py":
    import kept_moto

    kept_moto.hand_over(os.path.join(kept, "moto"), os.path.abspath(sys.orig_argv[-1]))
