"""Lists and deletes the resources of a stack as CloudFormation does; imported for its effect.

moto 5.2.5 lists each resource that it cannot make without id and type, leaves out times, and has one for all of 2010. And a stack of
which somebody has deleted a resource by hand it cannot delete: it stops in the middle. To CloudFormation what is gone is deleted.
"""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

# A type that moto must not make is shown to it under this name: hidden-types.ts.
HIDDEN = "Lab::"


def resources_of(stack: Stack) -> dict[str, dict]:
    """By logical id. A resource whose condition does not hold is none."""
    resources = stack.resource_map
    found = {}
    for logical_id, declared in resources._resource_json_map.items():
        condition = declared.get("Condition")
        if condition and not resources.lazy_condition_map[condition]:
            continue
        physical_id = getattr(resources[logical_id], "physical_resource_id", None)
        found[logical_id] = {
            "LogicalResourceId": logical_id,
            "ResourceType": declared["Type"].removeprefix(HIDDEN),
            "ResourceStatus": stack.status,
            # The lab makes what moto does not, and moto knows no id of it.
            **({"PhysicalResourceId": physical_id} if physical_id else {}),
        }
    return found


def named(stack: Stack, logical_id: str) -> dict:
    resource = resources_of(stack).get(logical_id)
    if resource is None:
        raise ValidationError(message=f"Resource {logical_id} does not exist for stack {stack.name}")
    return resource


def in_stack(stack: Stack) -> dict:
    return {"StackId": stack.stack_id, "StackName": stack.name}


def describe_stack_resource(response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    detail = named(stack, response._get_param("LogicalResourceId"))
    return ActionResult(
        {"StackResourceDetail": {**in_stack(stack), **detail, "LastUpdatedTimestamp": stack.creation_time}}
    )


# Of more, DescribeStackResources shows the first (CloudFormation API reference); ListStackResources lists all.
MOST_DESCRIBED = 100


def describe_stack_resources(response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    logical_id = response._get_param("LogicalResourceId")
    resources = resources_of(stack).values() if logical_id is None else [named(stack, logical_id)]
    described = [{**in_stack(stack), **each, "Timestamp": stack.creation_time} for each in resources]
    return ActionResult({"StackResources": described[:MOST_DESCRIBED]})


def list_stack_resources(response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    return ActionResult(
        {
            "StackResourceSummaries": [
                {**each, "LastUpdatedTimestamp": stack.creation_time} for each in resources_of(stack).values()
            ]
        }
    )


delete_resource = ResourceMap._delete_resource
# How the services' codes end that say so: with or without a namespace before them.
GONE = ("ResourceNotFoundException", "NonExistentQueue", "NoSuchEntity", "NotFound")


def delete_if_there(resources: ResourceMap, parsed_resource, resource_json: dict) -> None:
    try:
        delete_resource(resources, parsed_resource, resource_json)
    except Exception as error:
        # moto has the code in one or the other, by the service.
        codes = [str(getattr(error, name, "")) for name in ("error_type", "code")]
        if not any(code.endswith(GONE) for code in codes):
            raise


ResourceMap._delete_resource = delete_if_there
CloudFormationResponse.describe_stack_resource = describe_stack_resource
CloudFormationResponse.describe_stack_resources = describe_stack_resources
CloudFormationResponse.list_stack_resources = list_stack_resources
