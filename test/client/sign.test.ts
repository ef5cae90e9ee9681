import { describe, expect, it } from 'vitest';
import { sign } from '../../client/sign.ts';
import { checkSignature, readSignature } from '../../local/signature.ts';

const NOW = new Date('2026-01-15T12:00:00Z');
const ADA = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', arn: 'arn:aws:iam::123456789012:user/ada' };

/** A request as the local AWS gets it. */
function aRequest(target: string, body: string) {
  const url = new URL(target, 'http://127.0.0.1:4566');
  const headers = { ...sign({ ...ADA, region: 'eu-west-1' }, 'POST', url, body, NOW), host: url.host };
  return { method: 'POST', path: url.pathname, query: url.searchParams, headers, body: Buffer.from(body) };
}

const check = (request: ReturnType<typeof aRequest>) =>
  checkSignature(request, readSignature(request)!, (id) => (id === ADA.accessKeyId ? ADA : undefined), NOW.getTime());

describe('a signed call', () => {
  it('is believed by the local AWS', () => {
    expect(check(aRequest('/execute-api/abc/releases', '{"targets":["orders-api"]}'))).toEqual({
      accessKeyId: ADA.accessKeyId,
      arn: ADA.arn,
    });
    expect(check(aRequest('/execute-api/abc/releases?status=baking&limit=5', '')).arn).toBe(ADA.arn);
  });

  it('is not, when somebody changed its body', () => {
    const request = aRequest('/execute-api/abc/releases', '{"targets":["orders-api"]}');
    expect(() => check({ ...request, body: Buffer.from('{"targets":["payments"]}') })).toThrow('signature');
  });
});
