import { DeleteAlarmsCommand, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { ALARM_ARN, aCloudWatch, START } from './a-cloudwatch.ts';

test('a composite alarm follows its rule at once, and its event names the alarm that set it off', async () => {
  const { putAlarm, putComposite, setState, clock, alarm, state, events } = aCloudWatch();
  await putAlarm({ AlarmName: 'a', TreatMissingData: 'ignore' });
  await putAlarm({ AlarmName: 'b, quoted', TreatMissingData: 'ignore' });
  await putComposite('both', `ALARM("${ALARM_ARN}:a") AND NOT (OK("b, quoted") OR FALSE)`);
  expect(await state('both')).toBe('INSUFFICIENT_DATA');
  await clock.advanceTo(START + 1000);
  expect(await alarm('both')).toMatchObject({
    StateValue: 'OK',
    StateReason: `${ALARM_ARN}:both was created and its alarm rule evaluates to OK`,
  });
  await setState('a', 'ALARM');
  expect(await state('both')).toBe('ALARM');
  await setState('b, quoted', 'OK');
  expect(await state('both')).toBe('OK');
  const change = events.find(({ detail }) => detail.alarmName === 'both' && detail.state.value === 'ALARM')!;
  expect(change.detail).toMatchObject({
    state: {
      reason: `${ALARM_ARN}:a transitioned to ALARM at Thursday 01 January, 2026 00:00:01 UTC`,
      reasonData: JSON.stringify({
        triggeringAlarms: [{ arn: `${ALARM_ARN}:a`, state: { value: 'ALARM', timestamp: '2026-01-01T00:00:01.000+0000' } }],
      }),
    },
    configuration: { alarmRule: expect.stringContaining('AND NOT') },
  });
});

test('SetAlarmState on a composite alarm lasts until one of its children changes state', async () => {
  const { putAlarm, putComposite, setState, toMinute, state } = aCloudWatch();
  await putAlarm({ AlarmName: 'a', TreatMissingData: 'ignore' });
  await putComposite('any', 'ALARM(a)');
  await toMinute(1);
  await setState('any', 'ALARM');
  await toMinute(10);
  expect(await state('any')).toBe('ALARM');
  await setState('a', 'OK');
  expect(await state('any')).toBe('OK');
});

test.each([
  ['ALARM(absent)', `alarms [${ALARM_ARN}:absent] in the alarm rule do not exist`],
  ['AT_LEAST(2, ALARM, (a, b))', 'AT_LEAST'],
  ['ALARM(a) AND', 'ends too early'],
  ['ALARM(self)', 'cycle'],
])('refuses the composite rule %s', async (rule, named) => {
  const { putAlarm, putComposite } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('self', 'ALARM(a)');
  await expect(putComposite('self', rule)).rejects.toThrow(named);
});

test('DescribeAlarms leaves composite alarms out unless AlarmTypes asks for them, and absent names without a word', async () => {
  const { client, putAlarm, putComposite } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('both', 'ALARM(a)');
  const AlarmNames = ['a', 'both', 'absent'];
  const plain = await client.send(new DescribeAlarmsCommand({ AlarmNames }));
  expect(plain.MetricAlarms!.map(({ AlarmName }) => AlarmName)).toEqual(['a']);
  expect(plain.CompositeAlarms).toEqual([]);
  const all = await client.send(new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }));
  expect(all.CompositeAlarms!.map(({ AlarmName }) => AlarmName)).toEqual(['both']);
});

test('DeleteAlarms deletes all or none, and no child of a composite alarm', async () => {
  const { client, putAlarm, putComposite, state, toMinute, events } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('both', 'ALARM(a)');
  const remove = (...AlarmNames: string[]) => client.send(new DeleteAlarmsCommand({ AlarmNames }));
  await expect(remove('both', 'absent')).rejects.toMatchObject({ name: 'ResourceNotFound' });
  await expect(remove('a')).rejects.toThrow('composite alarm(s) depending on it');
  expect(await state('both')).toBe('INSUFFICIENT_DATA');
  await remove('both');
  await remove('a');
  await toMinute(5);
  expect(events).toEqual([]);
});
