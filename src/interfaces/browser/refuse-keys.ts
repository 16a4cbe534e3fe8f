/** An API key is the server's. One that reached the page is a leak, so nothing goes on with it. */
export function refuseKeys(input: unknown): void {
  if (/\bsk_\w/i.test(JSON.stringify(input)))
    throw new Error('mountCheckout: a secret API key is in the browser: replace it.');
}
