import type { Json, JsonObject } from '../../local/cloudformation/intrinsics.ts';

export interface Template extends JsonObject {
  Resources: Record<string, JsonObject & { Type: string; Properties: JsonObject }>;
}

/** The logical ids that a value refers to. */
function referencesOf(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (typeof value.Ref === 'string') return [value.Ref];
  const attribute = value['Fn::GetAtt'];
  if (attribute) return [[attribute].flat().join('.').split('.')[0]!];
  const text = [value['Fn::Sub']].flat()[0];
  const named = typeof text === 'string' ? [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!) : [];
  return [...named, ...Object.values(value).flatMap(referencesOf)];
}

/** The types of the resources whose properties refer to this one. */
export const typesThatName = ({ Resources }: Template, logicalId: string): string[] =>
  Object.values(Resources)
    .filter(({ Properties }) => referencesOf(Properties ?? {}).includes(logicalId))
    .map(({ Type }) => Type)
    .sort();

/** The resources that CloudFormation would have something to do for. */
export const changedResources = (before: Template, after: Template): string[] =>
  [...new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)])].filter(
    (logicalId) => JSON.stringify(before.Resources[logicalId]) !== JSON.stringify(after.Resources[logicalId]),
  );
