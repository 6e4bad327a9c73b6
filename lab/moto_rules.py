"""Lists rules and targets as EventBridge does; imported for its effect.

moto 5.2.5 lists rules with who made them, which only DescribeRule tells, and says `null` where there is no next page.
"""

import json

from moto.events.responses import EventsHandler


def as_listed(ask):
    def listed(handler: EventsHandler):
        body, headers = ask(handler)
        answer = {name: value for name, value in json.loads(body).items() if value is not None}
        for rule in answer.get("Rules", []):
            rule.pop("CreatedBy", None)
        return json.dumps(answer), headers

    return listed


EventsHandler.list_rules = as_listed(EventsHandler.list_rules)
EventsHandler.list_targets_by_rule = as_listed(EventsHandler.list_targets_by_rule)
