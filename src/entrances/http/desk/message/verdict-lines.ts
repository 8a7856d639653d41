/** What was found out about a message, in sentences: what is proven, what is not so, what is in doubt, what does not apply. */
import type { InspectedDocument, Inspection } from '../../../../domain/exchange/inspection.ts';
import type { Problem } from '../../../../kernel/problems.ts';
import type { RevocationReport } from '../../../../model/revocation.ts';
import type { ShownVerdict } from '../components/badge.ts';
import { romeFull } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { shownName } from './shown-document.ts';

/** More than these are named together. */
const MOST_NAMED = 8;

export function verdictLines(inspection: Inspection): readonly ShownVerdict[] {
  const all = [...inspection.problems, ...(inspection.segnatura?.problems ?? [])];
  const told = new Set<Problem>();
  const take = (is: (code: string) => boolean): readonly Problem[] => {
    const those = all.filter((problem) => is(problem.code) && !told.has(problem));
    for (const one of those) told.add(one);
    return those;
  };
  const envelope = envelopeLine(
    inspection,
    take((code) => /^(?:pec-|daticert-)/.test(code)),
  );
  const sender = senderLine(
    inspection,
    take((code) => /^(?:sender-|reply-address)/.test(code)),
  );
  const signatures = take((code) => code === 'document-signature-broken' || code === 'document-signature-unreadable');
  // Said of each document below.
  take((code) => SAID_BY_DOCUMENT.has(code));
  const lines = [
    envelope,
    ...revocationLine(inspection.pec?.revocation, 'del gestore'),
    ...sender,
    ...digestLines(inspection),
    ...signatureLines(inspection.documents, signatures),
    ...sealLines(inspection),
  ];
  const rest = all.filter((problem) => !told.has(problem));
  return [...lines, ...otherLines(rest)];
}

const SAID_BY_DOCUMENT = new Set([
  'document-digest-differs',
  'document-missing',
  'document-primary-missing',
  'document-unsigned',
  'seal-absent',
]);

function envelopeLine({ pec, kind }: Inspection, problems: readonly Problem[]): ShownVerdict {
  if (pec === null || pec.integrity === 'absent')
    return {
      kind: 'doubtful',
      sentence: 'Non è posta certificata: nessun gestore garantisce chi l’ha scritta.',
      ...(problems.length > 0 && { how: sentences(problems) }),
    };
  const isWhole = pec.integrity === 'intact' && pec.chain === 'trusted' && pec.signerMatchesFrom && pec.agrees;
  if (!isWhole || kind === 'unreadable')
    return { kind: 'not-so', sentence: 'La busta non è provata.', how: sentences(problems) };
  const { certifiedAt, identifier, sender } = pec;
  return {
    kind: 'proven',
    sentence: 'La busta è firmata dal gestore PEC ed è intatta.',
    how: html`${certifiedAt !== null && html`Certificata il ${romeFull(certifiedAt)}. `}${
      sender !== null && html`Spedita da <bdi>${sender}</bdi>. `
    }${identifier !== null && html`Identificativo del gestore: <code class="d-code"><bdi>${identifier}</bdi></code>.`}${sentences(problems)}`,
  };
}

function revocationLine(report: RevocationReport | undefined, whose: string): readonly ShownVerdict[] {
  if (report === undefined) return [];
  if (report.status === 'good')
    return [
      {
        kind: 'proven',
        sentence: `Il certificato ${whose} non era revocato.`,
        how: html`Elenco dei certificati revocati del ${romeFull(report.listedAt)}.`,
      },
    ];
  if (report.status === 'not-known')
    return [
      {
        kind: 'doubtful',
        sentence: `Non si sa se il certificato ${whose} fosse revocato.`,
        how: 'Manca un elenco aggiornato dei certificati revocati. La firma è valida per tutto il resto.',
      },
    ];
  const since = html`Revocato il ${romeFull(report.revokedAt)}: <bdi>${report.certificate}</bdi>.`;
  return [
    report.whenSigned
      ? { kind: 'not-so', sentence: `Il certificato ${whose} era revocato quando ha firmato.`, how: since }
      : { kind: 'proven', sentence: `Il certificato ${whose} è stato revocato, ma dopo la firma.`, how: since },
  ];
}

function senderLine({ kind, pec }: Inspection, problems: readonly Problem[]): readonly ShownVerdict[] {
  const [first] = problems;
  if (first !== undefined) return [{ kind: 'doubtful', sentence: first.message, ...more(problems.slice(1)) }];
  if (kind !== 'protocol-message' || pec === null) return [];
  return [
    {
      kind: 'proven',
      sentence: 'Il mittente non contrasta con l’indice.',
      how: 'Alla ricezione il suo indirizzo e i suoi codici sono stati confrontati con l’indice delle amministrazioni.',
    },
  ];
}

