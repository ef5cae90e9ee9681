import middy from '@middy/core';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { isTransient } from '../aws/transient.ts';
import { MAX_REQUEST_BYTES } from '../release/request.ts';
import type { WrongField } from '../release/schema.ts';
import { listFew } from '../release/words.ts';
import { log } from './task.ts';

/** A call as a route sees it. */
export interface Call {
  /** "POST /releases/{id}/abort" */
  route: string;
  parameters: Record<string, string>;
  query: Record<string, string>;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The parsed body; undefined when there is none. */
  body: unknown;
  /** The ARN that signed the call. */
  caller: string;
  requestId: string;
  atMs: number;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** What answers the calls of one route. */
export type Route<Needs> = (aws: Needs, call: Call) => Promise<Answer>;

/** An answer that is an error: RFC 9457 problem details, for a person. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly fields: Record<string, unknown>;
  constructor(status: number, title: string, detail: string, fields: { errors?: WrongField[] } & Record<string, unknown> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.title = title;
    this.fields = fields;
  }
}

/** Answers 400, with every wrong field. */
export const invalid = (errors: WrongField[]): Problem =>
  new Problem(400, 'Invalid request', listFew(errors.map(({ field, message }) => `${field || 'the body'}: ${message}`)), { errors });

/** The one middy stack of HTTP: reads the call, writes JSON, turns what is thrown into problem details, and logs a line for each. */
export function http(handle: (call: Call) => Promise<Answer>) {
  return middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Error, Context>()
    .use({
      after: ({ event, context, response }) =>
        log('info', context, event.routeKey, { status: response?.statusCode, caller: callerOf(event) }),
      onError: (request) => {
        const { error, event, context } = request;
        const problem = error instanceof Problem ? error : toProblem(error!, context);
        log(problem.status < 500 ? 'info' : 'error', context, event.routeKey, {
          status: problem.status,
          caller: callerOf(event),
          error: error?.message,
          stack: problem.status < 500 ? undefined : error?.stack,
        });
        request.response = write(
          problem.status,
          { type: 'about:blank', title: problem.title, status: problem.status, detail: problem.message, ...problem.fields },
          { 'content-type': 'application/problem+json' },
        );
      },
    })
    .handler(async (event) => {
      const { status, body, headers } = await handle(read(event));
      return write(status, body, { 'content-type': 'application/json', ...headers });
    });
}

/** The same for several routes, each under its name at API Gateway: "GET /releases/{id}". */
export const httpRoutes = <Needs>(aws: Needs, routes: Record<string, Route<Needs>>) =>
  http((call) => {
    const route = routes[call.route];
    if (!route) throw new Problem(404, 'No such call', `There is no ${call.route}.`);
    return route(aws, call);
  });

function toProblem(error: Error, { awsRequestId }: Context): Problem {
  return isTransient(error)
    ? new Problem(503, 'AWS is busy', `AWS throttled a call of Teal or did not answer it (${error.name}). Try again in a moment.`)
    : new Problem(
        500,
        'Internal error',
        `Teal could not finish this call. Try again; if it goes on, the log of request ${awsRequestId} says why.`,
      );
}

const write = (statusCode: number, body: unknown, headers: Record<string, string>): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers,
  body: `${JSON.stringify(body)}\n`,
});

const callerOf = (event: APIGatewayProxyEventV2WithIAMAuthorizer) => event.requestContext.authorizer?.iam?.userArn ?? 'unknown';

function read(event: APIGatewayProxyEventV2WithIAMAuthorizer): Call {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_REQUEST_BYTES)
    throw new Problem(413, 'Request too large', `The body has ${bytes} bytes; at most ${MAX_REQUEST_BYTES} are read.`);
  return {
    route: event.routeKey,
    parameters: present(event.pathParameters),
    query: present(event.queryStringParameters),
    headers: present(event.headers),
    body: text === '' ? undefined : parse(text),
    caller: callerOf(event),
    requestId: event.requestContext.requestId,
    atMs: event.requestContext.timeEpoch,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'Not JSON', `The body is not JSON: ${(error as Error).message}`, {
      errors: [{ field: '', message: 'is not JSON' }],
    });
  }
}

const present = (values: Record<string, string | undefined> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
