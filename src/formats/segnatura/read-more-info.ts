import type { MoreInfo } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { readDigest } from './digests.ts';
import { optional, proseOf } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';

/** What documents, dossiers and proceedings of the circulars have in common. */

/** `id` and `rife`, by which the same thing is described once. */
export const references = (element: XmlElement) => ({
  ...optional('id', element.attribute('id')?.trim()),
  ...optional('repeats', element.attribute('rife')?.trim()),
});

/** Only in 2013. The schema is the sender's own, so the content stays text. */
export function readMoreInfo(parent: XmlElement, problems: ProblemCollector): MoreInfo | null {
  const element = parent.child('PiuInfo');
  if (element === null) return null;
  const file = element.child('MetadatiEsterni');
  return {
    schema: element.attribute('XMLSchema')?.trim() ?? '',
    ...optional('internal', proseOf(element, 'MetadatiInterni')),
    ...optional(
      'external',
      file && {
        name: proseOf(file, 'NomeFile') ?? '',
        encoding: file.attribute('codifica')?.trim() ?? '',
        format: file.attribute('formato') ?? '',
        ...optional('extension', file.attribute('estensione')?.trim()),
        ...optional('digest', readDigest(file.child('Impronta'), 'SHA-256', problems)),
      },
    ),
  };
}
