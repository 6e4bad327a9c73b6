"""Serves moto on 127.0.0.1, on a port that the system picks, and prints that port on stdout.

Answers only below the path that the environment's LAB_SECRET names: the port itself is open to every web page that a browser
on this machine shows.

Ends when its stdin closes: then the lab that started it is gone, however it ended.
"""

import functools
import hmac
import json
import os
import sys
import threading
import warnings

import moto_absent  # noqa: F401
import moto_answers  # noqa: F401
import moto_buckets  # noqa: F401
import moto_logs  # noqa: F401
import moto_partitions  # noqa: F401
import moto_queues  # noqa: F401
import moto_rules  # noqa: F401
import moto_stack_resources  # noqa: F401
import moto_tables  # noqa: F401
import yaml
from botocore.loaders import Loader
from moto.awslambda.models import LambdaFunction
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, ChangeSet
from moto.cloudformation.parsing import OutputMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.core import responses
from moto.core.responses import ActionResult
from moto.ec2.models.amis import Ami
from moto.ec2.models.instances import Instance
from moto.events.models import EventBus
from moto.iam.models import Role
from moto.ssm.exceptions import DuplicateDocumentContent
from moto.ssm.models import Document, ssm_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto_requests import one_at_a_time
from waitress import create_server


# Of types that moto does not know its log has a line of its own.
warnings.filterwarnings("ignore", message="Tried to parse .* not supported by moto")


def closed_without(secret: str, application):
    def serve(environ, start_response):
        given, _, path = environ["PATH_INFO"].removeprefix("/").partition("/")
        if hmac.compare_digest(given.encode(), secret.encode()):
            environ["PATH_INFO"] = f"/{path}"
            environ["REQUEST_URI"] = environ["REQUEST_URI"].replace(f"/{secret}", "", 1)
            # moto wants the path as it was sent, under the name that werkzeug's server gives it.
            environ["RAW_URI"] = environ["REQUEST_URI"]
            return application(environ, start_response)
        start_response("403 FORBIDDEN", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]

    return serve


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


# `Ref` of a bus in a template is its name; moto 5.2.5 puts the bus object itself there and fails.
EventBus.physical_resource_id = property(lambda bus: bus.name)
# The lab runs the functions; moto must not try to, in Docker.
LambdaFunction._invoke_lambda = lambda function, event=None: ("{}", False, "")
delete_stack = CloudFormationBackend.delete_stack


