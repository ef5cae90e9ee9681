import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ServiceError } from '../service.ts';

/** These are given back with the object. */
const KEPT = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-amz-server-side-encryption',
];
/** These say something about the request alone. */
const OF_THE_REQUEST =
  /^x-amz-(date|content-sha256|security-token|user-agent|sdk-checksum-algorithm|algorithm|credential|expires|signedheaders|signature|meta-.*|checksum-.*)$/;
const DEFAULT_TYPE = 'binary/octet-stream';

const CHECKSUMS: Record<string, (body: Buffer) => Buffer> = {
  'x-amz-checksum-crc32'(body) {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum;
  },
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
};

/** Throws NotImplemented, by name: a header that changes what is stored must not be passed over. */
export function refuseUnknownHeaders(headers: Record<string, string>): void {
  const unknown = Object.keys(headers).find(
    (name) => (name.startsWith('x-amz-') && !KEPT.includes(name) && !OF_THE_REQUEST.test(name)) || /^if-(none-)?match$/.test(name),
  );
  if (unknown) throw new ServiceError('NotImplemented', `the local AWS does not support the header ${unknown} of S3`, 501);
}

export function readObjectHeaders(headers: Record<string, string>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => KEPT.includes(name) || name.startsWith('x-amz-meta-'));
  return { 'content-type': DEFAULT_TYPE, ...Object.fromEntries(kept) };
}

/** The checksums that came with a body, which they must fit. Throws BadDigest. */
export function readChecksums({ headers, body }: { headers: Record<string, string>; body: Buffer }): Record<string, string> {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const given = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-mode');
  for (const [name, value] of given) {
    const sum = CHECKSUMS[name];
    if (!sum) throw new ServiceError('NotImplemented', `the local AWS does not support the header ${name} of S3`, 501);
    if (sum(body).toString('base64') !== value) {
      const algorithm = name.replace('x-amz-checksum-', '').toUpperCase();
      throw new ServiceError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
  return Object.fromEntries(given);
}
