import { type Fields, isObject } from '../json-protocol.ts';
import type { Buckets } from '../s3/buckets.ts';
import type { ServiceError } from '../service.ts';
import { validation } from './refusals.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const LONGEST_BODY_BYTES = 51_200;
const LONGEST_OBJECT_BYTES = 1_048_576;

/** The template that a request brings or names, as it is and read. Throws ValidationError. */
export function readTemplate({ TemplateBody, TemplateURL }: Fields, buckets: Buckets): { text: string; template: unknown } {
  if ((TemplateBody === undefined) === (TemplateURL === undefined)) {
    throw validation('Either Template URL or Template Body must be specified.');
  }
  const text = TemplateURL === undefined ? readBody(String(TemplateBody)) : readObject(String(TemplateURL), buckets);
  let template: unknown;
  try {
    template = JSON.parse(text);
  } catch {
    throw validation('Template format error: the local AWS takes templates in JSON only');
  }
  if (!isObject(template)) throw validation('Template format error: unsupported structure.');
  if (!isObject(template.Resources)) throw validation('Template format error: At least one Resources member must be defined.');
  return { text, template };
}

function readBody(text: string): string {
  if (Buffer.byteLength(text) <= LONGEST_BODY_BYTES) return text;
  throw validation(
    `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_BODY_BYTES}`,
  );
}

/** An object of S3 here, whichever of its addresses on AWS it is called by: path style, by the bucket's own host, or this AWS's own. */
function readObject(url: string, buckets: Buckets): string {
  const { hostname, pathname } = parse(url);
  const path = decodeURIComponent(pathname.slice(1));
  const host = /^(?:(.+)\.)?s3[.-](?:[\w-]+\.)?amazonaws\.com(?:\.cn)?$/.exec(hostname);
  const isLocal = hostname === '127.0.0.1' || hostname === 'localhost';
  if (!host && !isLocal) throw validation('TemplateURL must be a supported URL.');
  const [bucket, key] = host?.[1] ? [host[1], path] : [path.slice(0, path.indexOf('/')), path.slice(path.indexOf('/') + 1)];
  try {
    const { body } = buckets.object(bucket, key);
    if (body.length > LONGEST_OBJECT_BYTES) throw validation(`Template may not exceed ${LONGEST_OBJECT_BYTES} bytes in size.`);
    return body.toString();
  } catch (error) {
    const { message, code } = error as ServiceError;
    throw code === 'ValidationError' ? error : validation(`S3 error: ${message}`);
  }
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw validation('TemplateURL must be a supported URL.');
  }
}
