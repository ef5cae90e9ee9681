import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's chain of credential providers when handlers are bundled (esbuild.config.cjs): a function on
 * Lambda gets its role's credentials by environment variables, and the rest of the chain is a quarter of the bundle.
 */
export const defaultProvider = () => fromEnv();
