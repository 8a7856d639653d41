/** A file of the index from where it is published, fetched only when it has changed, and imported. */

import { problem } from '../../kernel/problems.ts';
import { type Result, refuse } from '../../kernel/result.ts';
import type { LayoutName } from '../../model/ipa.ts';
import { type ImportDeps, type ImportRequest, importIndex } from './import-index.ts';
import type { Download, ImportReport, IndexImports } from './ports.ts';

/** What a server handed out: a file on the disk, or nothing new. */
export type Fetched =
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'fetched';
      readonly bytes: AsyncIterable<Uint8Array>;
      readonly etag: string | null;
      readonly lastModified: string | null;
      /** Removes what was kept on the disk. */
      discard(): Promise<void>;
    }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface Fetcher {
  /** Resumes an interrupted transfer; `known`: what was imported before. Never rejects for what the network does. */
  fetch(url: string, known: Download | null, signal: AbortSignal): Promise<Fetched>;
}

export interface FetchDeps extends ImportDeps {
  readonly index: IndexImports;
  readonly fetcher: Fetcher;
}

export interface FetchRequest extends Omit<ImportRequest, 'origin' | 'bytes'> {
  readonly url: string;
  readonly layout?: LayoutName | null;
}

export type FetchImport = Result<
  { readonly outcome: 'unchanged' } | { readonly outcome: 'imported'; readonly report: ImportReport }
>;

/** A refused file is not remembered as fetched: the next night asks for it again. */
export async function fetchIndex(request: FetchRequest, deps: FetchDeps, signal: AbortSignal): Promise<FetchImport> {
  const { url, ...rest } = request;
  const { index, clock, fetcher } = deps;
  const known = await index.download(url);
  const fetched = await fetcher.fetch(url, known, signal);
  if (fetched.outcome === 'failed') {
    await index.downloadFailed(url, clock.now(), fetched.reason);
    return refuse(problem('index-fetch', '', fetched.reason));
  }
  if (fetched.outcome === 'unchanged') {
    await index.downloaded(known ?? { url, etag: null, lastModified: null }, clock.now(), null);
    return { ok: true, value: { outcome: 'unchanged' } };
  }
  try {
    const imported = await importIndex({ ...rest, origin: url, bytes: fetched.bytes }, deps);
    if (!imported.ok) return imported;
    const report = imported.value;
    if (report.outcome === 'refused') await index.downloadFailed(url, clock.now(), report.refusal?.reason ?? '');
    else {
      const { etag, lastModified } = fetched;
      await index.downloaded({ url, etag, lastModified }, clock.now(), report.importId);
    }
    return { ok: true, value: { outcome: 'imported', report } };
  } finally {
    await fetched.discard();
  }
}
