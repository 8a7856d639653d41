import type { Clock } from '../kernel/clock.ts';
import type { Provider } from './authority.ts';
import type { SigningDigest } from './cms.ts';
import type { SigningOptions, UnsealedMail } from './craft.ts';
import { lifted, type PecMailKind, type Rules, type SignatureFault, type TakenAction } from './rules.ts';

/** Where a mail goes. Dispatch is its last step: it is signed, spoilt where a rule says so, and put into its mailbox. */
export interface Destination {
  readonly kind: PecMailKind;
  readonly from: string;
  /** The recipient that the mail is about; rules select by it. */
  readonly to: string;
  readonly mailbox: string;
}

export interface DispatchOptions {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly digest: SigningDigest;
  readonly faultySigner: (provider: Provider, fault: FaultySigner) => Promise<Provider>;
  readonly store: (address: string, mail: () => Buffer, at: Date) => void;
}
export type FaultySigner = Exclude<SignatureFault, 'sha1' | 'sha256' | 'unsigned'>;

export interface Dispatcher {
  send(
    destination: Destination,
    signer: Provider,
    make: (signer: Provider, signing: SigningOptions) => UnsealedMail,
  ): Promise<void>;
  stop(): void;
}

export function dispatcher(options: DispatchOptions): Dispatcher {
  let stopped = false;
  return {
    async send(destination, signer, make) {
      const actions = options.rules.take(FAMILY, destination);
      let copies = 1;
      const delays: TakenAction<'delay'>[] = [];
      let corrupted = false;
      let author = signer;
      let signing: SigningOptions = { digest: options.digest };
      for (const action of actions) {
        if (action.do === 'drop') copies = 0;
        else if (action.do === 'duplicate') copies += copies > 0 ? 1 : 0;
        else if (action.do === 'delay') delays.push(action);
        else if (action.do === 'corrupt') corrupted = true;
        else if (action.do === 'omit-msgid') signing = { ...signing, withoutMsgid: true, ...nameless(action) };
        else if (action.as === 'sha1' || action.as === 'sha256') signing = { ...signing, digest: action.as };
        else if (action.as === 'unsigned')
          signing = { ...signing, overrides: { ...signing.overrides, unsigned: true } };
        else author = await options.faultySigner(signer, action.as);
      }
      if (copies === 0) return;
      const unsealed = make(author, signing);
      let sealed: Buffer | null = null;
      const mail = () => {
        sealed ??= corrupted ? corrupt(unsealed.seal()) : unsealed.seal();
        return sealed;
      };
      const deliver = () => {
        const { mailbox } = destination;
        for (let copy = 0; copy < copies; copy += 1) options.store(mailbox, mail, options.clock.now());
      };
      // Issuing a faulty signer takes time; the sandbox may have stopped meanwhile.
      if (stopped) return;
      const late = lifted(delays);
      if (late === null) return deliver();
      void late.then(() => stopped || deliver());
    },
    stop() {
      stopped = true;
    },
  };
}

const FAMILY = ['drop', 'corrupt', 'omit-msgid', 'sign', 'delay', 'duplicate'] as const;

const nameless = ({ everywhere = false }: TakenAction<'omit-msgid'>): SigningOptions =>
  everywhere ? { overrides: { headers: [['X-Riferimento-Message-ID', '']] } } : {};

/** Flips one bit in the text for people: the signature covers it, and no reader depends on it. */
export function corrupt(mail: Buffer): Buffer {
  const changed = Buffer.from(mail);
  const text = changed.indexOf('il messaggio', changed.indexOf('text/plain', 0, 'latin1'), 'latin1');
  changed[text] = (changed[text] ?? 0) ^ 0x04;
  return changed;
}
