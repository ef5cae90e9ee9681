import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { ServiceError } from '../service.ts';
import { invalidParameter, unsupported } from './function-errors.ts';

const LARGEST_REQUEST_BYTES = 70_167_211;
const ELSEWHERE = ['S3Bucket', 'S3Key', 'S3ObjectVersion', 'S3ObjectStorageMode', 'ImageUri', 'SourceKMSKeyArn'] as const;

/** Members of CreateFunction's `Code` and of UpdateFunctionCode that say where the code is. */
export const CODE_NAMES = ['ZipFile', ...ELSEWHERE] as const;

/** Reads code from a request's `ZipFile`. */
export function readCode(input: Record<string, unknown>, operation: string, requestBytes: number): { zip: Uint8Array; sha256: string } {
  if (requestBytes > LARGEST_REQUEST_BYTES) {
    throw new ServiceError(
      'RequestTooLargeException',
      `Request must be smaller than ${LARGEST_REQUEST_BYTES} bytes for the ${operation} operation`,
      413,
    );
  }
  for (const name of ELSEWHERE) {
    if (input[name] !== undefined && input[name] !== null) throw unsupported(`${name}: code comes as ZipFile`);
  }
  if (typeof input.ZipFile !== 'string') throw invalidParameter('Please provide a source for function code.');
  const zip = Buffer.from(input.ZipFile, 'base64');
  if (zip.length === 0) throw invalidParameter('Uploaded file must be a non-empty zip');
  if (!isZip(zip)) throw invalidParameter('Could not unzip uploaded file. Please check your file, then try to upload again.');
  return { zip, sha256: createHash('sha256').update(zip).digest('base64') };
}

function isZip(bytes: Uint8Array): boolean {
  try {
    unzipSync(bytes, { filter: () => false });
    return true;
  } catch {
    return false;
  }
}
