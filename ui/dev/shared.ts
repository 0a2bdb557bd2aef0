/** What two bundles share lies beside neither's packages, and takes those of the one that it is in. */
export const shared = ['@noble', '@scure'].map((scope) => ({
  find: new RegExp(`^${scope}/`),
  replacement: decodeURI(new URL(`../node_modules/${scope}/`, import.meta.url).pathname),
}));
