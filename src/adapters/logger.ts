import { type Logger, pino } from 'pino';

/** One logger, a child per subsystem; what could be a secret or a person is not written. */
export function openLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [
        'password',
        '*.password',
        'account',
        '*.account',
        'pass',
        '*.pass',
        'authorization',
        'req.headers.authorization',
        'subject',
        '*.subject',
      ],
      censor: '[hidden]',
    },
  };
  return destination === undefined ? pino(options, pino.destination(2)) : pino(options, destination);
}
