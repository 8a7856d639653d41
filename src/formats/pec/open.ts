import { italianTime } from '../../kernel/clock.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { MimeTree } from '../../model/mime.ts';
import type { Chain, OpenedMail, PecReport, Today, TrustAnchors } from '../../model/pec.ts';
import { NOT_KNOWN, type RevocationReport, type UsedChain } from '../../model/revocation.ts';
import { anchorsOf } from '../cms/anchors.ts';
import type { Certificate } from '../cms/certificate.ts';
import { buildChain } from '../cms/chain.ts';
import { isRevokedWhenSigned, revokedDetail } from '../cms/revoked-detail.ts';
import { usedChain } from '../cms/used-chain.ts';
import { parseMailDate } from '../mime/dates.ts';
import { decodeBody } from '../mime/decode.ts';
import { header, headers } from '../mime/header-block.ts';
import { openMessage, parseMime } from '../mime/parse.ts';
import { type Daticert, readDaticert } from './daticert.ts';
import { type Claim, type Envelope, findEnvelope, looksLikePec, readClaim } from './envelope.ts';
import { readMailHeaders, soleSender } from './mail-headers.ts';
import { judgeSignature, type SignatureJudgement } from './signature.ts';

/**
 * Takes a mail apart and says what it is, as far as that is proven (RFC 6109; technical rules of 2 November 2005). Trust
 * comes in this order: the signature over the raw bytes, the signer's address equal to From and its chain at the certified
 * time, X-Trasporto, X-Ricevuta, daticert. All must agree, or the mail is no PEC, whatever it claims. `at` is the time of
 * the judgement, `revocation` what lists say of the chain, where somebody has looked. Never throws, whatever the mail is like; what is wrong with it or its content stands in `problems`.
 */
export function openMail(
  bytes: Buffer,
  trust: TrustAnchors,
  at: Date,
  revocation: RevocationReport = NOT_KNOWN,
): OpenedMail {
  const tree = parseMime(bytes);
  const headers = readMailHeaders(tree.root);
  const fatal = unreadable(tree);
  if (fatal) return { kind: 'unreadable', headers, pec: null, content: null, contentHeaders: null, problems: fatal };
  const claim = readClaim(tree.root);
  const envelope = findEnvelope(tree.root);
  if (!looksLikePec(claim, envelope))
    return { kind: 'ordinary', headers, pec: null, content: tree, contentHeaders: headers, problems: tree.problems };

  const problems: Problem[] = [...tree.problems];
  const signature = judgeSignature(tree, envelope);
  if (signature.problem) problems.push(signature.problem);
  const daticert = findDaticert(tree, claim, envelope, problems);
  const mail: Mail = { tree, claim, envelope, signature, daticert, trust, at, revocation, problems };
  const { pec, used } = report(mail);
  const proven =
    pec.integrity === 'intact' &&
    pec.chain === 'trusted' &&
    pec.signerMatchesFrom &&
    pec.agrees &&
    !isRevokedWhenSigned(revocation);
  if (!proven) problems.push(problem('pec-not-certified'));
  const kind = proven ? kindOf(claim) : 'ordinary';
  const content = contentOf(mail, kind);
  const contentHeaders = content && (content === tree ? headers : readMailHeaders(content.root));
  return { kind, headers, pec, content, contentHeaders, problems, ...(used !== null && { usedChain: used }) };
}

/** What is known while a mail is judged. `problems` grows. */
interface Mail {
  readonly tree: MimeTree;
  readonly claim: Claim;
  readonly envelope: Envelope;
  readonly signature: SignatureJudgement;
  readonly daticert: Daticert | null;
  readonly trust: TrustAnchors;
  readonly at: Date;
  readonly revocation: RevocationReport;
  readonly problems: Problem[];
}

const FATAL = new Set(['mime-empty', 'mime-malformed', 'mail-too-large', 'mime-header-too-large']);

/** Why nothing may be concluded from the mail, or null. An incomplete header could hide the other half. */
function unreadable({ root, problems }: MimeTree): readonly Problem[] | null {
  if (problems.some(({ code, at }) => at === '' && FATAL.has(code))) return problems;
  return root.headers.length === 0 ? [problem('mime-malformed', '', "manca l'intestazione"), ...problems] : null;
}

const isTransport = (claim: Claim): boolean => claim.transport[0] === 'posta-certificata';
const isAnomaly = (claim: Claim): boolean => claim.transport[0] === 'errore';

const kindOf = (claim: Claim): OpenedMail['kind'] =>
  isTransport(claim) ? 'transport' : isAnomaly(claim) ? 'anomaly' : 'receipt';

