import type { Ground } from '../service.ts';

export interface ScheduledInvocation {
  scheduleArn: string;
  dueMs: number;
  attempt: number;
}

/** The payload of one attempt: the schedule's input with its context attributes filled in, or what Scheduler sends without an input. */
export function payloadFor(ground: Ground, input: string | undefined, { scheduleArn, dueMs, attempt }: ScheduledInvocation): Buffer {
  const scheduledTime = `${new Date(dueMs).toISOString().slice(0, 19)}Z`;
  const executionId = ground.newId();
  if (input === undefined) {
    return Buffer.from(
      JSON.stringify({
        version: '0',
        id: executionId,
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        account: ground.accountId,
        time: scheduledTime,
        region: ground.region,
        resources: [scheduleArn],
        detail: '{}',
      }),
    );
  }
  const attributes: Record<string, string> = {
    'scheduled-time': scheduledTime,
    'schedule-arn': scheduleArn,
    'execution-id': executionId,
    'attempt-number': String(attempt),
  };
  return Buffer.from(input.replace(/<aws\.scheduler\.([\w-]+)>/g, (keyword, name: string) => attributes[name] ?? keyword));
}
