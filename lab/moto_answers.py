"""How moto 5.2.5 finds what it answers with, and writes it, in half of the time; imported for its effect.

For each member of each answer it works out anew which names an object may have the value under, and compares the member's whole path
with all those whose values it changes: a third of its time. Both follow from the member and the class of the object. And for the tags of a resource it looks through those of
all.
"""

import functools

import xmltodict
from moto.core.serialize import MISSING, AttributePicker, AttributePickerContext, XFormedAttributePicker, get_value
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

names_of_class = XFormedAttributePicker.get_possible_keys
# By what is changed in a service's answers, how many changes those are, since some come with a call, and the member's name. Each holds
# the first, so that no other takes its place.
paths_by_member: dict[tuple[int, int, str], tuple[dict, list[str]]] = {}


def names(picker: XFormedAttributePicker, context: AttributePickerContext) -> list[str]:
    known = context.shape.__dict__.setdefault("names_by_class", {})
    asked = (context.key, type(context.obj))
    if asked not in known:
        known[asked] = list(dict.fromkeys(names_of_class(picker, context)))
    return known[asked]


def may_end(path: str, member: str) -> bool:
    """Whether the path of the member may end like this one: which it does, the whole of it decides."""
    parents, _, last = path.rpartition(".")
    return last == member if parents else member.endswith(last)


def paths_of(changes: dict, member: str) -> list[str]:
    if not changes:
        return []
    asked = (id(changes), len(changes), member)
    if asked not in paths_by_member:
        paths_by_member[asked] = (changes, [path for path in changes if may_end(path, member)])
    return paths_by_member[asked][1]


def pick(picker: AttributePicker, context: AttributePickerContext) -> object:
    value = None
    for name in picker.get_possible_keys(context):
        found = get_value(context.obj, name, MISSING)
        if found is not MISSING:
            value = found
            break
    path = f"{context.key_path}.{context.key}"
    for end in paths_of(picker.response_transformers, context.key):
        if path.endswith(end):
            return picker.response_transformers[end](value)
    return value


def tags_of(resource: TaggedEC2Resource) -> list[dict[str, str]]:
    if not resource.id:
        return []
    tags = resource.ec2_backend.tags.get(resource.id, {})
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "")
    return [
        {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind} for key, value in tags.items()
    ]


TaggedEC2Resource.get_tags = tags_of
XFormedAttributePicker.get_possible_keys = names
AttributePicker.__call__ = pick
# The same few names again and again, each character of them.
xmltodict._validate_name = functools.cache(xmltodict._validate_name)
