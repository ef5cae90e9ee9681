import pMap from 'p-map';
import { type Api, ApiError, callApi, type Surroundings } from '../client/api.ts';
import { endingOf } from '../client/ending.ts';
import { type ShownRelease, watchRelease } from '../client/watch.ts';
import { withCommands } from '../client/with-commands.ts';
import { isUnchanged } from '../functions/release/preflight.ts';
import { listFew } from '../functions/release/words.ts';
import type { Aws } from './aws.ts';
import { DeployFailed } from './deploy-failed.ts';
import { findApi } from './find-teal.ts';
import { requestOf, type Target } from './request.ts';
import type { Released, Settings } from './settings.ts';

/** After a deploy: one release of every function that it changed. */

export interface Deploy {
  settings: Settings;
  /** What this deploy uploaded, by function. */
  codeSha256: Map<Released, string | undefined>;
  isDetached: boolean;
  isAgain: boolean;
  /** New for each deploy, the same when a call is sent again. */
  idempotencyKey: string;
}

export interface Ground extends Surroundings {
  aws: Aws;
  region: string;
  credentials: Api['credentials'];
  /** Calls `stop` when the person interrupts; returns what ends that. */
  onInterrupt(stop: () => void): () => void;
}

/** How many functions are looked at at once: each is two calls. */
const LOOKS_AT_ONCE = 10;

/** Returns when the release went well, when there was nothing to release, or at once when detached. Throws DeployFailed. */
export async function releaseDeployed(deploy: Deploy, ground: Ground): Promise<void> {
  const { settings, isDetached } = deploy;
  const { tell } = ground;
  const looks = await pMap(settings.released, (released) => look(deploy, released, ground), { concurrency: LOOKS_AT_ONCE });
  for (const { released, isMissing } of looks)
    if (isMissing) tell(`${released.name} is not deployed (its condition?): Teal leaves it alone`);
  const present = looks.filter(({ isMissing }) => !isMissing);
  const changed = present.filter(({ isChanged }) => isChanged);
  if (changed.length === 0) {
    const serving = listFew(
      present.map((one) => `${one.released.name} (version ${one.serving})`),
      ', ',
    );
    if (present.length > 0)
      tell(
        `alias ${settings.alias} serves this code already: ${serving}. Nothing to release; the next deploy that changes a function is released`,
      );
    return;
  }

  const api: Api = { url: settings.api ?? (await findApi(settings.stack, ground)), region: ground.region, credentials: ground.credentials };
  const body = requestOf(settings, changed, deploy.isAgain);
  const call = <Body>(method: 'GET' | 'POST', path: string, sent: object = {}) => callApi<Body>(api, { method, path, ...sent }, ground);
  const { id } = await call<ShownRelease>('POST', '/releases', { body, idempotencyKey: deploy.idempotencyKey }).catch(refuse);
  tell(
    `release ${id} of ${listFew(
      changed.map(({ released }) => released.name),
      ', ',
    )}`,
  );
  const later = `To watch it: npx teal watch ${id} --api ${api.url}. To put users back on the version before: npx teal abort ${id} --api ${api.url}`;
  if (isDetached) return tell(`it goes on by itself. ${later}`);

  const stopListening = ground.onInterrupt(() => tell(`interrupted: release ${id} goes on by itself. ${later}`));
  try {
    const read = () => call<ShownRelease>('GET', `/releases/${encodeURIComponent(id)}`);
    const ended = await watchRelease({ read, tell, wait: ground.wait }).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      throw new DeployFailed('TEAL_UNREACHABLE', `${error.message}. Release ${id} goes on without anybody watching here. ${later}`);
    });
    const { isGood, code, message } = endingOf(ended, 'deploy');
    if (!isGood) throw new DeployFailed(code, message);
    tell(message);
  } finally {
    stopListening();
  }
}

interface Look extends Target {
  isMissing: boolean;
  isChanged: boolean;
  /** The version that users get. */
  serving?: string;
}

/** Whether a function differs from what its alias serves, by code and configuration. */
async function look({ settings, codeSha256 }: Deploy, released: Released, { aws }: Ground): Promise<Look> {
  const { name, version } = released;
  const [next, serving] = await Promise.all([
    aws.getVersion(name, version === undefined ? '$LATEST' : String(version)),
    aws.getVersion(name, settings.alias),
  ]);
  // A version that is pinned is released as it is, whatever this deploy uploaded.
  const uploaded = version === undefined ? codeSha256.get(released) : undefined;
  // Code of another deploy may be in $LATEST by now: then Teal refuses what this one uploaded, and says so.
  const isChanged = !next || !serving || !isUnchanged(serving, next) || (uploaded !== undefined && uploaded !== serving.codeSha256);
  return { released, codeSha256: uploaded, isMissing: !next && version === undefined, isChanged, serving: serving?.version };
}

function refuse(error: unknown): never {
  if (!(error instanceof ApiError)) throw error;
  const { status } = error;
  const message = withCommands(error.message);
  if (status === 409 && error.problem.title === 'Frozen')
    throw new DeployFailed('TEAL_FROZEN', `The service is deployed and not released, so users are on the version before. ${message}`);
  if (status === 409)
    throw new DeployFailed(
      'TEAL_BUSY',
      `The service is deployed and not released: users are where the release that holds it has them. ${message} Then deploy again, also when nothing has changed: that releases what is deployed.`,
    );
  const code = status === undefined ? 'TEAL_UNREACHABLE' : 'TEAL_REFUSED';
  throw new DeployFailed(code, `The service is deployed and not released, so users are on the version before. ${message}`);
}
