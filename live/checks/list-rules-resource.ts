import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import { makeRole } from '../kinds/role.ts';
import type { Judgement } from '../outcome.ts';
import { awaited, required, type World } from '../world.ts';

async function unlessDenied<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (classifyAwsError(error).kind === 'denied') return undefined;
    throw error;
  }
}

async function look(world: World): Promise<'allowed' | 'denied'> {
  const { home, patience } = world;
  const { partition, region, accountId } = home;
  const RoleArn = await makeRole(world, home, {
    what: 'lister',
    trusts: { AWS: `arn:${partition}:iam::${accountId}:root` },
    may: [
      { Action: 'events:ListRules', Resource: `arn:${partition}:events:${region}:${accountId}:rule/*` },
      // Tells when the role is known everywhere.
      { Action: 'events:PutEvents', Resource: `arn:${partition}:events:${region}:${accountId}:event-bus/*` },
    ],
  });
  // A new role takes some seconds to be known.
  const { Credentials } = await awaited(patience, 'The new role', () =>
    unlessDenied(() =>
      home.of(STSClient).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'live-check' })),
    ),
  );
  const credentials = {
    accessKeyId: required(Credentials?.AccessKeyId, 'an access key'),
    secretAccessKey: required(Credentials?.SecretAccessKey, 'a secret key'),
    sessionToken: required(Credentials?.SessionToken, 'a session token'),
  };
  const events = createClient(EventBridgeClient, { region, credentials: async () => credentials });
  await awaited(patience, 'What the new role allows', () =>
    unlessDenied(() =>
      events.send(
        new PutEventsCommand({
          // A bus that is not there: nobody hears of it.
          Entries: [
            {
              EventBusName: world.ledger.nameFor('nowhere'),
              Source: 'peering-autopilot.live-check',
              DetailType: 'Live Check',
              Detail: '{}',
            },
          ],
        }),
      ),
    ),
  );
  const listed = await unlessDenied(() => events.send(new ListRulesCommand({ Limit: 1 })));
  return listed === undefined ? 'denied' : 'allowed';
}

export function judgeListRulesResource(seen: 'allowed' | 'denied'): Judgement {
  return seen === 'denied'
    ? { verdict: 'agrees', seen: EXPECTED }
    : { verdict: 'differs', seen: 'it is allowed by the ARN of rules' };
}

const EXPECTED = 'it is denied without *';

export const listRulesResource = defineCheck({
  name: 'list-rules-resource',
  question: 'Does events:ListRules know a narrower resource than *?',
  expected: EXPECTED,
  makes: ['a role that may list rules'],
  needs: [],
  takes: 'a minute',
  look,
  judge: judgeListRulesResource,
});