function digestLines({ documents, segnatura }: Inspection): readonly ShownVerdict[] {
  if (segnatura === null)
    return [{ kind: 'does-not-apply', sentence: 'Non c’è segnatura, quindi nessuna impronta da confrontare.' }];
  const wrong = documents
    .filter(({ digest, present }) => digest === 'differs' || !present)
    .map(
      (one): ShownVerdict => ({
        kind: 'not-so',
        sentence: one.present
          ? html`${named(one)} è diverso da quello protocollato.`
          : html`${named(one)} è scritto nella segnatura, ma non c’è.`,
        ...(one.present &&
          one.sha256 !== null && {
            how: html`Impronta calcolata qui (SHA-256): <code class="d-code">${one.sha256}</code>`,
          }),
      }),
    );
  const matching = documents.filter(({ digest, present }) => present && digest === 'matches').length;
  if (matching > 0 && wrong.length === 0)
    return [
      {
        kind: 'proven',
        sentence:
          matching === 1
            ? 'Il documento è quello protocollato dal mittente.'
            : 'I documenti sono quelli protocollati dal mittente.',
        how:
          matching === 1
            ? 'L’impronta scritta nella segnatura è la sua.'
            : `Le impronte scritte nella segnatura sono le loro: ${matching} su ${matching}.`,
      },
    ];
  if (matching === 0 && wrong.length === 0)
    return [{ kind: 'does-not-apply', sentence: 'La segnatura non dichiara impronte. Non è un errore.' }];
  return atMost(wrong, 'altri documenti diversi o mancanti');
}

function signatureLines(
  documents: readonly InspectedDocument[],
  problems: readonly Problem[],
): readonly ShownVerdict[] {
  const how = ({ name }: InspectedDocument) => more(problems.filter(({ message }) => message.includes(name)));
  const of = (verdict: InspectedDocument['signature']) => documents.filter(({ signature }) => signature === verdict);
  const intact = of('intact');
  const lines: ShownVerdict[] = [
    ...of('broken').map(
      (one): ShownVerdict => ({
        kind: 'not-so',
        sentence: html`La firma di ${named(one)} non è valida: non è il documento che è stato firmato.`,
        ...how(one),
      }),
    ),
    ...of('unreadable').map(
      (one): ShownVerdict => ({
        kind: 'doubtful',
        sentence: html`La firma di ${named(one)} non si può verificare.`,
        ...how(one),
      }),
    ),
  ];
  if (intact.length > 0)
    lines.unshift({
      kind: 'proven',
      sentence:
        intact.length === 1
          ? html`La firma di ${named(intact[0])} è intatta.`
          : `${intact.length} documenti hanno una firma intatta.`,
      how: 'Il documento è quello che è stato firmato. Chi ha firmato non viene accertato qui.',
    });
  const primary = documents.find(({ role }) => role === 'primary');
  if (lines.length === 0 && primary !== undefined)
    return [{ kind: 'does-not-apply', sentence: 'Il documento principale non è firmato. Non è un errore.' }];
  return atMost(lines, 'altre firme da guardare');
}

function sealLines({ segnatura }: Inspection): readonly ShownVerdict[] {
  if (segnatura === null) return [];
  switch (segnatura.seal) {
    case 'valid':
      return [
        { kind: 'proven', sentence: 'Il sigillo della segnatura è valido.' },
        ...revocationLine(segnatura.sealRevocation, 'del sigillo'),
      ];
    case 'untrusted':
      return [{ kind: 'doubtful', sentence: 'Il sigillo della segnatura è intatto, ma non si sa di chi sia.' }];
    case 'invalid':
      return [{ kind: 'not-so', sentence: 'Il sigillo della segnatura non è valido.' }];
    case 'absent':
      return segnatura.generation === '3.0.0'
        ? [{ kind: 'doubtful', sentence: 'La segnatura non ha sigillo.' }]
        : [{ kind: 'does-not-apply', sentence: 'La segnatura non ha sigillo: la sua versione non lo prevede.' }];
  }
}

const otherLines = (problems: readonly Problem[]): readonly ShownVerdict[] =>
  atMost(
    problems.map(({ message, at }) => ({
      kind: 'doubtful',
      sentence: message,
      ...(at !== '' && { how: html`Dove: <code class="d-code"><bdi>${at.slice(0, 300)}</bdi></code>` }),
    })),
    'altre osservazioni',
  );

function atMost(lines: readonly ShownVerdict[], rest: string): readonly ShownVerdict[] {
  if (lines.length <= MOST_NAMED) return lines;
  return [...lines.slice(0, MOST_NAMED), { kind: 'doubtful', sentence: `${lines.length - MOST_NAMED} ${rest}.` }];
}

const named = (document: InspectedDocument | undefined): Html => html`<bdi>${shownName(document?.name ?? '')}</bdi>`;

const sentences = (problems: readonly Problem[]): Html =>
  html`${problems.slice(0, MOST_NAMED).map(({ message }) => html`<p>${message}</p>`)}`;

const more = (problems: readonly Problem[]): { readonly how?: Html } =>
  problems.length === 0 ? {} : { how: sentences(problems) };
