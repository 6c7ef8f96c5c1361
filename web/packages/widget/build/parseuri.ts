/** What Socket.IO wants to know of an address, as the browser itself reads it. */

/** Return the parts of `address`. Throws a TypeError if it is none. */
export function parse(address: string): Record<string, unknown> {
  const { protocol, hostname, port, pathname, search } = new URL(address);
  return {
    source: address,
    protocol: protocol.slice(0, -1),
    // Of the sixth version, without brackets.
    host: hostname.replace(/^\[|\]$/g, ""),
    port,
    path: pathname,
    query: search.slice(1),
  };
}
