import { defineConfig, mergeConfig } from 'vitest/config';
import quick from '../vitest.config.ts';
import { LONG_TESTS } from './long-tests.ts';

const { include: _, exclude: __, ...shared } = quick.test!;

export default mergeConfig({ ...quick, test: shared }, defineConfig({ test: { include: LONG_TESTS } }));
