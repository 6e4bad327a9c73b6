"""Gives the S3 buckets of moto 5.2.5 what a template says of them and moto leaves out; imported for its effect.

Whether a bucket is closed to the public, and how long it keeps objects, of a template are ignored by moto. Its bucket policies are
left out by the lab too: moto takes no notice of their conditions.
"""

from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition

create_bucket = FakeBucket.create_from_cloudformation_json.__func__
update_bucket = FakeBucket.update_from_cloudformation_json.__func__


def apply_settings(bucket: FakeBucket, properties: dict) -> None:
    backend = s3_backends[bucket.account_id][get_partition(bucket.region_name)]
    block = properties.get("PublicAccessBlockConfiguration")
    if block:
        backend.put_public_access_block(bucket.name, {name: str(bool(on)).lower() for name, on in block.items()})
    else:
        bucket.public_access_block = None
    rules = properties.get("LifecycleConfiguration", {}).get("Rules")
    if rules:
        bucket.set_lifecycle([lifecycle_rule(rule) for rule in rules])
    else:
        bucket.delete_lifecycle()


def lifecycle_rule(rule: dict) -> dict:
    """As the API has a rule, which names some of it otherwise than a template."""
    api = {"ID": rule.get("Id"), "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    days = rule.get("ExpirationInDays")
    if days is not None:
        api["Expiration"] = {"Days": days}
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent:
        api["NoncurrentVersionExpiration"] = noncurrent
    abort = rule.get("AbortIncompleteMultipartUpload")
    if abort:
        api["AbortIncompleteMultipartUpload"] = abort
    return api


def create_with_settings(cls, resource_name, cloudformation_json, account_id, region_name, **given):
    bucket = create_bucket(cls, resource_name, cloudformation_json, account_id, region_name, **given)
    apply_settings(bucket, cloudformation_json.get("Properties", {}))
    return bucket


def update_settings(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    bucket = update_bucket(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    )
    apply_settings(bucket, cloudformation_json.get("Properties", {}))
    return bucket


FakeBucket.create_from_cloudformation_json = classmethod(create_with_settings)
FakeBucket.update_from_cloudformation_json = classmethod(update_settings)
