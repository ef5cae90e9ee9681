import { isAgainstTheCode } from '../functions/release/record.ts';
import type { ShownRelease } from './watch.ts';

/** How a release ended, for whoever started it: in `message` what happened and what to do. */
export interface Ending {
  isGood: boolean;
  /** "TEAL_REVERTED" */
  code: string;
  message: string;
}

export function endingOf({ id, status, reason, targets }: ShownRelease): Ending {
  const why = reason ? `: ${reason.message.replace(/\.$/, '')}` : '';
  const code = `TEAL_${status.toUpperCase().replaceAll('-', '_')}`;
  const bad = (message: string): Ending => ({ isGood: false, code, message: `Release ${id} ${message}` });
  switch (status) {
    // Why has been told as its last line.
    case 'promoted':
      if (reason?.code === 'rolled-back') return { isGood: true, code, message: `Rollback ${id} is done: users are on the version before` };
      return { isGood: true, code, message: `Release ${id} is promoted: users have this code` };
    case 'unchanged':
      return { isGood: true, code, message: `Release ${id} changed nothing` };
    case 'reverted': {
      const again = reason && isAgainstTheCode(reason) ? ' The same code is refused from now on unless it is released with --again.' : '';
      return bad(
        `was reverted${why}. Users are back on the version before. Mend the code and deploy again.${again} What else this deploy changed (roles, routes, tables, queues) stays as deployed.`,
      );
    }
    case 'rejected':
      return bad(
        `was rejected before any user met the new version${why}. Users are on the version before. Mend that and deploy again. What else this deploy changed (roles, routes, tables, queues) stays as deployed.`,
      );
    case 'alias-moved': {
      const moved = targets.filter((target) => target.moved).map((target) => `${target.function}:${target.alias} (${target.moved})`);
      return bad(
        `ended because a person moved an alias${why}.${moved.length > 0 ? ` Left as it is: ${moved.join(', ')}; every other function is on the version before.` : ''}`,
      );
    }
    case 'stuck':
      return bad(
        `cannot put an alias back${why}. Teal tries again every minute; look at the alias and at the release's execution in Step Functions.`,
      );
    default:
      return bad(`is ${status}${why}.`);
  }
}
