import { createJsonService, type Fields, invalid, readText, refuseUnknownKeys } from '../json-protocol.ts';
import type { BusEvent, EventBus, Ground, Invoker, WireService } from '../service.ts';
import { deliver } from './delivery.ts';
import { compileEventPattern } from './event-pattern.ts';
import { isRefused, type NewEvent, readEntries } from './put-events.ts';
import { createRules } from './rules.ts';
import { payloadFor } from './target-input.ts';

const MOST_RECENT = 100_000;

/** EventBridge: the default bus, its rules with event patterns, and delivery to Lambda functions. */
export function createEvents(ground: Ground, invoker: Invoker): WireService & EventBus & { recent(): BusEvent[] } {
  const rules = createRules(ground);
  const recent: BusEvent[] = [];

  const publish = (event: NewEvent): BusEvent => {
    const published: BusEvent = {
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
    };
    recent.push(published);
    if (recent.length > MOST_RECENT) recent.shift();
    const ingestedAt = new Date(ground.clock.nowMs()).toISOString();
    for (const rule of rules.matching(published)) {
      for (const target of rule.targets.values()) {
        const payload = Buffer.from(payloadFor(target, published, rule, ingestedAt));
        const delivery = { from: 'events', what: published['detail-type'], target: target.Arn } as const;
        deliver(ground, delivery, () => invoker.invokeAsync({ functionName: target.Arn, payload }), target.RetryPolicy);
      }
    }
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
