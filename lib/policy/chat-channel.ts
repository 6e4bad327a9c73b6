/**
 * `chatChannel` of `peering-stack.yml`: the channel that Amazon Q Developer in chat applications is to be configured for. Forms of
 * ids: CloudFormation reference, AWS::Chatbot::SlackChannelConfiguration and MicrosoftTeamsChannelConfiguration. Build time only.
 */
import { z } from 'zod';
import { validatedText } from './schema.ts';

/** `T…`, or `E…` of an organization on Slack's Enterprise Grid. */
const workspace = validatedText((text) =>
  /^[TE][0-9A-Z]{2,254}$/.test(text)
    ? undefined
    : 'a Slack workspace is named by its id, such as T0123ABCDEF: Amazon Q Developer in chat applications shows it once the workspace is authorized there',
);

/** `C…`, or `G…` of a private channel that is older than 2020. A direct message (`D…`) is no channel. */
const slackChannel = validatedText((text) => {
  if (/^[CG][0-9A-Z]{2,254}$/.test(text)) {
    return undefined;
  }
  return /^D[0-9A-Z]{2,}$/.test(text)
    ? 'this is the id of a direct message; name that of a channel, such as C0123ABCDEF'
    : 'a Slack channel is named by its id, such as C0123ABCDEF: it ends the link that "Copy link" of the channel gives';
});

const GUID = /^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$/;

const guid = (what: string, inLink: string) =>
  validatedText((text) =>
    GUID.test(text)
      ? undefined
      : `${what} is named by its id, such as 12345678-1234-1234-1234-123456789012: ${inLink} in the link that "Get link to channel" gives`,
  );

const teamsChannel = validatedText((text) => {
  if (/^[\w=+/.,-]*%3[aA][\w=+/.,-]*%40[\w=+/.,-]*$/.test(text)) {
    return undefined;
  }
  return /^19:[^@]+@/.test(text)
    ? `the id is written as it stands in the link, with %3A for : and %40 for @: ${text.replace(':', '%3A').replace('@', '%40')}`
    : 'a Teams channel is named by its id as it stands in the link that "Get link to channel" gives, such as 19%3Aab6ef35dc342d56ba5654e8fc1234567%40thread.tacv2';
});

export const chatChannel = z
  .strictObject({
    slack: z
      .strictObject({
        workspace: workspace.describe(
          'The id of the workspace, which somebody has authorized in the console.',
        ),
        channel: slackChannel.describe('The id of the channel.'),
      })
      .optional(),
    teams: z
      .strictObject({
        tenant: guid('the tenant', 'tenantId').describe('The id of the Microsoft tenant.'),
        team: guid('the team', 'groupId').describe(
          'The id of the team, which somebody has authorized in the console.',
        ),
        channel: teamsChannel.describe('The id of the channel, as it stands in its link.'),
      })
      .optional(),
    userRoles: z
      .enum(['required', 'not-required'])
      .default('not-required')
      .describe('required: only members who have chosen a role of their own may press buttons.'),
  })
  .refine(({ slack, teams }) => slack !== undefined || teams !== undefined, {
    error: 'name a channel: slack with workspace and channel, or teams with tenant, team and channel',
  })
  .describe(
    'Makes the channel configuration of Amazon Q Developer in chat applications, for what notify.chat of the policy says. Left out: a person makes it.',
  );
