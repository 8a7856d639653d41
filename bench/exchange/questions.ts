/** What the processes of this bench are asked, besides their task: what they have used so far. */
export interface Usage {
  /** Processor time of the process, all threads, milliseconds. */
  readonly cpuMs: number;
  /** Most physical memory it ever held, MB. */
  readonly peakMb: number;
}
export interface Answers {
  readonly counts: readonly number[];
}

/** Answers every question of the parent in turn; a question that fails ends the process, and its parent hears of that. */
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
  // The bench is gone, however it ended.
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  process.on('SIGINT', () => undefined);
  process.send?.({ ready: true });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
}
