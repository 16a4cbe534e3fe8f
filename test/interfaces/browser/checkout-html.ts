const styles = {
  default: { backgroundColor: 'rgb(250, 250, 240)', borderColor: 'rgb(30, 30, 30)' },
  focus: {
    color: 'rgb(1, 2, 3)',
    borderColor: 'rgb(1, 2, 30)',
    outline: 'none',
    boxShadow: '0 0 0 3px rgb(1, 2, 40)',
  },
  hover: { color: 'rgb(4, 5, 6)', borderColor: 'rgb(4, 5, 60)' },
  invalid: { color: 'rgb(7, 8, 9)', borderColor: 'rgb(7, 8, 90)' },
  valid: { color: 'rgb(13, 14, 15)', borderColor: 'rgb(13, 14, 150)' },
  placeholder: { color: 'rgb(10, 11, 12)' },
};

const expiryOf = {
  monthAndYear: {
    html: '<label for="month">Month</label><input id="month" readonly> <label for="year">Year</label><input id="year" readonly>',
    fields: { expiryMonth: '#month', expiryYear: '#year' },
  },
  expiryDate: {
    html: '<label for="expiry">Expiry date</label><input id="expiry" placeholder="MM/YY" readonly>',
    fields: { expiryDate: '#expiry' },
  },
};

/** A checkout page under the nonce `checkout`, which shows its state as JSON in a `pre`; a click there tries again. */
export const checkoutHtml = (expiry: keyof typeof expiryOf) => `<!doctype html>
  <html lang="en"><head><title>Checkout</title>
    <style nonce="checkout" id="antiClickjack">body { display: none !important }</style>
    <style nonce="checkout">input { border: 2px solid rgb(20, 20, 20); padding: 6px; border-radius: 4px }</style>
    <script nonce="checkout">
      violations = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => violations.push([effectiveDirective, blockedURI]));
    </script>
  </head><body>
    <form>
      <label for="number">Card number</label><input id="number" placeholder="0000" readonly>
      ${expiryOf[expiry].html}
      <label for="code">Security code</label><input id="code" readonly>
      <label for="holder">Name on card</label><input id="holder" readonly>
      <button disabled>Pay</button>
      <p role="status"></p><pre></pre>
    </form>
    <script type="module" nonce="checkout">
      import { mountCheckout } from '/client.js';
      const [form, button, message, state] = ['form', 'button', 'p', 'pre'].map((name) => document.querySelector(name));
      const asked = new URLSearchParams(location.search);
      const timeouts = Object.fromEntries(['loadMs', 'updateMs'].map((name) => [name, Number(asked.get(name) ?? 20000)]));
      const checkout = await mountCheckout({
        basePath: '/payments',
        orderId: 'order-1',
        fields: { number: '#number', securityCode: '#code', nameOnCard: '#holder', ...${JSON.stringify(expiryOf[expiry].fields)} },
        styles: ${JSON.stringify(styles)},
        timeouts,
        onChange(next) {
          button.disabled = next.status !== 'ready';
          message.textContent = next.message ?? '';
          state.textContent = JSON.stringify(next);
        },
      });
      form.addEventListener('submit', (event) => { event.preventDefault(); checkout.submit(); });
      document.querySelector('pre').addEventListener('click', () => checkout.retry());
    </script>
  </body></html>`;
