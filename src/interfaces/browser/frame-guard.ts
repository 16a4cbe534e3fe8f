/**
 * The click-jacking guard. The page's own style element hides it from the first byte:
 * `<style id="antiClickjack">body { display: none !important }</style>`. On top, the guard removes that element
 * and answers true. Inside a frame it tries to break out, keeps the page hidden and answers false.
 *
 * It needs nothing around it, so a host may print it into an inline script that runs before any bundle arrives, and
 * a bundle that never arrives leaves the host's own text on the page: `<script nonce="…">(${guardAgainstFraming})()</script>`.
 */
export function guardAgainstFraming(styleId = 'antiClickjack'): boolean {
  if (window.self === window.top) {
    document.getElementById(styleId)?.remove();
    return true;
  }
  // Through the CSSOM, which a strict style-src allows, so the page is hidden even when it brought no style element.
  document.documentElement.style.setProperty('display', 'none', 'important');
  try {
    if (window.top) window.top.location.href = window.self.location.href;
  } catch {
    // A sandboxed frame may not move its parent. The page stays hidden.
  }
  return false;
}
