import { isObject } from '../json-protocol.ts';
import type { Metric } from './metric-store.ts';

/** What a log line in the embedded metric format says. */
export interface EmbeddedMetrics {
  /** In milliseconds since 1970, on the clock of who wrote the line. */
  timestampMs: number;
  metrics: { metric: Metric; unit?: string; values: number[] }[];
}

const MOST_DIMENSIONS = 30;
const MOST_METRICS = 100;
const MOST_VALUES = 100;
const LARGEST_VALUE = 2 ** 360;

/** What Lambda writes before a line of `console.log`; "a valid embedded metric format document after this metadata is considered valid". */
const LINE = /^(?:\S+\t\S+\t[A-Z]+\t)?(\{.*\})\s*$/;

class InvalidDocument extends Error {}

/**
 * Reads a log line as CloudWatch Logs does. A line that is no document, or one that breaks the specification in any
 * member, yields nothing: AWS drops it without a word to the function (it counts it in `AWS/Logs`, which is not here).
 * StorageResolution 1 is kept by the minute: finer periods are refused to whoever reads.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function readEmbeddedMetrics(line: string): EmbeddedMetrics | undefined {
  try {
    return readDocument(JSON.parse(LINE.exec(line)?.[1] ?? ''));
  } catch (error) {
    if (error instanceof InvalidDocument || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readDocument(root: unknown): EmbeddedMetrics {
  const { _aws: metadata } = check(root, isObject);
  const { Timestamp, CloudWatchMetrics } = check(metadata, isObject);
  const timestampMs = check(Timestamp, Number.isInteger) as number;
  const metrics = check(CloudWatchMetrics, Array.isArray).flatMap((directive) => readDirective(root as Root, directive));
  return { timestampMs, metrics };
}

type Root = Record<string, unknown>;

function readDirective(root: Root, directive: unknown): EmbeddedMetrics['metrics'] {
  const { Namespace, Dimensions, Metrics } = check(directive, isObject);
  // Those of AWS are not for functions to write, here as in PutMetricData.
  const namespace = check(Namespace, (text) => isText(text, 255) && !/^(:|AWS\/)/.test(text)) as string;
  const sets = check(Dimensions, (list) => isList(list, Number.POSITIVE_INFINITY) && list.length > 0) as unknown[];
  const dimensionSets = sets.map((set) => readDimensions(root, set));
  const definitions = check(Metrics, (list) => isList(list, MOST_METRICS)) as unknown[];
  return definitions.flatMap((definition) => {
    const { Name, Unit, StorageResolution } = check(definition, isObject);
    const metricName = check(Name, (text) => isText(text, 255)) as string;
    const unit = Unit === undefined ? undefined : (check(Unit, (text) => isText(text, 255)) as string);
    check(StorageResolution ?? 60, (seconds) => seconds === 1 || seconds === 60);
    const values = readValues(memberOf(root, metricName));
    return dimensionSets.map((dimensions) => ({ metric: { namespace, metricName, dimensions }, unit, values }));
  });
}

function readDimensions(root: Root, set: unknown): Record<string, string> {
  const names = check(set, (list) => isList(list, MOST_DIMENSIONS)) as unknown[];
  return Object.fromEntries(
    names.map((given) => {
      const name = check(given, (text) => isText(text, 255)) as string;
      return [name, check(memberOf(root, name), (text) => isText(text, 1024)) as string];
    }),
  );
}

const readValues = (target: unknown): number[] =>
  (isList(target, MOST_VALUES) ? target : [target]).map(
    (value) => check(value, (number) => typeof number === 'number' && Math.abs(number) <= LARGEST_VALUE) as number,
  );

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= longest;
const isList = (value: unknown, longest: number): value is unknown[] => Array.isArray(value) && value.length <= longest;
const memberOf = (root: Root, name: string) => (Object.hasOwn(root, name) ? root[name] : undefined);

function check<T>(value: unknown, isSound: ((value: unknown) => value is T) | ((value: unknown) => boolean)): T {
  if (!isSound(value)) throw new InvalidDocument();
  return value as T;
}
