/**
 * The one thing that the connectivity check can make an instance do, as an SSM document of schema 2.2. It is no shell:
 * it takes an address and a count. The stack makes it in the Region of deployment, forward-events in the others.
 */

/** The same in every Region, so that one event pattern and one role statement are about all of them. */
export function pingDocumentName(stage: string): string {
  return `vpc-peering-autopilot-${stage}-ping`;
}

/**
 * An IPv4 or IPv6 address written out, and nothing else. Checked twice, by Java when the command is sent and by Go's
 * RE2 on the instance, so it uses what both have.
 */
export const TARGET_PATTERN = '^(([0-9]{1,3}[.]){3}[0-9]{1,3}|[0-9A-Fa-f:]{2,39})$';
export const COUNT_PATTERN = '^([1-9]|1[0-9]|20)$';

/**
 * BusyBox's ping takes no `-n`. The others do, and without it look up the name of every address. The language is set
 * because the output is read by a program.
 */
const LINUX = [
  'export LC_ALL=C',
  'if ping --help 2>&1 | grep -q BusyBox; then ping -c {{ count }} -W 2 {{ target }}; else ping -n -c {{ count }} -W 2 {{ target }}; fi',
];

const WINDOWS = ['ping -n {{ count }} -w 2000 {{ target }}', 'exit $LASTEXITCODE'];

export const PING_DOCUMENT_CONTENT = {
  schemaVersion: '2.2',
  description: 'Pings an address, for the connectivity check of vpc-peering-autopilot',
  parameters: {
    target: {
      type: 'String',
      description: 'IPv4 or IPv6 address to ping',
      allowedPattern: TARGET_PATTERN,
    },
    count: {
      type: 'String',
      description: 'Number of pings',
      default: '5',
      allowedPattern: COUNT_PATTERN,
    },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'pingOnLinux',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '60', runCommand: LINUX },
    },
    {
      action: 'aws:runPowerShellScript',
      name: 'pingOnWindows',
      precondition: { StringEquals: ['platformType', 'Windows'] },
      inputs: { timeoutSeconds: '60', runCommand: WINDOWS },
    },
  ],
} as const;
