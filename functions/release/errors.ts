/**
 * Every error that the state machine tells apart, listed once. The names are string literals because a minifier
 * renames classes, and `release.asl.json` matches names.
 */
export type ErrorName =
  | 'PreflightFailed' // the release cannot work: nothing was moved; do not retry
  | 'SmokeTestFailed' // green gave a wrong answer before any user saw it
  | 'HookFailed' // a hook before traffic failed, or did not answer in time
  | 'NotApproved' // an execution got past an approval that nobody gave
  | 'VersionNotActive' // green is not ready yet: try again
  | 'AliasMoved' // a person moved an alias of this release
  | 'Blind' // nobody looked for five minutes; the state machine gives this name itself
  | 'ReleaseOver' // decided against this execution, or its claim is gone: stop
  | 'FormatUnknown' // written by a Teal that is too new or too old for this one: try again
  | 'AwsUnavailable'; // throttled, a 5xx, or no answer in time: try again

/** An error with a name that the state machine and the logs know, and a message for the person who reads it. */
export class ReleaseError extends Error {
  constructor(name: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
