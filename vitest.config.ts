import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    // Real servers are started by the tests; two cores are shared by all of them.
    maxWorkers: 2,
    // Files share the modules that a worker has loaded: importing them anew for each file took a quarter of the time.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The server and its clusters are waited for, not killed.
    teardownTimeout: 30_000,
    allowOnly: false,
  },
});
