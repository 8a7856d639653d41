/** What a provider says ends as it likes; the next sentence begins after a full stop. */
export const ended = (sentence: string): string => (/[.!?…]$/.test(sentence) ? sentence : `${sentence}.`);
