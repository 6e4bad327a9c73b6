"""Reads answers of the local AWS from stdin, a JSON object a line, and holds each against botocore's model of the service.

botocore itself takes what it does not know in silence. Here a member that the model does not have, a value outside an enum, a
required member that is missing, a wrong type, a repeated member and an answer without a request id are faults.
Prints one JSON line for each answer: {"operation": "ec2 DescribeVpcs" or null, "values": how many were held, "faults": [...]}.
"""

import base64
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache
from urllib.parse import parse_qs

import botocore.session
from botocore.parsers import ResponseParserError, create_parser
from botocore.utils import parse_timestamp

SESSION = botocore.session.get_session()

# Where the name that signs a request is not the name of the model.
MODELS = {"monitoring": "cloudwatch", "servicequotas": "service-quotas", "tagging": "resourcegroupstaggingapi"}

NUMBER = {"integer", "long", "float", "double"}


@cache
def model_of(signing_name: str):
    try:
        return SESSION.get_service_model(MODELS.get(signing_name, signing_name))
    except botocore.exceptions.UnknownServiceError:
        return None


@cache
def paths_of(signing_name: str):
    """(method, path pattern, query, operation) of a service that tells its operations by path; the most specific first."""
    model = model_of(signing_name)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        # Before a label that may hold slashes, and in the others.
        pattern = re.sub(r"\{\w+\\\+\}", ".+", re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")))
        wanted = {part.partition("=")[0] for part in query.split("&") if part}
        found.append((http["method"], re.compile(f"{pattern}/?"), wanted, len(path), name))
    return sorted(found, key=lambda each: (-len(each[2]), -each[3]))


def operation_of(answer: dict):
    model = model_of(answer["service"])
    if model is None:
        return None
    if answer["protocol"].startswith("rest-"):
        asked = set(parse_qs(answer["query"], keep_blank_values=True))
        for method, pattern, wanted, _, name in paths_of(answer["service"]):
            if method == answer["method"] and wanted <= asked and pattern.fullmatch(answer["path"]):
                return model.operation_model(name)
        return None
    return model.operation_model(answer["action"]) if answer["action"] in model.operation_names else None


class Held:
    """What is found in one answer."""

    def __init__(self):
        self.faults: list[str] = []
        self.values = 0

    def fault(self, path: str, text: str) -> None:
        self.faults.append(f"{path or 'the answer'} {text}")

    def scalar(self, shape, value, path: str) -> None:
        """A value written as text."""
        self.values += 1
        kind = shape.type_name
        if kind == "string" and shape.enum and value not in shape.enum:
            self.fault(path, f"is {value!r}, which is none of its values")
        elif kind == "boolean" and value not in ("true", "false"):
            self.fault(path, f"is {value!r}, no boolean")
        elif kind in ("integer", "long") and not re.fullmatch(r"-?\d+", value):
            self.fault(path, f"is {value!r}, no integer")
        elif kind in ("float", "double") and not re.fullmatch(r"-?\d+(\.\d+)?([eE]-?\d+)?", value):
            self.fault(path, f"is {value!r}, no number")
        elif kind == "timestamp":
            try:
                parse_timestamp(value)
            except (ValueError, RuntimeError):
                self.fault(path, f"is {value!r}, no time")

    def required(self, shape, present, path: str) -> None:
        for name in shape.required_members:
            if name not in present and shape.members[name].serialization.get("location") is None:
                self.fault(path, f"lacks {name}, which is required")

    # XML

    def xml(self, shape, node, path: str) -> None:
        kind = shape.type_name
        if kind == "structure":
            self.xml_structure(shape, list(node), path)
        elif kind == "list":
            item = shape.member.serialization.get("name", "member")
            for child in node:
                if name_of(child) == item:
                    self.xml(shape.member, child, f"{path}[]")
                else:
                    self.fault(path, f"has an element <{name_of(child)}> where each is <{item}>")
        elif kind == "map":
            for entry in node:
                self.xml_entry(shape, entry, path)
        else:
            if len(node):
                self.fault(path, f"holds elements, and is a {kind}")
            elif node.text is not None or kind == "string":
                self.scalar(shape, node.text or "", path)
            else:
                self.fault(path, f"is empty, and is a {kind}")

    def xml_entry(self, shape, entry, path: str) -> None:
        parts = {name_of(child): child for child in entry}
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        if set(parts) != {key, value}:
            self.fault(path, f"has an entry of {sorted(parts)}")
            return
        self.xml(shape.key, parts[key], f"{path}.key")
        self.xml(shape.value, parts[value], f"{path}.value")

    def xml_structure(self, shape, children, path: str) -> None:
        names = {
            member_name(name, member): (name, member)
            for name, member in shape.members.items()
            if "location" not in member.serialization
        }
        seen = set()
        for child in children:
            if name_of(child) not in names:
                self.fault(path, f"has <{name_of(child)}>, which the model does not know")
                continue
            name, member = names[name_of(child)]
            flat = member.serialization.get("flattened")
            if name in seen and not flat:
                self.fault(path, f"has <{name_of(child)}> twice")
            seen.add(name)
            inside = f"{path}.{name}".lstrip(".")
            if flat:
                if member.type_name == "map":
                    self.xml_entry(member, child, inside)
                else:
                    self.xml(member.member, child, f"{inside}[]")
            else:
                self.xml(member, child, inside)
        self.required(shape, seen, path)

    # JSON and CBOR

    def data(self, shape, value, path: str) -> None:
        kind = shape.type_name
        if getattr(shape, "is_document_type", False):
            return
        if value is None:
            self.fault(path, "is null, where AWS leaves out what is not there")
        elif kind == "structure":
            self.data_structure(shape, value, path)
        elif kind == "list":
            if not isinstance(value, list):
                self.fault(path, f"is no list: {value!r}")
                return
            for each in value:
                self.data(shape.member, each, f"{path}[]")
        elif kind == "map":
            if not isinstance(value, dict):
                self.fault(path, f"is no map: {value!r}")
                return
            for key, each in value.items():
                self.scalar(shape.key, key, f"{path}.key")
                self.data(shape.value, each, f"{path}.value")
        else:
            self.data_scalar(shape, value, path)

    def data_structure(self, shape, value, path: str) -> None:
        if not isinstance(value, dict):
            self.fault(path, f"is no structure: {value!r}")
            return
        names = {
            member.serialization.get("name", name): (name, member)
            for name, member in shape.members.items()
            if "location" not in member.serialization
        }
        for key, each in value.items():
            if key not in names:
                self.fault(path, f"has {key}, which the model does not know")
                continue
            name, member = names[key]
            self.data(member, each, f"{path}.{name}".lstrip("."))
        self.required(shape, {names[key][0] for key in value if key in names}, path)

    def data_scalar(self, shape, value, path: str) -> None:
        kind = shape.type_name
        if kind in NUMBER:
            self.values += 1
            whole = kind in ("integer", "long")
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                self.fault(path, f"is {value!r}, no {kind}")
        elif kind == "boolean":
            self.values += 1
            if not isinstance(value, bool):
                self.fault(path, f"is {value!r}, no boolean")
        elif kind == "timestamp":
            self.values += 1
            as_text = shape.serialization.get("timestampFormat") == "iso8601"
            if isinstance(value, str) != as_text and not hasattr(value, "tzinfo"):
                self.fault(path, f"is {value!r}, {'no text' if as_text else 'no number'} of a time")
        elif kind == "blob":
            self.values += 1
        elif not isinstance(value, str):
            self.fault(path, f"is {value!r}, no text")
        else:
            self.scalar(shape, value, path)


def name_of(node) -> str:
    return node.tag.rpartition("}")[2]


def member_name(name: str, member) -> str:
    """A flattened list may be named by its members."""
    if member.type_name == "list" and member.serialization.get("flattened"):
        return member.member.serialization.get("name", member.serialization.get("name", name))
    return member.serialization.get("name", name)


def hold_error(held: Held, answer: dict, parsed: dict) -> None:
    held.values += 1
    if not parsed.get("Error", {}).get("Code"):
        held.fault("the error", "has no code that botocore finds")
    elif answer["method"] != "HEAD" and parsed["Error"].get("Message") is None:
        held.fault("the error", "has no message that botocore finds")


def hold_query(held: Held, operation, root, output) -> None:
    if name_of(root) != f"{operation.name}Response":
        held.fault("the answer", f"is a <{name_of(root)}>, not a <{operation.name}Response>")
    parts = {name_of(child): child for child in root}
    wrapper = output.serialization.get("resultWrapper") if output is not None else None
    for name in parts:
        if name not in (wrapper, "ResponseMetadata") and not (output is None and name == f"{operation.name}Result"):
            held.fault("the answer", f"has <{name}>, which the model does not know")
    if output is not None:
        if wrapper in parts:
            held.xml_structure(output, list(parts[wrapper]), "")
        else:
            held.fault("the answer", f"lacks <{wrapper}>")


def hold_ec2(held: Held, operation, root, output) -> None:
    if name_of(root) != f"{operation.name}Response":
        held.fault("the answer", f"is a <{name_of(root)}>, not a <{operation.name}Response>")
    children = [child for child in root if name_of(child) != "requestId"]
    if output is not None:
        held.xml_structure(output, children, "")
    else:
        # EC2 says `true` in the answers that have nothing to say, and the model leaves that out.
        for child in children:
            if name_of(child) != "return":
                held.fault("the answer", f"has <{name_of(child)}>, which the model does not know")


def hold_rest(held: Held, body: bytes, output, *, as_xml: bool) -> None:
    payload = None if output is None else output.serialization.get("payload")
    shape = output if payload is None else output.members[payload]
    if output is None or shape.type_name in ("blob", "string") or (as_xml and not body.strip()):
        return
    if not as_xml:
        held.data(shape, json.loads(body or b"{}"), "")
        return
    root = ElementTree.fromstring(body)
    if shape.type_name == "structure":
        held.xml_structure(shape, list(root), "")


def hold_success(held: Held, answer: dict, operation, body: bytes) -> None:
    output = operation.output_shape
    match answer["protocol"]:
        case "ec2":
            hold_ec2(held, operation, ElementTree.fromstring(body), output)
        case "query":
            hold_query(held, operation, ElementTree.fromstring(body), output)
        case "json":
            content = json.loads(body or b"{}")
            if output is not None:
                held.data_structure(output, content, "")
            elif content not in ({}, None):
                held.fault("the answer", f"says {sorted(content)}, and has nothing to say by the model")
        case "cbor":
            parser = create_parser("smithy-rpc-v2-cbor")
            content = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
            if output is not None:
                held.data_structure(output, content, "")
        case "rest-json":
            hold_rest(held, body, output, as_xml=False)
        case "rest-xml":
            hold_rest(held, body, output, as_xml=True)


def hold(answer: dict) -> dict:
    operation = operation_of(answer)
    if operation is None:
        return {"operation": None, "values": 0, "faults": []}
    held = Held()
    body = base64.b64decode(answer["body"])
    protocol = "smithy-rpc-v2-cbor" if answer["protocol"] == "cbor" else answer["protocol"]
    response = {"status_code": answer["status"], "headers": answer["headers"], "body": body, "context": {}}
    if answer["status"] < 300:
        try:
            hold_success(held, answer, operation, body)
        except (ElementTree.ParseError, ValueError, ResponseParserError) as error:
            held.fault("the answer", f"cannot be read: {type(error).__name__}: {error}")
    try:
        parsed = create_parser(protocol).parse(response, operation.output_shape)
    except (ValueError, ResponseParserError) as error:
        held.fault("the answer", f"cannot be parsed by botocore: {type(error).__name__}: {error}")
    else:
        if not parsed.get("ResponseMetadata", {}).get("RequestId"):
            held.fault("the answer", "has no request id that botocore finds")
        if answer["status"] >= 300:
            hold_error(held, answer, parsed)
    name = f"{operation.service_model.service_name} {operation.name}"
    return {"operation": name, "values": held.values, "faults": held.faults}


for line in sys.stdin:
    print(json.dumps(hold(json.loads(line))))
