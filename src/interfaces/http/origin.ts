/** Origins such as `https://shop.example`, checked. */
export const parseOrigins = (origins: readonly string[]): ReadonlySet<string> => {
  if (!Array.isArray(origins)) throw new Error('allowedOrigins: must be a list of origins.');
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error(
        `allowedOrigins: "${origin}" is not an origin: write scheme, host and port only, such as https://shop.example.`,
      );
    }
  }
  return new Set(origins);
};

/** The browser says: this page's own request, or the payer's own hand. */
const ownSites: readonly string[] = ['same-origin', 'none'];

const sameHost = (origin: string, host: string): boolean => {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: expected } = new URL(origin);
  // With the origin's scheme in front, so that a default port that only one of them names makes no difference.
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === expected;
};

/**
 * A page of another site made the request, whatever its method. Browsers send `Origin` with every request that could do harm, and
 * `Sec-Fetch-Site` with nearly all; a client that sends neither is no browser, and `authorize` alone decides.
 */
export const isForeign = (request: Request, allowed: ReadonlySet<string>): boolean => {
  const origin = request.headers.get('origin');
  if (origin !== null && allowed.has(origin)) return false;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && !ownSites.includes(site)) return true;
  // HTTP/2 has no Host header; its authority is in the URL.
  const host = request.headers.get('host') ?? new URL(request.url).host;
  return origin !== null && !sameHost(origin, host);
};
