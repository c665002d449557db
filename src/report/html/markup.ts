/** A piece of HTML that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Insert = Html | string | number | false | undefined | readonly Insert[];

/** Builds HTML: what is inserted is escaped, except pieces that were built by this function themselves. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return new Html(parts.reduce((text, part, place) => text + part + inserted(inserts[place]), ''));
}

function inserted(insert: Insert): string {
  if (insert === undefined || insert === false) return '';
  if (insert instanceof Html) return insert.text;
  if (typeof insert === 'string' || typeof insert === 'number') return escaped(String(insert));
  return insert.map((one) => inserted(one)).join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON that can stand in a script element: nothing in it can end the element or begin a comment. */
export function scriptJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', String.raw`\u003c`));
}

/** Source code that is ours or a library's, to stand in a script element. */
export function scriptSource(source: string): Html {
  return new Html(
    source.replaceAll(/<\/script/gi, String.raw`<\/script`).replaceAll(/^\/\/# sourceMappingURL=.*$/gm, ''),
  );
}
