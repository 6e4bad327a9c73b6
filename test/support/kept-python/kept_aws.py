"""What each call of the AWS CLI reads anew, read once: its plugins, the models of the services that tests ask most, and their names.

A fork takes a model that was read as if it had read the file itself: once, since the CLI writes into what it has read.

And what it waits for, it looks at more often.
"""

import math
import os

from botocore.loaders import JSONFileLoader, Loader, create_loader
from botocore.waiter import Waiter

# The CLI loads the model of SimpleDB whatever it is asked.
SERVICES = ("ec2", "sts", "sdb")
PARTS = ("service-2", "paginators-1", "paginators-1.sdk-extras", "waiters-2", "endpoint-rule-set-1")
GENERAL = ("endpoints", "partitions", "sdk-default-configuration", "_retry")

# `aws cloudformation deploy` looks at a stack every 30 seconds; one of the local AWS is there after a few.
LOOK_SECONDS = 0.5

read_file = JSONFileLoader.load_file
list_services = Loader.list_available_services
wait = Waiter.wait
read: dict[str, object] = {}
listed: dict[tuple[str, ...], list[str]] = {}


def take(loader: JSONFileLoader, path: str) -> object:
    return read.pop(path) if path in read else read_file(loader, path)


def list_once(loader: Loader, type_name: str) -> list[str]:
    key = (*loader.search_paths, type_name)
    if key not in listed:
        listed[key] = list_services(loader, type_name)
    return listed[key]


def wait_closely(waiter: Waiter, **arguments: object) -> None:
    """As long as the CLI would."""
    config = arguments.pop("WaiterConfig", {})
    seconds = config.get("Delay", waiter.config.delay) * config.get("MaxAttempts", waiter.config.max_attempts)
    attempts = math.ceil(seconds / LOOK_SECONDS)
    wait(waiter, **arguments, WaiterConfig={"Delay": LOOK_SECONDS, "MaxAttempts": attempts})


def load() -> None:
    import awscli
    import awscli.handlers  # noqa: F401
    import botocore.client  # noqa: F401

    # As the CLI makes its own.
    loader = create_loader(os.environ["AWS_DATA_PATH"])
    Loader.list_available_services = list_once
    for type_name in PARTS:
        loader.list_available_services(type_name)
    names = [os.path.join(os.path.dirname(awscli.__file__), "data", "cli")]
    names += [os.path.join(loader.BUILTIN_DATA_PATH, name) for name in GENERAL]
    for service in SERVICES:
        version = loader.determine_latest_version(service, "service-2")
        names += [os.path.join(loader.BUILTIN_DATA_PATH, service, version, part) for part in PARTS]
    for name in names:
        found = read_file(loader.file_loader, name)
        if found is not None:
            read[name] = found
    JSONFileLoader.load_file = take
    Waiter.wait = wait_closely
