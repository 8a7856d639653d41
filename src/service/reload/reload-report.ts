/** Read the configuration again and change over to it, or only say what would change. */
export type ReloadMode = 'reload' | 'compare';

/** What a running service answers. Without secrets: it goes to a log and over the database. */
export interface ReloadReport {
  /** The process that answers. */
  readonly host: string;
  readonly pid: number;
  /** What is wrong with the configuration on disk. Then nothing was changed: the one before stays in force. */
  readonly faults: readonly string[];
  /** What is different from the configuration in force, or was until now. */
  readonly changes: readonly string[];
  /** What differs and only a restart can change. */
  readonly needsRestart: readonly string[];
  /** The environment of the service, without its secrets. */
  readonly settings: Readonly<Record<string, string>>;
}

/** How a command asks the services that run on the same database. */
export interface ReloadRequests {
  /** How many listen now. */
  services(): Promise<number>;
  /** The answers that came in time, at most `most`. */
  ask(mode: ReloadMode, most: number, milliseconds: number): Promise<readonly ReloadReport[]>;
}
