import { browserScript, literal } from './browser-script.ts';
import { checkField, FieldFrame, type FrameConfig } from './field-frame.ts';
import { passesLuhn } from '../card.ts';
import { roleTraits } from './roles.ts';
import { isSafeStyle } from './safe-style.ts';
import { applyStyles, styleRules } from './style-rules.ts';

/** The document of one hosted field. `nonce` is what its Content-Security-Policy lets run. */
export function framePage(config: FrameConfig, nonce: string): string {
  const { role } = config;
  const { label, autocomplete, maxLength } = roleTraits[role];
  const kind = role === 'nameOnCard' ? 'type="text"' : 'type="tel" inputmode="numeric"';
  const start = `new FieldFrame(${literal(config)}, document.querySelector('.field'));`;
  const script = browserScript(
    {},
    [FieldFrame, styleRules, applyStyles, checkField, passesLuhn, isSafeStyle],
    start,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${label}</title>
<style nonce="${nonce}">
html, body { margin: 0; height: 100%; background: transparent; }
.field { box-sizing: border-box; width: 100%; height: 100%; margin: 0; outline-offset: -2px; }
.field[aria-invalid="true"] { color: #b3261e; border-color: #b3261e; }
</style>
</head>
<body>
<input class="field" id="${role}" ${kind} autocomplete="${autocomplete}" maxlength="${maxLength}" aria-label="${label}">
<script nonce="${nonce}">
${script}</script>
</body>
</html>
`;
}

/**
 * Only the page that the frame was made for may show it, and the pages that show that page: the browser refuses any other, so a frame's
 * word about its origin is proved by being shown at all.
 */
export function framePolicy(origins: readonly string[], nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${origins.join(' ')}`,
  ].join('; ');
}
