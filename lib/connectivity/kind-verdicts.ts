import type { NameAnswer } from './name-output.ts';
import type { OwnWay } from './own-way.ts';
import type { SizeAnswer } from './size-output.ts';
import type { TcpAnswer, TcpEnd } from './tcp-output.ts';
import { noVerdict, type VerdictWithReason, whyKept } from './verdict.ts';

/** What connections, large packets and names say, as `verdict.ts` has it of pings: nothing counts that the output does not prove. */

function took({ ms }: TcpAnswer): string {
  return ms === undefined ? '' : ` in ${Math.round(ms * 100) / 100} ms`;
}

const NOT_ASKED: Readonly<
  Record<Exclude<TcpEnd, 'connected' | 'refused' | 'timeout' | 'unreachable'>, string>
> = {
  'not-sent': 'the system of the instance did not let the connection go',
  'no-program':
    'the instance has no bash with /dev/tcp, or no timeout (coreutils); install bash, or ping from another instance',
  unreadable: 'what the instance said of the connection is not known here',
};

export function tcpVerdict(
  answer: TcpAnswer | undefined,
  { port, target, way }: { readonly port: number; readonly target: string; readonly way: OwnWay | undefined },
): VerdictWithReason {
  if (answer === undefined) {
    return noVerdict(`the output says nothing of TCP port ${port}`);
  }
  const kept = whyKept(way, target);
  if (kept !== undefined) {
    return kept;
  }
  switch (answer.end) {
    case 'connected':
      return { verdict: 'reachable', reason: `TCP port ${port} took the connection${took(answer)}.` };
    case 'refused':
      return {
        verdict: 'reachable',
        reason: `TCP port ${port} refused the connection${took(answer)}: the network works, and nothing listens there.`,
      };
    case 'timeout':
      return { verdict: 'unreachable', reason: `TCP port ${port} did not answer in time.` };
    case 'unreachable':
      return {
        verdict: 'unreachable',
        reason: `TCP port ${port} did not answer; somebody on the way said that it cannot be had.`,
      };
    default:
      return noVerdict(NOT_ASKED[answer.end]);
  }
}

function bytes(size: number): string {
  return `${size.toLocaleString('en-US')} bytes`;
}

/** A refusal of the source's own system is its own, unless it only repeats what the network has told it. */
function asToldBy(answer: SizeAnswer, way: OwnWay | undefined): SizeAnswer {
  const { learnedMtu, source } = way === undefined || way.kind === 'refused' ? {} : way;
  if (answer.end === 'own-limit' && learnedMtu !== undefined && learnedMtu < answer.size) {
    return { ...answer, end: 'too-large' };
  }
  return answer.end === 'too-large' && answer.answeredBy !== undefined && answer.answeredBy === source
    ? { ...answer, end: 'own-limit' }
    : answer;
}

const SIZE_NOT_TRIED: Readonly<Record<Exclude<SizeAnswer['end'], 'carried' | 'lost' | 'too-large'>, string>> =
  {
    'own-limit': 'the interface of the source takes no packets of this size',
    'not-sent': 'the system of the instance could not send',
    'no-program': 'the ping program of the instance cannot send packets that may not be cut up',
    unreadable: 'what the instance said of large packets is not known here',
  };

/**
 * @param answers in the order in which they were tried, the largest first.
 */
export function mtuVerdict(
  answers: readonly SizeAnswer[],
  target: string,
  way: OwnWay | undefined,
): VerdictWithReason & { readonly packetSize?: number } {
  const [first, second] = answers.map((answer) => asToldBy(answer, way));
  if (first === undefined) {
    return noVerdict('the output says nothing of large packets');
  }
  const kept = whyKept(way, target);
  if (kept !== undefined) {
    return kept;
  }
  if (first.end === 'carried') {
    return {
      verdict: 'reachable',
      packetSize: first.size,
      reason: `Packets of ${bytes(first.size)} pass.`,
    };
  }
  if (first.end !== 'lost' && first.end !== 'too-large') {
    const limit = first.limit === undefined ? '' : ` (its MTU is ${first.limit})`;
    return noVerdict(`${SIZE_NOT_TRIED[first.end]}: ${bytes(first.size)}${limit}`);
  }
  if (second?.end !== 'carried') {
    return noVerdict('neither large packets nor small ones came back, so size is not what keeps them');
  }
  const limitText =
    first.limit === undefined ? '' : ` The largest that was told to pass is ${bytes(first.limit)}.`;
  return {
    verdict: 'mtu-limited',
    packetSize: second.size,
    reason: `Packets of ${bytes(first.size)} are lost and those of ${bytes(second.size)} pass.${limitText} Look at the MTU of the target's interface, and at what filters ICMP "fragmentation needed" on the way.`,
  };
}

/** @param target the private address that the name has to lead to. */
export function nameVerdict(answer: NameAnswer | undefined, target: string): VerdictWithReason {
  if (answer === undefined) {
    return noVerdict('the output says nothing of names');
  }
  const { name, end, addresses } = answer;
  switch (end) {
    case 'answered':
      return addresses.every((address) => address === target)
        ? { verdict: 'reachable', reason: `${name} leads to ${target}.` }
        : {
            verdict: 'misresolved',
            reason: `${name} leads to ${addresses.join(', ')} and not to ${target}. Look at the DNS options of the peering, and at private zones and rules of the source's VPC.`,
          };
    case 'no-answer':
    case 'timeout':
      return {
        verdict: 'misresolved',
        reason: `${name} leads nowhere from the source${end === 'timeout' ? ': its resolver did not answer in time' : ''}; it should lead to ${target}. Look at the DNS options of the peering, and at which resolver the source asks.`,
      };
    case 'no-program':
      return noVerdict('the instance has no getent to resolve names with');
    default:
      return noVerdict('what the instance said of the name is not known here');
  }
}
