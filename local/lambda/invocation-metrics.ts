import { readEmbeddedMetrics } from '../cloudwatch/embedded-metrics.ts';
import type { MetricSink } from '../service.ts';
import type { RuntimeAnswer } from './host.ts';

const HOUR_MS = 3_600_000;

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
    /**
     * The metrics that a function printed during a request which began at `atMs`. Functions in processes have the
     * machine's clock and not the cloud's, which may run faster or stand still. So a document keeps its distance from
     * the beginning of the request, which both clocks know: on a clock that runs like the machine's that is its own time,
     * as on AWS, and on any other it lies with its request and with what Lambda itself counts of that.
     */
    printed(atMs: number, { metricLines = [], functionStartMs = atMs }: RuntimeAnswer) {
      for (const line of metricLines) {
        const document = readEmbeddedMetrics(line);
        if (!document) continue;
        const distanceMs = document.timestampMs - functionStartMs;
        // CloudWatch takes no metrics from further off.
        if (distanceMs > 2 * HOUR_MS || distanceMs < -14 * 24 * HOUR_MS) continue;
        for (const { metric, unit, values } of document.metrics) {
          for (const value of values) sink.record({ ...metric, value, ...(unit && { unit }), atMs: atMs + distanceMs });
        }
      }
    },
  };
}
