import { readFileSync } from 'node:fs';
import { FORMAT_VERSION } from '../../functions/release/format.ts';

interface Definition {
  States: Record<string, { Parameters?: { FunctionName: string } }>;
}

/** The recorded state machine of the format before this one, with the functions of the stack that `definition` is of. */
export function olderDefinition(definition: string): string {
  const older = readFileSync(new URL(`../recorded/release-format-${FORMAT_VERSION - 1}.asl.json`, import.meta.url), 'utf8');
  const functionOf = (text: string) =>
    Object.fromEntries(
      Object.entries((JSON.parse(text) as Definition).States).flatMap(([name, { Parameters }]) =>
        Parameters ? [[name, Parameters.FunctionName] as const] : [],
      ),
    );
  const [placeholders, arns] = [functionOf(older), functionOf(definition)];
  return Object.entries(placeholders).reduce((text, [state, placeholder]) => text.replaceAll(placeholder, arns[state]!), older);
}
