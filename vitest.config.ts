import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    // Real servers are started by the tests and waited for: a worker more than the cores keeps these busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Files share the modules that a worker has loaded: importing them anew for each file took a quarter of the time.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The server and its clusters are waited for, not killed.
    teardownTimeout: 30_000,
    allowOnly: false,
  },
});
