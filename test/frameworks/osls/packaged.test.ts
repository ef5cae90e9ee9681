import { createRequire } from 'node:module';
import { testPackagedService } from '../packaged-service.ts';

testPackagedService(createRequire(import.meta.url).resolve('serverless/bin/serverless.js'), 'osls-4');
