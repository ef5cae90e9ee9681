import { Agent, request } from 'node:http';
import { type Signer, sign } from '../../client/sign.ts';

export interface Load {
  endpoint: string;
  signer: Signer;
  /** `function:alias`, called in turn. */
  targets: string[];
  /** Requests at a time. */
  concurrency: number;
  requests: number;
}

export interface LoadResult {
  perSecond: number;
  /** Of each request, ascending. */
  latenciesMs: number[];
  /** Requests by the version that answered. */
  versions: Map<string, number>;
}

/** Invokes functions over kept-alive sockets, each request signed. Throws when one does not answer 200 without a FunctionError. */
export async function sendLoad({ endpoint, signer, targets, concurrency, requests }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latenciesMs: number[] = [];
  const versions = new Map<string, number>();
  let sent = 0;
  const client = async () => {
    while (sent < requests) {
      const target = targets[sent++ % targets.length]!;
      const startMs = performance.now();
      const version = await invoke(agent, endpoint, signer, target);
      latenciesMs.push(performance.now() - startMs);
      versions.set(version, (versions.get(version) ?? 0) + 1);
    }
  };
  const startMs = performance.now();
  try {
    await Promise.all(Array.from({ length: concurrency }, client));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - startMs) / 1000;
  return { perSecond: requests / seconds, latenciesMs: latenciesMs.sort((a, b) => a - b), versions };
}

/** Resolves with the version that answered. */
function invoke(agent: Agent, endpoint: string, signer: Signer, target: string): Promise<string> {
  const body = '{"order":7}';
  const [name, qualifier] = target.split(':');
  const url = new URL(`${endpoint}/2015-03-31/functions/${name}/invocations?Qualifier=${qualifier}`);
  const headers = sign(signer, 'POST', url, body, new Date(), 'lambda');
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, method: 'POST', headers: { ...headers, 'content-length': body.length } }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        answer += text;
      });
      response.on('end', () => {
        const failure = response.statusCode === 200 ? response.headers['x-amz-function-error'] : response.statusCode;
        if (failure) reject(new Error(`${target} answered ${failure}: ${answer}`));
        else resolve(String(response.headers['x-amz-executed-version']));
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
