"""Leaves out of answers what is not there, as AWS does; imported for its effect.

Where these answers of moto 5.2.5 have nothing to say they say null, which no answer of AWS does.
"""

import json
from collections.abc import Callable

from moto.awslambda.responses import LambdaResponse
from moto.logs.responses import LogsResponse


def without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def leaving_out(answer: Callable) -> Callable:
    def answered(response: object) -> object:
        found = answer(response)
        if isinstance(found, tuple):
            status, headers, body = found
            return status, headers, json.dumps(without_nulls(json.loads(body)))
        return json.dumps(without_nulls(json.loads(found)))

    return answered


LambdaResponse.get_function_configuration = leaving_out(LambdaResponse.get_function_configuration)
LambdaResponse.get_function_concurrency = leaving_out(LambdaResponse.get_function_concurrency)
LogsResponse.describe_log_groups = leaving_out(LogsResponse.describe_log_groups)
