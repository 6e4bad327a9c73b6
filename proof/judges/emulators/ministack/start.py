"""Starts MiniStack 1.5.33 with what it lacks for this product.

A template's documents of Systems Manager, which the local AWS keeps, and a way in for the events of its EC2. And its door, HTTP on
127.0.0.1, stands for TLS: the stack's own policies deny everything else.
"""

import json
import os
import signal
import sys
import threading

import botocore.session
from ministack import app
from ministack.services import eventbridge
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS


def documents():
    return botocore.session.get_session().create_client(
        "ssm",
        region_name="us-east-1",
        endpoint_url=os.environ["AWS_ENDPOINT_URL_SSM"],
        aws_access_key_id=os.environ["PROOF_ACCOUNT"],
        aws_secret_access_key="proof",
    )


def create_document(logical_id: str, properties: dict, stack_name: str):
    content = properties["Content"]
    documents().create_document(
        Name=properties["Name"],
        DocumentType=properties["DocumentType"],
        DocumentFormat=properties.get("DocumentFormat", "JSON"),
        Content=content if isinstance(content, str) else json.dumps(content),
    )
    return properties["Name"], {}


def delete_document(name: str, properties: dict) -> None:
    documents().delete_document(Name=name)


_RESOURCE_HANDLERS["AWS::SSM::Document"] = {"create": create_document, "delete": delete_document}
# PutEvents refuses events of AWS's own services, as AWS does; those of the local AWS's EC2 come this way.
eventbridge._put_events.__defaults__ = (True,)

pin_origin = app.pin_request_origin
app.pin_request_origin = lambda source_ip, secure_transport: pin_origin(source_ip, True)


def end_with_parent() -> None:
    """stdin closes when the proof that started this is gone, however it ended: then this process and its functions go too."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()

app.main()
