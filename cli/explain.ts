import { ApiError } from '../client/api.ts';
import { visible } from '../client/visible.ts';
import { withFlags } from '../client/with-commands.ts';
import { EXIT, Failure } from './failure.ts';

/** Makes of whatever went wrong a message that says what to do. What nobody expects stays as it is. */
export function explain(error: unknown): unknown {
  if (error instanceof ApiError) return explainApi(error);
  if (!(error instanceof Error) || error instanceof Failure) return error;
  if (isExpired(error)) return expired(error.message, error);
  if (error.name === 'CredentialsProviderError')
    return new Failure(
      EXIT.unreachable,
      `There are no AWS credentials (${error.message}). Set AWS_PROFILE or say --profile, to one that aws configure list-profiles shows, or log in: aws sso login`,
      { cause: error },
    );
  if (error.message.includes('Region is missing'))
    return new Failure(EXIT.unreachable, 'No AWS region is set: say --region eu-west-1, or set AWS_REGION', { cause: error });
  return error;
}

function explainApi(error: ApiError): Failure {
  const { status, message, problem } = error;
  const fail = (exitCode: number, text: string) => new Failure(exitCode, text, { cause: error });
  if (status === undefined)
    return fail(EXIT.unreachable, `${message}. Check the network, and the address: --api, TEAL_API, or output ApiUrl of Teal's stack`);
  if (status === 403 && isExpired(error)) return expired(String(problem.message ?? message), error);
  if (status === 403 && message.includes('valid region'))
    return fail(EXIT.unreachable, `${message}. The call was signed for another region than the API's: say --region or set AWS_REGION`);
  // Who may sign Teal's calls and still may not do this one: Teal itself says why.
  if (status === 403 && problem.detail !== undefined) return fail(EXIT.rejected, visible(withFlags(String(problem.detail))));
  if (status === 403 || status >= 500 || status === 429) return fail(EXIT.unreachable, message);
  // Teal's own refusals are problem details.
  if (problem.detail === undefined)
    return fail(
      EXIT.unreachable,
      `${visible(message)}. So it is not Teal's API, or that of a Teal too old for this command. Check its address: --api, TEAL_API, or output ApiUrl of Teal's stack`,
    );
  const detail = visible(withFlags(String(problem.detail)));
  if (status === 409) {
    const { releaseId } = problem;
    const watch = typeof releaseId === 'string' && problem.target !== undefined ? ` To watch it: teal watch ${releaseId}` : '';
    return fail(EXIT.rejected, `${detail}${watch}`);
  }
  const errors = Array.isArray(problem.errors) ? (problem.errors as { field: string; message: string }[]) : [];
  return fail(EXIT.usage, errors.length > 0 ? describeWrong(errors) : detail);
}

/** What is wrong with a request, a line each. */
export const describeWrong = (errors: { field: string; message: string }[]): string =>
  errors.map(({ field, message }) => visible(field ? `${field}: ${withFlags(message)}` : withFlags(message))).join('\n');

const isExpired = ({ name, message }: Error): boolean =>
  /^ExpiredToken/.test(name) || (/^(ApiError|CredentialsProviderError|TokenProviderError)$/.test(name) && /\bexpired\b/i.test(message));

const expired = (message: string, cause: Error) =>
  new Failure(EXIT.unreachable, `The AWS credentials have expired (${message}). Log in again, for example: aws sso login`, { cause });
