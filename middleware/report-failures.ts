/**
 * Runs in the functions that Teal releases and tells CloudWatch of every request whether it failed: so that Teal's judge
 * sees answers with a status of 500, which `AWS/Lambda Errors` counts as good.
 *
 * A request is one line on stdout in embedded metric format: metric `bad` in namespace `Teal`, 0 or 1, a Count, at the
 * time when the request came in, by `FunctionName`, `Resource` and `ExecutedVersion` as `AWS/Lambda` has them. Sum is
 * the failures, SampleCount the requests. A request that ends the process (a timeout, memory) writes nothing: those are
 * in `AWS/Lambda Errors`. Nothing of the request or of its answer is written, and no request fails for what is done here.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

// biome-ignore lint/suspicious/noExplicitAny: whatever a handler answers, typed by whoever gives the function
type Answer = any;

export interface ReportOptions {
  /**
   * Whether an answer is a failure. Unless given: one with a `statusCode` of 500 or more. An answer without one is good:
   * HTTP APIs and function URLs make it a 200. If it throws, the request counts as failed.
   */
  isFailure?: (answer: Answer) => boolean;
}

/** What is read of a Lambda context. Without all three, as in a test, nothing is written. */
interface LambdaContext {
  functionName: string;
  functionVersion: string;
  /** "arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live"; ends with the name when called without a qualifier. */
  invokedFunctionArn: string;
}

interface MiddyRequest {
  // biome-ignore lint/suspicious/noExplicitAny: a type of its own here would narrow the handler's context
  context: any;
  response?: Answer;
  earlyResponse?: Answer;
  error?: unknown;
}

export interface FailureReporter {
  before(request: MiddyRequest): void;
  after(request: MiddyRequest): void;
  onError(request: MiddyRequest): void;
}

/**
 * The middleware, for middy 7. Use it first: middy runs `after` and `onError` backwards, so the first sees what
 * is really answered, and each request is counted once, also when another middleware throws, turns an error into an
 * answer or answers early. What a middleware before it answers early is not counted. Of a handler that streams, the
 * status is judged and what breaks later is not seen.
 *
 * @throws TypeError for an option that does not exist
 */
export function reportFailures(options: ReportOptions = {}): FailureReporter {
  const hasFailed = failureTest(options);
  const reports = new WeakMap<MiddyRequest, Report>();
  /** `onError` comes without `before` when a middleware before this one threw. */
  const reportOf = (request: MiddyRequest) => reports.get(request) ?? beginReport(request.context);
  const isUnanswered = ({ error, response }: MiddyRequest) => error !== undefined && response === undefined;
  const close = (request: MiddyRequest) => reportOf(request)(isUnanswered(request) || hasFailed(request.response));

  return {
    before(request) {
      reports.set(request, beginReport(request.context));
      onEarlyAnswer(request, () => close(request));
    },
    after: close,
    onError: close,
  };
}

/** The callback and `void` are there because every handler typed with @types/aws-lambda has them. */
// biome-ignore-start lint/suspicious/noExplicitAny lint/suspicious/noConfusingVoidType: see above
type PromiseHandler<Event, Context, Result> = (event: Event, context: Context, callback?: any) => Promise<Result> | void;
// biome-ignore-end lint/suspicious/noExplicitAny lint/suspicious/noConfusingVoidType: see above

/**
 * Wraps a handler that returns a promise, middy's too, and answers and throws what it does. A handler that answers
 * through a callback is not served: it gets none.
 *
 * @throws TypeError for an option that does not exist, and for a handler of `awslambda.streamifyResponse`
 */
export function withReportedFailures<Event, Context, Result>(
  handler: PromiseHandler<Event, Context, Result>,
  options: ReportOptions = {},
): (event: Event, context: Context) => Promise<Result> {
  const hasFailed = failureTest(options);
  // Lambda's runtime knows such a handler by this mark, which the wrapper would hide.
  if (Symbol.for('aws.lambda.runtime.handler.streaming') in handler) {
    throw new TypeError('teal/middleware: a handler that streams its response cannot be wrapped');
  }
  return async (event, context) => {
    const report = beginReport(context);
    try {
      const answer = (await handler(event, context)) as Result;
      report(hasFailed(answer));
      return answer;
    } catch (error) {
      report(true);
      throw error;
    }
  };
}

/**
 * No hook of middy runs after an early answer: it skips the rest and returns. So this watches the one thing that it does
 * first, which is to copy `earlyResponse` to `response`. An error deletes `earlyResponse` only after it has cleared
 * `response`, hence the comparison.
 */
function onEarlyAnswer(request: MiddyRequest, then: () => void): void {
  let response = request.response;
  Object.defineProperty(request, 'response', {
    configurable: true,
    enumerable: true,
    get: () => response,
    set(answer) {
      response = answer;
      if ('earlyResponse' in request && request.earlyResponse === answer) then();
    },
  });
}

const hasServerError = (answer: Answer) => Number(answer?.statusCode) >= 500;

function failureTest(options: ReportOptions): (answer: Answer) => boolean {
  const { isFailure = hasServerError, ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new TypeError(`teal/middleware: there is no option ${name}, only isFailure`);
  if (typeof isFailure !== 'function') throw new TypeError('teal/middleware: isFailure is not a function');
  return (answer) => {
    try {
      return isFailure(answer);
    } catch {
      return true;
    }
  };
}

/** Writes the line of a request, the first time that it is called. */
type Report = (hasFailed: boolean) => void;

function beginReport(context: unknown): Report {
  // AWS/Lambda's metrics have the time of the invocation too, however long it took.
  const atMs = Date.now();
  let isWritten = false;
  return (hasFailed) => {
    if (isWritten) return;
    isWritten = true;
    try {
      const line = metricLine(context as LambdaContext, hasFailed, atMs);
      if (line !== undefined) writeLine(line);
    } catch {
      // The request matters more than its metric.
    }
  };
}

function metricLine(context: LambdaContext, hasFailed: boolean, atMs: number): string | undefined {
  const { functionName: FunctionName, functionVersion: ExecutedVersion, invokedFunctionArn } = context;
  const Resource = invokedFunctionArn.split(':').slice(6).join(':');
  // CloudWatch takes no dimension without a value.
  if (!FunctionName || !Resource || !ExecutedVersion) return undefined;
  const dimensions = { FunctionName, Resource, ExecutedVersion };
  const directive = { Namespace: 'Teal', Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: 'bad', Unit: 'Count' }] };
  return `${JSON.stringify({ _aws: { Timestamp: atMs, CloudWatchMetrics: [directive] }, ...dimensions, bad: hasFailed ? 1 : 0 })}\n`;
}

/**
 * Not by `console`: Lambda puts a time and a level before each line of it, or wraps it in JSON of its own, and then
 * CloudWatch finds no metric. A write that fails comes back twice, to the callback and then as an event that ends the
 * process if nobody listens.
 */
function writeLine(line: string): void {
  process.stdout.write(line, (error) => {
    if (error && process.stdout.listenerCount('error') === 0) process.stdout.once('error', () => {});
  });
}
