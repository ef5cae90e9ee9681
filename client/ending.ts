import { isAgainstTheCode } from '../functions/release/record.ts';
import { visible } from './visible.ts';
import type { ShownRelease } from './watch.ts';
import { withCommands, withFlags } from './with-commands.ts';

/** How a release ended, for whoever started it: in `message` what happened and what to do. */
export interface Ending {
  isGood: boolean;
  /** "TEAL_REVERTED" */
  code: string;
  message: string;
}

/** Whoever reads it: a deploy that started the release, or the `teal` command. */
export type Asker = 'deploy' | 'command';

const AGAIN: Record<Asker, string> = { deploy: 'deploy again', command: 'release it again' };
const WHAT_STAYS: Record<Asker, string> = {
  deploy: ' What else this deploy changed (roles, routes, tables, queues) stays as deployed.',
  command: '',
};

export function endingOf({ id, status, reason, targets, hooks = [] }: ShownRelease, asker: Asker): Ending {
  const why = reason
    ? `: ${visible(asker === 'command' ? withFlags(reason.message) : withCommands(reason.message)).replace(/\.$/, '')}`
    : '';
  const code = `TEAL_${status.toUpperCase().replaceAll('-', '_')}`;
  const bad = (message: string): Ending => ({ isGood: false, code, message: `Release ${id} ${message}` });
  switch (status) {
    // Why has been told as its last line.
    case 'promoted':
      if (reason?.code === 'rolled-back') return { isGood: true, code, message: `Rollback ${id} is done: users are on the version before` };
      // The first that does not pass is the last that is called.
      if (hooks.some(({ hook, status: answer }) => hook === 'afterTraffic' && answer !== 'passed'))
        return {
          isGood: true,
          code,
          message: `Release ${id} is promoted: users have this code. But not all of its after-traffic hooks are done, and Teal does not call them again${why}`,
        };
      return { isGood: true, code, message: `Release ${id} is promoted: users have this code` };
    case 'unchanged':
      return { isGood: true, code, message: `Release ${id} changed nothing` };
    case 'reverted': {
      if (reason?.code === 'replaced')
        return bad(`was reverted${why}. Users are back on the version before, until that one has shifted.${WHAT_STAYS[asker]}`);
      const next =
        reason && isAgainstTheCode(reason)
          ? `Mend the code and ${AGAIN[asker]}. The same code is refused from now on unless it is released with --again.`
          : `To try the same code once more, ${AGAIN[asker]}.`;
      return bad(`was reverted${why}. Users are back on the version before. ${next}${WHAT_STAYS[asker]}`);
    }
    case 'rejected': {
      // Ten merges a day must not turn nine pipelines red: what this one would have released, the newer one does.
      if (reason?.code === 'replaced')
        return {
          isGood: true,
          code,
          message: `Release ${id} has not begun${why}. That one goes instead.${WHAT_STAYS[asker]}`,
        };
      const next = reason?.code === 'aborted' ? 'To try once more,' : 'Mend that and';
      return bad(
        `was rejected before any user met the new version${why}. Users are on the version before. ${next} ${AGAIN[asker]}.${WHAT_STAYS[asker]}`,
      );
    }
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
