/** One act on one item of the list, through the use case that the API calls, too. */

import { sha256 } from '../../../../kernel/digest.ts';
import { problem } from '../../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../../kernel/result.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { WorkItem } from '../../../../service/queries/worklist.ts';
import type { Call } from '../../../../service/register/idempotent-command.ts';
import type { Office } from '../../../../service/register/office.ts';
import { numberLink } from '../components/when.ts';
import type { SaidLink } from '../view.ts';
import { actsOf } from './work-words.ts';

export type WorkAct = 'registra' | 'rifiuta' | 'metti-da-parte' | 'invia-di-nuovo' | 'chiudi';

export interface WorkActDeps {
  readonly commands: Pick<
    Commands,
    'register' | 'refuse' | 'setAside' | 'resend' | 'closeTask' | 'putMailAside' | 'isDone'
  >;
}

export interface DoneWork {
  /** In Italian, for the person. */
  readonly said: string;
  readonly link?: SaidLink;
}

export interface WorkContext {
  readonly office: Office;
  readonly call: Call;
  /** Of the exchange, as the person saw it. */
  readonly version: number | null;
  readonly reason: string;
}

export async function doWork(
  act: WorkAct,
  item: WorkItem,
  { office, call, version, reason }: WorkContext,
  { commands }: WorkActDeps,
): Promise<Result<DoneWork>> {
  const { exchange: exchangeId, message, id } = item;
  const may = actsOf(item, office);
  const on = { exchangeId: exchangeId ?? '', version };
  switch (act) {
    case 'registra': {
      if (!may.register) return refuse(problem('state-conflict', '', item.state ?? ''));
      const done = await commands.register(office, { ...on, given: null, answer: null }, call);
      if (!done.ok) return done;
      const { identifier } = done.value;
      if (identifier === null) return ok({ said: 'Registrato.' });
      const link = numberLink(identifier);
      return ok({ said: `Registrato con il ${link.label}.`, link });
    }
    case 'rifiuta': {
      if (!may.refuse || reason === '') return refuse(missing(reason, item));
      const done = await commands.refuse(office, { ...on, reason }, call);
      return done.ok ? ok({ said: 'Rifiutato: al mittente va il motivo.' }) : done;
    }
    case 'metti-da-parte': {
      if (!may.putAside) return refuse(problem('state-conflict', '', item.state ?? ''));
      const why = reason === '' ? 'Messo da parte dalla Scrivania.' : reason;
      const done =
        exchangeId === null
          ? await commands.putMailAside(office, { mailId: message ?? id, reason: why }, call)
          : await commands.setAside(office, { ...on, reason: why, how: 'close' }, call);
      return done.ok ? ok({ said: 'Messo da parte, senza registrarlo.' }) : done;
    }
    case 'invia-di-nuovo': {
      if (!may.sendAgain) return refuse(problem('state-conflict', '', item.state ?? ''));
      const done = await commands.resend(office, on, call);
      return done.ok ? ok({ said: 'In partenza di nuovo: il numero non cambia.' }) : done;
    }
    case 'chiudi': {
      if (!may.close || reason === '') return refuse(missing(reason, item));
      const done = await commands.closeTask(office, { taskId: id, outcome: reason }, call);
      return done.ok ? ok({ said: 'Segnalazione chiusa.' }) : done;
    }
  }
}

const missing = (reason: string, item: WorkItem) =>
  reason === '' ? problem('bad-request', '', 'manca il motivo') : problem('state-conflict', '', item.state ?? '');

/** Each item of several has a key of its own, derived from the form's: all of them once, however often the form comes. */
export const callFor = (call: Call, id: string): Call => ({
  ...call,
  idempotency:
    call.idempotency === null
      ? null
      : { key: `${call.idempotency.key} ${id}`, digest: sha256(`${call.idempotency.digest} ${id}`) },
});
