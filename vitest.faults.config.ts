import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Every call of every scenario, broken in every way: minutes, where the tests take seconds. */
export default defineConfig({ test: { ...base.test, include: ['test/faults/**/*.sweep.ts'], testTimeout: 3_600_000 } });
