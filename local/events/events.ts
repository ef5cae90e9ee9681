import { createJsonService, type Fields, invalid, readText, refuseUnknownKeys } from '../json-protocol.ts';
import type { BusEvent, EventBus, Ground, Invoker, WireService } from '../service.ts';
import { deliver } from './delivery.ts';
import { compileEventPattern } from './event-pattern.ts';
import { isRefused, type NewEvent, readEntries } from './put-events.ts';
import { createRules, type Rule } from './rules.ts';
import { payloadFor } from './target-input.ts';

const MOST_RECENT = 10_000;

/** EventBridge: the default bus, its rules with event patterns and schedules, and delivery to Lambda functions. */
export function createEvents(ground: Ground, invoker: Invoker): WireService & EventBus & { recent(): BusEvent[] } {
  const recent: BusEvent[] = [];

  const eventOf = (event: NewEvent): BusEvent => ({
    version: '0',
    id: ground.newId(),
    'detail-type': event['detail-type'],
    source: event.source,
    account: ground.accountId,
    time: wholeSecond(event.atMs ?? ground.clock.nowMs()),
    region: ground.region,
    resources: event.resources ?? [],
    // A copy, so that nobody downstream sees what the producer changes later.
    detail: structuredClone(event.detail),
  });

  const deliverTo = (rule: Rule, event: BusEvent) => {
    const ingestedAt = new Date(ground.clock.nowMs()).toISOString();
    for (const target of rule.targets.values()) {
      const payload = Buffer.from(payloadFor(target, event, rule, ingestedAt));
      const delivery = { from: 'events', what: event['detail-type'], target: target.Arn } as const;
      const by = { service: 'events.amazonaws.com', sourceArn: rule.arn };
      deliver(ground, delivery, () => invoker.invokeAsync({ functionName: target.Arn, payload, by }), target.RetryPolicy);
    }
  };

  // A schedule's event goes to the rule's own targets, and over no bus.
  const rules = createRules(ground, (rule, atMs) => {
    deliverTo(rule, eventOf({ 'detail-type': 'Scheduled Event', source: 'aws.events', resources: [rule.arn], detail: {}, atMs }));
  });

  const publish = (event: NewEvent): BusEvent => {
    const published = eventOf(event);
    recent.push(published);
    if (recent.length > MOST_RECENT) recent.shift();
    for (const rule of rules.matching(published)) deliverTo(rule, published);
    return published;
  };

  const service = createJsonService({
    prefix: 'AWSEvents',
    version: '1.1',
    operations: {
      ...rules.operations,

      PutEvents(input: Fields) {
        const entries = readEntries(input);
        for (const entry of input.Entries as Fields[]) rules.checkBus(entry);
        const Entries = entries.map((entry) => (isRefused(entry) ? entry : { EventId: publish(entry).id }));
        return { FailedEntryCount: entries.filter(isRefused).length, Entries };
      },

      TestEventPattern(input: Fields) {
        refuseUnknownKeys(input, ['EventPattern', 'Event'], 'TestEventPattern');
        const matches = compileEventPattern(readText(input, 'EventPattern', { max: 4096 }));
        return { Result: matches(parseEvent(readText(input, 'Event', { max: 1_048_576 }))) };
      },
    },
  });

  return { ...service, publish: (event) => void publish(event), recent: () => [...recent] };
}

function parseEvent(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalid('Parameter Event is not valid.');
  }
}

const wholeSecond = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
