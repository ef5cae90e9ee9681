/** Where Teal names a call of its API or a field of a request, the command or the flag of `teal` for it. */
export const withCommands = (text: string): string =>
  text
    .replaceAll(/POST \/releases\/([\w-]+)\/(promote|advance|abort|pause|resume|approve|decline)/g, 'teal $2 $1')
    .replaceAll(
      /POST \/releases of \{ "function": "([\w-]+)", "alias": "([\w-]+)", "version": "…" \}/g,
      'teal release $1 --alias $2 --published <version>',
    )
    .replaceAll('POST /adoptions', 'teal adopt')
    .replaceAll(/GET \/releases\b(?!\/)/g, 'teal list')
    .replaceAll('"evenAfterContract": true (--even-after-contract)', '--even-after-contract')
    .replaceAll('"again": true', '--again');

/** The same for who typed `teal release`: a deploy says these in its configuration, and has no flags for them. */
export const withFlags = (text: string): string =>
  withCommands(text)
    .replaceAll('"onRoleChange": "switch"', '--on-role-change switch')
    .replaceAll('"unwatched": true', '--unwatched')
    .replaceAll('("startAt")', '(--start-at)')
    .replaceAll('"overrideFreeze": "…"', '--override-freeze "…"');
