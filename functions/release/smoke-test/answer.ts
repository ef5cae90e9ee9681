/** What a version answered to a smoke test, and how that reads. */
export interface SmokeAnswer {
  functionError?: string;
  payload: string;
  /** The end of its log, where the time that it took is wanted. */
  logTail?: string;
}

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An HTTP response: what has a status. */
export const isHttpResponse = (response: unknown): response is Fields & { statusCode: number } =>
  isFields(response) && typeof response.statusCode === 'number';

/**
 * What API Gateway makes of the response of a function in payload format 2.0: without a status the whole response is the
 * body of a 200. A body in base64 becomes its text.
 */
export function toHttpResponse(response: unknown): Fields {
  if (!isFields(response) || !('statusCode' in response)) {
    const body = typeof response === 'string' ? response : JSON.stringify(response);
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { isBase64Encoded, ...rest } = response;
  return isBase64Encoded === true ? { ...rest, body: Buffer.from(String(rest.body), 'base64').toString() } : rest;
}

/** The body of an HTTP response, read where it is JSON; all of any other response. */
export const contentOf = (response: unknown): unknown => (isHttpResponse(response) ? readJson(toHttpResponse(response).body) : response);

/** The value of JSON text; anything else as it is. */
export function readJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** How long a request took, in ms. */
export interface Duration {
  handlerMs: number;
  /** Of a cold start. */
  initMs: number;
}

/**
 * What Lambda reports of a request at the end of its log: the REPORT line, or the record `platform.report` of a function
 * that logs JSON. Undefined when it reports nothing, as below the level INFO of its system log.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export function readDuration(logTail: string): Duration | undefined {
  for (const line of logTail.trimEnd().split('\n').reverse()) {
    const [, handlerMs] = /^REPORT RequestId: .*?\tDuration: ([\d.]+) ms/.exec(line) ?? [];
    if (handlerMs) return { handlerMs: Number(handlerMs), initMs: Number(/\tInit Duration: ([\d.]+) ms/.exec(line)?.[1] ?? 0) };
    const report = line.includes('"platform.report"') ? readJson(line) : undefined;
    const metrics = isFields(report) && report.type === 'platform.report' && isFields(report.record) ? report.record.metrics : undefined;
    if (isFields(metrics) && typeof metrics.durationMs === 'number')
      return { handlerMs: metrics.durationMs, initMs: Number(metrics.initDurationMs ?? 0) };
  }
  return undefined;
}
