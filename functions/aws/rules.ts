import {
  type EventBridgeClient,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eventbridge';
import type { Rule } from '../release/adoption/event-sources.ts';
import { allPages } from './pages.ts';

/** The rules of a bus that have `targetArn` as a target, with all their targets; none when there is no such bus. */
export async function findRules(events: EventBridgeClient, EventBusName: string, targetArn: string): Promise<Rule[]> {
  try {
    const names = await allPages(
      (NextToken) => events.send(new ListRuleNamesByTargetCommand({ TargetArn: targetArn, EventBusName, NextToken })),
      ({ RuleNames, NextToken }) => [RuleNames, NextToken],
    );
    const rules: Rule[] = [];
    for (const name of names) {
      const targets = await allPages(
        (NextToken) => events.send(new ListTargetsByRuleCommand({ Rule: name, EventBusName, NextToken })),
        ({ Targets, NextToken }) => [Targets, NextToken],
      );
      rules.push({ name, bus: EventBusName, targets });
    }
    return rules;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return [];
    throw error;
  }
}
