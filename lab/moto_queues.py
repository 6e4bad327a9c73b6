"""Makes the queues of moto 5.2.5 as exact and as quick as the lab needs them; imported for its effect.

A queue of some thousand messages otherwise takes seconds for each call: moto looks at all of them for every attribute.
"""

import itertools
import json
from collections.abc import Mapping

from moto.core.utils import camelcase_to_underscores, unix_time_millis
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid
from moto.sqs.models import DEDUPLICATION_TIME_IN_SECONDS, Message, Queue, SQSBackend, sqs_backends

SEQUENCE_NUMBERS = itertools.count(18_849_496_460_467_696_128, 256)

# Deduplication ids are looked through for old ones when there are more.
IDS_KEPT = 20_000


class Attributes(Mapping):
    """A queue's attributes, each computed when it is asked for."""

    def __init__(self, queue: Queue):
        self.queue = queue

    def __iter__(self):
        queue = self.queue
        fifo = queue.FIFO_ATTRIBUTES if queue.fifo_queue else []
        return iter([*queue.BASE_ATTRIBUTES, *fifo, *(queue.KMS_ATTRIBUTES if queue.kms_master_key_id else [])])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str):
        if name not in iter(self):
            raise KeyError(name)
        if name == "RedrivePolicy":
            return json.dumps(self.queue.redrive_policy) if self.queue.redrive_policy else None
        value = getattr(self.queue, camelcase_to_underscores(name))
        return str(value).lower() if isinstance(value, bool) else value


def add_message(queue: Queue, message: Message) -> None:
    with queue._messages_lock:
        if queue.fifo_queue:
            # A message that comes from the queue whose dead letters these are is nobody's repetition.
            if message.approximate_receive_count == 0 and is_repetition(queue, message):
                return
            message.sequence_number = str(next(SEQUENCE_NUMBERS))
        queue._messages.append(message)
        queue._messages_lock.notify_all()


def is_repetition(queue: Queue, message: Message) -> bool:
    """SQS knows the ids of five minutes, also of messages that are deleted; moto only those that are still there."""
    ids = queue.__dict__.setdefault("ids_of_five_minutes", {})
    scope = message.group_id if queue.deduplication_scope == "messageGroup" else None
    key = (scope, message.deduplication_id)
    known_since = ids.get(key)
    oldest = message.sent_timestamp - DEDUPLICATION_TIME_IN_SECONDS * 1000
    if known_since is not None and known_since > oldest:
        return True
    if len(ids) > IDS_KEPT:
        for old in [each for each, since in ids.items() if since <= oldest]:
            del ids[old]
    ids[key] = message.sent_timestamp
    return False


def message_with(queue: Queue, receipt_handle: str) -> Message:
    """A FIFO queue takes a handle only until the visibility timeout of its receive ends; moto takes any, for ever."""
    for message in queue._messages:
        if receipt_handle == message.receipt_handle or receipt_handle in message._old_receipt_handles:
            if queue.fifo_queue and (message.visible or receipt_handle != message.receipt_handle):
                raise InvalidParameterValue(
                    f"Value {receipt_handle} for parameter ReceiptHandle is invalid. "
                    "Reason: The receipt handle has expired."
                )
            return message
    raise ReceiptHandleIsInvalid()


def delete_message(queue: Queue, receipt_handle: str) -> None:
    # moto puts a new list in the place of the old one, and loses what is sent or deleted meanwhile.
    with queue._messages_lock:
        if receipt_handle in queue.deleted_messages:
            return
        message = message_with(queue, receipt_handle)
        queue._messages.remove(message)
        queue.pending_messages.discard(message)
        queue.deleted_messages.update(message.all_receipt_handles)


def of_each(entries, act):
    """The answer to a batch: what becomes of one entry says nothing of the others."""
    done, failed = [], []
    for entry in entries:
        try:
            act(entry)
            done.append(entry["Id"])
        except (InvalidParameterValue, ReceiptHandleIsInvalid) as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
    return done, failed


def delete_message_batch(backend: SQSBackend, queue_name: str, receipts):
    return of_each(receipts, lambda entry: backend.delete_message(queue_name, entry["ReceiptHandle"]))


change_visibility = SQSBackend.change_message_visibility


def change_message_visibility(backend: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout) -> None:
    queue = backend.get_queue(queue_name)
    with queue._messages_lock:
        message_with(queue, receipt_handle)
        change_visibility(backend, queue_name, receipt_handle, visibility_timeout)


def change_message_visibility_batch(backend: SQSBackend, queue_name: str, entries):
    return of_each(
        entries,
        lambda entry: backend.change_message_visibility(
            queue_name, entry["ReceiptHandle"], int(entry["VisibilityTimeout"])
        ),
    )


receive = SQSBackend.receive_message


def receive_message(backend: SQSBackend, queue_name: str, *args, **kwargs):
    """moto looks at the messages one by one and frees the group at the last that came back: it would hand that one out first."""
    queue = backend.get_queue(queue_name)
    with queue._messages_lock:
        for message in [each for each in queue.pending_messages if each.visible]:
            queue.pending_messages.discard(message)
    return receive(backend, queue_name, *args, **kwargs)


set_attributes = Queue._set_attributes


def set_attributes_and_keep_policy(queue: Queue, attributes, now=None) -> None:
    """moto 5.2.5 takes the policy away from a queue whenever other attributes are set."""
    set_attributes(queue, attributes if "Policy" in attributes else {**attributes, "Policy": queue.policy}, now)


def update_queue(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto 5.2.5 updates two of the properties only."""
    queue = sqs_backends[account_id][region_name].get_queue(original_resource.name)
    fixed = ("QueueName", "FifoQueue", "Tags")
    properties = cloudformation_json["Properties"]
    queue._set_attributes({"RedrivePolicy": None, **{k: v for k, v in properties.items() if k not in fixed}})
    return queue


Queue.attributes = property(Attributes)
Queue.add_message = add_message
Queue.delete_message = delete_message
SQSBackend.delete_message_batch = delete_message_batch
SQSBackend.change_message_visibility = change_message_visibility
SQSBackend.change_message_visibility_batch = change_message_visibility_batch
SQSBackend.receive_message = receive_message
Queue._set_attributes = set_attributes_and_keep_policy
Queue.update_from_cloudformation_json = classmethod(update_queue)
# The clock is asked only where it matters; a time that has come counts, even in the same millisecond.
Message.visible = property(lambda message: message.visible_at == 0 or unix_time_millis() >= message.visible_at)
Message.delayed = property(
    lambda message: message.delayed_until != 0 and unix_time_millis() < message.delayed_until
)