function findDaticert(tree: MimeTree, claim: Claim, envelope: Envelope, problems: Problem[]): Daticert | null {
  const [part] = envelope.daticert;
  if (!part) {
    if (!isAnomaly(claim)) problems.push(problem('pec-daticert-missing'));
    return null;
  }
  const read = readDaticert(decodeBody(tree, part));
  const found = read.ok ? read.value.problems : [read.problem];
  problems.push(...found.map((each) => ({ ...each, at: part.path })));
  return read.ok ? read.value.daticert : null;
}

const DAY = 24 * 3600_000;

interface CertifiedTime {
  /** ISO time; null where nothing gives it. */
  readonly certifiedAt: string | null;
  /** The time the chain is judged at. */
  readonly judgedAt: Date;
}

/** The time in daticert, else the next best one, which a problem names. An anomaly has no daticert and needs no problem. */
function certifiedTime({ tree, claim, daticert, signature, at, problems }: Mail): CertifiedTime {
  const { integrity, signingTime } = signature;
  // In a changed message daticert may be what was changed; the signed attributes are not.
  if (integrity === 'modified' && signingTime)
    return { certifiedAt: daticert?.certifiedAt ?? null, judgedAt: signingTime };
  const certified = daticert?.certifiedAt ? new Date(daticert.certifiedAt) : null;
  if (certified) {
    if (certified.getTime() > at.getTime() + DAY)
      problems.push(problem('pec-time-implausible', 'daticert.xml', `è nel futuro (${italianTime(certified)})`));
    else if (signingTime && Math.abs(certified.getTime() - signingTime.getTime()) > DAY)
      problems.push(
        problem(
          'pec-time-implausible',
          'daticert.xml',
          `è ${italianTime(certified)}, ma la firma è del ${italianTime(signingTime)}`,
        ),
      );
    return { certifiedAt: daticert?.certifiedAt ?? null, judgedAt: certified };
  }
  const fallback = signingTime ?? parseMailDate(header(tree.root, 'date') ?? '');
  if (integrity === 'intact' && !(isAnomaly(claim) && signingTime)) {
    const detail = signingTime ? "l'ora della firma" : fallback ? 'la data del messaggio' : "l'ora attuale";
    problems.push(problem('pec-time-unreadable', 'daticert.xml', detail));
  }
  return { certifiedAt: fallback?.toISOString() ?? null, judgedAt: fallback ?? at };
}

function report(mail: Mail): { readonly pec: PecReport; readonly used: UsedChain | null } {
  const { tree, claim, envelope, daticert, signature, problems } = mail;
  const { certifiedAt, judgedAt } = certifiedTime(mail);
  const { chain, used } = judgeChain(mail, judgedAt);
  const sender = soleSender(tree.root);
  const signerMatchesFrom = sender !== null && (signature.signer?.emails.includes(sender) ?? false);
  if (signature.signer && !signerMatchesFrom) {
    const detail = `firmato da ${signature.signer.emails.join(', ') || 'un certificato senza indirizzo'}, mittente ${header(tree.root, 'from') ?? 'non indicato'}`;
    problems.push(problem('pec-signer-mismatch', 'From', detail.slice(0, 300)));
  }
  const differences = disagreements(claim, envelope, daticert);
  for (const difference of differences) problems.push(problem('pec-disagreement', '', difference));
  if (isTransport(claim) && envelope.originals.length === 0) problems.push(problem('pec-original-missing'));
  if (isWithoutMessage(claim, envelope, daticert)) problems.push(problem('pec-receipt-incomplete'));
  const reference = unsignedReference(mail);
  const pec: PecReport = {
    type: daticert?.type ?? claim.transport[0] ?? claim.receipt[0] ?? null,
    integrity: signature.integrity,
    chain,
    today: chain === 'not-checked' || !signature.signer ? 'unknown' : todayOf(signature.signer, mail, chain),
    ...(chain === 'trusted' && { revocation: mail.revocation }),
    signerMatchesFrom,
    agrees: differences.length === 0,
    certifiedAt,
    identifier: daticert?.identifier ?? null,
    messageId: daticert?.messageId ?? reference,
    ...(daticert?.messageId == null && reference !== null && { unsignedReference: true as const }),
    sender: daticert?.sender ?? null,
    recipients: daticert?.recipients ?? [],
    receiptType: daticert?.receiptType ?? null,
    error: daticert?.error ?? null,
    errorDetail: daticert?.errorDetail ?? null,
    deliveredTo: daticert?.deliveredTo ?? null,
  };
  return { pec, used };
}

/**
 * Some providers leave `msgid` out of their receipts. The field of the envelope is signed by nobody, so whoever uses it holds
 * it against what the receipt certifies. Two of them say nothing.
 */
