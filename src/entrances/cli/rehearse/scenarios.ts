/** The scenarios, in order. */

import type { Scenario } from './scenario.ts';
import { ordinaryMail, refusedByHand, sentAgain, wrongDigest, wrongRecipient } from './scenarios-bad.ts';
import {
  annulledByRecipient,
  annulledBySender,
  copy,
  toItself,
  toTheOther,
  update,
  withoutSegnatura,
} from './scenarios-good.ts';

export const SCENARIOS: readonly Scenario[] = [
  toItself,
  toTheOther,
  copy,
  wrongRecipient,
  wrongDigest,
  refusedByHand,
  annulledBySender,
  annulledByRecipient,
  update,
  withoutSegnatura,
  ordinaryMail,
  sentAgain,
];

/** Those that an office can run alone, sending to its own mailbox. */
export const LOOPBACK: readonly Scenario[] = SCENARIOS.filter((scenario) => scenario.with !== 'council');
