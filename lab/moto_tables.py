"""Gives the DynamoDB tables of moto 5.2.5 what a template says of them and moto leaves out; imported for its effect.

Point-in-time recovery, encryption and time to live of a template are ignored by moto, and so is any change of a table's declaration. Items are answered as
they are: moto walks through each of their values with the service's model, most of what a lab with a long memory took. And each read
sorts all items: by keys that are read once for each of them, not once for each comparison.
"""

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import Table, dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item

create_table = Table.create_from_cloudformation_json.__func__


def apply_settings(table: Table, properties: dict) -> None:
    backend = dynamodb_backends[table.account_id][table.region_name]
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    backend.update_continuous_backups(
        table.name, {"PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryEnabled", False), **recovery}
    )
    # A template says `SSEEnabled` where the API, and moto, say `Enabled`.
    encryption = properties.get("SSESpecification")
    if encryption:
        default = table._get_default_encryption_key(table.account_id, table.region_name)
        key = table.sse_specification or {"KMSMasterKeyId": default}
        table.sse_specification = {**key, **encryption, "Enabled": encryption.get("SSEEnabled", False)}
    time_to_live = properties.get("TimeToLiveSpecification")
    if time_to_live:
        backend.update_time_to_live(table.name, time_to_live)


def create_with_settings(cls, resource_name, cloudformation_json, account_id, region_name, **given):
    table = create_table(cls, resource_name, cloudformation_json, account_id, region_name, **given)
    apply_settings(table, cloudformation_json["Properties"])
    return table


def update_settings(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    properties = cloudformation_json["Properties"]
    original_resource.tags = properties.get("Tags") or []
    original_resource.deletion_protection_enabled = properties.get("DeletionProtectionEnabled", False)
    apply_settings(original_resource, properties)
    return original_resource


Table.create_from_cloudformation_json = classmethod(create_with_settings)
Table.update_from_cloudformation_json = classmethod(update_settings)
serialize_map = BaseJSONSerializer._serialize_type_map


def is_json(value) -> bool:
    if isinstance(value, dict):
        return all(map(is_json, value.values()))
    # Bytes become Base64, and a number text, by the model.
    return all(map(is_json, value)) if isinstance(value, list) else isinstance(value, (str, bool))


def serialize_item(serializer, serialized, value, shape, key) -> None:
    if shape.value.name == "AttributeValue" and isinstance(value, dict) and is_json(value):
        serializer._default_serialize(serialized, value, shape, key)
    else:
        serialize_map(serializer, serialized, value, shape, key)


BaseJSONSerializer._serialize_type_map = serialize_item


def keys_of(item: Item) -> object:
    hash_key = item.hash_key.cast_value
    return (hash_key, item.range_key.cast_value) if item.range_key else hash_key


def all_items(table: Table) -> list[Item]:
    by_hash_key = table.items.values()
    items = [item for each in by_hash_key for item in each.values()] if table.range_key_attr else by_hash_key
    return sorted(items, key=keys_of)


Table.all_items = all_items
