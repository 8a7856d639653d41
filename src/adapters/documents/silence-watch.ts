/** Aborts where nothing is heard for so long. */
export class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.#ms = ms;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isSilent(): boolean {
    return this.#controller.signal.aborted;
  }

  readonly alive = (): void => {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  };

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(), this.#ms);
  }
}
