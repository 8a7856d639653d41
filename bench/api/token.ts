/** Of the node under load, whose callers are its administrator. */
export const TOKEN = 'token-of-a-node-that-lives-for-a-bench';
