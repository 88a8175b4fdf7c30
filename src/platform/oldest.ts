/**
 * Who came first into a map that gives up its oldest entries. One iterator goes on from where it was: asking for a new one each
 * time walks again over the places of all that were deleted, thousands of them in a map of ten thousand.
 */
export function oldestOf<Key>(entries: ReadonlyMap<Key, unknown>): () => Key | undefined {
  let rest = entries.keys()
  // Whoever is named is deleted or put back at the end before the next is asked for, so nobody is left behind.
  return () => {
    const next = rest.next()
    if (next.done !== true) return next.value
    // An iterator that came to the end stays there, whatever is added afterwards.
    rest = entries.keys()
    return rest.next().value
  }
}
