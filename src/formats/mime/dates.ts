const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DATE =
  /^(?:[a-z]{3,9},? ?)?(\d{1,2})[ -]([a-z]{3})[a-z]{0,6}[ -](\d{4}|\d{2}) (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([+-]\d{2}):?(\d{2})| (?:gmt|utc?|z))?\b/i;

/** The time of a Date field (RFC 5322 §3.3, obsolete forms included), or null. Without a zone it is UTC. */
export function parseMailDate(field: string): Date | null {
  const match = DATE.exec(
    field
      .slice(0, 120)
      .replace(/[\t\r\n ]+/g, ' ')
      .trim(),
  );
  if (!match) return null;
  const [, day, month = '', year = '', hour, minute, second = '0', zoneHours = '+00', zoneMinutes = '0'] = match;
  const index = MONTHS.indexOf(month.toLowerCase());
  const fullYear = year.length === 2 ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year);
  const local = Date.UTC(fullYear, index, Number(day), Number(hour), Number(minute), Number(second));
  const back = new Date(local);
  if (index < 0 || back.getUTCMonth() !== index || back.getUTCDate() !== Number(day) || Number(hour) > 23) return null;
  const offset = (Number(zoneHours.slice(1)) * 60 + Number(zoneMinutes)) * (zoneHours.startsWith('-') ? -1 : 1);
  return new Date(local - offset * 60_000);
}
