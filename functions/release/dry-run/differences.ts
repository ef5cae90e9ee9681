import type { FunctionVersion } from '../preflight.ts';

/** What differs between blue and green, in words: values of environment variables, which may be secrets, are never told. */
export function describeDifferences(blue: FunctionVersion, next: FunctionVersion): string[] {
  const before = JSON.parse(blue.configuration) as Configuration;
  const after = JSON.parse(next.configuration) as Configuration;
  const named = new Set(['Environment', 'Layers', 'LastModified']);
  const settings = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !named.has(key)).sort();
  return [
    ...(blue.codeSha256 === next.codeSha256 ? [] : ['other code']),
    ...(blue.role === next.role ? [] : [`role: ${blue.role} → ${next.role}`]),
    ...settings.flatMap((key) => (same(before[key], after[key]) ? [] : [`${key}: ${shown(before[key])} → ${shown(after[key])}`])),
    ...describeNames('environment', 'value', before.Environment?.Variables ?? {}, after.Environment?.Variables ?? {}),
    ...describeNames('layers', 'version', layersOf(before), layersOf(after)),
  ];
}

interface Configuration {
  Environment?: { Variables?: Record<string, string> };
  Layers?: { Arn: string }[];
  [setting: string]: unknown;
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** "512", "nodejs22.x", or a setting of several parts as JSON. */
const shown = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** By the layer's ARN without its version. */
const layersOf = ({ Layers = [] }: Configuration): Record<string, string> =>
  Object.fromEntries(Layers.map(({ Arn }) => [Arn.replace(/:\d+$/, ''), /\d+$/.exec(Arn)?.[0] ?? '']));

/** "environment: + FLAG, - OLD, ~ URL (another value)" */
function describeNames(what: string, other: string, before: Record<string, string>, after: Record<string, string>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changes = names.flatMap((name) => {
    if (before[name] === after[name]) return [];
    if (before[name] === undefined) return [`+ ${name}`];
    return after[name] === undefined ? [`- ${name}`] : [`~ ${name} (another ${other})`];
  });
  return changes.length > 0 ? [`${what}: ${changes.join(', ')}`] : [];
}
