import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { ReleaseEvent } from '../release/record.ts';

/** PutEvents takes 10 entries. */
const ENTRIES_PER_CALL = 10;

/** Sends events to the default bus; returns the ids of those that are out. PutEvents answers 200 also when some failed. */
export async function putEvents(events: EventBridgeClient, outbox: Record<string, ReleaseEvent>): Promise<string[]> {
  const pending = Object.entries(outbox);
  const out: string[] = [];
  for (let start = 0; start < pending.length; start += ENTRIES_PER_CALL) {
    const batch = pending.slice(start, start + ENTRIES_PER_CALL);
    const answer = await events.send(
      new PutEventsCommand({
        Entries: batch.map(([eventId, { type, at, detail }]) => ({
          Source: 'teal',
          DetailType: type,
          Time: new Date(at),
          Detail: JSON.stringify({ eventId, ...detail }),
        })),
      }),
    );
    out.push(...batch.flatMap(([eventId], index) => (answer.Entries?.[index]?.ErrorCode ? [] : [eventId])));
  }
  return out;
}
