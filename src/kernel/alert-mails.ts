/**
 * What an administrator reads by e-mail. It goes over ordinary mail: it names mailboxes and times, never what a server said,
 * which could repeat a user or a password.
 */
import { italianTime } from './clock.ts';

/** Named in one mail; a provider that is down takes all of its mailboxes along. */
const MOST = 50;

interface AlertMail {
  readonly subject: string;
  readonly text: string;
}

const listed = <T>(items: readonly T[], line: (item: T) => string): string => {
  const more = items.length - MOST;
  return [
    ...items.slice(0, MOST).map((item) => `- ${line(item)}`),
    ...(more > 0 ? [`- e ${more === 1 ? "un'altra casella" : `altre ${more} caselle`}`] : []),
  ].join('\n');
};

export const alertMail = (
  mailboxes: readonly { readonly aoo: string; readonly mailbox: string; readonly since: Date }[],
): AlertMail => ({
  subject: `InterPro: ${mailboxes.length === 1 ? 'una casella PEC non viene letta' : `${mailboxes.length} caselle PEC non vengono lette`}`,
  text: `${[
    'InterPro non riesce a leggere:',
    '',
    listed(mailboxes, ({ aoo, mailbox, since }) => `${mailbox} (ufficio ${aoo}), dal ${italianTime(since)}`),
    '',
    'I messaggi che vi arrivano restano nella casella e saranno letti appena torna raggiungibile: nulla va perso, ma nulla viene registrato.',
    'La causa si vede con «interpro doctor» e in /status. I tentativi continuano da soli.',
    'Un solo altro messaggio avviserà quando la casella viene letta di nuovo.',
  ].join('\n')}\n`,
});

export const endMail = (mailboxes: readonly { readonly aoo: string; readonly mailbox: string }[]): AlertMail => ({
  subject: `InterPro: ${mailboxes.length === 1 ? 'la casella PEC viene letta di nuovo' : `${mailboxes.length} caselle PEC vengono lette di nuovo`}`,
  text: `${[
    'InterPro legge di nuovo:',
    '',
    listed(mailboxes, ({ aoo, mailbox }) => `${mailbox} (ufficio ${aoo})`),
    '',
    'Ciò che vi è arrivato nel frattempo viene registrato ora.',
  ].join('\n')}\n`,
});
