export const NODE_TOKEN = 'un-segreto-lungo-abbastanza-per-la-prova';

/** Headers of the node's administrator. */
export const AS_ADMINISTRATOR = { authorization: `Bearer ${NODE_TOKEN}` };
