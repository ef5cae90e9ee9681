import type { MetricSink } from '../service.ts';

/** What Lambda writes to CloudWatch about requests, in `AWS/Lambda`. The time is the one at which the request began. */
export function createInvocationMetrics(sink: MetricSink) {
  const record = (metricName: string, value: number, unit: string, dimensionSets: Record<string, string>[], atMs: number) => {
    for (const dimensions of dimensionSets) sink.record({ namespace: 'AWS/Lambda', metricName, dimensions, value, unit, atMs });
  };
  return {
    invoked(dimensionSets: Record<string, string>[], atMs: number, outcome: { isError: boolean; durationMs: number }) {
      record('Invocations', 1, 'Count', dimensionSets, atMs);
      record('Errors', outcome.isError ? 1 : 0, 'Count', dimensionSets, atMs);
      // To a hundredth, as the REPORT line has it.
      record('Duration', Math.round(outcome.durationMs * 100) / 100, 'Milliseconds', dimensionSets, atMs);
    },
    /** A throttled request counts neither as an invocation nor as an error. */
    throttled(dimensionSets: Record<string, string>[], atMs: number) {
      record('Throttles', 1, 'Count', dimensionSets, atMs);
    },
  };
}
