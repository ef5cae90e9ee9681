/** How a command ends, for whoever calls it in a script. */
export const EXIT = {
  /** Done; of a release: promoted or unchanged. */
  ok: 0,
  reverted: 1,
  /** A release that was rejected, or a call that Teal refused. */
  rejected: 2,
  /** A person moved an alias, or an alias cannot be put back. */
  moved: 3,
  /** sysexits(3): EX_USAGE */
  usage: 64,
  /** EX_UNAVAILABLE: no API, no credentials, no permission. */
  unreachable: 69,
  /** EX_SOFTWARE: a mistake of Teal's own. */
  bug: 70,
  /** 128 and SIGINT */
  interrupted: 130,
} as const;

/** Ends a command: the message is for the person, what happened and what to do. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}