def delete_stack_with_exports(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    for stack in backend.stacks.values():
        if name_or_stack_id in (stack.name, stack.stack_id):
            for export in stack.exports:
                backend.exports.setdefault(export.name, export)
    delete_stack(backend, name_or_stack_id)


# moto 5.2.5 notes the exports of a stack's creation only, and fails to delete a stack that got others by an update.
CloudFormationBackend.delete_stack = delete_stack_with_exports
apply_change_set = ChangeSet.apply


def apply_with_outputs(change_set: ChangeSet) -> None:
    apply_change_set(change_set)
    stack = change_set.stack
    stack.output_map = OutputMap(stack.resource_map, change_set.template_dict, stack.stack_id)


# moto 5.2.5 leaves a stack's outputs as they were when a change set updates it.
ChangeSet.apply = apply_with_outputs
# An inline policy that a template gives to a role is answered as Python text by moto 5.2.5, not as JSON.
put_policy = Role.put_policy
Role.put_policy = lambda role, name, document: put_policy(
    role, name, document if isinstance(document, str) else json.dumps(document)
)
update_role = Role.update_from_cloudformation_json.__func__


def update_role_with_policies(cls, cloudformation_json, **given):
    role = update_role(cls, cloudformation_json=cloudformation_json, **given)
    policies = cloudformation_json["Properties"].get("Policies", [])
    wanted = {each["PolicyName"]: each["PolicyDocument"] for each in policies}
    for policy in [policy for policy in role.policies if policy not in wanted]:
        role.delete_policy(policy)
    for policy, document in wanted.items():
        role.put_policy(policy, document)
    return role


# moto 5.2.5 leaves a role's inline policies as they were when its stack is updated.
Role.update_from_cloudformation_json = classmethod(update_role_with_policies)
validate_any_template = CloudFormationResponse.validate_template


def validate_template(response: CloudFormationResponse) -> ActionResult:
    url = response._get_param("TemplateURL")
    body = response._get_stack_from_s3_url(url) if url else response._get_param("TemplateBody")
    try:
        template = json.loads(body)
    except ValueError:
        return validate_any_template(response)
    if not template.get("Resources"):
        raise ValidationError(
            message="Template format error: At least one Resources member must be defined."
        )
    return ActionResult(
        {
            "Description": template.get("Description", ""),
            "Parameters": [],
            "Capabilities": [],
            "DeclaredTransforms": [],
        }
    )


# AWS looks at a template's form here and no further. moto runs all of cfn-lint, for seconds with each deployment.
CloudFormationResponse.validate_template = validate_template
make_document = Document.create_from_cloudformation_json.__func__


def with_text(template):
    # SSM keeps text; a template may give an object.
    properties = template["Properties"]
    content = properties["Content"]
    return {**template, "Properties": {**properties, "Content": content if isinstance(content, str) else json.dumps(content)}}


def make_document_of_text(cls, resource_name, cloudformation_json, *given, **named):
    return make_document(cls, resource_name, with_text(cloudformation_json), *given, **named)


def update_document(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    properties = with_text(cloudformation_json)["Properties"]
    if properties.get("UpdateMethod") != "NewVersion" or properties.get("Name") != original_resource.name:
        return replace_document(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name)
    try:
        ssm_backends[account_id][region_name].update_document(
            content=properties["Content"],
            attachments=[],
            name=original_resource.name,
            version_name=None,
            document_version="$LATEST",
            document_format=properties.get("DocumentFormat", "JSON"),
            target_type=properties.get("TargetType"),
        )
    except DuplicateDocumentContent:
        pass
    return original_resource


replace_document = Document.update_from_cloudformation_json.__func__
# moto 5.2.5 keeps the object that a template gives, and replaces a document where CloudFormation makes a new version. That one is
# not made the default: CloudFormation may leave that undone (cloudformation-coverage-roadmap#2539).
Document.create_from_cloudformation_json = classmethod(make_document_of_text)
Document.update_from_cloudformation_json = classmethod(update_document)
put_metric_alarm = CloudWatchBackend.put_metric_alarm
init_alarm = Alarm.__init__


def init_alarm_without_data(alarm: Alarm, *given, **named) -> None:
    init_alarm(alarm, *given, **named)
    alarm.state_value = "INSUFFICIENT_DATA"


def put_alarm_in_its_state(backend: CloudWatchBackend, name: str, *given, **named) -> Alarm:
    before = backend.alarms.get(name)
    alarm = put_metric_alarm(backend, name, *given, **named)
    if before is not None:
        alarm.state_value, alarm.state_reason = before.state_value, before.state_reason
    return alarm


# A new alarm has no data yet, and a changed one keeps its state; moto 5.2.5 says of both that they are OK.
Alarm.__init__ = init_alarm_without_data
CloudWatchBackend.put_metric_alarm = put_alarm_in_its_state
# EC2 writes the one platform that it names with a capital.
for described in (Ami, Instance):
    described.platform = property(
        lambda each: "Windows" if str(each.__dict__.get("platform")).lower() == "windows" else None,
        lambda each, platform: each.__dict__.update(platform=platform),
    )
# moto looks through all members of a class anew for each request: a tenth of its time.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)
# It also lists its own folder twice for each, under a lock that all requests wait for: a quarter of its time.
DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
# For each client and service model botocore opens the folders of all its services: most of what a first deployment took.
list_available_services = Loader.list_available_services
services_by_type: dict[str, list[str]] = {}


def list_available_services_once(loader: Loader, type_name: str) -> list[str]:
    if type_name not in services_by_type:
        services_by_type[type_name] = list_available_services(loader, type_name)
    return services_by_type[type_name]


Loader.list_available_services = list_available_services_once
load_yaml = yaml.load


def load_template(text: object, Loader: type) -> object:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return load_yaml(text, Loader=Loader)


# moto 5.2.5 reads templates in JSON as YAML, several times in each deployment: a hundred times as long as they take as JSON.
yaml.load = load_template
secret = os.environ.pop("LAB_SECRET")
application = closed_without(secret, one_at_a_time(DomainDispatcherApplication(create_backend_app)))
# Unlike werkzeug's, this server keeps connections open: to open one for each call cost more than moto's own work.
server = create_server(
    application,
    host="127.0.0.1",
    port=0,
    # A queue's long poll holds one for as long as it waits.
    threads=64,
    # An answer goes out in one piece. By default its head and its body are sent apart, and whoever reads is woken for each: a
    # third of all that a call costs.
    send_bytes=65_536,
    # A connection is never closed under a request that is just being sent.
    channel_timeout=86_400,
    connection_limit=1_000,
    asyncore_use_poll=True,
)
port = server.effective_port
# moto calls itself by this port.
os.environ["MOTO_PORT"] = str(port)
threading.Thread(target=end_with_parent, daemon=True).start()
print(port, flush=True)
server.run()