function unsignedReference({ tree, claim, daticert }: Mail): string | null {
  if (daticert === null || claim.receipt.length === 0) return null;
  return headers(tree.root, 'x-riferimento-message-id').length === 1 ? readMailHeaders(tree.root).reference : null;
}

/** A delivery receipt of the kind "completa" is said to carry the whole message; not all do. */
const isWithoutMessage = (claim: Claim, { originals }: Envelope, daticert: Daticert | null): boolean =>
  claim.transport.length === 0 && daticert?.receiptType === 'completa' && originals.length === 0;

/**
 * Providers sign as this address of their domain (technical rules of 2 November 2005). An authority that a folder of trust
 * names may also issue certificates to people: their address is another, so that nobody certifies his own mail.
 */
const PROVIDER = 'posta-certificata@';

interface JudgedChain {
  readonly chain: Chain;
  /** Null where it is not trusted. */
  readonly used: UsedChain | null;
}

/** Also for a changed message: whether a known provider signed it tells a broken mail from a forged one. */
function judgeChain({ signature, trust, revocation, problems }: Mail, judgedAt: Date): JudgedChain {
  if (!signature.signer || !signature.authentic) return { chain: 'not-checked', used: null };
  const verdict = buildChain(signature.signer, signature.pool, anchorsOf(trust.anchors), judgedAt);
  const isProviders = signature.signer.emails.some((address) => address.startsWith(PROVIDER));
  if (verdict.trusted && isProviders) {
    if (revocation.status === 'revoked') {
      const code = revocation.whenSigned ? 'pec-certificate-revoked' : 'pec-certificate-revoked-later';
      problems.push(problem(code, '', revokedDetail(revocation)));
    }
    return { chain: 'trusted', used: usedChain(verdict.path) };
  }
  const reason = verdict.trusted ? 'il certificato è di una casella e non di un gestore' : verdict.reason;
  problems.push(problem('pec-chain-untrusted', '', reason));
  return { chain: 'untrusted', used: null };
}

/** That it was revoked says more than that it has expired since. */
const todayOf = (signer: Certificate, { at, revocation }: Mail, chain: Chain): Today =>
  chain === 'trusted' && revocation.status === 'revoked' ? 'revoked' : statusAt(signer, at);

function statusAt(signer: Certificate, at: Date): Today {
  if (at.getTime() < signer.notBefore) return 'not-yet-valid';
  return at.getTime() > signer.notAfter ? 'expired' : 'valid';
}

/** Where headers (unsigned), daticert (signed) and structure contradict each other; Italian, parts of a sentence. */
function disagreements(claim: Claim, envelope: Envelope, daticert: Daticert | null): string[] {
  const { transport, receipt } = claim;
  const found: string[] = [];
  if (envelope.strangers > 0) found.push('parti estranee accanto a quella firmata');
  if (envelope.daticert.length > 1) found.push('più di un daticert.xml');
  if (transport.length + receipt.length > 1) found.push("più di un'intestazione X-Trasporto o X-Ricevuta");
  const [carried] = transport;
  const [received] = receipt;
  if (carried === undefined && received === undefined) found.push('mancano X-Trasporto e X-Ricevuta');
  else if (isAnomaly(claim)) {
    if (envelope.daticert.length > 0) found.push('busta di anomalia con daticert.xml');
    if (envelope.originals.length === 0) found.push('busta di anomalia senza il messaggio originale');
  } else {
    const declared = carried ?? received;
    if (carried !== undefined && !isTransport(claim))
      found.push(`valore inatteso «${carried.slice(0, 80)}» in X-Trasporto`);
    if (carried === undefined && received === 'posta-certificata')
      found.push('valore inatteso «posta-certificata» in X-Ricevuta');
    if (daticert === null) found.push('mancano i dati di certificazione');
    else {
      const { contradictions, type } = daticert;
      if (contradictions.length > 0) found.push(`daticert.xml si contraddice: ${contradictions.join(', ')}`);
      if (type !== declared)
        found.push(`«${declared?.slice(0, 80)}» nelle intestazioni, «${type.slice(0, 80)}» in daticert.xml`);
    }
    if (isTransport(claim) && envelope.originals.length === 0) found.push('busta di trasporto senza postacert.eml');
  }
  return found;
}

function contentOf({ tree, claim, envelope, problems }: Mail, kind: OpenedMail['kind']): MimeTree | null {
  if (kind === 'receipt') return null;
  const [original] = envelope.originals;
  if (!original || !(isTransport(claim) || isAnomaly(claim))) return kind === 'ordinary' ? tree : null;
  const content = openMessage(tree, original);
  problems.push(...content.problems);
  return content;
}
