import { type Api, type ApiCall, callApi } from '../client/api.ts';
import type { Aws, Stack } from './aws.ts';
import { explain } from './explain.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';

/** Where a person says Teal is. */
export interface Place {
  api?: string;
  tealStack: string;
  region?: string;
  profile?: string;
}

export interface Teal {
  aws: Aws;
  url: string;
  region: string;
  call<Body>(method: ApiCall['method'], path: string, sent?: Sent): Promise<Body>;
}

export interface Sent extends Pick<ApiCall, 'body' | 'idempotencyKey' | 'patienceMs'> {
  /** Hears that the call is tried again; the person unless told. */
  tell?(line: string): void;
}

/** Somebody waits before the screen: an API that is not there is told soon. Watching has more patience. */
const PATIENCE_MS = 10_000;

/** Finds Teal's API by --api, TEAL_API or its stack. Throws a Failure that says what to do. */
export async function connect(machine: Machine, place: Place): Promise<Teal> {
  const aws = machine.connectAws(place);
  const given = givenApi(machine, place);
  const url = (given || apiOf(place.tealStack, await readTealStack(aws, place.tealStack))).replace(/\/$/, '');
  // An API's address says where it is, whatever region the person works in.
  const [, regionOfUrl] = /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(url) ?? [];
  const region = regionOfUrl ?? (await aws.region());
  const api: Api = { url, region, credentials: aws.credentials };
  return {
    url,
    aws: regionOfUrl ? machine.connectAws({ ...place, region: regionOfUrl }) : aws,
    region,
    call: (method, path, { tell = machine.warn, ...sent } = {}) =>
      callApi(api, { method, path, patienceMs: PATIENCE_MS, ...sent }, { ...machine, tell }),
  };
}

/** Where a person says the API is. Throws a Failure when that is no address. */
export function givenApi(machine: Machine, place: Place): string | undefined {
  const given = place.api ?? machine.env.TEAL_API;
  if (!given || (/^https?:\/\//.test(given) && URL.canParse(given))) return given || undefined;
  throw new Failure(EXIT.usage, `"${given}" is no address of an API: say such as --api https://a1b2c3.execute-api.eu-west-1.amazonaws.com`);
}

const TODO = 'Say where Teal is: --api or TEAL_API; or --teal-stack, --region (AWS_REGION) and --profile (AWS_PROFILE) of its stack';

/** Throws a Failure that says what to do when it cannot be read. */
export async function readTealStack(aws: Aws, stack: string): Promise<Stack> {
  const region = await aws.region();
  return aws.readStack(stack).catch((error: Error) => {
    if (error.name === 'ValidationError')
      throw new Failure(EXIT.unreachable, `There is no stack ${stack} in ${region}, in the account of these credentials. ${TODO}`);
    if (error.name === 'AccessDenied')
      throw new Failure(EXIT.unreachable, `These credentials may not read stack ${stack} (${error.message}). ${TODO}`);
    const explained = explain(error);
    if (explained instanceof Failure) throw explained;
    throw new Failure(EXIT.unreachable, `Stack ${stack} in ${region} cannot be read (${error.name}: ${error.message}). ${TODO}`, {
      cause: error,
    });
  });
}

/** Throws a Failure when the stack is not Teal's. */
export function apiOf(stack: string, { outputs }: Stack): string {
  const { ApiUrl: url } = outputs;
  if (url === undefined) throw new Failure(EXIT.unreachable, `Stack ${stack} has no output ApiUrl, so it is not Teal's. ${TODO}`);
  return url;
}
