import type { ShownApproval } from './release-answer.ts';
import { showTime } from './table.ts';

/** What a release has of its approval, in a line: who, when and why, or until when it waits. */
export function describeApproval({ before, notBy, until, answer, onTimeout }: ShownApproval): string {
  const what = `before ${before}`;
  if (answer) {
    const who = answer.by ? `${answer.verdict} by ${answer.by}` : answer.verdict;
    return `${what}: ${who} at ${showTime(answer.at)}${answer.reason ? `: ${answer.reason}` : ''}`;
  }
  const whose = notBy ? ', by somebody else than the starter' : '';
  const wait = until ? `waits until ${showTime(until)}, then ${onTimeout === 'approve' ? 'approved' : 'declined'}` : 'not asked for yet';
  return `${what}${whose}: ${wait}`;
}
