import { fileURLToPath } from 'node:url';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

/** The function under release: a back end of a mobile app, small enough to read here. It has no alarm. */

export const FUNCTION = 'mobile-api';
export const ALIAS = 'live';

/** What the bad version answers when it fails: how its failures are told from any other. */
export const BUG = 'cannot add up an empty cart';
/** Every fourth customer has an empty cart, the next one price, the next two, the next three. */
const CUSTOMERS = 4;
const PRICES = [10, 5, 20];

/** The request of the nth customer. */
export const requestOf = (n: number) => ({ path: '/cart/total', cart: PRICES.slice(0, n % CUSTOMERS) });

/** What a smoke test asks, and what it expects: a cart with one price, so it sees neither the bug nor what is slow. */
export const SMOKE_TEST = { target: FUNCTION, payload: requestOf(1), expect: { statusCode: 200 } };

/** A version of the function as its developer writes it. `teal/middleware` reports the answers that are failures. */
const codeOf = (body: string) => `
import { setTimeout as askDatabase } from 'node:timers/promises';
import { withReportedFailures } from 'teal/middleware';

export const handler = withReportedFailures(async ({ cart }) => {
  await askDatabase(5 + 20 * Math.random());
  const total = cart.reduce((sum, price) => sum + price, 0);
  ${body}
});`;

const CODE = {
  first: codeOf(`return { statusCode: 200, total };`),
  good: codeOf(`return { statusCode: 200, total, currency: 'EUR' };`),
  bad: codeOf(`if (cart.length === 0) return { statusCode: 500, message: '${BUG}' };
  return { statusCode: 200, total, currency: 'EUR', discount: 0 };`),
  slow: codeOf(`if (cart.length > 1) await askDatabase(80);
  return { statusCode: 200, total, currency: 'EUR', deliveredTogether: true };`),
};

const MIDDLEWARE = fileURLToPath(new URL('../../middleware/report-failures.ts', import.meta.url));

/** A version's deployment package: its code in one file with what it imports, as a bundler makes it. */
async function packageOf(version: keyof typeof CODE): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: CODE[version], resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    alias: { 'teal/middleware': MIDDLEWARE },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  return zipSync({ 'index.js': outputFiles[0]!.contents });
}

/** The function at its first version behind its alias. */
export async function createMobileApi(lambda: LambdaClient, accountId: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: FUNCTION,
      Role: `arn:aws:iam::${accountId}:role/${FUNCTION}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: await packageOf('first') },
      Publish: true,
    }),
  );
  await lambda.send(new CreateAliasCommand({ FunctionName: FUNCTION, Name: ALIAS, FunctionVersion: '1' }));
  // Its first process, so that steady traffic does not begin with a burst of cold starts.
  await lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Qualifier: ALIAS, Payload: Buffer.from(JSON.stringify(requestOf(1))) }));
}

/** Puts a version's code into $LATEST, as a deploy does. */
export async function deployCode(lambda: LambdaClient, version: 'good' | 'bad' | 'slow'): Promise<void> {
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: FUNCTION, ZipFile: await packageOf(version) }));
}
