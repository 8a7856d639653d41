import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/**
 * Prints `N passed, N failed, N skipped` alone on the last line, for programs that read logs. A file that could
 * not be loaded, or an error outside any test, counts as a failure.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let failed = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state] += 1;
        if (state === 'failed') failed += 1;
      }
      if (module.state() === 'failed' && failed === 0) count.failed += 1;
    }
    count.failed += errors.length;
    if (reason === 'failed' && count.failed === 0) count.failed = 1;
    // After the reporters before this one have written their summary.
    process.on('exit', () => {
      process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
