import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isSafeStyle } from '../../src/simulator/hosted-fields/safe-style.ts';
import { card, HostedFieldsWorld, type HostedFieldsPage } from './hosted-fields-page.ts';

let world: HostedFieldsWorld;

beforeAll(async () => {
  world = await HostedFieldsWorld.start();
});
afterEach(() => Promise.all(world.browser.contexts().map((context) => context.close())));
afterAll(() => world.close());

const red = 'rgb(213, 0, 0)';
const blue = 'rgb(52, 152, 219)';
const green = 'rgb(0, 128, 0)';

function call(
  form: HostedFieldsPage,
  method: string,
  styles: object,
  roles = ['card.number'],
): Promise<unknown> {
  return form.page.evaluate(`PaymentSession.${method}(${JSON.stringify(roles)}, ${JSON.stringify(styles)})`);
}

/** Waits until a field has this look: messages to a frame take a moment. */
async function looks(
  form: HostedFieldsPage,
  property: string,
  value: string,
  pseudo?: string,
): Promise<void> {
  await form.field('number').evaluate(
    (field, [name, expected, element]) =>
      new Promise<void>((resolve) => {
        const look = () => getComputedStyle(field, element).getPropertyValue(String(name));
        const wait = () => (look() === expected ? resolve() : requestAnimationFrame(wait));
        wait();
      }),
    [property, value, pseudo],
  );
}

describe('a hosted field looks like the element that it replaced', () => {
  const css = `input { font: italic 700 19px/1.3 Georgia, serif; color: rgb(1, 35, 69); background: rgb(250, 251, 252); padding: 7px 11px;
    border: 2px dashed rgb(9, 99, 9); border-radius: 6px; letter-spacing: 1px; width: 80%; margin: 4px 0 9px; box-sizing: border-box }
    input::placeholder { color: rgb(170, 85, 85) }`;

  it('in font, colours, borders and padding', async () => {
    const form = await world.open({
      css,
      html: '<input id="number" placeholder="1234"><input id="twin">',
      options: { fields: { card: { number: '#number' } } },
    });
    const properties = [
      'font-family',
      'font-size',
      'font-style',
      'font-weight',
      'line-height',
      'color',
      'background-color',
    ].concat([
      'padding-left',
      'padding-top',
      'border-top-style',
      'border-left-width',
      'border-bottom-color',
      'letter-spacing',
      'border-top-left-radius',
    ]);
    const twin = await form.page
      .locator('#twin')
      .evaluate(
        (element, names) => names.map((name) => getComputedStyle(element).getPropertyValue(name)),
        properties,
      );
    expect(await Promise.all(properties.map((property) => form.style('number', property)))).toEqual(twin);
    await looks(form, 'color', 'rgb(170, 85, 85)', '::placeholder');
  });

  it('in size and place, also when the window becomes narrow', async () => {
    const form = await world.open({
      css,
      html: '<p><input id="number"></p><p><input id="twin"></p>',
      options: { fields: { card: { number: '#number' } } },
    });
    const box = async (selector: string) => {
      const { x, width, height } = (await form.page.locator(selector).boundingBox()) ?? {
        x: 0,
        width: 0,
        height: 0,
      };
      return { x, width, height };
    };
    const wide = await box('#twin');
    expect(await box('iframe')).toEqual(wide);
    await form.page.setViewportSize({ width: 320, height: 600 });
    expect(await box('iframe')).toEqual(await box('#twin'));
    expect((await box('iframe')).width).toBeLessThan(wide.width);
  });

  it('when the page was hidden while it was configured', async () => {
    const form = await world.open({ css: `${css} body { display: none }` });
    await form.page.addStyleTag({ content: 'body { display: block !important }' });
    const { height } = (await form.frame('number').boundingBox()) ?? { height: 0 };
    expect(height).toBeGreaterThan(30);
    expect(await form.style('number', 'color')).toBe('rgb(1, 35, 69)');
  });
});

