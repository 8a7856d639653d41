/**
 * What a sender is told of its own message when it asks (visura): the state in plain terms, not in those of our machine.
 *
 * | told       | means                                                          |
 * | ---------- | -------------------------------------------------------------- |
 * | ricevuto   | it is here and was put aside without being registered          |
 * | in attesa  | it is here; a person or the protocol system is to decide       |
 * | registrato | it has its number                                              |
 * | rifiutato  | an exception was or is to be sent; the reason is told          |
 * | annullato  | the registration, here or at the sender, was annulled          |
 */
import type { IncomingState } from './incoming.ts';

export const VISURA_STATES = ['ricevuto', 'in attesa', 'registrato', 'rifiutato', 'annullato'] as const;
export type VisuraState = (typeof VISURA_STATES)[number];

export interface VisuraFacts {
  readonly state: IncomingState;
  readonly registered: boolean;
  /** Our registration was annulled (DPR 445/2000 art. 54), whatever the exchange's state. */
  readonly annulled: boolean;
}

export function visuraState({ state, registered, annulled }: VisuraFacts): VisuraState {
  if (annulled) return 'annullato';
  switch (state) {
    case 'new':
    case 'closed':
      return 'ricevuto';
    case 'operator':
    case 'held':
      return 'in attesa';
    case 'registered':
    case 'confirming':
    case 'confirmed':
      return 'registrato';
    case 'refusing':
    case 'refused':
      return 'rifiutato';
    case 'unanswered':
      // Only our answer did not arrive: the decision stands.
      return registered ? 'registrato' : 'rifiutato';
    case 'annulled':
      return 'annullato';
  }
}

const SENTENCES: Readonly<Record<VisuraState, string>> = {
  ricevuto: 'Il messaggio è stato ricevuto e non è stato registrato.',
  'in attesa': 'Il messaggio è stato ricevuto e attende una decisione.',
  registrato: 'Il messaggio è stato registrato.',
  rifiutato: 'Il messaggio non è stato accettato.',
  annullato: 'La registrazione è stata annullata.',
};
export const visuraSentence = (state: VisuraState): string => SENTENCES[state];
