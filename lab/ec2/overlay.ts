import type { Forward, LabContext, LabRequest, ServiceOverlay } from '../types.ts';
import { cloudTrailEvent } from './cloudtrail.ts';
import { tagChangeEvents } from './tag-change.ts';

/** These change nothing, and CloudTrail gives them to EventBridge only on special request. */
const READS = /^(Describe|Get|List|Search)/;

/** EC2 as moto has it, with the events that its changes cause. */
export function createEc2Overlay(context: LabContext): ServiceOverlay {
  return {
    async handle(request: LabRequest, forward: Forward) {
      const form = new URLSearchParams(request.body.toString('utf8'));
      const action = form.get('Action') ?? '';
      const response = await forward(request);
      if (action !== '' && !READS.test(action)) {
        context.emit(cloudTrailEvent(request, form, response, context.clock.now()), request);
        if (response.status < 400) {
          for (const event of tagChangeEvents(request, form)) {
            context.emit(event, request);
          }
        }
      }
      return response;
    },
  };
}
