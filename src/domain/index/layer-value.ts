import { isDay } from '../../kernel/clock.ts';
import { mailAddress } from '../../kernel/ids.ts';
import { GENERATIONS } from '../../model/segnatura.ts';
import { LAYER_FIELDS, type LayerChange, type LayerField } from './model.ts';

export const isLayerField = (field: unknown): field is LayerField => LAYER_FIELDS.some((known) => known === field);

export const CARRIERS = ['pec', 'service'] as const;

const oneLine = (text: string, most: number): boolean =>
  text.trim() !== '' && text.length <= most && !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();

/** Whether a field may have this value; null withdraws it and fits every field. */
export function fits(field: LayerField, value: unknown): value is string | boolean | null {
  if (value === null) return true;
  if (typeof value === 'boolean') return field === 'network';
  if (typeof value !== 'string') return false;
  switch (field) {
    case 'mailbox':
      return mailAddress(value) === value;
    case 'endpoint':
      return (
        value.length <= 500 &&
        URL.canParse(value) &&
        /^https?:$/.test(new URL(value).protocol) &&
        !new URL(value).username
      );
    case 'generation':
      return GENERATIONS.some((known) => known === value);
    case 'carrier':
      return CARRIERS.some((known) => known === value);
    case 'established':
    case 'ceased':
      return isDay(value);
    case 'successor':
      return /^[A-Za-z0-9._-]{1,16}(\/[A-Za-z0-9._-]{1,16})?$/.test(value);
    case 'name':
    case 'network':
    case 'contact':
      return oneLine(value, 300);
  }
}

/** Null where it is not a change. */
export function toChange(given: unknown): LayerChange | null {
  if (typeof given !== 'object' || given === null) return null;
  const { field, value = null, validFrom, validTo = null } = given as Readonly<Record<string, unknown>>;
  if (!isLayerField(field) || !fits(field, value) || !isDay(validFrom)) return null;
  if (validTo !== null && (!isDay(validTo) || validTo <= validFrom)) return null;
  return { field, value, validFrom, validTo };
}
