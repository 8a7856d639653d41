import { readdir, readFile } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { rootCertificates } from 'node:tls';
import { anchorsFrom, defaultTrust } from '../formats/pec/trust.ts';
import type { TrustAnchors } from '../model/pec.ts';

export interface LoadedTrust {
  readonly trust: TrustAnchors;
  /** Files that could not be used, each with the reason. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
  /** Files directly in the folder: a set-up from before there were subfolders. */
  readonly loose: number;
  /** Files in `clients`: none of them vouches for a mail. */
  readonly clients: number;
}

/** The built-in root of the Italian providers: Node's Actalis root, only by way of AgID CA1. It vouches for no seal. */
export const builtInTrust = (): TrustAnchors => ({ ...defaultTrust(rootCertificates), seals: [] });

/** With what is wrong with the administrator's part of it: that lasts until it is read again. Italian. */
export async function configuredTrust(folder: string | null): Promise<{
  readonly trust: TrustAnchors;
  readonly faults: readonly string[];
  /** What works and should be changed. */
  readonly remarks?: readonly string[];
}> {
  const builtIn = builtInTrust();
  const faults =
    builtIn.anchors.length > 0
      ? []
      : ['Il certificato radice dei gestori PEC non è fra quelli di questa versione di Node.js.'];
  if (folder === null) return { trust: builtIn, faults };
  const { trust, unreadable, loose, clients } = await folderTrust(folder);
  for (const { name, reason } of unreadable) faults.push(`INTERPRO_TRUST: ${name}: ${reason}.`);
  if (trust.anchors.length + sealsOf(trust) + clients === 0)
    faults.push(
      'INTERPRO_TRUST: la cartella non contiene alcun certificato. Le buste dei gestori i cui certificati dovrebbero esservi non sono riconosciute e i messaggi attendono una decisione: aggiungere i certificati, eseguire «interpro reload», poi «interpro retry --all».',
    );
  return { trust: joinTrust(builtIn, trust), faults, ...(loose > 0 && { remarks: [LOOSE_REMARK] }) };
}

const LOOSE_REMARK =
  'INTERPRO_TRUST: i certificati che stanno direttamente nella cartella valgono solo per i gestori PEC: spostarli in «pec», e mettere in «seals» quelli per i sigilli.';

/**
 * The certificates (PEM or DER) in a folder, which the administrator owns: `pec` makes providers, `seals` vouches for seals.
 * What is in `clients` speaks for callers of the API only (`config/access.ts`). One in `seals` that is named after a body (`c_h501.pem`) and is itself a seal's is that body's. Files beside these folders
 * are providers', as they were before; for a person who tries (`isTrial`) they count for everything.
 */
export async function folderTrust(folder: string, isTrial = false): Promise<LoadedTrust> {
  const [loose, pec, seals, clients] = await Promise.all([
    certificateFiles(folder),
    certificateFiles(join(folder, 'pec')),
    certificateFiles(join(folder, 'seals')),
    certificateFiles(join(folder, 'clients')),
  ]);
  const providers = anchorsFrom([...loose, ...pec]);
  const read = seals.map((file) => ({ file, ...anchorsFrom([file]) }));
  const vouching = read.flatMap(({ file, trust }) =>
    trust.anchors.map((anchor) => ({ ...anchor, sealOf: parse(file.name).name })),
  );
  return {
    trust: {
      anchors: providers.trust.anchors,
      seals: isTrial ? [...anchorsFrom(loose).trust.anchors, ...vouching] : vouching,
    },
    unreadable: [...providers.unreadable, ...read.flatMap(({ unreadable }) => unreadable)],
    loose: loose.length,
    clients: clients.length,
  };
}

/** None where there is no such subfolder; `folder` itself is named in the error. */
async function certificateFiles(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && /^(pec|seals|clients)$/.test(basename(folder))) return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return Promise.all(
    names
      .filter((name) => /\.(pem|crt|cer|der)$/i.test(name))
      .map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
  );
}

const sealsOf = ({ seals }: TrustAnchors): number => seals?.length ?? 0;

export const joinTrust = (...sets: readonly TrustAnchors[]): TrustAnchors => ({
  anchors: sets.flatMap(({ anchors }) => anchors),
  seals: sets.flatMap(({ seals, anchors }) => seals ?? anchors),
});
