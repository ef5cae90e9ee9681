/** An error as Lambda's Node runtime reports it: JSON text of `errorType`, `errorMessage` and `trace`. */
export function failure(error: unknown): { payload: string } {
  return { payload: JSON.stringify(describe(error)) };
}

function describe(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  try {
    if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
    return {
      errorType: escapeDelete(error.name),
      errorMessage: escapeDelete(error.message),
      trace: escapeDelete(error.stack ?? '').split('\n'),
    };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

/** Lambda's runtime does so for its HTTP headers' sake. */
const escapeDelete = (text: string) => String(text).replaceAll('\x7F', '%7F');

export class UnhandledPromiseRejection extends Error {
  constructor(reason: unknown) {
    super(String(reason));
    this.name = 'Runtime.UnhandledPromiseRejection';
  }
}

export class JsonStringifyError extends Error {
  constructor() {
    super('Unable to stringify response body');
    this.name = 'Runtime.JSONStringifyError';
  }
}

export class HandlerNotFound extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Runtime.HandlerNotFound';
  }
}

export class MalformedHandlerName extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Runtime.MalformedHandlerName';
  }
}

export class ResponseStreamingUnsupported extends Error {
  constructor() {
    super('the local AWS does not support response streaming: awslambda.streamifyResponse');
    this.name = 'ResponseStreamingUnsupported';
  }
}

export class CallbackHandlerDeprecated extends Error {
  constructor() {
    super(
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
    this.name = 'Runtime.CallbackHandlerDeprecated';
  }
}

/** What went wrong while the function's modules were loaded, under the name that Lambda gives it. */
export function importFailure(error: unknown): unknown {
  if (error instanceof SyntaxError) {
    return Object.assign(new Error(String(error)), { name: 'Runtime.UserCodeSyntaxError', stack: error.stack });
  }
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') {
    return Object.assign(new Error(String(error)), { name: 'Runtime.ImportModuleError' });
  }
  return error;
}
