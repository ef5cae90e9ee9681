import type { Serving } from './drift.ts';
import type { FunctionVersion } from './preflight.ts';

/** What is known of code that a release reverted, for a reason that speaks against the code. */
export interface Reverted {
  releaseId: string;
  /** Why. */
  message: string;
  /** Undefined where a Teal wrote it that did not note when. */
  at?: string | undefined;
}

/** For whoever looks at a function whose newest code that is. */
export const describeReverted = (functionName: string, { releaseId, message, at }: Reverted): string =>
  `$LATEST of ${functionName} is code that release ${releaseId} reverted${at ? ` at ${at}` : ''} (${message}): it is refused from now on. Deploy other code, or release this with "again": true`;

/** The rollback that took this code out of service after a release of it was asked for, and so while it waited; undefined when there was none. */
export function rolledBackSince(askedAt: string, serving: Serving | undefined, next: FunctionVersion): Serving | undefined {
  const { version, codeSha256 } = serving?.rolledBack ?? {};
  const isTheCode = version !== undefined && (version === next.version || codeSha256 === next.codeSha256);
  return isTheCode && Date.parse(serving!.since) > Date.parse(askedAt) ? serving : undefined;
}
