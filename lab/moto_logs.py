"""Keeps log events at the lab's time, which may be ahead of the machine's; imported for its effect.

moto 5.2.5 leaves out what is more than two hours ahead of the machine's time, and answers as if it were kept.
"""

import time

from moto.logs.models import LogsBackend

TWO_HOURS_MS = 2 * 60 * 60 * 1000
put_log_events = LogsBackend.put_log_events


def put_at_any_time(backend: LogsBackend, log_group_name: str, log_stream_name: str, log_events: list):
    newest = time.time() * 1000 + TWO_HOURS_MS
    ahead = [event for event in log_events if event["timestamp"] > newest]
    others = [event for event in log_events if event["timestamp"] <= newest]
    token, rejected = put_log_events(backend, log_group_name, log_stream_name, others)
    if ahead:
        token = backend.groups[log_group_name].put_log_events(log_stream_name, ahead)
    return token, rejected


LogsBackend.put_log_events = put_at_any_time
