import { type Api, type ApiCall, callApi } from '../client/api.ts';
import type { Aws } from './aws.ts';
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
  const given = place.api ?? machine.env.TEAL_API;
  if (given && !/^https?:\/\//.test(given))
    throw new Failure(
      EXIT.usage,
      `"${given}" is no address of an API: say such as --api https://a1b2c3.execute-api.eu-west-1.amazonaws.com`,
    );
  const url = (given || (await findApi(aws, place.tealStack))).replace(/\/$/, '');
  // An API's address says where it is, whatever region the person works in.
  const [, regionOfUrl] = /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(url) ?? [];
  const region = regionOfUrl ?? (await aws.region());
  const api: Api = { url, region, credentials: aws.credentials };
  return {
    aws: regionOfUrl ? machine.connectAws({ ...place, region: regionOfUrl }) : aws,
    region,
    call: (method, path, { tell = machine.warn, ...sent } = {}) =>
      callApi(api, { method, path, patienceMs: PATIENCE_MS, ...sent }, { ...machine, tell }),
  };
}

async function findApi(aws: Aws, stack: string): Promise<string> {
  const region = await aws.region();
  const todo = `Say where Teal is: --api or TEAL_API; or --teal-stack, --region (AWS_REGION) and --profile (AWS_PROFILE) of its stack`;
  const url = await aws.getOutput(stack, 'ApiUrl').catch((error: Error) => {
    if (error.name === 'ValidationError')
      throw new Failure(EXIT.unreachable, `There is no stack ${stack} in ${region}, in the account of these credentials. ${todo}`);
    if (error.name === 'AccessDenied')
      throw new Failure(EXIT.unreachable, `These credentials may not read stack ${stack} (${error.message}). ${todo}`);
    const explained = explain(error);
    if (explained instanceof Failure) throw explained;
    throw new Failure(EXIT.unreachable, `Stack ${stack} in ${region} cannot be read (${error.name}: ${error.message}). ${todo}`, {
      cause: error,
    });
  });
  if (url === undefined)
    throw new Failure(EXIT.unreachable, `Stack ${stack} in ${region} has no output ApiUrl, so it is not Teal's. ${todo}`);
  return url;
}
