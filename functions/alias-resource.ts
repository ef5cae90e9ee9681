import { deleteAlias, getAlias } from './aws/alias.ts';
import { readClaims } from './aws/claims.ts';
import { type Aws, connectLambda, connectTable } from './aws/connect.ts';
import { putAnswer } from './aws/stack-answer.ts';
import { isTransient } from './aws/transient.ts';
import { makeAlias } from './flow/make-alias.ts';
import {
  deleted,
  type Errand,
  failed,
  isMadeFor,
  madeFor,
  Refusal,
  type ResourceAnswer,
  type ResourceRequest,
  readErrand,
  reasonOf,
  succeeded,
} from './release/alias-resource.ts';
import { ReleaseError } from './release/errors.ts';
import { targetKey } from './release/target.ts';
import { log, task } from './runtime/task.ts';

interface Needs extends Pick<Aws, 'lambda' | 'table'> {
  put(url: string, body: string): Promise<void>;
  pause(ms: number): Promise<void>;
}

const PAUSE_MS = 5_000;
/** What the last try and the answer may take: six calls of 15 s that hang and come through at last, and six answers of 5 s. */
const RESERVE_MS = 150_000;
const ANSWERS = 6;

/** `Custom::TealAlias`: makes the alias that a stack asks for, and never moves one. Whatever happens, CloudFormation is answered. */
export const createHandler = (needs: Needs) =>
  task(async (request: ResourceRequest, context) => {
    let errand: Errand | undefined;
    let answer: ResourceAnswer;
    try {
      errand = readErrand(request);
      answer = await insist(
        needs,
        () => context.getRemainingTimeInMillis() > RESERVE_MS,
        () => carryOut(needs, request, errand!),
      );
    } catch (error) {
      const { message, stack } = error as Error;
      log('error', context, message, { stack });
      const named = errand && 'named' in errand ? errand.named : undefined;
      answer = failed(request, reasonOf(error, named, `the log of request ${context.awsRequestId} of ${context.functionName}`));
    }
    await answerStack(needs, request.ResponseURL, answer);
    return answer;
  });

/** Tries until it is done or cannot be, or time is up. Lambda's own second try would come after CloudFormation was told. */
async function insist<Done>({ pause }: Needs, isInTime: () => boolean, attempt: () => Promise<Done>): Promise<Done> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== 'VersionNotActive' && !isTransient(error)) throw error;
      if (!isInTime())
        throw name === 'VersionNotActive' ? error : new ReleaseError('AwsUnavailable', `${name}: ${message}`, { cause: error });
      await pause(PAUSE_MS);
    }
  }
}

async function carryOut(needs: Needs, request: ResourceRequest, errand: Errand): Promise<ResourceAnswer> {
  if (errand.act === 'make') return succeeded(request, await makeAlias(needs, errand.named, madeFor(request.StackId)));
  if (errand.act === 'nothing') return deleted(request);

  const { lambda, table } = needs;
  const alias = await getAlias(lambda, errand.named);
  if (!alias || !isMadeFor(request.StackId, alias.description)) return deleted(request);
  const holder = (await readClaims(table)).get(targetKey(errand.named));
  if (holder)
    throw new Refusal(
      `Release ${holder} is moving alias ${errand.named.alias} of ${errand.named.function}. Wait for its end, or abort it with POST /releases/${holder}/abort; then delete again.`,
    );
  await deleteAlias(lambda, errand.named);
  return deleted(request);
}

/** Throws when CloudFormation could not be answered: Lambda then hands the request to this function again, twice. */
async function answerStack({ put, pause }: Needs, url: string, answer: ResourceAnswer): Promise<void> {
  for (let left = ANSWERS - 1; ; left--) {
    try {
      return await put(url, JSON.stringify(answer));
    } catch (error) {
      if (left === 0) throw error;
      await pause(1_000);
    }
  }
}

export const handler = createHandler({
  lambda: connectLambda(),
  table: connectTable(),
  put: putAnswer,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
