import type { MailAddress } from '../../kernel/ids.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { ordinaryMessage } from '../../sandbox/craft.ts';
import { pdf, type Stage, text } from './stage.ts';
import { WRITERS } from './writers.ts';

type At = (share: number) => void;

/** What came in and went wrong this morning; `at` says how much of it has passed. */
export async function playMorning(stage: Stage, at: At): Promise<void> {
  await troublesOut(stage, at);
  await flagged(stage, at);
  await plainOnes(stage, at);
  await answersOfOthers(stage, at);
}

async function troublesOut({ offices: [esempio, provaria], sandbox, send, quiet }: Stage, at: At) {
  at(0.02);
  const full = sandbox.misbehave({ action: { do: 'fail', because: 'altro' }, to: WRITERS.councillor.address });
  await send(esempio, WRITERS.councillor, 'Convocazione del Consiglio comunale', [
    pdf('convocazione-consiglio.pdf', 'Convocazione del Consiglio comunale', 'Documento di prova.'),
  ]);
  await quiet();
  full();
  at(0.1);
  const gone = { ...WRITERS.edilprova, address: 'cantiere@pec.imprese.example.it' as MailAddress };
  await send(provaria, gone, 'Sopralluogo al cantiere di via dei Saggi', [
    pdf('sopralluogo.pdf', 'Sopralluogo', 'Documento di prova.'),
  ]);
}

async function flagged({ offices: [esempio, provaria], sandbox, writers, quiet }: Stage, at: At) {
  at(0.2);
  const annex = pdf('allegato-b.pdf', 'Allegato B', 'Versione del 12 novembre.');
  const variant = {
    subject: 'Richiesta di parere sulla variante n. 4 al piano regolatore',
    text: 'Si chiede il parere di competenza.',
    files: [
      pdf('parere-variante-4.pdf', 'Richiesta di parere', 'Variante n. 4 al piano regolatore.'),
      pdf('allegato-a.pdf', 'Allegato A', 'Relazione. Documento di prova.'),
      annex,
    ],
  };
  const other = pdf('allegato-b.pdf', 'Allegato B', 'Versione del 27 novembre.');
  await writers.registered(WRITERS.provincia, esempio, 4_512, variant, other);
  await quiet();
  at(0.3);
  const right = sandbox.misbehave({ action: { do: 'sign', as: 'expired' }, from: WRITERS.asl.address });
  await writers.registered(WRITERS.asl, esempio, 20_655, {
    subject: 'Profilassi delle zanzare: calendario degli interventi',
    text: 'In allegato.',
    files: [pdf('calendario.pdf', 'Calendario degli interventi', 'Documento di prova.')],
  });
  await quiet();
  right();
  at(0.36);
  const changed = text('tariffe.txt', 'Tariffe (seconda versione).');
  await writers.registered(
    WRITERS.unione,
    provaria,
    731,
    { subject: 'Tariffe del servizio mensa', text: 'In allegato.', files: [text('tariffe.txt', 'Tariffe.')] },
    changed,
  );
}

async function plainOnes({ offices: [esempio, provaria], writers, sandbox, clock, quiet }: Stage, at: At) {
  at(0.45);
  await writers.plain(WRITERS.bar, esempio, {
    subject: 'Domanda di occupazione di suolo pubblico',
    text: 'Si chiede di occupare 12 metri quadrati in piazza del Municipio dal 1° al 31 maggio.\n\nBar Inventato S.r.l.',
    files: [pdf('domanda.pdf', 'Domanda di occupazione di suolo pubblico', 'Piazza del Municipio, 12 metri quadrati.')],
  });
  await quiet();
  at(0.52);
  await writers.plain(WRITERS.lawyer, esempio, {
    subject: 'Accesso agli atti della pratica edilizia 118/2019',
    text: 'Si chiede copia degli atti della pratica edilizia 118/2019.\n\nAvv. Ada Fittizi',
    files: [
      pdf('istanza.pdf', 'Istanza di accesso agli atti', 'Pratica edilizia 118/2019.'),
      text('delega.txt', 'Delega (prova).'),
    ],
  });
  await writers.plain(WRITERS.edilprova, provaria, {
    subject: 'Comunicazione di inizio lavori in via dei Saggi',
    text: 'I lavori cominciano lunedì.\n\nEdilprova S.r.l.',
    files: [pdf('inizio-lavori.pdf', 'Comunicazione di inizio lavori', 'Via dei Saggi.')],
  });
  await quiet();
  at(0.6);
  const date = clock.now();
  await sandbox.receiveOrdinary(esempio.address, holeInTheRoad(esempio.address, date));
}

/** Mail from outside the certified world: it comes in an anomaly envelope. */
const holeInTheRoad = (to: string, date: Date): Buffer =>
  ordinaryMessage({
    from: 'Mario Prova <mario.prova@posta.example.it>',
    to,
    subject: 'Segnalazione di una buca in via dei Saggi',
    text: 'Davanti al numero 12 si è aperta una buca.\r\n\r\nMario Prova',
    date,
    messageId: `<${uuidv7(date)}@posta.example.it>`,
  });

async function answersOfOthers({ offices: [esempio], writers, service, quiet }: Stage, at: At): Promise<void> {
  at(0.75);
  const subject = 'Nulla osta per i lavori al Ponte delle Prove';
  const { items } = await service.views.exchanges({ aoo: esempio.aoo, cursor: null, limit: 10, filter: { subject } });
  const [digits = '', year = ''] = (items[0]?.ourNumber ?? '').split('/');
  const found = await service.views.registration(`${esempio.aoo}/${esempio.register}/${year}/${digits}`);
  if (found === null) throw new Error('the message that is refused was not registered');
  const { administration, code, register } = esempio;
  const identifier = { administration, aoo: code, register, number: digits, date: found.date, time: null };
  const received = { identifier, firstRegistration: null, description: null };
  await writers.answer(WRITERS.unione, esempio, {
    kind: 'exception',
    identifier: null,
    received,
    reason: 'Il documento principale non si apre.',
  });
  await quiet();
  at(0.9);
  await writers.answer(WRITERS.provincia, esempio, {
    kind: 'confirmation',
    identifier: writers.identifier(WRITERS.provincia, 4_520),
    received: { ...received, identifier: { ...identifier, number: '0009999' } },
  });
}
