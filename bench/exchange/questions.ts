/** Lets the bench ask its processes how much processor time and memory they have used. */
export interface Usage {
  /** Processor time of the process, all threads, milliseconds. */
  readonly cpuMs: number;
  /** Peak physical memory, in MB. */
  readonly peakMb: number;
}
export interface Answers {
  readonly counts: readonly number[];
}

/** Answers the parent's questions in turn. A question that fails ends the process, which the parent notices. */
export function answerTo<Question, Answer extends object>(answer: (question: Question) => Promise<Answer>): void {
  process.on('message', (question: Question | 'usage') => {
    if (question === 'usage') {
      process.send?.(usage());
      return;
    }
    answer(question).then(
      (value) => process.send?.(value),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  // The bench has ended, for whatever reason.
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  process.on('SIGINT', () => undefined);
  process.send?.({ ready: true });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
}