describe('styling calls', () => {
  it('show in their state, and only there', async () => {
    const form = await world.open();
    const plain = await form.style('number', 'color');
    await call(form, 'setFocusStyle', { color: blue, fontWeight: 'bold' });
    await call(form, 'setHoverStyle', { backgroundColor: green });
    await call(form, 'setPlaceholderStyle', { color: green });
    await call(form, 'setPlaceholderShownStyle', { textAlign: 'right' });
    await looks(form, 'color', green, '::placeholder');
    await looks(form, 'text-align', 'right');
    expect(await form.style('number', 'color')).toBe(plain);
    await form.field('number').focus();
    await looks(form, 'color', blue);
    await looks(form, 'font-weight', '700');
    await form.field('number').hover();
    await looks(form, 'background-color', green);
    expect(await form.style('securityCode', 'background-color')).not.toBe(green);
    await form.field('securityCode').focus();
    await form.page.mouse.move(0, 0);
    await looks(form, 'color', plain);
  });

  it('for invalid fields show after a refused update, hovered and not, and go with the next try', async () => {
    const form = await world.open();
    await call(form, 'setInvalidStyle', { color: red });
    await call(form, 'setInvalidHoverStyle', { color: blue }, ['card.number', 'card.securityCode']);
    await form.fill({ ...card, number: '4111111111111112' });
    await form.page.mouse.move(0, 0);
    expect(await form.update()).toMatchObject({ status: 'fields_in_error' });
    await looks(form, 'color', red);
    await form.field('number').hover();
    await looks(form, 'color', blue);
    await form.field('securityCode').hover();
    expect(await form.style('securityCode', 'color')).not.toBe(blue);
    await form.fill();
    expect(await form.update()).toMatchObject({ status: 'ok' });
    expect([red, blue]).not.toContain(await form.style('number', 'color'));
  });

  it('mark an invalid field visibly without any call', async () => {
    const form = await world.open();
    const plain = await form.style('number', 'color');
    expect(await form.update()).toMatchObject({ status: 'fields_in_error' });
    await form.page.frameLocator('iframe.gw-proxy-number').locator('[aria-invalid=true]').waitFor();
    expect(await form.style('number', 'color')).not.toBe(plain);
  });

  it('made before configure, or before the frames have come, are kept', async () => {
    const form = await world.open({
      before: "PaymentSession.setFocusStyle(['card.number'], { color: 'rgb(52, 152, 219)' });",
    });
    await form.field('number').focus();
    await looks(form, 'color', blue);
    const early = await world.open({
      before: "setTimeout(() => PaymentSession.setFocusStyle(['card.number'], { color: 'rgb(213, 0, 0)' }));",
    });
    await early.field('number').focus();
    await looks(early, 'color', red);
    expect(early.consoleErrors).toEqual([]);
  });

  it('on an unknown role are said in the console', async () => {
    const form = await world.open();
    await call(form, 'setFocusStyle', { color: red }, ['card.pin']);
    expect(form.consoleErrors).toEqual([expect.stringContaining('card.pin')]);
  });

  it('that are unsafe are dropped, alone', async () => {
    const form = await world.open();
    const { page } = form;
    await call(form, 'setFocusStyle', {
      backgroundImage: `url(${world.shop.origin}/leak)`,
      background: `url(${world.shop.origin}/leak)`,
      position: 'fixed',
      fontFamily: 'x; position: fixed',
      color: red,
    });
    await form.field('number').focus();
    await looks(form, 'color', red);
    expect(await form.style('number', 'position')).toBe('static');
    expect(await form.style('number', 'background-image')).toBe('none');
    expect(world.shop.requests.filter(({ url }) => url.endsWith('/leak'))).toEqual([]);
    await page.close();
  });
});

describe('the filter of styles', () => {
  const safe: [property: string, value: unknown][] = [
    ['color', '#3498DB'],
    ['color', 'rgb(1 2 3 / 50%)'],
    ['color', 'hsl(200, 50%, 50%)'],
    ['fontFamily', '"Open Sans", Georgia, serif'],
    ['fontWeight', 700],
    ['borderTopLeftRadius', '4px'],
    ['border', '1px solid red'],
    ['boxShadow', '0 0 0 3px rgba(0, 0, 0, 0.2)'],
    ['width', 'calc(100% - 2 * 4px)'],
    ['outline', 'none'],
    ['textDecoration', 'underline'],
  ];
  it.each(safe)('lets %s: %s through', (property, value) => {
    expect(isSafeStyle(property, value)).toBe(true);
  });

  const unsafe: [property: string, value: unknown][] = [
    ['background', 'url(https://evil.example/a)'],
    ['background', 'URL("//evil.example")'],
    ['background', 'u\\72l(x)'],
    ['background', 'ur/**/l(x)'],
    ['background', 'image-set("a.png" 1x)'],
    ['background', 'image( "a.png")'],
    ['color', 'expression(alert(1))'],
    ['color', 'EXPRESSION (alert(1))'],
    ['color', ['javascript', 'alert(1)'].join(':')],
    ['color', 'red; position: fixed'],
    ['color', 'red } body { color: red'],
    ['color', '@import "x"'],
    ['color', 'red !important'],
    ['color', 'var(--secret)'],
    ['color', '</style>'],
    ['fontFamily', `"${'a'.repeat(400)}"`],
    ['color', { toString: () => 'red' }],
    ['color', null],
    ['fontWeight', Number.NaN],
    ['position', 'static'],
    ['zIndex', 1],
    ['backgroundImage', 'none'],
    ['content', '"x"'],
    ['behavior', 'x'],
    ['cssText', 'color: red'],
    ['__proto__', 'red'],
    ['--custom', 'red'],
  ];
  it.each(unsafe)('drops %s: %s', (property, value) => {
    expect(isSafeStyle(property, value)).toBe(false);
  });
});
