import { fileURLToPath } from 'node:url';
import { testPackagedService } from '../packaged-service.ts';

testPackagedService(fileURLToPath(new URL('node_modules/serverless/bin/serverless.js', import.meta.url)), 'serverless-3');
