/** HTML that was written by us, with everything from elsewhere escaped. Only `html` and `trusted` make it. */
class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Html };

/** What may stand in a template. Nothing is shown for null, undefined and false. */
type Content = Html | string | number | null | undefined | false | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const textOf = (content: Content): string => {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Html) return content.toString();
  if (typeof content === 'object') return content.map(textOf).join('');
  return String(content).replace(/[&<>"']/g, (character) => entities[character] ?? '');
};

/** A template that escapes what is put into it, in text and in quoted attributes alike. */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Html =>
  new Html(parts.map((part, index) => part + textOf(contents[index])).join(''));

/** Text of our own that is markup or script already. Never give it anything that came from elsewhere. */
export const trusted = (text: string): Html => new Html(text);
