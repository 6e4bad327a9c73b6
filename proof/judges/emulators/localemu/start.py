"""Starts LocalEmu 1.3.2 with what it lacks for this product.

On 127.0.0.1 alone: its own server ignores the address that it is told. Its functions as processes of this machine: it knows Docker
only. And its door, HTTP, stands for TLS: the stack's own policies deny everything else.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from localemu.services.lambda_ import provider
from localemu.services.lambda_.invocation import (
    execution_environment,
    runtime_executor,
    version_manager,
)
from localemu.services.lambda_.invocation.lambda_models import InvocationResult
from localemu.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localemu.runtime import main as runtime
from localemu.services.iam_enforcement import enforcer
from twisted.internet import endpoints

HOST = "127.0.0.1"
FUNCTION = Path(__file__).with_name("function.mjs")
ENDPOINTS = {name: os.environ[name] for name in ("AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_SSM")}
# These are for the functions. LocalEmu's own calls must find LocalEmu.
for name in ENDPOINTS:
    del os.environ[name]


class ProcessExecutor(RuntimeExecutor):
    """Runs a function in a Node process that answers one line of JSON for each line that it is sent."""

    process: subprocess.Popen | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        code = self.function_version.config.code.get_unzipped_code_location()
        given = {**env_vars, **self.function_version.config.environment, **ENDPOINTS}
        self.process = subprocess.Popen(
            ["node", str(FUNCTION)],
            cwd=code,
            env={
                **{name: str(value) for name, value in given.items()},
                "PATH": os.environ["PATH"],
                "LAMBDA_TASK_ROOT": str(code),
                "_HANDLER": self.function_version.config.handler,
                "TZ": "UTC",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return ""

    def invoke(self, payload: dict[str, str], function_timeout: int | None = None) -> InvocationResult:
        ender = threading.Timer(function_timeout or 3, self.process.kill)
        ender.start()
        try:
            self.process.stdin.write(json.dumps({**payload, "timeout": function_timeout or 3}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            ender.cancel()
        request_id = payload["invoke-id"]
        if not line:
            error = {"errorType": "Sandbox.Timedout", "errorMessage": "The process of the function ended."}
            return InvocationResult(request_id, json.dumps(error).encode(), is_error=True, logs="")
        answer = json.loads(line)
        return InvocationResult(
            request_id, json.dumps(answer["result"]).encode(), is_error=answer["failed"], logs=""
        )

    def get_logs(self) -> str:
        return ""

    @classmethod
    def prepare_version(cls, function_version) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version) -> None:
        if function_version.config.code:
            function_version.config.code.destroy_cached()


for module in (execution_environment, runtime_executor, version_manager):
    module.get_runtime_executor = lambda: ProcessExecutor

listen_anywhere = endpoints.TCP4ServerEndpoint.__init__


def listen_here(endpoint, reactor, port, backlog=50, interface=""):
    listen_anywhere(endpoint, reactor, port, backlog, HOST)


endpoints.TCP4ServerEndpoint.__init__ = listen_here

load_service = provider.load_service
# It asks for a model of `sqs-fifo` when a FIFO queue has a mapping already.
provider.load_service = lambda name: load_service("sqs" if name == "sqs-fifo" else name)

conditions_of = enforcer._build_conditions
enforcer._build_conditions = lambda *given: {**conditions_of(*given), "aws:SecureTransport": "true"}

arn_of = enforcer.build_resource_arn


def arn_of_resource(*, service, operation, request_params, region, account_id):
    # It takes every event for one to the default bus.
    if operation == "PutEvents":
        bus = request_params["Entries"][0].get("EventBusName", "default")
        return bus if bus.startswith("arn:") else f"arn:aws:events:{region}:{account_id}:event-bus/{bus}"
    # It takes what a batch writes for writes to all tables. The product names one in each.
    if operation == "BatchWriteItem":
        (table,) = request_params["RequestItems"]
        return f"arn:aws:dynamodb:{region}:{account_id}:table/{table}"
    return arn_of(
        service=service,
        operation=operation,
        request_params=request_params,
        region=region,
        account_id=account_id,
    )


enforcer.build_resource_arn = arn_of_resource


def end_with_parent() -> None:
    """stdin closes when the proof that started this is gone, however it ended: then this process and its functions go too."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()

sys.exit(runtime.main())
