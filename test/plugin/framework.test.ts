import { describe, expect, it } from 'vitest';
import { credentialsOf, findUnfitFramework, type Provider, type Serverless } from '../../plugin/framework.ts';

const aServerless = (version: string, provider = 'aws') =>
  ({ version, service: { provider: { name: provider } }, configSchemaHandler: {} }) as unknown as Serverless;
const OF_SDK_3 = { getAwsSdkV3Config: async () => ({}) } as unknown as Provider;
const OF_SDK_2 = { getCredentials: () => ({}) } as unknown as Provider;

describe('the framework', () => {
  it.each([
    ['osls 4', '4.3.1', OF_SDK_3],
    ['Serverless 3', '3.40.0', OF_SDK_2],
  ])('may be %s', (_, version, provider) => {
    expect(findUnfitFramework(aServerless(version), provider)).toBeUndefined();
  });

  it.each([
    ['Serverless 4 of serverless.com', '4.17.0', OF_SDK_2],
    ['Serverless 2.72.0', '2.72.0', OF_SDK_2],
  ])('is told when it is %s, with what works', (found, version, provider) => {
    const told = findUnfitFramework(aServerless(version), provider);
    expect(told).toContain(found.split(' of ')[0]);
    expect(told).toMatch(/osls 4 .* Serverless 3/);
  });

  it('is told when it deploys to somebody else than AWS', () => {
    expect(findUnfitFramework(aServerless('3.40.0', 'google'), undefined)).toContain('google');
  });

  it('gives its own credentials, fresh each time', async () => {
    let asked = 0;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c', expired: true, getPromise: async () => void asked++ };
    const ofSdk2 = await credentialsOf({ getCredentials: () => ({ credentials }) } as unknown as Provider);
    expect(await ofSdk2()).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
    await ofSdk2();
    expect(asked).toBe(2);

    const byChain = await credentialsOf({
      getCredentials: () => ({}),
      sdk: {
        CredentialProviderChain: class {
          resolvePromise = async () => credentials;
        },
      },
    } as unknown as Provider);
    expect(await byChain()).toMatchObject({ accessKeyId: 'a' });

    const ofSdk3 = await credentialsOf({
      getAwsSdkV3Config: async () => ({ credentials: async () => credentials }),
    } as unknown as Provider);
    expect(await ofSdk3()).toMatchObject({ accessKeyId: 'a' });
  });
});
