import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** What may run and load in a page. The checkout names the gateway's origin: for its script, and for the frames of the card fields. */
export const contentSecurityPolicy = (nonce: string, gatewayOrigin?: string): string => {
  const gateway = gatewayOrigin === undefined ? '' : ` ${gatewayOrigin}`;
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'${gateway}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    `frame-src${gateway || " 'none'"}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
};

/** Headers of every answer, and the nonce of this one. Where TLS ends, a host adds Strict-Transport-Security. */
export const secureHeaders: RequestHandler = (_request, response, next) => {
  const nonce = randomBytes(16).toString('base64');
  response.locals.nonce = nonce;
  response.set({
    'Content-Security-Policy': contentSecurityPolicy(nonce),
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'X-Content-Type-Options': 'nosniff',
  });
  next();
};

/** Refuses what another site's page sends: browsers say where a request comes from, and other clients hold no cookie to abuse. */
export const refuseForeignOrigins: RequestHandler = (request, _response, next) => {
  const { origin, host } = request.headers;
  const foreign = origin !== undefined && URL.parse(origin)?.host !== host;
  const crossSite = request.headers['sec-fetch-site'] === 'cross-site';
  if (!['GET', 'HEAD'].includes(request.method) && (foreign || crossSite))
    throw new Problem(403, 'foreign-origin', 'Requests of other sites are refused.');
  next();
};
