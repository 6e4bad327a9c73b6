"""Gives moto 5.2.5 what it takes for the same in every partition; imported for its effect.

A template's `AWS::Partition` and `AWS::URLSuffix` are those of `aws` there, and only such a host can hold a template.
"""

import functools
import re
from urllib.parse import urlparse

from botocore.loaders import create_loader
from moto.cloudformation import models, responses
from moto.cloudformation.parsing import ResourceMap

make_map = ResourceMap.__init__
read_template = models.get_stack_from_s3_url


@functools.cache
def partitions() -> list:
    return create_loader().load_data("partitions")["partitions"]


def partition_of(region: str) -> dict:
    named = [each for each in partitions() if region in each["regions"]]
    like = [each for each in partitions() if re.match(each["regionRegex"], region)]
    return (named + like + partitions())[0]


def make_map_of_partition(resources: ResourceMap, *given, **named) -> None:
    make_map(resources, *given, **named)
    partition = partition_of(resources._region_name)
    resources._parsed_resources["AWS::Partition"] = partition["id"]
    resources._parsed_resources["AWS::URLSuffix"] = partition["outputs"]["dnsSuffix"]


def read_template_of_partition(template_url: str, account_id: str, partition: str) -> str:
    host = urlparse(template_url).netloc
    suffix = next(each["outputs"]["dnsSuffix"] for each in partitions() if each["id"] == partition)
    known = host.removesuffix(suffix) + "amazonaws.com" if host.endswith(f".{suffix}") else host
    return read_template(template_url.replace(host, known, 1), account_id, partition)


ResourceMap.__init__ = make_map_of_partition
models.get_stack_from_s3_url = read_template_of_partition
responses.get_stack_from_s3_url = read_template_of_partition
