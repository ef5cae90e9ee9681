import { randomUUID } from 'node:crypto';
import { element, xmlResponse, xmlText } from '../query-protocol.ts';
import type { UnsignedWireRequest } from '../request-handler.ts';
import type { Ground, WireResponse } from '../service.ts';

/** A place where one answer of a custom resource is awaited. */
export interface Expected {
  /** Whoever knows it may PUT the answer there: on AWS a presigned URL of S3. */
  url: string;
  /** What was PUT there first; undefined when nothing was in time. */
  answer: Promise<Buffer | undefined>;
}

export type Responses = ReturnType<typeof createResponses>;

const SIGNATURE = 'X-Amz-Signature';

/**
 * Where functions answer for custom resources. The address has the form that it has on AWS, an object in a bucket of
 * CloudFormation's own; its signature here is a secret that only the event carries.
 */
export function createResponses({ region, clock }: Pick<Ground, 'region' | 'clock'>, endpoint: () => string | undefined) {
  const bucket = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}`;
  const expected = new Map<string, { signature: string; settle(answer: Buffer): void }>();

  return {
    /** `timeoutMs` is in cloud time. */
    expect(key: string, timeoutMs: number): Expected {
      const path = `/${bucket}/${encodeURIComponent(key)}`;
      const signature = randomUUID().replaceAll('-', '');
      const { promise: answer, resolve } = Promise.withResolvers<Buffer | undefined>();
      const timer = clock.at(clock.nowMs() + timeoutMs, () => resolve(undefined));
      expected.set(path, { signature, settle: resolve });
      answer.then(() => timer.cancel());
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Expires': '7200',
        'X-Amz-SignedHeaders': 'host',
        [SIGNATURE]: signature,
      });
      return { url: `${endpoint() ?? `https://s3.${region}.amazonaws.com`}${path}?${query}`, answer };
    },

    isMeant: ({ path }: Pick<UnsignedWireRequest, 'path'>): boolean => path.startsWith(`/${bucket}/`),

    /** As S3 answers: what comes after the first answer is taken too, and read by nobody. */
    handle({ method, path, query, body }: UnsignedWireRequest): WireResponse {
      const place = expected.get(path);
      if (method !== 'PUT' || !place || query.get(SIGNATURE) !== place.signature) return denied;
      place.settle(body);
      return { status: 200, headers: {}, body: '' };
    },
  };
}

const denied = xmlResponse(403, element('Error', element('Code', 'AccessDenied') + element('Message', xmlText('Access Denied'))));
