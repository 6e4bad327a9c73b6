"""Runs AWS CLI commands one after the other in this process, so that its start is paid once: it takes half a second.

Each line of stdin is a JSON list of arguments, as after `aws`; each line of stdout is {"code", "stdout", "stderr"}.
"""

import io
import json
import sys

from awscli.clidriver import create_clidriver

# The models of a service are read once for all of its commands.
driver = create_clidriver()
answers, arguments = sys.stdout, [json.loads(line) for line in sys.stdin]

for each in arguments:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.stdout, sys.stderr = out, err
    try:
        code = driver.main(each)
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout, sys.stderr = answers, sys.__stderr__
    said = []
    for stream in (out, err):
        stream.flush()
        said.append(stream.buffer.getvalue().decode())
    print(json.dumps({"code": code, "stdout": said[0], "stderr": said[1]}), file=answers, flush=True)
