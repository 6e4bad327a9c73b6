"""Runs AWS CLI commands one after the other in this process, so that its start is paid once: it takes half a second.

Each line of stdin is a JSON list of arguments, as after `aws`; each line of stdout is {"code", "stdout", "stderr"}. Ends with stdin.
"""

import io
import json
import math
import sys

from awscli.clidriver import create_clidriver
from botocore.waiter import Waiter

# `aws cloudformation deploy` looks at a stack every 30 seconds; one of the local AWS is there after a few.
LOOK_SECONDS = 0.5
wait = Waiter.wait


def wait_closely(waiter: Waiter, **arguments: object) -> None:
    """As long as the CLI would."""
    config = arguments.pop("WaiterConfig", {})
    seconds = config.get("Delay", waiter.config.delay) * config.get("MaxAttempts", waiter.config.max_attempts)
    attempts = math.ceil(seconds / LOOK_SECONDS)
    wait(waiter, **arguments, WaiterConfig={"Delay": LOOK_SECONDS, "MaxAttempts": attempts})


Waiter.wait = wait_closely
# The models of a service are read once for all of its commands.
driver = create_clidriver()
answers = sys.stdout

for line in sys.stdin:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.stdout, sys.stderr = out, err
    try:
        code = driver.main(json.loads(line))
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout, sys.stderr = answers, sys.__stderr__
    said = []
    for stream in (out, err):
        stream.flush()
        said.append(stream.buffer.getvalue().decode())
    print(json.dumps({"code": code, "stdout": said[0], "stderr": said[1]}), file=answers, flush=True)
