"""Gives moto 5.2.5 one request at a time.

It keeps what it holds in plain dicts: requests at the same time lose each other's items, or fail while one looks through what
another changes. On the one core that Python gives it that takes no longer.
"""

import threading


def one_at_a_time(application):
    """Queues have locks of their own, and all others would wait for a long poll: their requests pass."""
    turn = threading.Lock()

    def serve(environ, start_response):
        if "/sqs/" in environ.get("HTTP_AUTHORIZATION", ""):
            return application(environ, start_response)
        with turn:
            return application(environ, start_response)

    return serve
