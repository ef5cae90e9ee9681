/** Commands of the AWS CLI, ready to paste into a POSIX shell. */

/** An option's value; `true` is an option without one, undefined none at all. */
type Value = string | number | true | undefined;

/** `command('lambda update-alias', 'eu-west-1', { 'function-name': 'orders' })` */
export function command(operation: string, region: string, options: Record<string, Value>): string {
  const all: Record<string, Value> = { region, ...options };
  const said = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value === true ? `--${name}` : `--${name} ${quote(String(value))}`],
  );
  return ['aws', operation, ...said].join(' ');
}

/** Between single quotes a POSIX shell leaves everything as it is, but for a single quote. */
const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
