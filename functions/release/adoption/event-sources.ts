import { command } from './command.ts';
import type { Permission } from './policy.ts';
import { type Adopted, type Caller, change, isBare } from './report.ts';

/** Event source mappings and EventBridge rules that invoke a bare function. */

export interface Mapping {
  uuid: string;
  functionArn: string;
  /** Of a queue, stream or broker; a Kafka cluster of one's own has none. */
  sourceArn?: string;
}

export function findInMappings(adopted: Adopted, mappings: Mapping[]): Caller[] {
  return mappings
    .filter(({ functionArn }) => isBare(adopted, functionArn))
    .map(({ uuid, sourceArn }) => ({
      kind: 'event-source-mapping',
      where: { mapping: uuid, ...(sourceArn !== undefined && { source: sourceArn }) },
      change: change(adopted, [command('lambda update-event-source-mapping', adopted.region, { uuid, 'function-name': adopted.aliasArn })]),
    }));
}

export interface Rule {
  name: string;
  bus: string;
  /** Each as PutTargets takes it: it replaces the target that has its Id whole. */
  targets: { Id?: string; Arn?: string; RoleArn?: string }[];
}

export const DEFAULT_BUS = 'default';

/** The buses whose rules may have the function as their target: the default one, and those of which a permission names a rule. */
export function busesNamed({ region, accountId }: Adopted, permissions: Permission[]): string[] {
  // A partner's bus has slashes in its name.
  const named = permissions.flatMap(({ principal, sourceArn = '' }) => {
    const [, bus] = new RegExp(`^arn:[^:]+:events:${region}:${accountId}:rule/([^*?]+)/[^/]+$`).exec(sourceArn) ?? [];
    return principal === 'events.amazonaws.com' && bus !== undefined ? [bus] : [];
  });
  return [...new Set([DEFAULT_BUS, ...named])];
}

export function findInRules(adopted: Adopted, rules: Rule[]): Caller[] {
  return rules.flatMap(({ name, bus, targets }) =>
    targets
      .filter(({ Arn }) => isBare(adopted, Arn))
      .map((target): Caller => {
        const Targets = JSON.stringify([{ ...target, Arn: adopted.aliasArn }]);
        const options = { rule: name, ...(bus !== DEFAULT_BUS && { 'event-bus-name': bus }), targets: Targets };
        return {
          kind: 'event-rule',
          where: { rule: name, bus, target: target.Id! },
          change: change(
            adopted,
            [command('events put-targets', adopted.region, options)],
            target.RoleArn === undefined
              ? []
              : [
                  `first let ${target.RoleArn}, by which the rule calls, invoke ${adopted.aliasArn}: its policy is not changed by the adoption`,
                ],
          ),
        };
      }),
  );
}
