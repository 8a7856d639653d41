/** What the environment says of the desk. config.ts reads the environment and hands the variables in. */
import { type SessionRules, STANDARD_SESSIONS } from '../service/people/sessions.ts';
import { readWhole } from './whole-number.ts';

export const DESK_VARIABLES = {
  INTERPRO_DESK_DECLARATION: 'address (https) of the declaration of accessibility: for the foot of the desk',
  INTERPRO_DESK_PRIVACY: 'address (https) of the privacy notice: for the foot of the desk',
  INTERPRO_DESK_FEEDBACK: 'address (https or mailto) for remarks about accessibility: for the foot of the desk',
  INTERPRO_SESSION_IDLE_MINUTES: 'minutes without a request after which a person has to sign in again (default: 30)',
  INTERPRO_SESSION_HOURS: 'hours after which a person has to sign in again in any case (default: 12)',
} as const satisfies Record<string, string>;

type DeskEnv = { readonly [V in keyof typeof DESK_VARIABLES]?: string | undefined };

export interface DeskConfig {
  readonly footer: {
    readonly declaration: string | null;
    readonly privacy: string | null;
    readonly feedback: string | null;
  };
  readonly sessions: SessionRules;
}

export const DEFAULT_DESK: DeskConfig = {
  footer: { declaration: null, privacy: null, feedback: null },
  sessions: STANDARD_SESSIONS,
};

/** What is wrong is added to `faults`. */
export function readDesk(env: DeskEnv, faults: string[]): DeskConfig {
  const link = (name: keyof typeof DESK_VARIABLES, schemes: readonly string[]): string | null => {
    const text = env[name];
    if (text === undefined) return null;
    const isGood = schemes.some((scheme) => text.startsWith(scheme)) && URL.canParse(text);
    if (!isGood) faults.push(`${name} is "${text}": use an address that begins with ${schemes.join(' or ')}`);
    return text;
  };
  const { idleMinutes, hours } = STANDARD_SESSIONS;
  return {
    sessions: {
      // A person who reads a long document must not be signed out meanwhile.
      idleMinutes: readWhole(
        env,
        'INTERPRO_SESSION_IDLE_MINUTES',
        { standard: idleMinutes, least: 5, most: 720 },
        faults,
      ),
      hours: readWhole(env, 'INTERPRO_SESSION_HOURS', { standard: hours, least: 1, most: 72 }, faults),
    },
    footer: {
      declaration: link('INTERPRO_DESK_DECLARATION', ['https://']),
      privacy: link('INTERPRO_DESK_PRIVACY', ['https://']),
      feedback: link('INTERPRO_DESK_FEEDBACK', ['https://', 'mailto:']),
    },
  };
}
